"""Each file is heard once, and what only uploads asked for is told apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hooklist_genres import Labelled
from webapp.services.studies import Studies, Study
from webapp.store import TrackStudies, migrate, open_engine


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[TrackStudies]:
    engine = open_engine(f"sqlite:///{tmp_path / 'kept.db'}")
    migrate(engine)
    yield TrackStudies(engine)
    engine.dispose()


def test_what_an_upload_was_heard_for_stays_once_a_playlist_needs_it(
    kept: TrackStudies, tmp_path: Path
) -> None:
    heard: list[Path] = []

    def listen(file: Path, _label: Labelled) -> Study:
        heard.append(file)
        return Study({"tempo": 120.0}, {"start": 1.0})

    file = tmp_path / "song.mp3"
    file.write_bytes(b"sound")
    of_uploads = Studies(kept, listen, "m", by_genre=False, uploaded=True)
    of_playlists = Studies(kept, listen, "m", by_genre=False)

    def marked() -> bool:
        row = kept.get(study.content_key, "m")
        assert row is not None
        return row.uploaded

    study = of_uploads.of(file)
    assert marked()
    assert of_playlists.of(file) == study
    assert not marked()
    of_uploads.of(file)
    assert not marked()
    assert heard == [file]
