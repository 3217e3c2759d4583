"""Turn a plan and the stored excerpts into one stream of sound, a fragment at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.trailer.excerpts import ExcerptStore
from highlighter.trailer.stretch import MARGIN, stretched
from highlighter.trailer.timeline import Fragment, Join, Plan
from highlighter.trailer.transitions.sound import fade_curve, heard

Float32 = NDArray[np.float32]


def mix(
    plan: Plan,
    store: ExcerptStore,
    *,
    before_fragment: Callable[[int], Any] | None = None,
    gain: Callable[[Float32], float | None] | None = None,
) -> Iterator[Float32]:
    """Yield the trailer as (n, 2) blocks.

    Parameters
    ----------
    plan
        Its fragments' ``track`` are numbers of excerpts in `store`.
    store
        Read only.
    before_fragment
        Called with each fragment's place before it is read; may raise to stop.
    gain
        Called with the (n, 2) samples of each fragment between its cuts, at their own tempo;
        returns its gain in dB, or None to leave it as the plan has it: the plan knew the loudness
        of a part nearby.
    """
    rate = store.sample_rate
    leaving: Float32 = np.zeros((0, 2), dtype=np.float32)
    edges = [0, *(round(join.middle * rate) for join in plan.joins), round(plan.duration * rate)]
    bodies = [after - before for before, after in pairwise(edges)]
    halves = [0, *_halves(plan.joins, bodies, rate), 0]
    for place, fragment in enumerate(plan.fragments):
        if before_fragment is not None:
            before_fragment(place)
        lead, tail, body = halves[place], halves[place + 1], bodies[place]
        samples = sounding(fragment, store, (lead, body, tail), gain)
        if place == 0:
            entering = min(body, round(plan.fade_in * rate))
            samples[:entering] *= fade_curve(entering)
        else:
            join = plan.joins[place - 1]
            yield heard(join, leaving, samples[: 2 * lead], rate)
        if place == len(plan.fragments) - 1:
            fading = min(body, round(plan.fade_out * rate))
            samples[samples.shape[0] - fading :] *= fade_curve(fading)[::-1]
        yield samples[2 * lead : lead + body - tail]
        leaving = samples[lead + body - tail :]


def sounding(
    fragment: Fragment,
    store: ExcerptStore,
    frames: tuple[int, int, int],
    gain: Callable[[Float32], float | None] | None = None,
) -> Float32:
    """Return a fragment at its level and tempo, (all of `frames`, 2).

    Parameters
    ----------
    fragment
        Of a plan.
    store
        Where its excerpt lies; it is read once.
    frames
        Before its start, from start to end, and after its end.
    gain
        See `mix`.
    """
    rate = store.sample_rate
    lead, body, _ = frames
    # What is stretched has ends that are not to be heard.
    margin = 0 if fragment.rate == 1.0 else round(MARGIN * rate)
    before = round((lead + margin) * fragment.rate)
    wanted = round((sum(frames) + 2 * margin) * fragment.rate)
    samples = store.read(
        fragment.track, fragment.source_start - (lead + margin) / rate * fragment.rate, wanted
    )
    found = gain(samples[before : before + round(body * fragment.rate)]) if gain else None
    if margin:
        samples = stretched(samples, fragment.rate, rate)[margin : margin + sum(frames)].copy()
    samples *= np.float32(10.0 ** ((fragment.gain if found is None else found) / 20.0))
    return samples


def _halves(joins: Sequence[Join], bodies: Sequence[int], rate: int) -> list[int]:
    """Return half of each transition in frames, so that rounding lets no three tracks sound."""
    return [
        min(round(join.seconds / 2.0 * rate), before // 2, after // 2)
        for join, (before, after) in zip(joins, pairwise(bodies), strict=True)
    ]
