"""The eight kinds of model that are compared: how each is built, and where its settings are sought.

All get the same prepared inputs, one thread, and a seed. The first setting of each is a usual one;
the search draws others at random (Bergstra and Bengio 2012).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.genres.companions import softmax
from recommender.genres.packages import need, quietly

Matrix = np.ndarray[Any, np.dtype[np.float64]]
Classes = np.ndarray[Any, np.dtype[np.int64]]
Settings = Mapping[str, Any]
Draw = Callable[[np.random.Generator], Settings]


@dataclass(frozen=True)
class Kind:
    """A kind of model.

    Attributes
    ----------
    name, module
        What it is called, and the module it comes from.
    usual
        The settings tried first.
    draw
        Draws others.
    build
        Makes an unfitted model from settings, a seed and the number of classes.
    """

    name: str
    module: str
    usual: Settings
    draw: Draw
    build: Callable[[Settings, int, int], Any]

    def fit(self, settings: Settings, rows: Matrix, truth: Classes, count: int, seed: int) -> Any:
        """Train on rows; every class needs a row."""
        model = self.build(settings, seed, count)
        with quietly():
            return model.fit(rows.astype(np.float32), truth)


def answers(model: Any, rows: Matrix, count: int) -> Matrix:
    """Return rows × classes, classes the model never saw at 0."""
    with quietly():
        if hasattr(model, "predict_proba"):
            given = np.asarray(model.predict_proba(rows.astype(np.float32)), np.float64)
        else:
            given = _from_margins(model.decision_function(rows.astype(np.float32)))
    known = np.asarray(getattr(model, "classes_", np.arange(count))).astype(int)
    out = np.zeros((len(rows), count))
    out[:, known] = given
    return out


def _from_margins(margins: Any) -> Matrix:
    """Return margins as probabilities; the calibration that follows finds their temperature."""
    if np.ndim(margins) == 1:
        margins = np.column_stack([-margins, margins]) / 2.0
    return softmax(np.asarray(margins, np.float64))


def size_of(model: Any) -> int:
    """Return the bytes of what was learned: all arrays and texts a model holds, each once."""
    if hasattr(model, "get_booster"):
        return len(model.get_booster().save_raw("ubj"))
    if hasattr(model, "booster_"):
        return len(model.booster_.model_to_string())
    if hasattr(model, "_serialize_model"):
        return len(model._serialize_model())
    return _bytes_in(model, set())


def _bytes_in(thing: Any, seen: set[int]) -> int:
    if isinstance(thing, (list, tuple)):
        return sum(_bytes_in(one, seen) for one in thing)
    if isinstance(thing, dict):
        return sum(_bytes_in(one, seen) for one in thing.values())
    if isinstance(thing, np.ndarray):
        if id(thing) in seen:
            return 0
        seen.add(id(thing))
        if thing.dtype == object:
            return sum(_bytes_in(one, seen) for one in thing.ravel())
        return int(thing.nbytes)
    if type(thing).__module__.startswith("sklearn") and id(thing) not in seen:
        seen.add(id(thing))
        held = getattr(thing, "__dict__", None)
        if held is None and hasattr(thing, "__getstate__"):  # a forest's compiled trees
            return _bytes_in(thing.__getstate__(), set())
        return _bytes_in(held or {}, seen)
    return 0


def _log(random: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _pick(random: np.random.Generator, *values: Any) -> Any:
    return values[int(random.integers(len(values)))]


def _catboost(settings: Settings, seed: int, count: int) -> Any:
    return need("catboost").CatBoostClassifier(
        **settings,
        loss_function="MultiClass",
        classes_count=count,
        bootstrap_type="Bernoulli",
        border_count=32,
        random_seed=seed,
        thread_count=1,
        allow_writing_files=False,
        verbose=False,
    )


def _xgboost(settings: Settings, seed: int, count: int) -> Any:
    return need("xgboost").XGBClassifier(
        **settings, objective="multi:softprob", tree_method="hist", random_state=seed, n_jobs=1
    )


def _lightgbm(settings: Settings, seed: int, count: int) -> Any:
    return need("lightgbm").LGBMClassifier(
        **settings, subsample_freq=1, random_state=seed, n_jobs=1, verbosity=-1
    )


def _svc(settings: Settings, seed: int, count: int) -> Any:
    return need("sklearn.svm").SVC(**settings, decision_function_shape="ovr", random_state=seed)


def _forest(settings: Settings, seed: int, count: int) -> Any:
    return need("sklearn.ensemble").RandomForestClassifier(**settings, random_state=seed, n_jobs=1)


def _boosting(settings: Settings, seed: int, count: int) -> Any:
    return need("sklearn.ensemble").HistGradientBoostingClassifier(
        **settings, early_stopping=False, random_state=seed
    )


def _logistic(settings: Settings, seed: int, count: int) -> Any:
    return need("sklearn.linear_model").LogisticRegression(
        **settings, max_iter=300, random_state=seed
    )


def _mlp(settings: Settings, seed: int, count: int) -> Any:
    return need("sklearn.neural_network").MLPClassifier(
        **settings, max_iter=60, batch_size=64, random_state=seed
    )


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "CatBoost",
            "catboost",
            {"iterations": 250, "depth": 5, "learning_rate": 0.08, "rsm": 0.2, "subsample": 0.8},
            lambda r: {
                "iterations": int(_pick(r, 150, 250, 400)),
                "depth": int(r.integers(3, 7)),
                "learning_rate": _log(r, 0.03, 0.2),
                "rsm": float(_pick(r, 0.1, 0.2, 0.4)),
                "subsample": float(_pick(r, 0.6, 0.8, 0.95)),
                "l2_leaf_reg": _log(r, 1.0, 20.0),
            },
            _catboost,
        ),
        Kind(
            "XGBoost",
            "xgboost",
            {"n_estimators": 120, "max_depth": 4, "learning_rate": 0.1, "colsample_bytree": 0.4},
            lambda r: {
                "n_estimators": int(_pick(r, 60, 120, 240)),
                "max_depth": int(r.integers(2, 7)),
                "learning_rate": _log(r, 0.03, 0.3),
                "colsample_bytree": float(r.uniform(0.2, 1.0)),
                "subsample": float(r.uniform(0.5, 1.0)),
                "reg_lambda": _log(r, 0.3, 20.0),
            },
            _xgboost,
        ),
        Kind(
            "LightGBM",
            "lightgbm",
            {"n_estimators": 120, "num_leaves": 15, "learning_rate": 0.08,
             "colsample_bytree": 0.4, "subsample": 0.8},
            lambda r: {
                "n_estimators": int(_pick(r, 60, 120, 240)),
                "num_leaves": int(r.integers(4, 48)),
                "learning_rate": _log(r, 0.03, 0.3),
                "colsample_bytree": float(r.uniform(0.2, 1.0)),
                "subsample": float(r.uniform(0.5, 1.0)),
                "min_child_samples": int(r.integers(3, 40)),
            },
            _lightgbm,
        ),
        Kind(
            "SVC (RBF)",
            "sklearn",
            {"C": 3.0, "gamma": "scale"},
            lambda r: {"C": _log(r, 0.3, 60.0), "gamma": _log(r, 0.001, 0.06)},
            _svc,
        ),
        Kind(
            "random forest",
            "sklearn",
            {"n_estimators": 200, "min_samples_leaf": 2, "max_features": "sqrt"},
            lambda r: {
                "n_estimators": int(_pick(r, 100, 200, 300)),
                "min_samples_leaf": int(r.integers(1, 6)),
                "max_features": float(r.uniform(0.05, 0.5)),
            },
            _forest,
        ),
        Kind(
            "gradient boosting",
            "sklearn",
            {"max_iter": 80, "learning_rate": 0.1, "max_leaf_nodes": 15},
            lambda r: {
                "max_iter": int(_pick(r, 40, 80, 120)),
                "learning_rate": _log(r, 0.03, 0.3),
                "max_leaf_nodes": int(r.integers(4, 32)),
                "l2_regularization": _log(r, 0.01, 10.0),
            },
            _boosting,
        ),
        Kind(
            "logistic regression",
            "sklearn",
            {"C": 0.1},
            lambda r: {"C": _log(r, 0.003, 10.0)},
            _logistic,
        ),
        Kind(
            "MLP",
            "sklearn",
            {"hidden_layer_sizes": (64,), "alpha": 1.0},
            lambda r: {
                "hidden_layer_sizes": _pick(r, (32,), (64,), (128,), (64, 32)),
                "alpha": _log(r, 0.01, 10.0),
                "learning_rate_init": _log(r, 0.0005, 0.01),
            },
            _mlp,
        ),
    )
}  # fmt: skip
"""The eight, by name."""
