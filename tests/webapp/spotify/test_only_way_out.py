"""Nothing but the gateway talks to Spotify, and it does so in one way."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GATEWAY = ROOT / "webapp" / "spotify"
OURS = [
    path
    for package in ("webapp", "recommender", "highlighter", "standin")
    for path in sorted((ROOT / package).rglob("*.py"))
]
HOSTS = re.compile(r"(api|accounts)\.spotify\.com")
MAY_NAME_HOSTS = {ROOT / "webapp" / "settings.py"}
BANNED = {"SpotifyOAuth", "SpotifyPKCE", "SpotifyClientCredentials", "SpotifyImplicitGrant"}
BANNED_METHODS = {"playlist_add_items", "current_user_playlist_create", "next", "previous"}


def imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name.partition(".")[0] for name in found}


def calls(tree: ast.AST) -> list[str]:
    return [dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def dotted(called: ast.expr) -> str:
    """Return a name as it is written, ``client.next``; of what is no name, its last part."""
    if isinstance(called, ast.Attribute):
        return f"{dotted(called.value)}.{called.attr}"
    return called.id if isinstance(called, ast.Name) else ""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def trees(*, inside: bool) -> list[tuple[Path, ast.AST]]:
    chosen = [path for path in OURS if (GATEWAY in path.parents) == inside]
    assert chosen
    return [(path, tree_of(path)) for path in chosen]


def test_only_the_gateway_imports_spotipy() -> None:
    assert [p.name for p, tree in trees(inside=False) if "spotipy" in imports(tree)] == []


def test_only_the_gateway_and_the_settings_name_spotifys_hosts() -> None:
    wrong = []
    for path, tree in trees(inside=False):
        if path in MAY_NAME_HOSTS or "standin" in path.parts:
            continue
        texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
        docs = {ast.get_docstring(n, clean=False) for n in ast.walk(tree) if isinstance(n, _DOC)}
        wrong += [
            f"{path.name}: {text}"
            for text in texts
            if isinstance(text, str) and text not in docs and HOSTS.search(text)
        ]
    assert wrong == []


_DOC = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def test_spotipys_own_logins_caches_and_doubtful_methods_are_not_used_anywhere() -> None:
    wrong = []
    for path, tree in [*trees(inside=False), *trees(inside=True)]:
        for called in calls(tree):
            name = called.rpartition(".")[2]
            client = called.startswith("client.")
            if name in BANNED or "CacheHandler" in name or (client and name in BANNED_METHODS):
                wrong.append(f"{path.name}: {called}")
    assert wrong == []


def test_a_client_is_made_in_one_place_with_a_session_of_ours() -> None:
    made = []
    for path, tree in trees(inside=True):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and dotted(node.func) == "spotipy.Spotify":
                keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                made.append((path.name, keywords))
    assert [name for name, _ in made] == ["web_api.py"]
    given = made[0][1]
    assert given["retries"] == given["status_retries"] == "0"
    assert given["requests_session"] == "session"
    assert set(given) == {
        "auth",
        "requests_session",
        "requests_timeout",
        "retries",
        "status_retries",
    }


def test_only_the_transport_uses_the_http_library() -> None:
    users = {path.name for path, tree in trees(inside=True) if "requests" in imports(tree)}
    assert users == {"transport.py", "sockets.py"}


@pytest.mark.parametrize("wrong", ["import spotipy", "from spotipy.oauth2 import SpotifyOAuth"])
def test_the_test_itself_would_notice(wrong: str) -> None:
    assert "spotipy" in imports(ast.parse(wrong))
