"""A trailer of real songs, nothing known of them beforehand."""

from __future__ import annotations

import pytest

from highlighter.audio import probe
from highlighter.trailer import TrailerTrack, make_trailer


@pytest.mark.realdata
@pytest.mark.slow
def test_ten_real_songs_become_two_minutes_at_the_promised_levels(shared_data, tmp_path, ear):
    songs = sorted(
        file for file in (shared_data / "songs").iterdir() if file.suffix in (".mp3", ".ogg")
    )[::2][:10]
    if len(songs) < 10:
        pytest.skip("the development data holds fewer than ten songs of every other kind")
    trailer = make_trailer(
        [TrailerTrack(song) for song in songs], tmp_path / "ten.mp3", order="flow"
    )
    assert trailer.skipped == ()
    assert len(trailer.chapters) == 10
    assert trailer.duration == pytest.approx(120.0, abs=8.0)
    heard = ear(trailer.file)
    assert heard.duration == pytest.approx(trailer.duration, abs=0.06)
    assert heard.lufs == pytest.approx(-14.0, abs=0.5)
    assert heard.true_peak <= -1.0
    assert heard.longest_silence() <= 0.3
    for chapter in trailer.chapters:
        assert 0.0 <= chapter.source_start < chapter.source_end <= probe(chapter.file).duration
