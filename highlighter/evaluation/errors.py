"""What can go wrong with an evaluation as a whole; a single file that fails is a row of its own."""

from __future__ import annotations

from hooklist_errors import HooklistError


class HighlightEvaluationError(HooklistError):
    """Highlights could not be evaluated."""

    code = "evaluate.highlights"


class NoLabelledSongsError(HighlightEvaluationError):
    """The folder holds no labels file, or no song with a chorus that could be measured on."""

    code = "evaluate.songs_missing"


class LabelsUnreadableError(HighlightEvaluationError):
    """A labels file is not JSON, or an entry of it is not what it should be."""

    code = "evaluate.labels_unreadable"


class ArchiveUnsafeError(HighlightEvaluationError):
    """An archive is damaged, or holds what is not unpacked here: links, devices, ways out."""

    code = "evaluate.archive_unsafe"


class ReportNotWrittenError(HighlightEvaluationError):
    """The folder for the report cannot be written."""

    code = "evaluate.not_written"


class BadEvaluationRequestError(HighlightEvaluationError):
    """An option makes no sense: a number of songs below one, a folder of models that is none."""

    code = "evaluate.bad_request"
