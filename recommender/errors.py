"""What can go wrong between a table and a playlist, each failure with its stable code."""

from __future__ import annotations

from typing import ClassVar

from hooklist_errors import HooklistError


class CatalogueError(HooklistError):
    """A failure to build, open or read a catalogue."""

    code: ClassVar[str] = "catalogue"


class SourceUnreadable(CatalogueError):
    """A source cannot be opened or decoded at all."""

    code: ClassVar[str] = "catalogue.source_unreadable"


class SourceColumns(CatalogueError):
    """A source has no column that names a track."""

    code: ClassVar[str] = "catalogue.source_columns"


class CatalogueEmpty(CatalogueError):
    """A build found no usable row; what was served before stays."""

    code: ClassVar[str] = "catalogue.empty"


class CatalogueBusy(CatalogueError):
    """Another build is writing into the same folder."""

    code: ClassVar[str] = "catalogue.busy"


class CatalogueMissing(CatalogueError):
    """There is no catalogue in the named folder."""

    code: ClassVar[str] = "catalogue.missing"


class CatalogueCorrupt(CatalogueError):
    """A catalogue's file is missing, cut short or changed."""

    code: ClassVar[str] = "catalogue.corrupt"


class CatalogueUnwritable(CatalogueError):
    """The catalogue's folder cannot be written (permission, space)."""

    code: ClassVar[str] = "catalogue.unwritable"


class RecommendError(HooklistError):
    """A request for a playlist that cannot be answered."""

    code: ClassVar[str] = "recommend"


class UnknownSeeds(RecommendError):
    """None of the seeds is in the catalogue."""

    code: ClassVar[str] = "recommend.unknown_seeds"


class NoSeeds(RecommendError):
    """The request has no seed."""

    code: ClassVar[str] = "recommend.no_seeds"


class BadRequest(RecommendError):
    """A request's value is out of range or of the wrong kind."""

    code: ClassVar[str] = "recommend.bad_request"


class NothingLeft(RecommendError):
    """The filters, or what may not come, leave no track at all.

    ``details["filters"]`` tells how many tracks each filter alone bars, ``details["tracks"]`` of
    how many.
    """

    code: ClassVar[str] = "recommend.nothing_left"


class BatchUnreadable(RecommendError):
    """The batch file cannot be read, or its answer cannot be written."""

    code: ClassVar[str] = "recommend.batch_unreadable"


class EvaluationError(HooklistError):
    """An evaluation that cannot be run."""

    code: ClassVar[str] = "evaluate"


class EvaluationDataMissing(EvaluationError):
    """The named folder has no tracks or no playlists to measure on."""

    code: ClassVar[str] = "evaluate.data_missing"


class PlaylistsUnreadable(EvaluationError):
    """A file of playlists cannot be read, or one of its lines cannot be used."""

    code: ClassVar[str] = "evaluate.playlists_unreadable"
