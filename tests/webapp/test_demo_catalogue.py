"""What the demo does with a catalogue that an earlier version of the program left."""

from __future__ import annotations

import json
from pathlib import Path

from recommender import RowsSource, build_catalogue
from webapp.commands.demo import _is_readable


def test_only_a_catalogue_that_this_version_understands_is_served_again(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    assert not _is_readable(folder)
    row = {"id": "a", "title": "A", "artists": ["X"], "duration": 100.0, "energy": 0.5}
    build_catalogue([RowsSource("rows", [row])], folder)
    assert _is_readable(folder)
    manifest = next((folder / "versions").glob("*/manifest.json"))
    facts = json.loads(manifest.read_text(encoding="utf-8")) | {"schema": 1}
    manifest.write_text(json.dumps(facts), encoding="utf-8")
    assert not _is_readable(folder)
