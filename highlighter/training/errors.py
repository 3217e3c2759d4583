"""What can go wrong in training, each with a stable code."""

from __future__ import annotations

from hooklist_errors import HooklistError


class TrainingError(HooklistError):
    """A network could not be trained or exported."""

    code = "training.failed"


class ArchitectureUnknownError(TrainingError):
    """There is no architecture of that name."""

    code = "training.architecture_unknown"


class ParametersError(TrainingError):
    """The file of parameters is missing, or a line of it cannot be understood."""

    code = "training.parameters"


class CorpusMissingError(TrainingError):
    """The folder holds no rendered songs to learn from, or to validate on."""

    code = "training.corpus_missing"


class RecordingUnreadableError(TrainingError):
    """A file of the corpus lacks a table, or a table has not the shape it should have."""

    code = "training.recording_unreadable"


class RunUnreadableError(TrainingError):
    """A folder of an earlier run holds no weights, or weights of another network."""

    code = "training.run_unreadable"


class ExportError(TrainingError):
    """What was exported does not compute what was trained, or is too large."""

    code = "training.export"


class RunNotWrittenError(TrainingError):
    """The folder for the diary of a run cannot be written."""

    code = "training.run_not_written"


class TableNotWrittenError(TrainingError):
    """The folder for tables cannot be written."""

    code = "training.table_not_written"


class CostUnknownError(TrainingError):
    """The process that measures a model's cost failed or did not end."""

    code = "training.cost_unknown"
