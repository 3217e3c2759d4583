"""Asking a classifier about tracks: its columns found, its threshold kept, its silence heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from hooklist_genres import Labelled
from recommender.genre_guess import GenreGuesser


@dataclass(frozen=True)
class Said:
    genre: str
    confidence: float


@dataclass
class ByTempo:
    """A real, if simple, classifier: fast is techno; the further from 120 BPM, the surer."""

    columns: Sequence[str] = ("tempo", "energy")
    threshold: float = 0.6
    seen: list[Mapping[str, float | None]] = field(default_factory=list)
    calls: int = 0

    def predict(self, rows: Sequence[Mapping[str, float | None]], /) -> list[Said]:
        self.calls += 1
        self.seen += rows
        said = []
        for row in rows:
            tempo = row[self.columns[0]] or 120.0
            said.append(Said("techno" if tempo > 120 else "jazz", 0.5 + abs(tempo - 120.0) / 100))
        return said


def test_a_sure_answer_is_a_genre_with_its_confidence() -> None:
    (found,) = GenreGuesser(ByTempo()).guess([{"tempo": 150.0, "energy": 0.9}])
    assert found == Labelled("techno", "model", 0.8)


def test_below_the_threshold_nothing_is_said() -> None:
    rows = [{"tempo": tempo, "energy": 0.5} for tempo in (125.0, 129.0, 130.0, 100.0)]
    found = list(GenreGuesser(ByTempo()).guess(rows))
    assert found[:2] == [None, None]
    assert found[2] == Labelled("techno", "model", 0.6)
    assert found[3] == Labelled("jazz", "model", 0.7)


def test_columns_are_asked_by_the_names_and_in_the_units_of_the_models_table() -> None:
    model = ByTempo(columns=("BPM", "duration_ms", "Danceability %", "mfcc_01_mean"))
    guesser = GenreGuesser(model)
    assert guesser.needs == {"tempo", "duration", "danceability", "mfcc_01_mean"}
    row = {"tempo": 90.0, "duration": 200.0, "danceability": 0.25, "mfcc_01_mean": -80.0, "key": 3}
    list(guesser.guess([row]))
    assert model.seen == [
        {"BPM": 90.0, "duration_ms": 200_000.0, "Danceability %": 25.0, "mfcc_01_mean": -80.0}
    ]


def test_names_are_handed_on_and_do_not_count_as_known() -> None:
    model = ByTempo()
    named = {"title": "Song", "artists": ["A", "B"], "album": "Album"}
    list(GenreGuesser(model).guess([named | {"tempo": 99.0, "energy": 0.1}, named]))
    assert model.seen == [named | {"tempo": 99.0, "energy": 0.1}]


@pytest.mark.parametrize("row", [{}, {"tempo": None, "energy": None}, {"valence": 0.4}])
def test_of_a_track_without_features_nothing_is_said_and_nobody_is_asked(
    row: dict[str, float | None],
) -> None:
    model = ByTempo()
    assert list(GenreGuesser(model).guess([row])) == [None]
    assert model.calls == 0


def test_a_row_with_less_than_half_of_the_columns_is_left_alone() -> None:
    model = ByTempo(columns=("tempo", "energy", "valence"))
    rows = [{"tempo": 160.0}, {"tempo": 160.0, "valence": 0.5}]
    assert [found is not None for found in GenreGuesser(model).guess(rows)] == [False, True]


def test_answers_stay_in_order_over_many_rows() -> None:
    model = ByTempo()
    rows = [{"tempo": 60.0 + at % 140, "energy": 0.5 if at % 7 else None} for at in range(20_000)]
    found = list(GenreGuesser(model).guess(iter(rows)))
    assert len(found) == len(rows)
    assert 2 <= model.calls <= 4
    for row, label in zip(rows, found, strict=True):
        tempo = row["tempo"]
        assert tempo is not None
        expected = "" if abs(tempo - 120) < 10 else "techno" if tempo > 120 else "jazz"
        assert (label.genre if label else "") == expected


def test_a_model_that_answers_other_has_no_opinion() -> None:
    class Shrugging(ByTempo):
        def predict(self, rows: Sequence[Mapping[str, float | None]], /) -> list[Said]:
            return [Said("Other", 0.99) for _ in rows]

    assert list(GenreGuesser(Shrugging()).guess([{"tempo": 99.0, "energy": 0.1}])) == [None]
