"""What others wrote and we carry is exactly what its lock file names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
LOCK = json.loads((HERE / "vendor.lock").read_text(encoding="utf-8"))


@pytest.mark.parametrize("entry", LOCK, ids=lambda entry: entry["file"])
def test_a_vendored_file_has_the_locked_hash(entry: dict[str, str]) -> None:
    assert hashlib.sha384((HERE / entry["file"]).read_bytes()).hexdigest() == entry["sha384"]
    assert {"package", "version", "licence"} <= entry.keys()


def test_no_vendored_file_is_missing_from_the_lock() -> None:
    carried = {
        path.relative_to(HERE).as_posix() for path in HERE.glob("*@*/**/*") if path.is_file()
    }
    assert carried == {entry["file"] for entry in LOCK}
