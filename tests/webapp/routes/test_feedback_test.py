"""The blind listening test: fair, blind, one vote each, and told to nobody but the operator."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.routes.test_feedback import as_operator

SYSTEMS = ("hooklist", "sigmoid")


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def pairs_in(folder: Path, count: int = 4) -> dict[str, Any]:
    """Write sounds that say whose they are, so that a test can hear it and a page must not."""
    pairs = []
    for number in range(count):
        sides = {}
        for side, system in zip("ab", SYSTEMS if number % 2 else SYSTEMS[::-1], strict=True):
            name = f"{number}-{system}.mp3"
            (folder / name).write_bytes(f"{system} {number} ".encode() * 50)
            sides[side] = {"system": system, "file": name}
        pairs.append({"id": f"pair-{number}", "title": f"Set <{number}>", **sides})
    return {"version": 1, "pairs": pairs}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "pairs"
    folder.mkdir()
    (folder / "pairs.json").write_text(json.dumps(pairs_in(folder)))
    return folder


class Voter:
    """Somebody without a login who always likes one system better."""

    def __init__(self, site: Any, better: str | None) -> None:
        self.browser, self.better = site.browser(), better

    def page(self, number: int = 0) -> str:
        query = {"pair": number} if number else {}
        return text(self.browser.get("/listening-test", query_string=query))

    def sounds(self, page: str) -> list[str]:
        return re.findall(r'src="(/listening-test/sound/[0-9a-f]{32})"', page)

    def vote(self, page: str, choice: str = "") -> Any:
        heard = [self.browser.get(sound).get_data() for sound in self.sounds(page)]
        if not choice:
            choice = "none"
            for letter, sound in zip("ab", heard, strict=True):
                if self.better is not None and sound.startswith(self.better.encode()):
                    choice = letter
        fields = dict(re.findall(r'name="(csrf_token|test|pair)" value="([^"]+)"', page))
        return self.browser.send(
            "POST", "/listening-test", data={**fields, "choice": choice, "reason": "=so"}
        )

    def vote_on_all(self) -> int:
        for voted in range(100):
            page = self.page()
            if "judged every pair" in page:
                return voted
            assert self.vote(page).status_code == 303
        return -1


def test_without_a_folder_there_is_no_test(site: Any) -> None:
    assert site.browser().get("/listening-test").status_code == 404
    assert site.browser().get("/listening-test/sound/" + "0" * 32).status_code == 404


def test_votes_are_unblinded_rightly_whatever_the_sides(make_site: Any, folder: Path) -> None:
    site = as_operator(make_site, "rich", listening_test_dir=folder)
    for _ in range(3):
        assert Voter(site, "hooklist").vote_on_all() == 4
    assert Voter(site, None).vote_on_all() == 4
    votes = site.services.votes.of_test()
    assert {vote.choice for vote in votes} == {"a", "b", "none"}
    reader = site.browser("rich")
    page = text(reader.get("/operator/listening-test"))
    assert "16 votes by 4 voters" in page
    assert "hooklist against sigmoid" in page
    # 12 of 12: p = 2 / 4096; Wilson's lower end 1 / (1 + z² / 12).
    assert "100.0 % were for hooklist (95 % interval 75.8 % to 100.0 %" in page
    assert "p = 0.0005" in page
    assert "From 4 voters only: not a fact yet." in page
    sheet = reader.get("/operator/listening-test?form=csv").get_data(as_text=True)
    assert sheet.count("hooklist,'=so") == 12
    assert site.browser("second").get("/operator/listening-test").status_code == 404


def test_a_page_tells_nothing_of_who_made_which(make_site: Any, folder: Path) -> None:
    site = make_site(listening_test_dir=folder)
    sides, orders = set(), set()
    for _ in range(12):
        voter = Voter(site, None)
        order = []
        for number in range(1, 5):
            answer = voter.browser.get("/listening-test", query_string={"pair": number})
            page = text(answer)
            assert not re.search("hooklist.mp3|sigmoid|pair-[0-9]", page)
            assert "Set <" in page
            order.append(re.search(r"Set <(\d)>", page).group(1))  # type: ignore[union-attr]
            first = voter.browser.get(voter.sounds(page)[0])
            assert not re.search("hooklist|sigmoid", str(first.headers))
            assert "Last-Modified" not in first.headers
            assert "ETag" not in first.headers
            if number == 1:
                sides.add(first.get_data().split()[0])
        orders.add(tuple(order))
    assert len(sides) == 2
    assert len(orders) > 3


def test_a_vote_can_be_changed_and_sounds_come_in_parts(make_site: Any, folder: Path) -> None:
    site = make_site(listening_test_dir=folder)
    voter = Voter(site, None)
    page = voter.page()
    assert "0 of 4 pairs judged" in page
    voter.vote(page, "a")
    assert "1 of 4 pairs judged" in voter.page()
    assert re.search(r'value="a" required checked', voter.page(1))
    voter.vote(voter.page(1), "b")
    assert "1 of 4 pairs judged" in voter.page()
    assert len(site.services.votes.of_test()) == 1
    sound = voter.sounds(page)[0]
    part = voter.browser.get(sound, headers={"Range": "bytes=10-19"})
    assert (part.status_code, len(part.get_data())) == (206, 10)
    assert part.mimetype == "audio/mpeg"
    assert site.browser().get(sound).status_code == 404, "names hold in one session alone"


def test_a_vote_on_another_set_or_pair_is_refused(make_site: Any, folder: Path) -> None:
    site = make_site(listening_test_dir=folder)
    voter = Voter(site, None)
    page = voter.page()
    for wrong in (
        page.replace('name="test" value="', 'name="test" value="0'),
        page.replace('name="pair" value="1"', 'name="pair" value="9"'),
        page.replace('name="pair" value="1"', 'name="pair" value="x"'),
    ):
        assert voter.vote(wrong, "a").status_code == 422
    assert voter.vote(page, "c").status_code == 422
    assert site.services.votes.of_test() == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda pairs: pairs.update(version=2), "version"),
        (lambda pairs: pairs.update(more=1), "more"),
        (lambda pairs: pairs.update(pairs=[]), "pairs"),
        (lambda pairs: pairs["pairs"][0]["a"].update(file="../secret.mp3"), "no name of a sound"),
        (lambda pairs: pairs["pairs"][0]["a"].update(file="pairs.json"), "no name of a sound"),
        (lambda pairs: pairs["pairs"][0]["a"].update(file="lost.mp3"), "lost.mp3"),
        (lambda pairs: pairs["pairs"][0]["a"].update(file="link.mp3"), "link.mp3"),
        (lambda pairs: pairs["pairs"][1].update(id="pair-0"), "comes twice"),
        (lambda pairs: pairs["pairs"][0]["a"].update(system="hooklist"), "oth sounds of pair-0"),
    ],
)
def test_a_wrong_folder_is_told_to_the_operator_alone(
    make_site: Any, folder: Path, tmp_path: Path, change: Any, why: str
) -> None:
    (tmp_path / "secret.mp3").write_bytes(b"secret")
    (folder / "link.mp3").symlink_to(tmp_path / "secret.mp3")
    pairs = pairs_in(folder)
    change(pairs)
    (folder / "pairs.json").write_text(json.dumps(pairs))
    site = as_operator(make_site, "rich", listening_test_dir=folder)
    assert site.browser().get("/listening-test").status_code == 404
    told = site.browser("rich").get("/operator/listening-test")
    assert told.status_code == 200
    assert why in text(told)
