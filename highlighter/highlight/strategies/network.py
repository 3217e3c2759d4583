"""What a network, trained on songs with known choruses, takes for a chorus."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from highlighter.analysis.hearing import ONSET_RATE, TABLE_RATE, Sound
from highlighter.errors import HighlightModelError
from highlighter.highlight.curve import LONG_SECONDS
from highlighter.highlight.force import at_rate
from highlighter.highlight.model import Curve
from highlighter.highlight.network import Network, default_network
from highlighter.highlight.strategies.energy import LEAST_CONTRAST
from highlighter.highlight.strategies.placing import section
from highlighter.highlight.strategies.protocol import Found, Heard
from highlighter.highlight.strategies.repetition import LEAST_REPEATS
from highlighter.highlight.tokens import tokens

Float64 = NDArray[np.float64]

NETWORK_SHARE = 0.7
"""Weight of the network's curve beside that of repetition and force, which it is mixed with."""

STARTS_SHARE = 0.15
"""Weight of how surely a chorus begins where the window does."""

_BLOCK_SECONDS = 300.0
"""Of long tracks, that the network is shown at once: about the songs it learnt from."""

_LOG = logging.getLogger(__name__)


class ByNetwork:
    """Asks the shipped network; has no answer where none is shipped, or none that works.

    Parameters
    ----------
    opened
        Returns the network to ask.
    share
        Weight of its curve beside that of repetition and force, 0 to 1.
    """

    name = "network"

    def __init__(
        self,
        opened: Callable[[], Network | None] = default_network,
        share: float = NETWORK_SHARE,
    ) -> None:
        self._opened, self._share = opened, share

    def find(self, heard: Heard, seconds: float) -> Found | None:
        """See `highlighter.highlight.strategies.protocol.Strategy`."""
        structure = heard.structure
        if structure.repeats < LEAST_REPEATS and structure.contrast < LEAST_CONTRAST:
            return None  # silence, noise, a tone: no training told what to make of them
        try:
            network = self._opened()
            if network is None:
                return None
            said, starts = _said(network, heard)
        except HighlightModelError as error:
            _LOG.warning("highlights are found without the network: %s", error)
            return None
        rows = structure.values.size
        chorus = at_rate(said.values, said.rate, structure.rate, rows)
        begins = at_rate(starts, said.rate, structure.rate, rows)
        mixed = self._share * chorus + (1.0 - self._share) * structure.values
        curve = Curve(mixed, structure.rate)
        start, end, _ = section(heard, curve, seconds, STARTS_SHARE * begins)
        inside = chorus[
            int(start * curve.rate) : max(int(start * curve.rate) + 1, int(end * curve.rate))
        ]
        return Found(
            curve,
            start,
            end,
            network.confidence(float(inside.mean())),
            "a network that learnt from songs with known choruses takes this passage for one",
        )


def _said(network: Network, heard: Heard) -> tuple[Curve, Float64]:
    """Return the network's curve and where it hears choruses begin; long tracks block by block."""
    if heard.sound.duration <= LONG_SECONDS:
        curves = network.curves(heard.tokens)
        return Curve(curves.interest, curves.rate), curves.starts
    parts = [network.curves(tokens(block)) for block in _blocks(heard.sound)]
    interest = np.concatenate([part.interest for part in parts])
    starts = np.concatenate([part.starts for part in parts])
    return Curve(interest, parts[0].rate), starts


def _blocks(sound: Sound) -> list[Sound]:
    """Return the sound in equal blocks of at most `_BLOCK_SECONDS`, in whole tokens."""
    rows = sound.bands.shape[0]
    count = max(1, math.ceil(rows / (_BLOCK_SECONDS * TABLE_RATE)))
    size = math.ceil(rows / count / 2) * 2
    step = round(ONSET_RATE / TABLE_RATE)
    return [
        replace(
            sound,
            duration=min(size, rows - low) / TABLE_RATE,
            bands=sound.bands[low : low + size],
            chroma=sound.chroma[low : low + size],
            onsets=sound.onsets[low * step : (low + size) * step],
        )
        for low in range(0, rows, size)
    ]
