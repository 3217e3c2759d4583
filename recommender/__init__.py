"""Tables in, playlists out: tracks, features and vectors; knows no audio and no web.

>>> from recommender import TableSource, build_catalogue, Recommender
>>> report = build_catalogue([TableSource(path)], out)           # doctest: +SKIP
>>> playlist = Recommender.open(out).recommend(["id-1", "id-2"])  # doctest: +SKIP

The names below load their modules when first touched, so that ``import recommender`` costs next to
nothing (no numpy, pyarrow or faiss before they are needed).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.catalogue.build import BuildReport as BuildReport
    from recommender.catalogue.build import build_catalogue as build_catalogue
    from recommender.catalogue.match import ForeignTrack as ForeignTrack
    from recommender.catalogue.match import Match as Match
    from recommender.catalogue.schema import FEATURES as FEATURES
    from recommender.catalogue.schema import Track as Track
    from recommender.catalogue.sources import RowsSource as RowsSource
    from recommender.catalogue.sources import Source as Source
    from recommender.catalogue.sources import TableSource as TableSource
    from recommender.catalogue.sources import is_table as is_table
    from recommender.catalogue.store import Catalogue as Catalogue
    from recommender.catalogue.store import open_catalogue as open_catalogue
    from recommender.catalogue.update import UpdateReport as UpdateReport
    from recommender.catalogue.update import append_to_catalogue as append_to_catalogue
    from recommender.catalogue.update import remove_from_catalogue as remove_from_catalogue
    from recommender.commands import BatchReport as BatchReport
    from recommender.commands import recommend_batch as recommend_batch
    from recommender.commands import recommend_seeds as recommend_seeds
    from recommender.holder import RecommenderHolder as RecommenderHolder
    from recommender.playlist import Playlist as Playlist
    from recommender.playlist import Reason as Reason
    from recommender.playlist import Recommended as Recommended
    from recommender.recommend import Recommender as Recommender
    from recommender.wishes import Filters as Filters
    from recommender.wishes import Wishes as Wishes

_HOMES = {
    "BatchReport": "recommender.commands",
    "BuildReport": "recommender.catalogue.build",
    "Catalogue": "recommender.catalogue.store",
    "FEATURES": "recommender.catalogue.schema",
    "Filters": "recommender.wishes",
    "ForeignTrack": "recommender.catalogue.match",
    "Match": "recommender.catalogue.match",
    "Playlist": "recommender.playlist",
    "Reason": "recommender.playlist",
    "Recommended": "recommender.playlist",
    "Recommender": "recommender.recommend",
    "RecommenderHolder": "recommender.holder",
    "RowsSource": "recommender.catalogue.sources",
    "Source": "recommender.catalogue.sources",
    "TableSource": "recommender.catalogue.sources",
    "Track": "recommender.catalogue.schema",
    "UpdateReport": "recommender.catalogue.update",
    "append_to_catalogue": "recommender.catalogue.update",
    "Wishes": "recommender.wishes",
    "is_table": "recommender.catalogue.sources",
    "build_catalogue": "recommender.catalogue.build",
    "open_catalogue": "recommender.catalogue.store",
    "recommend_batch": "recommender.commands",
    "recommend_seeds": "recommender.commands",
    "remove_from_catalogue": "recommender.catalogue.update",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
