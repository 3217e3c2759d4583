"""The table of architectures as it is printed and kept."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from highlighter.training.errors import TableNotWrittenError
from highlighter.training.tables import (
    Cost,
    Row,
    markdown,
    number,
    plain,
    rows_of,
    to_json,
    written,
)

SCORES = {"auc": 0.75, "f1": 0.5, "precision": 0.7612, "hit50": 1.0, "iou": 0.0, "st3": math.nan}
ROWS = [
    Row("ten songs", "chance", 10, {"auc": 0.5, "f1": 0.48}),
    Row("ten songs", "ours", 10, SCORES, Cost(61_234, 261_000, 0.312, 0.0123, 168.4, 12.5, 480.0)),
    Row("ten songs", "similarity_baseline", 10, SCORES, Cost(seconds=0.3, megabytes=151.0)),
]

GOLDEN = """\
| songs | architecture | parameters | ONNX, MB | passes | s per song | of it network | peak MB \
| AUC | F1 | P | hit50 | IoU | st3 |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| ten songs (10) | chance | – | – | – | – | – | – | .500 | .480 | – | – | – | – |
| ten songs (10) | ours | 61,234 | 0.26 | 12.5 | .31 | .012 | 168 | .750 | .500 | .761 | 1.000 \
| .000 | – |
| ten songs (10) | similarity_baseline | 0 | – | – | .30 | – | 151 | .750 | .500 | .761 | 1.000 \
| .000 | – |
"""


def test_a_table_is_printed_with_a_dash_for_all_that_was_not_measured() -> None:
    assert markdown(ROWS) == GOLDEN


def test_every_line_of_a_table_has_as_many_cells() -> None:
    assert len({line.count("|") for line in markdown(ROWS).splitlines()}) == 1


def test_rows_come_back_from_json_as_they_were() -> None:
    again = rows_of(json.loads(to_json(plain(ROWS))))
    assert markdown(again) == GOLDEN
    assert plain(again) == plain(ROWS)


def test_json_has_no_numbers_that_json_does_not_know() -> None:
    assert "NaN" not in to_json(plain(ROWS))
    assert json.loads(to_json({"a": [math.inf, 1.5]})) == {"a": [None, 1.5]}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, ".50"), (-0.25, "-.25"), (1.0, "1.00"), (10.004, "10.00"), (math.nan, "–")],
)
def test_numbers_have_no_leading_zero(value: float, text: str) -> None:
    assert number(value, 2) == text


def test_a_table_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, no folder")
    with pytest.raises(TableNotWrittenError, match=r"compare\.md"):
        written(tmp_path / "out" / "compare.md", "text")


def test_a_file_is_replaced_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    written(tmp_path / "compare.md", "first")
    written(tmp_path / "compare.md", "second")
    assert [one.name for one in tmp_path.iterdir()] == ["compare.md"]
    assert (tmp_path / "compare.md").read_text() == "second"
