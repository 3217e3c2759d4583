"""What can go wrong with the things that must be kept."""

from __future__ import annotations

from typing import ClassVar

from hooklist_errors import HooklistError


class StoreError(HooklistError):
    """The store could not do what was asked; nothing of the failed step was written."""

    code: ClassVar[str] = "store.failed"


class StoreUnavailable(StoreError):
    """The database does not answer in time."""

    code: ClassVar[str] = "store.unavailable"


class StoreBusy(StoreUnavailable):
    """Somebody else held the database, a row or a lease for longer than we wait."""

    code: ClassVar[str] = "store.busy"


class StoreFull(StoreError):
    """There is no room left for the database to grow."""

    code: ClassVar[str] = "store.full"


class StoreReadOnly(StoreError):
    """The database may be read but not written."""

    code: ClassVar[str] = "store.read_only"


class StoreDamaged(StoreError):
    """The database file is not a whole database."""

    code: ClassVar[str] = "store.damaged"


class StoreTooNew(StoreError):
    """The database was migrated by a later release than this one."""

    code: ClassVar[str] = "store.newer"


class StoreMisconfigured(StoreError):
    """An address of a database or cache, or a key, cannot be used."""

    code: ClassVar[str] = "store.misconfigured"


class StoreConflict(StoreError):
    """What is to be written contradicts what is there, such as a row of a user who is gone."""

    code: ClassVar[str] = "store.conflict"


class ValueUnstorable(StoreError):
    """A value is too large for its place, or not plain JSON."""

    code: ClassVar[str] = "store.value"


class PlaylistUnknown(HooklistError):
    """There is no such playlist, or it belongs to somebody else."""

    code: ClassVar[str] = "playlist.unknown"


class PlaylistChanged(HooklistError):
    """The playlist was changed elsewhere after it was read here."""

    code: ClassVar[str] = "playlist.changed"


class FeedbackFull(HooklistError):
    """As many messages to the operator are kept as may be."""

    code: ClassVar[str] = "feedback.full"


class SaveUnknown(HooklistError):
    """There is no such save, or it belongs to somebody else."""

    code: ClassVar[str] = "save.unknown"


class SessionUnknown(HooklistError):
    """The session has ended, or never was."""

    code: ClassVar[str] = "session.unknown"


class LoginStateInvalid(HooklistError):
    """A login came back with a state that is unknown, used, expired or another browser's."""

    code: ClassVar[str] = "login.state_invalid"
