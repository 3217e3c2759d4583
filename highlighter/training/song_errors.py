"""What can go wrong while training songs are made, each with a stable code."""

from __future__ import annotations

from highlighter.training.errors import TrainingError


class SongError(TrainingError):
    """A training song could not be made."""

    code = "training.song"


class SongUnreadableError(SongError):
    """A song of a data set is absent or not as its format says."""

    code = "training.song_unreadable"


class DatasetMissingError(SongError):
    """The folder holds none of the data set's songs."""

    code = "training.dataset_missing"


class SynthesiserMissingError(SongError):
    """FluidSynth or its sound font is not installed."""

    code = "training.synthesiser_missing"


class SynthesiserFailedError(SongError):
    """FluidSynth ran and made no sound, or did not end in time."""

    code = "training.synthesiser_failed"


class CorpusUnusableError(SongError):
    """The output folder cannot be written, or a file in it is not a rendering."""

    code = "training.corpus_unusable"


class LabelsUnreadableError(SongError):
    """A labels file is absent or not as it should be."""

    code = "training.labels_unreadable"
