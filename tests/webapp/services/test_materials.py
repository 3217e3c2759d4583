"""What a trailer has to know of a track is heard once per content and highlight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import soundfile

from hooklist_errors import HooklistError
from webapp.services.listening import close_listeners, hear, material_method, render
from webapp.services.materials import Highlighted, Materials
from webapp.services.studies import Study
from webapp.services.trailer_style import PLAIN_STYLE
from webapp.services.trailers import track_spec
from webapp.store import TrackStudies, open_engine

STUDY = Study({"pitch_class": 2, "mode": 1}, {"start": 4.0, "end": 14.0}, "content-1", "heard-1")


class Unreadable(HooklistError):
    code: ClassVar[str] = "audio.unreadable_in_this_test"


class Ear:
    def __init__(self) -> None:
        self.asked: list[Highlighted] = []
        self.failing = False

    def __call__(self, part: Highlighted) -> Mapping[str, Any]:
        self.asked.append(part)
        if self.failing:
            raise Unreadable("cannot read the audio")
        return {"version": 1, "start": part.start}


@pytest.fixture
def kept(sqlite_url: str) -> Iterator[TrackStudies]:
    engine = open_engine(sqlite_url)
    yield TrackStudies(engine)
    engine.dispose()


def test_a_part_is_heard_once_and_known_from_then_on(kept: TrackStudies) -> None:
    ear = Ear()
    first = Materials(kept, ear, "1").of(Path("a.mp3"), STUDY)
    # Another place, another process: the content is the same.
    again = Materials(kept, ear, "1").of(Path("b.mp3"), STUDY)
    assert first == again == {"version": 1, "start": 4.0}
    assert ear.asked == [Highlighted(Path("a.mp3"), 4.0, 14.0, 2, 1)]


def test_another_highlight_content_or_version_is_heard_for_itself(kept: TrackStudies) -> None:
    ear = Ear()
    materials = Materials(kept, ear, "1")
    materials.of(Path("a.mp3"), STUDY)
    moved = replace(STUDY, highlight={"start": 6.5, "end": 14.0})
    assert materials.of(Path("a.mp3"), moved) == {"version": 1, "start": 6.5}
    materials.of(Path("a.mp3"), replace(STUDY, content_key="content-2"))
    Materials(kept, ear, "2").of(Path("a.mp3"), STUDY)
    assert len(ear.asked) == 4


def test_what_cannot_be_heard_is_left_to_the_trailer_to_tell_and_tried_again(
    kept: TrackStudies,
) -> None:
    ear = Ear()
    ear.failing = True
    materials = Materials(kept, ear, "1")
    assert materials.of(Path("a.mp3"), STUDY) is None
    ear.failing = False
    assert materials.of(Path("a.mp3"), STUDY) is not None


def test_a_trailer_of_kept_material_is_rendered_while_it_can_be_heard(
    kept: TrackStudies, tmp_path: Path
) -> None:
    moments = np.arange(22_050 * 20) / 22_050
    sound = 0.2 * np.sin(2 * np.pi * 220 * moments) * (1 + 0.3 * np.sin(2 * np.pi * 2 * moments))
    file = tmp_path / "a.wav"
    soundfile.write(file, sound.astype(np.float32), 22_050)
    material = Materials(kept, hear, material_method()).of(file, STUDY)
    assert material is not None
    assert material["low"] == 0.0
    live = tmp_path / "growing"
    made = render(
        [track_spec(file, {"title": "A", "artists": ["Ada"]}, STUDY, material)],
        tmp_path / "out.mp3",
        seconds_per_track=4.0,
        title="T",
        style=PLAIN_STYLE,
        live=live,
        progress=lambda *step: None,
        should_stop=lambda: False,
    )
    close_listeners()
    assert made["skipped"] == []
    assert live.stat().st_size > 3.0 * 24_000
