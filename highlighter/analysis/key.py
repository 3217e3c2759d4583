"""Key from chroma, by correlation with profiles of the 24 keys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

# D. Temperley, *Music and Probability* (2007), table 6.1 style weights on the Kostka–Payne corpus,
# as tone weights from the tonic upwards.
_MAJOR = (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400)
_MINOR = (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330)

_CLEAR_MARGIN = 0.15
"""Lead of the best key over the best unrelated one that counts as certain."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key.

    Attributes
    ----------
    pitch_class
        0 = C … 11 = B.
    mode
        1 major, 0 minor.
    confidence
        0 to 1, from the fit of its profile and its lead over the other keys.
    """

    pitch_class: int
    mode: int
    confidence: float

    @property
    def name(self) -> str:
        """For people: `A minor`."""
        return f"{NAMES[self.pitch_class]} {'major' if self.mode else 'minor'}"


def estimate_key(chroma: NDArray[np.float32], tonality: float = 1.0) -> Key | None:
    """Return the key of the whole, None where nothing sounds.

    Parameters
    ----------
    chroma
        (n, 12) pitch classes from C, ≥ 0.
    tonality
        0 (noise) to 1: lowers the confidence where there is little pitch to judge by.
    """
    strength = chroma.sum(axis=1)
    heard = chroma[strength > 1e-6]
    if not heard.shape[0]:
        return None
    # Every moment counts the same, so that one loud chord does not decide.
    profile = (heard / heard.sum(axis=1, keepdims=True)).mean(axis=0).astype(np.float64)
    if float(profile.std()) < 1e-6:
        return None
    scores = _correlations(profile)
    best = int(scores.argmax())
    pitch_class, mode = best % 12, 1 - best // 12
    others = np.delete(scores, best)
    lead = float(scores[best] - others.max())
    fit = max(0.0, float(scores[best]))
    certainty = min(1.0, lead / _CLEAR_MARGIN) ** 0.5
    return Key(pitch_class, mode, float(np.clip(fit * certainty * min(1.0, 2 * tonality), 0, 1)))


def _correlations(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (24,) Pearson correlations: twelve major keys from C, then twelve minor."""
    rows = np.stack([np.roll(shape, tonic) for shape in (_MAJOR, _MINOR) for tonic in range(12)])
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    centred = profile - profile.mean()
    result: NDArray[np.float64] = rows @ (centred / np.linalg.norm(centred))
    return result
