"""What a playlist was asked to be, in words: only what was wished, nothing that is the usual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from webapp.i18n import _, ngettext
from webapp.routes.wording import track_count
from webapp.store import Playlist

STRONG = 0.75
"""From here on a knob counts as turned to its end."""


def shape_words(playlist: Playlist) -> list[str]:
    """Return the wishes a playlist was made with, and what its listener has wished since."""
    options = playlist.options
    wishes: Mapping[str, Any] = options.get("wishes") or {}
    minutes = wishes.get("minutes")
    length = int(options.get("length") or len(playlist.tracks))
    words = [
        ngettext("%(num)s minute", "%(num)s minutes", round(minutes))
        if minutes
        else track_count(length),
        _familiarity(float(wishes.get("familiarity") or 0)),
        _popularity(float(wishes.get("popularity") or 0)),
        _curve(wishes.get("curve")),
        _flow(wishes.get("flow")),
        *_filters(wishes.get("filters") or {}),
        _left_out(options.get("leave_out")),
        _("nothing from your Liked Songs") if options.get("leave_liked") else "",
        _bridge(playlist.seeds) if wishes.get("bridge") else "",
        _since("more", wishes.get("more_like") or (), _titles(playlist.tracks)),
        _since("less", wishes.get("less_like") or (), {}, _seeds(options.get("less") or ())),
    ]
    return [word for word in words if word]


def _familiarity(value: float) -> str:
    if value >= STRONG:
        return _("mostly by the seeds' artists")
    if value <= -STRONG:
        return _("nobody from the seeds")
    return _("rather familiar") if value > 0 else _("rather new to you") if value < 0 else ""


def _popularity(value: float) -> str:
    if value >= STRONG:
        return _("hits")
    if value <= -STRONG:
        return _("hidden gems")
    return _("rather hits") if value > 0 else _("rather hidden gems") if value < 0 else ""


def _curve(curve: object) -> str:
    if isinstance(curve, list):
        return _("energy as you drew it")
    words = {
        "flat": _("even energy"),
        "rise": _("rising energy"),
        "wave": _("energy in waves"),
        "peak": _("a peak of energy in the middle"),
        "cool-down": _("energy that cools down"),
    }
    return words.get(str(curve), "")


def _flow(value: object) -> str:
    if not isinstance(value, int | float) or value == 0.5:
        return ""
    return _("smooth from track to track") if value > 0.5 else _("the nearest first, less flow")


def _filters(filters: Mapping[str, Any]) -> Iterable[str]:
    first, last = filters.get("years") or (None, None)
    if first or last:
        yield _("years %(range)s", range=_range(first, last))
    slow, fast = filters.get("tempo") or (None, None)
    if slow or fast:
        yield _("%(range)s BPM", range=_range(slow, fast))
    if filters.get("explicit") is False:
        yield _("nothing explicit")
    genres = ", ".join(_quoted(str(word)) for word in filters.get("genres") or ())
    if genres:
        yield _("only %(genres)s", genres=genres)
    avoided = ", ".join(_quoted(str(word)) for word in filters.get("avoid_words") or ())
    if avoided:
        yield _("without %(words)s", words=avoided)
    artists = ", ".join(str(name) for name in filters.get("avoid_artists") or ())
    if artists:
        yield _("nothing by %(artists)s", artists=artists)


def _left_out(which: object) -> str:
    words = {
        "saved": _("nothing from playlists you saved"),
        "all": _("nothing from your earlier playlists"),
    }
    return words.get(str(which), "")


def _range(first: float | None, last: float | None) -> str:
    if first and last:
        return f"{first:g}–{last:g}"
    if first:
        return _("%(value)s or more", value=f"{first:g}")
    return _("up to %(value)s", value=f"{last:g}")


def _bridge(seeds: Sequence[Mapping[str, Any]]) -> str:
    if len(seeds) < 2:
        return ""
    ends = (_quoted(str(seeds[at].get("title") or _("Untitled"))) for at in (0, -1))
    return _("a path from %(first)s to %(last)s", first=next(ends), last=next(ends))


def _since(
    which: str, ids: Sequence[str], titles: Mapping[str, str], named: Sequence[str] = ()
) -> str:
    """Return what the listener wants more or less of; by name where the name is at hand."""
    known = [*named, *(titles[one] for one in ids if one in titles)]
    words = [_quoted(title or _("Untitled")) for title in known[:3]]
    rest = max(len(ids), len(known)) - len(words)
    if rest:
        words.append(ngettext("%(num)s more", "%(num)s more", rest) if words else track_count(rest))
    if not words:
        return ""
    listed = ", ".join(words)
    return (
        _("more like %(tracks)s", tracks=listed)
        if which == "more"
        else _("less like %(tracks)s", tracks=listed)
    )


def _titles(tracks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {str(track["id"]): str(track.get("title") or "") for track in tracks}


def _seeds(seeds: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(seed.get("title") or "") for seed in seeds]


def _quoted(text: str) -> str:
    return _("“%(title)s”", title=text)
