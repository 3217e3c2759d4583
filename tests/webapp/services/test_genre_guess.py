"""Files without a genre in their tags, and a classifier that hears them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import mutagen.flac
import numpy as np
import pytest
import soundfile

from hooklist_genres import Labelled
from recommender import build_catalogue, open_catalogue
from recommender.genre_guess import GenreGuesser
from webapp.errors import GenreModelUnsuited
from webapp.services.catalogue_build import FolderSource
from webapp.services.genre_guess import ear_of, guess_of, hears, unheard
from webapp.services.listening import METHOD, close_listeners
from webapp.services.studies import Studies, Study
from webapp.store import TrackStudies, open_engine


@dataclass(frozen=True)
class Said:
    genre: str
    confidence: float


@dataclass
class ByBrightness:
    """A simple classifier of sounds: noise is bright, a low tone is dark."""

    columns: Sequence[str] = ("spectral_centroid_mean", "mfcc_01_mean", "tempo")
    threshold: float = 0.6
    asked: list[Mapping[str, float | None]] = field(default_factory=list)

    def predict(self, rows: Sequence[Mapping[str, float | None]], /) -> list[Said]:
        self.asked += rows
        return [
            Said("noise" if (row["spectral_centroid_mean"] or 0) > 2_000 else "drone", 0.9)
            for row in rows
        ]


@pytest.fixture
def kept(sqlite_url: str) -> Iterator[TrackStudies]:
    engine = open_engine(sqlite_url)
    yield TrackStudies(engine)
    engine.dispose()
    close_listeners()


def sound(path: Path, genre: str = "", *, noise: bool = False) -> Path:
    moments = np.arange(22_050 * 3) / 22_050
    tone = 0.4 * np.sin(2 * np.pi * 110.0 * moments)
    hiss = 0.2 * np.random.default_rng(len(path.name)).standard_normal(moments.size)
    soundfile.write(path, (hiss if noise else tone).astype(np.float32), 22_050)
    if genre:
        file = mutagen.flac.FLAC(path)
        file["genre"] = genre
        file.save()
    return path


def listened(file: Path, label: Labelled) -> Study:
    features = {"tempo": 100.0, "energy": 0.5, "loudness": -12.0}
    return Study({"duration": 3.0, "features": features}, {"start": 0.0, "end": 3.0})


def test_a_folder_is_filled_by_ear_where_its_tags_are_silent(
    tmp_path: Path, kept: TrackStudies
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    sound(music / "tagged.flac", "Jazz", noise=True)
    sound(music / "other.flac", "Other", noise=True)
    sound(music / "untagged.flac")
    model = ByBrightness()
    source = FolderSource(
        music,
        Studies(kept, listened, METHOD),
        listeners=2,
        ear=ear_of(GenreGuesser(model), kept),
    )
    report = build_catalogue([source], tmp_path / "catalogue", guesser=GenreGuesser(model))
    assert report.genres == {"table": 0, "tag": 1, "model": 2, "unknown": 0}
    tracks = {track.title: track.labelled for track in open_catalogue(tmp_path / "catalogue")}
    assert tracks == {
        "tagged": Labelled("Jazz", "tag", 1.0),
        "other": Labelled("noise", "model", pytest.approx(0.9)),
        "untagged": Labelled("drone", "model", pytest.approx(0.9)),
    }
    assert len(model.asked) == 2
    build_catalogue([source], tmp_path / "catalogue")
    assert len(model.asked) == 4  # asked again, of what was remembered


def test_what_was_heard_for_the_classifier_is_remembered(
    tmp_path: Path, kept: TrackStudies
) -> None:
    file = sound(tmp_path / "one.flac", noise=True)
    model = ByBrightness()
    ear = ear_of(GenreGuesser(model), kept)
    assert ear is not None
    first = ear(file)
    again = tmp_path / "copy.flac"
    again.write_bytes(file.read_bytes())
    close_listeners()
    assert ear(again) == first == Labelled("noise", "model", 0.9)
    assert model.asked[0] == model.asked[1]
    assert all(value is not None for value in model.asked[0].values())


def test_a_classifier_of_tables_hears_nothing(kept: TrackStudies) -> None:
    deaf = GenreGuesser(ByBrightness(columns=("valence", "energy", "tempo")))
    assert not hears(deaf)
    assert unheard(deaf) == ("energy", "valence")
    assert ear_of(deaf, kept) is None


def test_asked_for_a_file_it_is_refused_with_what_it_lacks() -> None:
    names = ("valence", "energy", "danceability", "liveness", "speechiness", "popularity", "tempo")
    with pytest.raises(GenreModelUnsuited) as caught:
        guess_of(GenreGuesser(ByBrightness(columns=names)), "models/spotify")
    assert "models/spotify" in str(caught.value)
    assert "danceability, energy, liveness, popularity, speechiness and 1 more" in str(caught.value)
    assert caught.value.code == "genres.unsuited"


@pytest.mark.parametrize(
    "columns",
    [
        ("mfcc1_mean", "mfcc20_var", "chroma_stft_mean", "harmony_mean", "perceptr_var", "tempo"),
        ("mfcc_01_mean", "tonnetz_5_skew", "harmonic_power_mean", "tempo_median"),
        ("tempo", "key", "mode", "loudness", "duration"),
    ],
)
def test_models_of_sound_and_of_gtzan_tables_can_hear(columns: tuple[str, ...]) -> None:
    assert hears(GenreGuesser(ByBrightness(columns=columns)))


def test_a_guess_of_features_is_a_genre_or_nothing() -> None:
    guess = guess_of(GenreGuesser(ByBrightness()), "model")
    bright = {"spectral_centroid_mean": 4_000.0, "mfcc_01_mean": -100.0, "tempo": None}
    assert guess(bright) == Labelled("noise", "model", 0.9)
    assert guess({"tempo": 120.0}) is None
