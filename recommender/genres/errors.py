"""What can go wrong between a labelled table and a genre, each failure with its stable code."""

from __future__ import annotations

from typing import ClassVar

from hooklist_errors import HooklistError


class GenreError(HooklistError):
    """A failure to learn, load or use a genre classifier."""

    code: ClassVar[str] = "genres"


class LabelMissing(GenreError):
    """The table has no column of the given name, or nothing is in it."""

    code: ClassVar[str] = "genres.label_missing"


class TooFewClasses(GenreError):
    """There is nothing to tell apart: one class, or one that has enough rows."""

    code: ClassVar[str] = "genres.one_class"


class TooFewRows(GenreError):
    """A class, or the table, has too few rows or artists to learn and to check."""

    code: ClassVar[str] = "genres.too_few_rows"


class NoFeatures(GenreError):
    """No column of the table holds numbers, or none that the model knows."""

    code: ClassVar[str] = "genres.no_features"


class TrainingPackageMissing(GenreError):
    """Training needs a package that serving does not, and it is not installed."""

    code: ClassVar[str] = "genres.package_missing"


class ModelMissing(GenreError):
    """The named folder holds no genre model."""

    code: ClassVar[str] = "genres.model_missing"


class ModelDamaged(GenreError):
    """A file of the model is missing, cut short, changed, or of another version."""

    code: ClassVar[str] = "genres.model_damaged"


class ModelUnwritable(GenreError):
    """The model, the answers or the report cannot be written."""

    code: ClassVar[str] = "genres.unwritable"


class GenreOptions(GenreError):
    """An option is out of range or names what does not exist."""

    code: ClassVar[str] = "genres.bad_request"


class GenreDataMissing(GenreError):
    """The named folder has no table to evaluate genres with."""

    code: ClassVar[str] = "genres.data_missing"
