"""Setting up: what the demo installs, what is locked, and what the files must not tell."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("run", "dev", "train")


def locked(name: str) -> set[str]:
    """Return the names of the packages in a lock."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.MULTILINE))


def test_the_demo_installs_nothing_that_only_training_or_testing_needs() -> None:
    heavy = {
        *("torch", "catboost", "lightgbm", "xgboost", "matplotlib", "pandas"),
        *("playwright", "pytest", "hypothesis", "librosa", "numba", "mypy", "ruff", "scikit-learn"),
    }
    assert locked("run") & heavy == set()


@pytest.mark.parametrize("name", ["dev", "train"])
def test_the_larger_sets_contain_what_the_product_runs_on(name: str) -> None:
    assert locked("run") - locked(name) == set()


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_locked_by_hash_and_no_address_is_named(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"https?://|--index-url|--find-links", text) == []


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    direct = {
        re.split(r"[\[<>=~! ]", text, maxsplit=1)[0] for text in project["project"]["dependencies"]
    }
    assert direct - locked("run") == set()


def test_no_lock_that_records_addresses_is_kept() -> None:
    assert not (ROOT / "uv.lock").exists()


def test_run_says_how_to_use_it() -> None:
    done = subprocess.run([ROOT / "run"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "./run hooklist demo" in done.stderr


def test_run_refuses_a_set_of_requirements_that_is_none() -> None:
    done = subprocess.run(
        [ROOT / "run", "true"],
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": "/usr/bin:/bin", "HOOKLIST_REQUIREMENTS": "everything"},
    )
    assert done.returncode == 2
    assert "everything" in done.stderr
