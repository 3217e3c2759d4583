"""Pages are packed, but for those that show words somebody else may have chosen (BREACH)."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

PACKED = {"Accept-Encoding": "gzip"}


def test_a_page_is_packed_for_whoever_can_unpack_it_and_says_so(site: Any) -> None:
    ada = site.browser("rich")
    packed, plain = ada.get("/account", headers=PACKED), ada.get("/account")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    page = gzip.decompress(packed.get_data())
    assert b"</html>" in page
    assert len(packed.get_data()) == int(packed.headers["Content-Length"]) < len(page) / 2


def test_its_own_words_in_an_address_do_not_keep_a_page_from_being_packed(site: Any) -> None:
    ada = site.browser("rich")
    for path in ("/seeds?tab=liked&offset=30", "/seeds?tab=top&span=long_term", "/thumbs?offset=5"):
        assert ada.get(path, headers=PACKED).headers.get("Content-Encoding") == "gzip", path


@pytest.mark.parametrize(
    "path",
    [
        "/account?tab=csrf-token",
        "/account?tab=liked&tab=csrf-token",
        "/account?offset=1234567",
        "/account?offset=1%0acsrf-token",
        "/account?anything=csrf-token",
        "/history?q=csrf-token",
    ],
)
def test_a_page_that_repeats_what_its_address_says_is_sent_plain(site: Any, path: str) -> None:
    answer = site.browser("rich").get(path, headers=PACKED)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    assert "csrf-token" in answer.get_data(as_text=True)
