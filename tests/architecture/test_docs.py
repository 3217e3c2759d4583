"""What the documentation promises is there, and what is there is documented."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooklist_errors import HooklistError, all_errors
from webapp import cli
from webapp.faces import FACES, face_of
from webapp.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def every_error() -> list[type[HooklistError]]:
    for package in ("webapp", "recommender", "highlighter"):
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if module.name.endswith(("errors", "exceptions")):
                importlib.import_module(module.name)
    # Other tests may have made errors of their own in this process.
    return [kind for kind in all_errors() if not kind.__module__.startswith("test")]


def test_every_setting_is_documented_with_its_default() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"`HOOKLIST_{name.upper()}`" not in text]
    assert missing == []


def test_no_documented_setting_is_gone() -> None:
    named = set()
    for page in [*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "docker-compose.yml"]:
        named.update(re.findall(r"\bHOOKLIST_[A-Z_]+[A-Z]\b", page.read_text(encoding="utf-8")))
    known = {f"HOOKLIST_{name.upper()}" for name in Settings.model_fields}
    # Read by ./run and by the tests rather than by the product.
    known |= {"HOOKLIST_PYTHON", "HOOKLIST_REQUIREMENTS", "HOOKLIST_DATA"}
    assert named - known == set()


def test_every_error_code_is_documented() -> None:
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    missing = sorted({kind.code for kind in every_error() if f"`{kind.code}`" not in text})
    assert missing == []


def test_every_error_has_a_face_of_its_own() -> None:
    unlisted = sorted({kind.code for kind in every_error()} - set(FACES))
    assert unlisted == []


def test_no_face_is_left_of_an_error_that_is_gone() -> None:
    codes = {kind.code for kind in every_error()}
    assert sorted(set(FACES) - codes) == []


def test_an_error_code_belongs_to_one_kind_of_error() -> None:
    kinds: dict[str, set[str]] = {}
    for kind in every_error():
        if "code" in vars(kind):
            kinds.setdefault(kind.code, set()).add(f"{kind.__module__}.{kind.__name__}")
    assert {code: names for code, names in kinds.items() if len(names) > 1} == {}


def test_an_error_says_what_which_why_what_was_kept_and_what_to_do() -> None:
    error = HooklistError(
        "cannot read the table",
        which="tracks.csv",
        why="line 7 has no title",
        kept="the other 12 lines were read",
        next_step="give it one",
    )
    assert str(error) == (
        "cannot read the table (tracks.csv): line 7 has no title; "
        "the other 12 lines were read; give it one"
    )
    assert face_of(error).status == 500


def commands(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, list[str]]]:
    children = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not children:
        options = [
            option
            for action in parser._actions
            if action.help != argparse.SUPPRESS
            for option in action.option_strings
            if option.startswith("--") and option != "--help"
        ]
        yield name, options
    for action in children:
        for word, child in action.choices.items():
            yield from commands(child, f"{name} {word}")


@pytest.mark.parametrize(("command", "options"), list(commands(cli.build_parser(), "hooklist")))
def test_every_command_and_option_is_documented(command: str, options: list[str]) -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert f"## `{command}`" in text
    section = text.split(f"## `{command}`", 1)[1].split("\n## ", 1)[0]
    assert [option for option in options if f"`{option}" not in section] == []


def test_every_page_of_the_documentation_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    unlinked = [
        page.name for page in sorted(DOCS.glob("*.md")) if f"docs/{page.name}" not in readme
    ]
    assert unlinked == []


def test_no_link_between_the_pages_is_broken() -> None:
    broken = []
    for page in [*DOCS.glob("*.md"), ROOT / "README.md"]:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" in target or target.startswith("mailto:"):
                continue
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []
