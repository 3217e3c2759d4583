"""Each of the 44 points of `docs/security.md` names tests that exist, or a reason."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest

from webapp.cli import main
from webapp.commands.sbom import LOCK, bill_of_materials

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
POINTS = {
    int(number): held for number, held in re.findall(r"^\| (\d+) \| .*? \| (.*) \|$", TABLE, re.M)
}


@cache
def every_test() -> frozenset[str]:
    """Return the names of all tests there are."""
    return frozenset(
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_every_point_is_there_once() -> None:
    assert sorted(POINTS) == list(range(1, 45))
    assert len(re.findall(r"^\| \d+ \|", TABLE, re.M)) == 44


@pytest.mark.parametrize("number", sorted(POINTS))
def test_a_point_names_tests_that_exist_or_a_reason(number: int) -> None:
    named = set(re.findall(r"`(test_\w+)`", POINTS[number]))
    assert named or "Reason" in POINTS[number]
    assert named - every_test() == set()


def test_the_bill_of_materials_names_every_locked_package(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["sbom"]) == 0
    told = json.loads(capsys.readouterr().out)
    lock = LOCK.read_text(encoding="utf-8")
    names = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, re.M)
    assert [component["name"] for component in told["components"]] == names
    assert all(component["hashes"] for component in told["components"])
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.5")


def test_a_bill_of_materials_belongs_to_its_lock(capsys: pytest.CaptureFixture[str]) -> None:
    made = bill_of_materials(
        f"one==1.0 \\\n    --hash=sha256:{'a' * 64}\ntwo==2 ; python_version<'4'\n"
    )
    assert [part["purl"] for part in made["components"]] == ["pkg:pypi/one@1.0", "pkg:pypi/two@2"]
    assert made["components"][0]["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    assert main(["sbom", "--lock", "/nowhere/run.txt"]) == 2
    assert "/nowhere/run.txt" in capsys.readouterr().err
