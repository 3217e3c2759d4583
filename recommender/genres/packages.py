"""The packages that only training needs, asked for by name so that their absence can be told."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from recommender.genres.errors import TrainingPackageMissing

PACKAGES = {
    "catboost": "catboost",
    "xgboost": "xgboost-cpu",
    "lightgbm": "lightgbm",
    "sklearn": "scikit-learn",
}
"""Module → the package that has it."""


def need(module: str) -> Any:
    """Import a module of a training package.

    Raises
    ------
    TrainingPackageMissing
        It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = PACKAGES.get(module.partition(".")[0], module)
        raise TrainingPackageMissing(
            "Training needs a package that is not installed",
            which=package,
            why=str(error),
            next_step=f"install it (pip install {package}), or run with "
            "HOOKLIST_REQUIREMENTS=train ./run hooklist …",
        ) from error


def have(module: str) -> bool:
    """Return whether a training package is there."""
    return importlib.util.find_spec(module) is not None


@contextmanager
def quietly() -> Iterator[None]:
    """Hold back what fitting says about not having converged: budgets are short on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
