"""Everything this Spotify knows, behind one lock."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from standin.clock import Clock
from standin.grants import Grants
from standin.library import Library, Track
from standin.people import BY_KEY, Person, hostile_tracks
from standin.playlists import Playlist, given_playlists
from standin.state import State


@dataclass(frozen=True)
class Switches:
    """Ways to behave that some apps meet and others do not.

    Attributes
    ----------
    old_names
        Answer with ``tracks``/``track`` instead of ``items``/``item`` in playlists.
    omit_refresh_token
        Leave the refresh token out of the answer to a refresh.
    rotate_refresh_token
        Give a new refresh token at each refresh; the old one stops working.
    owner_premium
        Whether the app's owner still pays; without, every call answers 403.
    rate_limit
        Calls per rolling 30 s before 429; None for no limit.
    quota
        Calls per rolling 24 h before 429 with ``QUOTA_EXCEEDED``; None for no limit.
    """

    old_names: bool = False
    omit_refresh_token: bool = False
    rotate_refresh_token: bool = False
    owner_premium: bool = True
    rate_limit: int | None = None
    quota: int | None = None

    def changed(self, wanted: dict[str, Any]) -> Switches:
        """Return the switches with `wanted` applied; a ValueError names what does not fit."""
        known = {item.name for item in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise ValueError(f"there is no switch {name!r}; there are {sorted(known)}")
            counted = name in {"rate_limit", "quota"}
            fits = (
                value is None or (type(value) is int and value >= 0)
                if counted
                else isinstance(value, bool)
            )
            if not fits:
                kind = "a count or null" if counted else "true or false"
                raise ValueError(f"the switch {name!r} takes {kind}, not {value!r}")
        return replace(self, **wanted)


@dataclass
class Player:
    """What a person's device is doing."""

    device_id: str | None = None
    page: tuple[str, str] | None = None
    """Id and name of the browser page that plays, where one does."""
    revision: int = 0
    """Goes up with each command of the Web API that starts something."""
    uris: list[str] = field(default_factory=list)
    index: int = 0
    position_ms: int = 0
    playing: bool = False


class World:
    """People, their playlists and tokens, the clock and the switches.

    Parameters
    ----------
    origin
        ``http://127.0.0.1:PORT``, from which every absolute address is made.
    library
        The tracks there are.
    state
        What is kept.
    """

    def __init__(self, origin: str, library: Library, state: State) -> None:
        self.lock = threading.RLock()
        self.origin = origin
        self.library = library
        self.state = state
        self.clock = Clock()
        self._hostile = {track.id: track for track in hostile_tracks(library)}
        self._load()

    def _load(self) -> None:
        settings = self.state.load("settings")
        self.clock.offset = float(settings.get("clock_offset", 0.0))
        if "born" not in settings:
            settings["born"] = self.clock.now()
            self.state.put("settings", "born", settings["born"])
        self.born = float(settings["born"])
        self.switches = Switches(**settings.get("switches", {}))
        self.grants = Grants(self.state, self.clock)
        self.players: dict[str, Player] = {}
        self.calls: deque[float] = deque()
        self.playlists = {item.id: item for item in given_playlists(self.library, self.born)}
        for key, body in self.state.load("playlist").items():
            self.playlists[key] = Playlist.from_json(body)
        self.liked_changes: dict[str, dict[str, float | None]] = self.state.load("liked")

    def reset(self) -> None:
        """Forget everything that was done since the first start."""
        with self.state.together():
            self.state.clear()
        self._load()

    # -- changing ----------------------------------------------------------------------------

    def keep(self, playlist: Playlist) -> None:
        """Keep a playlist that was made or changed."""
        self.playlists[playlist.id] = playlist
        self.state.put("playlist", playlist.id, playlist.to_json())

    def set_liked(self, person: Person, track_id: str, liked: bool) -> None:
        """Like a song, or stop liking it."""
        changes = self.liked_changes.setdefault(person.key, {})
        changes[track_id] = self.clock.now() if liked else None
        self.state.put("liked", person.key, changes)

    def set_switches(self, wanted: dict[str, Any]) -> Switches:
        """Turn switches; a ValueError names what does not fit."""
        self.switches = self.switches.changed(wanted)
        self.state.put("settings", "switches", asdict(self.switches))
        return self.switches

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.clock.offset += seconds
        self.state.put("settings", "clock_offset", self.clock.offset)

    # -- asking ------------------------------------------------------------------------------

    def track(self, track_id: str) -> Track | None:
        """Return a track by id, hostile ones included."""
        return self.library.get(track_id) or self._hostile.get(track_id)

    def followed_by(self, person: Person) -> list[Playlist]:
        """Return the playlists in a person's library, newest first."""
        mine = [item for item in self.playlists.values() if person.key in item.followers]
        return sorted(mine, key=lambda item: (-item.created_at, item.id))

    def person(self, key: str) -> Person | None:
        """Return a person by key."""
        return BY_KEY.get(key)
