"""What stands for open.spotify.com, the covers and the audio."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
import requests

from standin.audio import Renderer, RenderFailed, audio_response
from standin.harness import Standin
from standin.samples import sample_tracks
from standin.wire import Request

URIS = [f"spotify:track:{row['id']}" for row in sample_tracks()]


def shown_uris(page: str) -> list[str]:
    return re.findall(r'<li data-uri="([^"]*)"', page)


def test_a_saved_playlist_is_shown_with_its_name_owner_visibility_and_tracks_in_order(
    spotify, api
) -> None:
    rich = api("rich")
    made = rich("POST", "me/playlists", json={"name": "Träume & <b>", "public": False}).json()
    order = URIS[40:10:-1]
    rich("POST", f"playlists/{made['id']}/items", json={"uris": order})
    answer = requests.get(made["external_urls"]["spotify"], timeout=5)
    assert answer.status_code == 200
    assert shown_uris(answer.text) == order
    assert '<h1 id="playlist-name"><bdi>Träume &amp; &lt;b&gt;</bdi></h1>' in answer.text
    assert "Private playlist" in answer.text
    assert "Robin Rich" in answer.text
    assert ">30 tracks<" in answer.text
    names = [unescape(n) for n in re.findall(r'class="name"[^>]*><bdi>(.*?)</bdi>', answer.text)]
    titles = {f"spotify:track:{row['id']}": row["title"] for row in sample_tracks()}
    assert names == [titles[uri] for uri in order]


def test_odd_items_are_shown_in_words(spotify) -> None:
    odd = next(p for p in spotify.playlists("rich") if p["name"] == "Odds and ends")
    page = requests.get(f"{spotify.open_url}/playlist/{odd['id']}", timeout=5).text
    assert len(shown_uris(page)) == len(odd["uris"])
    for words in ("no longer available", "own machine", "episode of a podcast"):
        assert words in page


@pytest.mark.parametrize("place", ["", "playlist/x", "track/" + "0" * 22, "user/x", "playlist/a/b"])
def test_what_does_not_exist_is_a_page_too(spotify, place: str) -> None:
    answer = requests.get(f"{spotify.open_url}/{place}", timeout=5)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_hostile_names_stay_text_on_every_page(spotify) -> None:
    pages = [
        requests.get(f"{spotify.open_url}/playlist/{p['id']}", timeout=5).text
        for p in spotify.playlists("hostile")
    ]
    uris = {uri for page in pages for uri in shown_uris(page)}
    for uri in sorted(uris):
        track = uri.rsplit(":", 1)[-1]
        pages.append(requests.get(f"{spotify.open_url}/track/{track}", timeout=5).text)
    for page in pages:
        tags = re.findall(r"<[^>]*>", page)
        assert not [tag for tag in tags if re.match(r"</?(script|svg|style)", tag)]
        assert not [tag for tag in tags if re.search(r"\s(on\w+|style)\s*=", tag)]
    assert any("&lt;img src=x onerror=alert(1)&gt;" in page for page in pages)


def test_covers_are_valid_pictures_that_differ_and_never_change(spotify, api) -> None:
    tracks = api("rich").get("me/top/tracks", limit=50).json()["items"]
    urls = {track["album"]["images"][0]["url"] for track in tracks}
    pictures = {}
    for url in urls:
        answer = requests.get(url, timeout=5)
        assert answer.headers["Content-Type"] == "image/svg+xml"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert ElementTree.fromstring(answer.text).get("width") == "640"
        pictures[url] = answer.text
    assert len(set(pictures.values())) == len(urls)
    url = next(iter(urls))
    with Standin.thread() as other:
        again = requests.get(url.replace(spotify.url, other.url), timeout=5)
    assert again.text == pictures[url]


def test_style_and_icon_are_served_from_here(spotify) -> None:
    for name, kind in (("standin.css", "text/css"), ("icon.svg", "image/svg+xml")):
        answer = requests.get(f"{spotify.url}/static/{name}", timeout=5)
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, kind)
    assert requests.get(f"{spotify.url}/static/layout.py", timeout=5).status_code == 404
    assert requests.get(f"{spotify.url}/static/..%2f..%2fapp.py", timeout=5).status_code == 404


def test_a_library_of_ones_own_has_no_audio(spotify) -> None:
    track = sample_tracks()[0]["id"]
    assert requests.get(f"{spotify.url}/audio/{track}", timeout=5).status_code == 404
    assert "<audio" not in requests.get(f"{spotify.open_url}/track/{track}", timeout=5).text


# -- ranges -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "status", "start", "length"),
    [
        (None, 200, 0, 1000),
        ("bytes=0-", 206, 0, 1000),
        ("bytes=10-19", 206, 10, 10),
        ("bytes=990-5000", 206, 990, 10),
        ("bytes=-100", 206, 900, 100),
        ("bytes=-5000", 206, 0, 1000),
        ("bytes=1000-", 416, None, None),
        ("bytes=20-10", 416, None, None),
        ("bytes=-0", 416, None, None),
        ("bytes=0-1,5-6", 200, 0, 1000),
        ("lines=0-1", 200, 0, 1000),
    ],
)
def test_ranges_are_cut_as_asked(tmp_path, asked, status, start, length) -> None:
    file = tmp_path / "x.flac"
    file.write_bytes(bytes(1000))
    request = Request("GET", "/audio/x", headers={"range": asked} if asked else {})
    answer = audio_response(request, file)
    assert answer.status == status
    if status == 416:
        assert ("Content-Range", "bytes */1000") in answer.headers
    else:
        assert answer.file is not None
        assert (answer.file.start, answer.file.length) == (start, length)
    if status == 206:
        expected = f"bytes {start}-{start + length - 1}/1000"
        assert ("Content-Range", expected) in answer.headers


# -- generated music ------------------------------------------------------------------------------


@pytest.fixture
def generated(tmp_path):
    pytest.importorskip("standin.music.rendering", reason="the synthesiser is not in the tree yet")
    with Standin.thread(library="generated", audio_cache=tmp_path) as spotify:
        yield spotify


def test_generated_tracks_sound_and_can_be_read_in_parts(generated) -> None:
    from standin import music

    track = music.library()[0].id
    url = f"{generated.url}/audio/{track}"
    whole = requests.get(url, timeout=60)
    assert whole.status_code == 200
    assert whole.headers["Content-Type"] in {"audio/flac", "audio/wav"}
    part = requests.get(url, headers={"Range": "bytes=100-199"}, timeout=60)
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    head = requests.head(url, timeout=60)
    assert int(head.headers["Content-Length"]) == len(whole.content)
    assert requests.get(f"{generated.url}/audio/{'0' * 22}", timeout=5).status_code == 404
    page = requests.get(f"{generated.open_url}/track/{track}", timeout=5).text
    assert f'src="/audio/{track}"' in page


def test_one_track_asked_for_eight_times_is_rendered_once(generated, tmp_path) -> None:
    from standin import music

    url = f"{generated.url}/audio/{music.library()[1].id}"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: requests.get(url, timeout=60).content, range(8)))
    assert len(set(found)) == 1
    assert len([file for file in tmp_path.rglob("*") if file.is_file()]) == 1


def test_a_track_that_cannot_be_rendered_is_told(tmp_path) -> None:
    renderer = Renderer(tmp_path)
    try:
        with pytest.raises(RenderFailed):
            renderer.path("0" * 22)
        with pytest.raises(RenderFailed):
            renderer.path("0" * 22)
    finally:
        renderer.stop()
