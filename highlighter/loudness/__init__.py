"""Loudness and true peak by ITU-R BS.1770-4, of arrays or of a stream of blocks.

What is measured, and where it is written down:

* integrated loudness: K-weighting, 400 ms blocks with 75 % overlap, an absolute gate at −70 LUFS
  and a relative gate 10 LU below (ITU-R BS.1770-4 annex 1);
* momentary (400 ms) and short-term (3 s) loudness (EBU Tech 3341), loudness range (EBU Tech 3342);
* true peak on a signal oversampled four times (ITU-R BS.1770-4 annex 2).
"""

from __future__ import annotations

from highlighter.loudness.gating import integrated_of_hops, range_of, short_term_of_hops
from highlighter.loudness.meter import LoudnessMeter, integrated_loudness, short_term_loudness
from highlighter.loudness.peaks import oversampling_factor, peak_envelope, true_peak
from highlighter.loudness.scale import SILENCE, decibels
from highlighter.loudness.weighting import LOWEST_SAMPLE_RATE, k_weighting

__all__ = [
    "LOWEST_SAMPLE_RATE",
    "SILENCE",
    "LoudnessMeter",
    "decibels",
    "integrated_loudness",
    "integrated_of_hops",
    "k_weighting",
    "oversampling_factor",
    "peak_envelope",
    "range_of",
    "short_term_loudness",
    "short_term_of_hops",
    "true_peak",
]
