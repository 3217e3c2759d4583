"""Matched beats meet: measured on clicks in the rendered sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from highlighter.trailer import TrailerTrack, make_trailer
from highlighter.trailer.excerpts import ExcerptStore
from highlighter.trailer.material import Material
from highlighter.trailer.mix import mix
from highlighter.trailer.plan import make_plan
from highlighter.trailer.stretch import can_stretch

RATE = 44_100
COLOURS = (3_000.0, 7_000.0)
"""Hz of the two tracks' clicks, so that they can be told apart where they meet."""

pytestmark = pytest.mark.skipif(not can_stretch(), reason="python-stretch is not installed here")


def click_track(beats: np.ndarray, seconds: float, colour: float) -> np.ndarray:
    samples = np.zeros(round(seconds * RATE))
    place = np.arange(700)
    click = 0.5 * np.exp(-place / 90.0) * np.sin(2 * np.pi * colour * place / RATE)
    for beat in beats:
        first = round(beat * RATE)
        if 0 <= first < samples.size - 700:
            samples[first : first + 700] += click
    return np.repeat(samples[:, None], 2, axis=1).astype(np.float32)


def onsets(samples: np.ndarray, colour: float) -> np.ndarray:
    """Return seconds at which clicks of one colour begin."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(samples.size, 1.0 / RATE)
    spectrum[np.abs(hertz - colour) > 1_500.0] = 0.0
    band = np.abs(np.fft.irfft(spectrum, samples.size))
    envelope = np.convolve(band, np.hanning(64) / 32.0, "same")
    loud = envelope > 0.15 * envelope.max()
    starts = np.flatnonzero(loud[1:] & ~loud[:-1])
    kept: list[int] = []
    for start in starts:
        if not kept or start - kept[-1] > 0.1 * RATE:
            kept.append(int(start))
    return np.array(kept) / RATE


def offsets(sound: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return how far each click of the sparser track lies from the other's, in seconds."""
    part = sound[round(low * RATE) : round(high * RATE), 0]
    ones, others = sorted((onsets(part, colour) for colour in COLOURS), key=len)
    return np.array([np.abs(others - one).min() for one in ones])


def test_tracked_beats_with_jitter_meet_within_fifteen_milliseconds(tmp_path):
    """Random pairs, of equal and of double tempo, with beats as a tracker hears them."""
    random = np.random.default_rng(7)
    found: list[float] = []
    for number in range(14):
        tempo = random.uniform(80.0, 170.0)
        tempi = (tempo, tempo * random.uniform(0.97, 1.03) * (0.5 if number % 5 == 4 else 1.0))
        with ExcerptStore(RATE, tmp_path) as store:
            tracks = []
            for which, one in enumerate(tempi):
                beats = random.uniform(0.0, 0.5) + 60.0 / one * np.arange(round(24.0 * one / 60.0))
                store.add(click_track(beats, 26.0, COLOURS[which]), 0.0)
                heard = beats + random.normal(0.0, 0.006, beats.size)
                tracks.append(
                    Material(
                        6.0,
                        0.0,
                        24.0,
                        -14.0,
                        -6.0,
                        beats=tuple(heard.tolist()),
                        beat_confidence=0.9,
                    )
                )
            plan = make_plan(tracks, seconds=9.0)
            [join] = plan.joins
            if join.kind != "beat-matched":
                assert number % 5 == 4, join.reason
                continue
            sound = np.concatenate(list(mix(plan, store)))
        # A little inside: at the very ends one of the two is too faint to be found.
        part = 0.3 * join.seconds  # ends between two beats
        gaps = offsets(sound, join.middle - part, join.middle + part)
        assert gaps.size >= 2
        found.append(float(gaps.max()))
    assert len(found) >= 11
    assert np.mean(np.array(found) <= 0.015) >= 0.95
    assert float(np.median(found)) <= 0.008


def test_beats_that_nobody_told_meet_in_the_finished_file(
    write: Callable[..., Path], ear, tmp_path
):
    """From files to a file: beats tracked, tempo stretched, encoded, decoded."""
    tracks = []
    for which, (tempo, first) in enumerate([(120.0, 0.31), (123.0, 0.17)]):
        beats = first + 60.0 / tempo * np.arange(80)
        hiss = 0.002 * np.random.default_rng(which).normal(size=(40 * RATE, 2))
        samples = click_track(beats, 40.0, COLOURS[which]) + hiss
        tracks.append(TrailerTrack(write(f"{which}.wav", samples), start=12.2))
    trailer = make_trailer(tracks, tmp_path / "out.m4a", seconds_per_track=10.0)
    chapter = trailer.chapters[1]
    assert chapter.transition == "beat-matched", chapter.reason
    assert chapter.beats >= 4
    assert trailer.chapters[0].rate > 1.0 > chapter.rate
    sound = ear(trailer.file).samples
    part = 0.3 * chapter.transition_seconds  # ends between two beats
    gaps = offsets(sound, chapter.start - part, chapter.start + part)
    assert gaps.size >= 2
    assert float(gaps.max()) <= 0.015
    # The chapter's mapping holds at its own rate: its clicks are where the file's are.
    own = onsets(sound[round((chapter.start + 3.0) * RATE) : round(9.5 * 2 * RATE), 0], COLOURS[1])
    source = chapter.source_start + (3.0 + own) * chapter.rate
    phase = (source - 0.17) / (60.0 / 123.0)
    assert np.abs(phase - np.round(phase)).max() * 60.0 / 123.0 < 0.006
