"""What listeners hear, skip and replay in trailers, counted per second of each track, for nobody.

A browser tells what it played in seconds of a trailer; which track that is, and where in it, is
known here alone. A person counts each second of a track once in a month, however often they come
back, and nobody can have heard more seconds than have passed.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from webapp.errors import InvalidRequest, NotFound

if TYPE_CHECKING:
    from highlighter.highlight.listeners import Listened, Usual
    from webapp.store import Ephemeral, HeardCount, HeardCounts, MovedHighlights, Playlist
    from webapp.store.heard_counts import Kind, Span

Happened = Literal["heard", "skipped", "replayed"]

MONTH = 31 * 24 * 3600.0
MOST_SPANS = 64
"""Spans of one report."""
FIRST_SECONDS = 60.0
"""Seconds that the first report of a session may have heard; then as many as have passed."""
USUAL_SECONDS = 600.0
"""What is usual among all listeners changes slowly, and is looked up on every page."""
_SLACK = 1.0
_USUAL = "listening:usual"


@dataclass(frozen=True)
class PlayedSpan:
    """A part of a trailer, and what became of it.

    Parameters
    ----------
    kind
        ``heard`` for the first time on this page, ``skipped`` over, or ``replayed``.
    start, end
        Seconds of the trailer.
    """

    kind: Happened
    start: float
    end: float


class MostReplayed:
    """Counts what listeners do, and tells what they say of a track.

    Parameters
    ----------
    counts, moved
        What is kept.
    ephemeral
        Remembers for a month who has counted which seconds, under names that tell nobody who.
    secret
        Makes those names.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        counts: HeardCounts,
        moved: MovedHighlights,
        ephemeral: Ephemeral,
        secret: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._counts = counts
        self._moved = moved
        self._ephemeral = ephemeral
        self._secret = secret.encode()
        self._clock = clock

    def report(
        self, playlist: Playlist, session: str, trailer: str, spans: Sequence[PlayedSpan]
    ) -> int:
        """Count what was played of a playlist's trailer.

        Parameters
        ----------
        playlist
            The listener's.
        session
            Names the browser's session; seconds heard are bounded by the time that passes in it.
        trailer
            The trailer that was played (`webapp.routes.playlist_view.TrailerView.name`).
        spans
            At most `MOST_SPANS`, within the trailer.

        Returns
        -------
        int
            Seconds of tracks that counted.

        Raises
        ------
        NotFound
            If the playlist has another trailer by now, or none.
        InvalidRequest
            If a span is none, or lies outside of the trailer.
        """
        kept = playlist.trailer or {}
        if not trailer or kept.get("file") != trailer:
            raise NotFound(
                "What was heard is not counted",
                which=trailer[:100],
                why="the playlist has another trailer by now",
                next_step="reload the page",
            )
        _check(spans, float(kept.get("duration") or 0.0))
        chapters = [one for one in kept.get("chapters") or () if one.get("content")]
        played = self._within_time(session, spans)
        new: dict[str, dict[Kind, Sequence[Span]]] = {}
        for content_key, seconds in seconds_of(chapters, played).items():
            fresh = self._not_yet_counted(playlist.user_id, content_key, seconds)
            if any(fresh.values()):
                new[content_key] = {kind: spans_of(some) for kind, some in fresh.items()}
        self._counts.add(new)
        return sum(
            end - first for kinds in new.values() for some in kinds.values() for first, end in some
        )

    def listened(self, tracks: Mapping[str, float]) -> dict[str, Listened]:
        """Return what listeners say of pieces of audio; where nobody said anything is left out.

        Parameters
        ----------
        tracks
            Seconds of each track by content key.
        """
        counts = self._counts.get_many(tracks)
        chosen = self._moved.choices(tracks)
        if not counts and not chosen:
            return {}
        usual = self.usual()
        return {
            key: _listened(counts.get(key), chosen.get(key, ()), tracks[key], usual)
            for key in tracks
            if key in counts or key in chosen
        }

    def usual(self) -> Usual:
        """Return how listeners of this installation treat any second; as of ten minutes ago."""
        from highlighter.highlight.listeners import Usual, usual_of

        kept = self._ephemeral.get(_USUAL)
        if isinstance(kept, dict):
            return Usual(float(kept["skipped"]), float(kept["replayed"]))
        totals = self._counts.totals()
        usual = usual_of(totals["heard"], totals["skipped"], totals["replayed"])
        now = {"skipped": usual.skipped, "replayed": usual.replayed}
        self._ephemeral.set(_USUAL, now, ttl=USUAL_SECONDS)
        return usual

    def targets(self) -> Iterator[dict[str, Any]]:
        """Yield what a model can be trained on, a plain row for each piece of audio.

        ``content_key``, ``seconds`` (length of the rows), ``curve`` (0 to 1, 0.5 as usual),
        ``evidence`` (0 to 1), ``offers``, ``heard``, ``skipped``, ``replayed``, ``chosen``, each
        one value per second; ``usual``.
        """
        usual, chosen = self.usual(), self._moved.choices()
        for count in self._counts.each():
            yield _target(count.content_key, count, chosen.pop(count.content_key, ()), usual)
        for key in sorted(chosen):
            yield _target(key, None, chosen[key], usual)

    def targets_of(self, content_keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the rows of `targets` for some pieces of audio; those unheard of are left out."""
        keys = list(content_keys)
        counts, chosen = self._counts.get_many(keys), self._moved.choices(keys)
        usual = self.usual()
        return {
            key: _target(key, counts.get(key), chosen.get(key, ()), usual)
            for key in keys
            if key in counts or key in chosen
        }

    def _within_time(self, session: str, spans: Sequence[PlayedSpan]) -> list[PlayedSpan]:
        """Return the spans as far as there was time to hear them."""
        key = f"heard-time:{self._name(session)}"
        now = self._clock()
        before = self._ephemeral.get(key)
        left = FIRST_SECONDS
        if isinstance(before, dict):
            passed = max(0.0, now - float(before.get("at", now)))
            left = min(FIRST_SECONDS, float(before.get("left", 0.0)) + passed)
        fitting: list[PlayedSpan] = []
        for span in spans:
            if span.kind == "skipped":
                fitting.append(span)
            elif left > 0.0:
                end = min(span.end, span.start + left)
                left -= end - span.start
                fitting.append(PlayedSpan(span.kind, span.start, end))
        self._ephemeral.set(key, {"at": now, "left": left}, ttl=FIRST_SECONDS * 10)
        return fitting

    def _not_yet_counted(
        self, user_id: str, content_key: str, seconds: Mapping[Kind, set[int]]
    ) -> dict[Kind, set[int]]:
        """Return the seconds that this person has not counted this month, and remember them."""
        month = time.strftime("%Y-%m", time.gmtime(self._clock()))
        name = f"heard:{self._name(f'{month} {user_id} {content_key}')}"
        before = self._ephemeral.get(name)
        known = before if isinstance(before, dict) else {}
        offered, replayed = _seconds(known.get("offered")), _seconds(known.get("replayed"))
        # Whoever replays a second has heard it, and whoever hears it has not skipped it.
        again = seconds["replayed"] - replayed
        heard = (seconds["heard"] | again) - offered
        skipped = seconds["skipped"] - heard - offered
        if heard or skipped or again:
            kept = {
                "offered": spans_of(offered | heard | skipped),
                "replayed": spans_of(replayed | again),
            }
            self._ephemeral.set(name, kept, ttl=MONTH)
        return {"heard": heard, "skipped": skipped, "replayed": again}

    def _name(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:32]


def seconds_of(
    chapters: Iterable[Mapping[str, Any]], spans: Iterable[PlayedSpan]
) -> dict[str, dict[Kind, set[int]]]:
    """Return which seconds of which audio were played, by content key and what became of them.

    A second counts where its middle lies in a span, so that spans that meet count it once. Who
    jumps ahead skips the rest of the chapter they were in: what lies between there and where they
    go was not offered to them.

    Parameters
    ----------
    chapters
        With ``content``, ``start``, ``end`` (of the trailer), ``source_start`` (of the track) and
        ``stretch``: seconds of the track in one of the trailer, 1 where it is missing.
    spans
        Of the trailer.
    """
    found: dict[str, dict[Kind, set[int]]] = {}
    spans = list(spans)
    for chapter in chapters:
        begin, stop = float(chapter["start"]), float(chapter["end"])
        source, stretch = float(chapter["source_start"]), float(chapter.get("stretch", 1.0))
        for span in spans:
            first, last = max(begin, span.start), min(stop, span.end)
            if last <= first or (span.kind == "skipped" and span.start < begin):
                continue
            seconds = range(
                *(
                    max(0, math.ceil(source + (time - begin) * stretch - 0.5))
                    for time in (first, last)
                )
            )
            empty: dict[Kind, set[int]] = {"heard": set(), "skipped": set(), "replayed": set()}
            found.setdefault(str(chapter["content"]), empty)[span.kind].update(seconds)
    return found


def spans_of(seconds: Iterable[int]) -> list[tuple[int, int]]:
    """Return sorted spans of whole seconds, the first and the one behind the last.

    >>> spans_of({5, 3, 4, 9})
    [(3, 6), (9, 10)]
    """
    spans: list[tuple[int, int]] = []
    for second in sorted(seconds):
        if spans and spans[-1][1] == second:
            spans[-1] = (spans[-1][0], second + 1)
        else:
            spans.append((second, second + 1))
    return spans


def _seconds(spans: Any) -> set[int]:
    return {second for first, end in spans or () for second in range(int(first), int(end))}


def _check(spans: Sequence[PlayedSpan], duration: float) -> None:
    problem = ""
    if len(spans) > MOST_SPANS:
        problem = f"{len(spans)} spans are more than the {MOST_SPANS} of one report"
    for span in spans:
        if not (math.isfinite(span.start) and math.isfinite(span.end)):
            problem = "a span is no span of time"
        elif not 0.0 <= span.start < span.end <= duration + _SLACK:
            problem = (
                f"{span.start:g} to {span.end:g} s is no span of a trailer of {duration:.1f} s"
            )
    if problem:
        raise InvalidRequest(
            "What was heard is not counted", why=problem, next_step="reload the page"
        )


def _listened(
    count: HeardCount | None,
    chosen: Sequence[tuple[float, float]],
    duration: float,
    usual: Usual,
) -> Listened:
    from highlighter.highlight.listeners import counts_of, listened

    heard, skipped, replayed = (
        (count.heard, count.skipped, count.replayed) if count is not None else ((), (), ())
    )
    counts = counts_of(heard, skipped, replayed, chosen=chosen, duration=duration)
    return listened(counts, usual)


def _target(
    key: str, count: HeardCount | None, chosen: Sequence[tuple[float, float]], usual: Usual
) -> dict[str, Any]:
    from highlighter.highlight.listeners import counts_of, listened

    ends = [len(count.heard) if count is not None else 1, *(math.ceil(end) for _, end in chosen)]
    duration = float(max(ends))
    heard, skipped, replayed = (
        (count.heard, count.skipped, count.replayed) if count is not None else ((), (), ())
    )
    counts = counts_of(heard, skipped, replayed, chosen=chosen, duration=duration)
    said = listened(counts, usual)
    whole = {
        "offers": counts.offers,
        "heard": counts.heard,
        "skipped": counts.skipped,
        "replayed": counts.replayed,
        "chosen": counts.chosen,
    }
    return {
        "content_key": key,
        "seconds": int(duration),
        "curve": [round(value, 4) for value in said.curve.values.tolist()],
        "evidence": [round(value, 4) for value in said.evidence.tolist()],
        **{name: [int(value) for value in row.tolist()] for name, row in whole.items()},
        "usual": {"skipped": round(usual.skipped, 4), "replayed": round(usual.replayed, 4)},
    }
