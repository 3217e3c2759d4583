"""The generated library's catalogue: many tracks, cheap to list, the same everywhere."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from standin import music
from standin.music.__main__ import main
from standin.music.errors import TableUnusable, TrackUnknown
from standin.music.table import COLUMNS, SHIPPED, read_features, write_table


def test_it_has_enough_tracks_artists_and_genres() -> None:
    tracks = music.library()
    assert len(tracks) >= 300
    assert len({name for spec in tracks for name in spec.artists}) >= 60
    assert len({spec.genre for spec in tracks}) >= 12
    assert {spec.genre for spec in tracks} == set(music.GENRES)


def test_ids_look_like_spotify_ids_and_differ() -> None:
    ids = [spec.id for spec in music.library()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9A-Za-z]{22}", one) for one in ids)


def test_isrcs_are_valid_in_shape_and_differ() -> None:
    codes = [spec.isrc for spec in music.library()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"XX[A-Z0-9]{3}\d{7}", code) for code in codes)


def test_durations_are_known_without_rendering_and_of_a_song() -> None:
    assert all(90 <= spec.duration <= 180 for spec in music.library())


def test_albums_have_four_to_eight_tracks_and_titles_differ_within_one() -> None:
    albums = defaultdict(list)
    for spec in music.library():
        albums[(spec.artists[0], spec.album)].append(spec.title)
    assert all(4 <= len(titles) <= 8 for titles in albums.values())
    assert all(len(set(titles)) == len(titles) for titles in albums.values())


def test_some_tracks_have_two_artists_and_some_artists_two_genres() -> None:
    assert 5 <= sum(len(spec.artists) == 2 for spec in music.library()) <= 80
    genres = defaultdict(set)
    for spec in music.library():
        genres[spec.artists[0]].add(spec.genre)
    assert Counter(len(found) for found in genres.values())[2] >= 5


def test_titles_are_in_several_scripts() -> None:
    text = "".join(spec.title for spec in music.library())
    for script in ("[A-Za-z]", "[А-я]", "[ぁ-ん]", "[一-龯]", "[éñü¿ã]"):
        assert re.search(script, text)


def test_a_classical_title_names_the_key_it_is_in() -> None:
    words = {"minore": "minor", "-Moll": "minor", "mineur": "minor", "минор": "minor"}
    for spec in music.library():
        if spec.genre == "classical" and "n. " in spec.title:
            minor = any(word in spec.title for word in words)
            assert music.truth(spec.id).key.endswith("minor") == minor, spec.title


def test_an_unknown_id_is_refused_by_name() -> None:
    for call in (music.track, music.truth, music.render):
        with pytest.raises(TrackUnknown, match="4uLU6hMCjMI75M1A2tKUQC"):
            call("4uLU6hMCjMI75M1A2tKUQC")


def test_listing_needs_neither_numpy_nor_scipy() -> None:
    code = (
        "import sys, json; from standin import music; music.truth(music.library()[0].id);"
        "print(json.dumps([m for m in ('numpy', 'scipy', 'soundfile') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_another_process_with_another_hash_seed_lists_the_same() -> None:
    code = "from standin import music; print(ascii(music.library()))"
    listings = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    assert listings == {ascii(music.library())}


def test_the_table_has_a_row_for_every_track_with_all_features(tmp_path: Path) -> None:
    out = tmp_path / "demo" / "table.csv"
    assert main(["table", "--out", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row["id"] for row in rows] == [spec.id for spec in music.library()]
    for row in rows:
        assert row["audio"] == f"demo:{row['id']}"
        assert row["licence"] == "CC0-1.0"
        for name in ("danceability", "energy", "valence", "acousticness", "instrumentalness",
                     "speechiness", "liveness"):  # fmt: skip
            assert 0.0 <= float(row[name]) <= 1.0
        assert -24 <= float(row["loudness"]) <= -7
        assert 45 <= float(row["tempo"]) <= 200
    assert [path.name for path in out.parent.iterdir()] == ["table.csv"]


def test_the_shipped_features_agree_with_the_truth() -> None:
    features = read_features()
    for spec in music.library():
        truth = music.truth(spec.id)
        row = features[spec.id]
        assert float(row["tempo"]) == truth.tempo
        assert ("minor", "major")[int(row["mode"])] in truth.key


def test_the_table_is_written_quickly(tmp_path: Path) -> None:
    best = 9.0
    for _ in range(3):
        start = time.perf_counter()
        write_table(tmp_path / "table.csv")
        best = min(best, time.perf_counter() - start)
    assert best < 0.5


def test_a_broken_table_of_features_says_how_to_make_it_again(tmp_path: Path) -> None:
    stale = tmp_path / "features.csv"
    stale.write_text(SHIPPED.read_text(encoding="utf-8")[:5000].rsplit("\n", 1)[0] + "\n")
    with pytest.raises(TableUnusable, match=r"older than the library.*standin\.music features"):
        read_features(stale)
    stale.write_text("id,tempo\nx,1\n")
    with pytest.raises(TableUnusable, match="other columns"):
        read_features(stale)
    with pytest.raises(TableUnusable, match="cannot read"):
        read_features(tmp_path / "absent.csv")


def test_genres_are_told_apart_by_their_features_alone() -> None:
    """Leave-one-out nearest centroid on the shipped features, against chance of one in eighteen."""
    import numpy as np

    names = ("danceability", "energy", "loudness", "acousticness", "instrumentalness",
             "speechiness", "liveness", "valence", "tempo")  # fmt: skip
    features = read_features()
    genre = np.array([spec.genre for spec in music.library()])
    table = np.array([[float(features[s.id][name]) for name in names] for s in music.library()])
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    right = 0
    for index in range(len(table)):
        others = np.arange(len(table)) != index
        centroids = {g: table[others & (genre == g)].mean(axis=0) for g in music.GENRES}
        guess = min(centroids, key=lambda g: float(np.sum((centroids[g] - table[index]) ** 2)))
        right += guess == genre[index]
    assert right / len(table) > 0.5
