"""What every answer carries, and what no page contains."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from webapp.security.next_page import safe_next

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPOTIFYS_SCRIPT = '<script defer src="{{ script }}"></script>'
"""On its page alone, which has a policy of its own (`webapp.security.player_page`)."""
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))


def policy(site: Any) -> str:
    spotify = site.spotify.url
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {spotify}; "
        "media-src 'self'; connect-src 'self'; font-src 'self'; manifest-src 'self'; "
        f"worker-src 'self'; base-uri 'none'; form-action 'self' {spotify}; "
        "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )


def paths(site: Any) -> list[str]:
    version = site.app.config["ASSETS"]
    return [
        "/",
        "/privacy",
        "/favicon.ico",
        "/healthz",
        "/seeds",
        "/account",
        "/p/unknown",
        "/api/v1/seeds",
        "/no/such/page",
        "/callback?state=x&code=y",
        f"/assets/{version}/css/hooklist.css",
        f"/assets/{version}/js/player.js",
        f"/assets/{version}/../secret",
    ]


@pytest.mark.parametrize("person", [None, "rich"])
def test_every_answer_carries_every_header(site: Any, person: str | None) -> None:
    visitor = site.browser(person)
    for path in paths(site):
        headers = visitor.get(path).headers
        assert headers.getlist("Content-Security-Policy") == [policy(site)], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        assert "Access-Control-Allow-Origin" not in headers
        assert "Server" not in headers


def test_an_unforeseen_failure_carries_the_headers_too_and_tells_nothing(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = site.browser("rich")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret recipe")

    monkeypatch.setattr(type(site.services.playlists), "list", broken)
    answer = visitor.get("/history")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == policy(site)
    assert "secret recipe" not in page
    assert answer.headers["X-Request-Id"] in page


def test_without_tls_browsers_are_not_told_to_insist_on_it(
    make_site: Callable[..., Any],
) -> None:
    site = make_site(base_url="http://127.0.0.1:8000")
    answer = site.browser().client.get("/", base_url="http://127.0.0.1:8000")
    assert answer.status_code == 200
    assert "Strict-Transport-Security" not in answer.headers


def test_on_this_machine_another_name_of_it_leads_to_the_one_spotify_knows(
    make_site: Callable[..., Any],
) -> None:
    client = make_site(base_url="http://127.0.0.1:8000").browser().client
    answer = client.get("/seeds?tab=liked", base_url="http://localhost:8000")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "http://127.0.0.1:8000/seeds?tab=liked",
    )
    assert client.post("/logout", base_url="http://localhost:8000").status_code == 400
    assert client.get("/", base_url="http://evil.example").status_code == 400


def test_pages_are_kept_by_no_cache_and_static_files_by_all(site: Any) -> None:
    visitor = site.browser("rich")
    for path in ("/", "/seeds", "/history", "/account", "/api/v1/seeds", "/nothing"):
        assert visitor.get(path).headers["Cache-Control"] == "no-store", path
    page = visitor.get("/").get_data(as_text=True)
    found = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)
    assert len(found) >= 3
    for path in found:
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_page_of_the_release_before_still_gets_its_style_but_does_not_keep_it(site: Any) -> None:
    answer = site.browser().get("/assets/0000000000000000/css/hooklist.css")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["../pyproject.toml", "%2e%2e/pyproject.toml", "js/../../run"])
def test_static_files_lead_nowhere_else(site: Any, name: str) -> None:
    version = site.app.config["ASSETS"]
    assert site.browser().get(f"/assets/{version}/{name}").status_code == 404


def test_the_cookie_is_bound_to_this_site_and_out_of_reach_of_scripts(site: Any) -> None:
    visitor = site.browser()
    sent = visitor.get("/login").headers["Set-Cookie"]
    name, _, rest = sent.partition("=")
    flags = {part.strip() for part in rest.split(";")[1:]}
    assert name == "__Host-sid"
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= flags
    assert not any(flag.startswith("Domain") for flag in flags)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_what_the_policy_forbids(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"<style|\sstyle\s*=|javascript:|\son[a-z]+\s*=", text) == []
    for script in re.findall(r"<script[^>]*>.*?</script>", text, re.DOTALL):
        if script == SPOTIFYS_SCRIPT and path.name == "spotify_player.html":
            continue
        assert re.fullmatch(
            r'<script type="module" src="\{\{ asset\(\'[^\']+\'\) \}\}" fetchpriority="low">'
            r"</script>",
            script,
        )
    assert "|safe" not in text.replace(" ", "")
    assert "autoplay" not in text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_markup_of_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function"
        r"|setAttribute\(.on|\.style\b"
    )
    assert re.findall(forbidden, text) == []


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "@evil.example",
        " /seeds",
        "/seeds\r\nSet-Cookie: a=b",
        "/%0d%0aSet-Cookie:a=b",
        "/%5cevil.example",
        "/%5Cevil.example",
        "/\u2028evil",
        "/\u0000",
        "/a b",
        '/"><script>',
        "/" + "a" * 600,
        "",
        None,
        "?next=/",
        "/\uff0fevil.example",
    ],
)
def test_a_login_leads_to_no_other_site(wanted: str | None) -> None:
    assert safe_next(wanted) == "/seeds"


@pytest.mark.parametrize("wanted", ["/", "/p/abc?x=1&y=2", "/seeds?tab=search&q=a%20b", "/history"])
def test_a_login_leads_back_to_the_page_it_came_from(wanted: str) -> None:
    assert safe_next(wanted) == wanted
