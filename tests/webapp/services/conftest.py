"""A database, a catalogue of thirty tracks and the stores, all real and all small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from recommender import RecommenderHolder, RowsSource, build_catalogue
from webapp.jobs import Jobs, Task, Worker
from webapp.services.audio_library import AudioSources, FolderAudio
from webapp.services.generation import GenerationService
from webapp.services.highlights_moved import Highlights
from webapp.services.most_replayed import MostReplayed
from webapp.services.revision import RevisionService
from webapp.services.trailer_requests import TrailerRequests
from webapp.store import (
    HeardCounts,
    MovedHighlights,
    Playlists,
    PlaylistSteps,
    Thumbs,
    TrackStudies,
    User,
    Users,
    open_engine,
    open_ephemeral,
)


@dataclass
class House:
    """What the services need, over one SQLite file."""

    folder: Path
    user: User
    jobs: Jobs
    playlists: Playlists
    generation: GenerationService
    audio: AudioSources
    revision: RevisionService
    most_replayed: MostReplayed
    highlights: Highlights

    def work(self, **tasks: Task) -> bool:
        """Let a worker do one job."""
        return Worker(self.jobs, tasks).run_once()


def rows(folder: Path, count: int = 30) -> list[dict[str, object]]:
    """Return catalogue rows; every third one names an audio file."""
    random = np.random.default_rng(7)
    return [
        {
            "id": f"t{number:02}",
            "title": f"Song {number}",
            "artists": (f"Artist {number % 10}",),
            "duration": 180.0 + number,
            "spotify_id": f"{number:022}",
            "genre": ("rock", "jazz")[number % 2],
            "tempo": float(random.uniform(80, 160)),
            "energy": float(random.uniform()),
            "danceability": float(random.uniform()),
            "loudness": float(random.uniform(-20, -5)),
            "source": "test",
            "licence": "CC0-1.0",
            "audio": str(folder / f"t{number:02}.wav") if number % 3 == 0 else "",
        }
        for number in range(count)
    ]


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalogue")
    build_catalogue([RowsSource("test", rows(folder / "music"))], folder / "built")
    return folder


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, catalogue: Path) -> Iterator[House]:
    engine = open_engine(sqlite_url)
    ephemeral = open_ephemeral()
    jobs = Jobs(engine, wakeup=ephemeral.wakeup("jobs"))
    playlists = Playlists(engine)
    audio = AudioSources((FolderAudio(),))
    holder = RecommenderHolder(catalogue / "built")
    generation = GenerationService(engine, jobs, playlists, holder, audio, Thumbs(engine))
    user = Users(engine).upsert("account-1", "Ada")
    revision = RevisionService(
        engine,
        jobs,
        playlists,
        PlaylistSteps(engine),
        holder,
        audio,
        Thumbs(engine),
        clock=lambda: 1_000.0,
    )
    moved = MovedHighlights(engine)
    most_replayed = MostReplayed(HeardCounts(engine), moved, ephemeral, "secret")
    highlights = Highlights(
        engine,
        playlists=playlists,
        moved=moved,
        studies=TrackStudies(engine),
        jobs=jobs,
        most_replayed=most_replayed,
        trailers=TrailerRequests(engine, jobs, playlists),
        clock=lambda: 1_000.0,
    )
    yield House(
        tmp_path,
        user,
        jobs,
        playlists,
        generation,
        audio,
        revision,
        most_replayed,
        highlights,
    )
    ephemeral.close()
    engine.dispose()
