"""What every part's tests share: the development data, where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def data_folder() -> Path | None:
    """Return the folder of development data, or None where there is none."""
    named = os.environ.get("HOOKLIST_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if (folder / "README.md").is_file() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the development data's folder; skip, saying so, where it is absent."""
    folder = data_folder()
    if folder is None:
        pytest.skip("the development data is not beside this checkout (HOOKLIST_DATA names it)")
    return folder
