"""A shared link: who makes it, what it opens, what it tells, and how it ends."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from webapp.routes.share_view import allows_sharing
from webapp.security import rate_limits

BASE = "https://hooklist.test"


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def owner(site: Any, person: str = "rich") -> tuple[Any, str]:
    visitor = site.browser(person)
    visitor.add(1)
    return visitor, visitor.make()


def shared(visitor: Any, playlist: str, **form: str) -> str:
    """Share a playlist as its page does; return the path of the link that the page then shows."""
    answer = visitor.post(f"/p/{playlist}/share", form)
    assert answer.headers["Location"] == f"/p/{playlist}#takealong"
    found = re.search(
        r'value="https://hooklist\.test(/s/[^"]+)"', text(visitor.get(f"/p/{playlist}"))
    )
    assert found is not None
    return found.group(1)


def give_trailer(site: Any, visitor: Any, playlist_id: str) -> Path:
    folder = site.services.settings.trailers_path
    folder.mkdir(parents=True, exist_ok=True)
    user = site.services.sessions.load(visitor.cookie()).user_id
    playlist = site.services.playlists.get(playlist_id, user)
    file = folder / f"{playlist_id}-{playlist.version}.mp3"
    file.write_bytes(b"ID3" + bytes(997))
    chapters = [{"track": at, "start": 4.0 * at, "end": 4.0 * at + 4.0} for at in range(9)]
    told = {"file": file.name, "duration": 36.0, "peaks": [0.5] * 600, "chapters": chapters}
    site.services.playlists.set_trailer(playlist_id, "ready", told)
    return file


def licence(site: Any, visitor: Any, playlist_id: str, at: int, words: str) -> None:
    user = site.services.sessions.load(visitor.cookie()).user_id
    version = site.services.playlists.get(playlist_id, user).version
    learnt = {at: {"licence": words}}
    site.services.playlists.learn(playlist_id, user, version=version, learnt=learnt)


def test_a_stranger_with_the_link_sees_the_list_and_nothing_of_its_owner(site: Any) -> None:
    visitor, playlist = owner(site)
    path = shared(visitor, playlist)
    assert re.fullmatch(r"/s/[\w-]{43}", path)
    stranger = site.browser()
    answer = stranger.get(path)
    page = text(answer)
    assert answer.status_code == 200
    assert page.count('class="entry"') == 10
    assert "What it was made from" in page
    for private in (playlist, "Log out", "csrf", "Rich", 'method="post"', "/history", "/audio/"):
        assert private not in page, private
    assert "Set-Cookie" not in answer.headers
    assert stranger.cookie() == ""


def test_the_page_is_kept_out_of_searches_referrers_and_caches(site: Any) -> None:
    path = shared(*owner(site))
    for where in ("", "/trailer", "/cover.svg", "/cover.jpg"):
        headers = site.browser().get(path + where).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert "public" not in headers["Cache-Control"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert site.browser().get(path).headers["Cache-Control"] == "no-store"


def test_a_preview_tells_title_tracks_and_the_cover_made_here(site: Any) -> None:
    visitor, playlist = owner(site)
    path = shared(visitor, playlist)
    visitor.post(f"/p/{playlist}/rename", {"title": '"><script>alert(1)</script>'})
    raw = site.browser().get(path).get_data(as_text=True)
    told = {
        name: html.unescape(content)
        for name, content in re.findall(r'<meta property="([^"]+)" content="([^"]*)">', raw)
    }
    assert told["og:title"] == '"><script>alert(1)</script>'
    assert "<script>alert" not in raw
    assert re.match(r"10 tracks, [\d:]+\. Made from “", told["og:description"])
    assert told["og:url"] == f"{BASE}{path}"
    assert f'<link rel="canonical" href="{BASE}{path}">' in raw
    assert "og:audio" not in told
    assert told["og:image"].startswith(f"{BASE}{path}/cover.jpg?of=")
    picture = site.browser().get(told["og:image"].removeprefix(BASE))
    assert (picture.mimetype, picture.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    drawn = site.browser().get(f"{path}/cover.svg")
    assert (drawn.mimetype, drawn.data[:4]) == ("image/svg+xml", b"<svg")


def test_the_trailer_is_heard_where_every_licence_allows_it(site: Any) -> None:
    visitor, playlist = owner(site)
    path = shared(visitor, playlist)
    assert site.browser().get(f"{path}/trailer").status_code == 404
    assert "There is no trailer of it" in text(site.browser().get(path))
    file = give_trailer(site, visitor, playlist)
    page = text(site.browser().get(path))
    assert f'src="{path}/trailer?of=2"' in page
    assert 'property="og:audio"' in page
    assert page.count("data-jump>") == 9
    part = site.browser().get(f"{path}/trailer", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, file.read_bytes()[100:200])


def test_one_track_without_a_licence_silences_the_page_and_it_says_which(site: Any) -> None:
    visitor, playlist = owner(site)
    path = shared(visitor, playlist)
    give_trailer(site, visitor, playlist)
    licence(site, visitor, playlist, 9, "")  # the tenth is not in the trailer
    assert site.browser().get(f"{path}/trailer").status_code == 200
    licence(site, visitor, playlist, 3, "All rights reserved")
    page = text(site.browser().get(path))
    silent = r"Its trailer is not shared: 1 track has no licence that allows it \(“.+”\)"
    assert re.search(silent, page)
    assert "og:audio" not in page
    assert "<audio" not in page
    assert site.browser().get(f"{path}/trailer").status_code == 404
    assert "Its trailer is not shared" in text(visitor.get(f"/p/{playlist}"))


@pytest.mark.parametrize(("policy", "status"), [("all", 200), ("none", 404)])
def test_the_operator_may_decide_otherwise(
    make_site: Callable[..., Any], policy: str, status: int
) -> None:
    site = make_site(shared_trailers=policy)
    visitor, playlist = owner(site)
    path = shared(visitor, playlist)
    give_trailer(site, visitor, playlist)
    licence(site, visitor, playlist, 3, "All rights reserved" if policy == "all" else "CC0-1.0")
    assert site.browser().get(f"{path}/trailer").status_code == status
    assert ("shares no sound" in text(site.browser().get(path))) == (policy == "none")


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        ("CC0-1.0", True),
        ("CC BY 4.0", True),
        ("CC BY-NC-ND 3.0", True),
        ("https://creativecommons.org/licenses/by-sa/4.0/", True),
        ("cc-by", True),
        ("Public Domain Mark 1.0", True),
        ("own recording", True),
        ("", False),
        ("unknown", False),
        ("All rights reserved", False),
        ("not CC, ask first", False),
        ("down", False),
    ],
)
def test_only_a_stated_licence_that_allows_it_counts(words: str, allowed: bool) -> None:
    assert allows_sharing(words) is allowed


def test_sharing_twice_gives_the_same_link_and_a_new_one_ends_it(site: Any) -> None:
    visitor, playlist = owner(site)
    first = shared(visitor, playlist)
    assert shared(visitor, playlist) == first
    second = shared(visitor, playlist, anew="1")
    assert second != first
    assert site.browser().get(first).status_code == 404
    assert site.browser().get(second).status_code == 200


def test_an_ended_link_opens_nothing_and_its_owner_sees_that(site: Any) -> None:
    visitor, playlist = owner(site)
    path = shared(visitor, playlist)
    give_trailer(site, visitor, playlist)
    assert "End the link" in text(visitor.get(f"/p/{playlist}"))
    visitor.post(f"/p/{playlist}/share/revoke")
    for where in ("", "/trailer", "/cover.svg", "/cover.jpg"):
        answer = site.browser().get(path + where)
        assert answer.status_code == 404
        assert "This link opens nothing" in text(answer)
    page = text(visitor.get(f"/p/{playlist}"))
    assert "The link was ended" in page
    assert "Make a new link" in page


@pytest.mark.parametrize("end", ["delete", "erase", "account"])
def test_with_the_playlist_or_the_account_the_link_is_gone(site: Any, end: str) -> None:
    visitor, playlist = owner(site)
    path = shared(visitor, playlist)
    if end == "account":
        visitor.post("/account/delete", {"confirm": "DELETE"})
    else:
        visitor.post(f"/p/{playlist}/delete")
    if end == "erase":
        visitor.post(f"/p/{playlist}/erase")
    assert site.browser().get(path).status_code == 404
    if end == "delete":
        visitor.post(f"/p/{playlist}/restore")
        assert site.browser().get(path).status_code == 404


def test_nobody_else_shares_ends_exports_renames_copies_or_has_back(site: Any) -> None:
    visitor, playlist = owner(site)
    path = shared(visitor, playlist)
    other = site.browser("second")
    here = f"/p/{playlist}"
    for act in ("share", "share/revoke", "rename", "duplicate", "seeds", "restore", "erase"):
        assert (act, other.post(f"{here}/{act}", {"title": "x"}).status_code) == (act, 404)
    for place in ("export/csv", "cover.svg", "cover.jpg"):
        assert (place, other.get(f"{here}/{place}").status_code) == (place, 404)
        assert (place, site.browser().get(f"{here}/{place}").status_code) == (place, 401)
    assert site.browser().get(path).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 42 + "%00", "..%2f" * 9, "é" * 43])
def test_what_is_no_link_opens_nothing(site: Any, token: str) -> None:
    assert site.browser().get(f"/s/{token}").status_code == 404


def test_the_database_holds_no_link_and_another_key_makes_another(
    make_site: Callable[..., Any], tmp_path: Path
) -> None:
    site = make_site()
    visitor, playlist = owner(site)
    token = shared(visitor, playlist).removeprefix("/s/")
    held = b"".join(file.read_bytes() for file in tmp_path.glob("hooklist.sqlite3*"))
    assert token.encode() not in held
    rotated = make_site(secret_key="k" * 40, secret_key_fallbacks=["routes-test-" * 4])
    assert rotated.browser().get(f"/s/{token}").status_code == 200
    user = site.services.sessions.load(visitor.cookie()).user_id
    assert rotated.services.sharing.state(user, playlist).token == token
    lost = make_site(secret_key="k" * 40)
    assert lost.browser().get(f"/s/{token}").status_code == 200
    assert lost.services.sharing.state(user, playlist).token == ""


def test_looking_for_links_by_guessing_is_slowed_down(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    limit = replace(rate_limits.LIMITS["share.show"], most=3)
    monkeypatch.setitem(rate_limits.LIMITS, "share.show", limit)
    stranger = site.browser()
    codes = [stranger.get("/s/" + "B" * 43).status_code for _ in range(4)]
    assert codes == [404, 404, 404, 429]
