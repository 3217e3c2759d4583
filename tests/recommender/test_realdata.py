"""The common public tables, read whole; needs the development data."""

from __future__ import annotations

import csv
import gzip
import itertools

import pytest

from recommender import Recommender, TableSource, build_catalogue
from recommender.errors import CatalogueEmpty
from recommender.wishes import Wishes

pytestmark = [pytest.mark.realdata, pytest.mark.slow]

LINES = 25_000
TABLES = {
    "spotify_114_genres.csv": (17_949, 0),
    "fma-rock-vs-hiphop.csv": (17_734, 0),
    "gtzan_features_30_sec.csv": (999, 0),
    "music_genre.csv.zip": (50_005, 5),
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_genre_table_is_read_and_counted(shared_data, tmp_path, name):
    source = TableSource(shared_data / "genres" / name)
    report = build_catalogue([source], tmp_path, space="base")
    assert (report.read, report.rejected) == TABLES[name]
    assert report.accepted + report.merged + report.rejected == report.read
    recommender = Recommender.open(tmp_path)
    first = next(iter(recommender.catalogue))
    assert recommender.recommend([first.id], Wishes(titled_only=False)).tracks


def test_the_large_table_is_read_line_by_line(shared_data, tmp_path):
    # Its first lines: the whole of it is built, and weighed, in benchmarks/.
    head = tmp_path / "tracks.csv"
    with gzip.open(shared_data / "tracks" / "tracks.csv.gz", "rt", newline="") as table:
        head.write_text("".join(itertools.islice(table, LINES + 1)), newline="")
    report = build_catalogue([TableSource(head)], tmp_path / "out")
    assert (report.read, report.accepted) == (LINES, LINES), "each line is a Spotify id of its own"
    recommender = Recommender.open(tmp_path / "out")
    seeds = [track.id for track in recommender.catalogue.search("love", 5)]
    playlist = recommender.recommend(seeds)
    assert len(playlist.tracks) == 30
    assert len({artist for item in playlist.tracks for artist in item.track.artists}) >= 15


def test_a_table_of_bare_ids_is_refused_row_by_row(shared_data, tmp_path):
    with pytest.raises(CatalogueEmpty):
        build_catalogue([TableSource(shared_data / "genres/spotify_114_genres_ids.csv")], tmp_path)
    with (tmp_path / "rejects.csv").open(newline="") as stream:
        assert sum(1 for _ in csv.DictReader(stream)) == 89_741
