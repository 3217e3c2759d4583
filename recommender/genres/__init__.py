"""Genres from tables: train a classifier, compare models, answer with a confidence.

Serving (`load_classifier`) needs numpy and onnxruntime only; training asks for its packages when it
runs. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.genres.serving import Classifier, Prediction, load_classifier
    from recommender.genres.training import Trained, train_classifier

__all__ = ["Classifier", "Prediction", "Trained", "load_classifier", "train_classifier"]


def __getattr__(name: str) -> Any:
    """Import what is asked for."""
    from importlib import import_module

    if name in ("Classifier", "Prediction", "load_classifier"):
        return getattr(import_module("recommender.genres.serving"), name)
    if name in ("Trained", "train_classifier"):
        return getattr(import_module("recommender.genres.training"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
