"""The arrows between the packages point one way, and nothing goes round in circles."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("webapp", "recommender", "highlighter", "hooklist_genres", "standin")
ALLOWED = {
    "webapp": {"webapp", "recommender", "highlighter", "hooklist_genres", "hooklist_errors"},
    "recommender": {"recommender", "hooklist_genres", "hooklist_errors"},
    "highlighter": {"highlighter", "hooklist_genres", "hooklist_errors"},
    "hooklist_genres": {"hooklist_genres", "hooklist_errors"},
    "standin": {"standin"},
    "hooklist_errors": set(),
}


def modules() -> dict[str, Path]:
    found = {"hooklist_errors": ROOT / "hooklist_errors.py"}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


MODULES = frozenset(modules())


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path, name: str, *, at_import_time: bool) -> set[str]:
    """Return the modules that a file imports, relative ones resolved."""
    tree = tree_of(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in top_level(tree) if at_import_time else ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                parts = parts[: len(parts) - node.level + 1]
                base = ".".join([*parts, base] if base else parts)
            names = {f"{base}.{alias.name}" for alias in node.names}
            found.update(names)
            # What is taken from a package may be a module of it; then that is what is imported.
            if not names <= MODULES:
                found.add(base)
    return found


def top_level(tree: ast.Module) -> list[ast.AST]:
    """Return the statements that run when a module is imported; `if TYPE_CHECKING` does not."""
    pending: list[ast.AST] = list(tree.body)
    found: list[ast.AST] = []
    while pending:
        node = pending.pop()
        found.append(node)
        if isinstance(node, ast.If):
            if "TYPE_CHECKING" not in ast.unparse(node.test):
                pending.extend([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            pending.extend([*node.body, *node.orelse, *node.finalbody])
            for handler in node.handlers:
                pending.extend(handler.body)
    return found


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_package_imports_only_what_its_arrow_allows(package: str) -> None:
    ours = {*PACKAGES, "hooklist_errors"}
    wrong = []
    for name, path in modules().items():
        if name.partition(".")[0] != package:
            continue
        for target in imported(path, name, at_import_time=False):
            top = target.partition(".")[0]
            if top in ours and top not in ALLOWED[package]:
                wrong.append(f"{name} imports {target}")
    assert wrong == []


def test_what_serves_never_trains_and_only_a_command_evaluates() -> None:
    apart = ("highlighter.training", "highlighter.evaluation")
    wrong = [
        f"{name} imports {target}"
        for name, path in modules().items()
        if not name.startswith((*apart, "webapp.commands"))
        for target in imported(path, name, at_import_time=False)
        if target.startswith(apart)
    ]
    assert wrong == []


def test_no_import_goes_round_in_a_circle() -> None:
    known = modules()
    graph = {
        name: {
            target
            for target in imported(path, name, at_import_time=True)
            if target in known and target != name
        }
        for name, path in known.items()
    }
    # A package importing its own parts is how it offers them; only the parts may not look back.
    state: dict[str, int] = {}
    circles: list[str] = []

    def visit(name: str, trail: list[str]) -> None:
        state[name] = 1
        for target in sorted(graph[name]):
            if state.get(target) == 1:
                circles.append(" → ".join([*trail[trail.index(target) :], target]))
            elif target not in state:
                visit(target, [*trail, target])
        state[name] = 2

    for name in sorted(graph):
        if name not in state:
            visit(name, [name])
    assert circles == []


HEAVY = ("sklearn", "faiss", "librosa", "numba", "pandas", "pyarrow", "alembic", "scipy.signal")


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import recommender", (*HEAVY, "flask")),
        ("import highlighter", (*HEAVY, "flask", "av")),
        ("import webapp.cli", (*HEAVY, "flask", "sqlalchemy", "numpy")),
        ("import webapp.app", ("sklearn", "librosa", "numba", "pandas", "scipy.signal", "av")),
        ("import webapp.jobs", (*HEAVY, "flask")),
        ("import hooklist_genres", (*HEAVY, "flask", "numpy")),
        ("import standin", (*HEAVY, "flask", "numpy")),
    ],
)
def test_importing_a_package_stays_cheap(statement: str, unwanted: tuple[str, ...]) -> None:
    code = f"{statement}\nimport sys\nprint(*[m for m in {unwanted!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_no_unsafe_way_to_load_data_is_used_at_run_time() -> None:
    banned = {"pickle", "joblib", "dill", "shelve", "marshal"}
    wrong = []
    for name, path in modules().items():
        tops = {target.partition(".")[0] for target in imported(path, name, at_import_time=False)}
        if tops & banned:
            wrong.append(f"{name} imports {sorted(tops & banned)}")
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}:
                wrong.append(f"{name} calls {node.func.id}")
            for keyword in node.keywords:
                if keyword.arg == "allow_pickle" and ast.unparse(keyword.value) != "False":
                    wrong.append(f"{name} allows pickle")
    assert wrong == []
