"""Turn a plan and the stored excerpts into one stream of sound, a fragment at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlighter.loudness import SILENCE, integrated_loudness, true_peak
from highlighter.trailer.excerpts import ExcerptStore
from highlighter.trailer.gains import gain_for
from highlighter.trailer.plan import Fragment, Join, Plan
from highlighter.trailer.stretch import MARGIN, stretched
from highlighter.trailer.transitions.sound import fade_curve, heard

Float32 = NDArray[np.float32]


def levelled(plan: Plan, store: ExcerptStore) -> Plan:
    """Return `plan` with the gains that its fragments need as they are cut.

    Loudness and peak of each are measured where it is played; the plan knew those of a part nearby.
    """
    rate = store.sample_rate
    fragments = []
    for fragment in plan.fragments:
        frames = round((fragment.source_end - fragment.source_start) * rate)
        played = store.read(fragment.track, fragment.source_start, frames)
        loudness = integrated_loudness(played, rate)
        if loudness != SILENCE:
            gain = gain_for(loudness, true_peak(played, rate))
            fragment = replace(fragment, gain=gain)
        fragments.append(fragment)
    return replace(plan, fragments=tuple(fragments))


def mix(
    plan: Plan, store: ExcerptStore, *, before_fragment: Callable[[int], Any] | None = None
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
        samples = sounding(fragment, store, lead, body, tail)
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


def sounding(fragment: Fragment, store: ExcerptStore, lead: int, body: int, tail: int) -> Float32:
    """Return a fragment at its level and tempo, (lead + body + tail, 2).

    Parameters
    ----------
    fragment
        Of a plan.
    store
        Where its excerpt lies.
    lead, body, tail
        Frames before its start, from start to end, and after its end.
    """
    rate = store.sample_rate
    frames = lead + body + tail
    if fragment.rate == 1.0:
        samples = store.read(fragment.track, fragment.source_start - lead / rate, frames)
    else:
        margin = round(MARGIN * rate)
        first = fragment.source_start - (lead + margin) / rate * fragment.rate
        wanted = round((frames + 2 * margin) * fragment.rate)
        whole = stretched(store.read(fragment.track, first, wanted), fragment.rate, rate)
        samples = whole[margin : margin + frames].copy()
    samples *= np.float32(10.0 ** (fragment.gain / 20.0))
    return samples


def _halves(joins: Sequence[Join], bodies: Sequence[int], rate: int) -> list[int]:
    """Return half of each transition in frames, so that rounding lets no three tracks sound."""
    return [
        min(round(join.seconds / 2.0 * rate), before // 2, after // 2)
        for join, (before, after) in zip(joins, pairwise(bodies), strict=True)
    ]
