"""What listeners tell: what they heard, and where a highlight belongs; and that they need not."""

from __future__ import annotations

import html
from typing import Any

import pytest

from webapp.store import HeardCounts, MovedHighlights, TrackStudies

METHOD = "test-1/model"


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


class Listening:
    """Somebody with a playlist of three heard tracks, its trailer, and one track that is mute."""

    def __init__(self, site: Any) -> None:
        self.site = site
        self.visitor = site.browser("rich")
        self.user = site.services.sessions.load(self.visitor.cookie()).user_id
        services = site.services
        for number in range(3):
            TrackStudies(services.engine).put(
                f"content-{number}",
                METHOD,
                analysis={"duration": 200.0},
                highlight={
                    "start": 60.0,
                    "end": 90.0,
                    "track": 200.0,
                    "strategy": "repetition",
                    "confidence": 0.8,
                    "curve": [40] * 60 + [80] * 30 + [40] * 110,
                    "curve_rate": 1.0,
                },
            )
        tracks: list[dict[str, Any]] = [
            {
                "id": f"a/{number}",
                "title": f"Song {number}",
                "artists": ["Ada"],
                "duration": 200.0,
                "audio": f"/music/{number}.mp3",
                "content": f"content-{number}",
                "study": METHOD,
            }
            for number in range(3)
        ]
        tracks.append({"id": "mute", "title": "Mute", "artists": [], "audio": ""})
        made = services.playlists.create(self.user, title="Mine", seeds=[], options={})
        services.playlists.set_ready(made.id, tracks=tracks, catalogue_version="1")
        self.playlist = made.id
        self.trailer = f"{made.id}-2.mp3"
        services.settings.trailers_path.mkdir(parents=True, exist_ok=True)
        (services.settings.trailers_path / self.trailer).write_bytes(b"sound")
        services.playlists.set_trailer(
            made.id,
            "ready",
            {
                "file": self.trailer,
                "duration": 30.0,
                "peaks": [0.5] * 30,
                "chapters": [
                    {
                        "track": number,
                        "content": f"content-{number}",
                        "title": f"Song {number}",
                        "start": 10.0 * number,
                        "end": 10.0 * number + 10.0,
                        "source_start": 60.0,
                        "source_end": 70.0,
                    }
                    for number in range(3)
                ],
            },
        )

    def report(self, *spans: tuple[str, float, float], **more: Any) -> Any:
        body = {
            "playlist": self.playlist,
            "trailer": self.trailer,
            "spans": [{"kind": kind, "start": start, "end": end} for kind, start, end in spans],
        }
        return self.visitor.call("POST", "/api/v1/heard", {**body, **more})

    def counts(self, number: int) -> Any:
        return HeardCounts(self.site.services.engine).get(f"content-{number}")

    def address(self, track: str = "a/1") -> str:
        return f"/api/v1/playlists/{self.playlist}/tracks/{track}/highlight"

    def kept(self) -> Any:
        return self.site.services.playlists.get(self.playlist, self.user)


@pytest.fixture
def listening(site: Any) -> Listening:
    return Listening(site)


def test_seconds_of_the_trailer_become_seconds_of_each_track(listening: Listening) -> None:
    answer = listening.report(("heard", 2.0, 13.0), ("skipped", 13.0, 28.0), ("replayed", 5.0, 7.0))
    assert (answer.status_code, answer.data) == (204, b"")
    first, second = listening.counts(0), listening.counts(1)
    assert first.heard == (*[0] * 62, *[1] * 8)
    assert first.replayed == (*[0] * 65, 1, 1, 0, 0, 0)
    assert second.heard == (*[0] * 60, 1, 1, 1, *[0] * 7)
    assert second.skipped == (*[0] * 63, *[1] * 7)
    # The third was jumped over, not offered: its listener never came to it.
    assert listening.counts(2) is None


def test_the_same_seconds_count_once_for_a_person(listening: Listening) -> None:
    for _ in range(3):
        assert listening.report(("heard", 0.0, 5.0), ("replayed", 0.0, 2.0)).status_code == 204
    again = listening.site.browser("rich")
    listening.visitor = again
    assert listening.report(("heard", 0.0, 6.0)).status_code == 204
    count = listening.counts(0)
    assert count.heard == (*[0] * 60, *[1] * 6)
    assert count.replayed == (*[0] * 60, 1, 1, 0, 0, 0, 0)


def test_no_one_hears_more_seconds_than_have_passed(listening: Listening) -> None:
    assert listening.report(*[("heard", 0.0, 30.0)] * 3).status_code == 204
    # Sixty seconds are given in advance; they are used up now, and hardly any time has passed.
    assert listening.report(("replayed", 10.0, 20.0)).status_code == 204
    assert sum(listening.counts(1).replayed) == 0


@pytest.mark.parametrize(
    "spans",
    [
        [{"kind": "heard", "start": 5.0, "end": 5.0}],
        [{"kind": "heard", "start": 5.0, "end": 4.0}],
        [{"kind": "heard", "start": -1.0, "end": 4.0}],
        [{"kind": "heard", "start": 20.0, "end": 99.0}],
        [{"kind": "loved", "start": 0.0, "end": 1.0}],
        [{"kind": "heard", "start": 0.0, "end": "1"}],
        [{"kind": "heard", "start": 0.0, "end": 1.0, "file": "/etc/passwd"}],
        [{"kind": "heard", "start": 0.0, "end": 1.0}] * 65,
        [],
        None,
    ],
)
def test_spans_that_are_none_are_refused_and_nothing_counts(
    listening: Listening, spans: Any
) -> None:
    answer = listening.report(spans=spans)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "request.invalid")
    assert HeardCounts(listening.site.services.engine).totals()["heard"] == 0


def test_a_trailer_of_before_and_a_playlist_of_others_are_not_found(listening: Listening) -> None:
    assert listening.report(("heard", 0.0, 1.0), trailer="other-2.mp3").status_code == 404
    unknown = listening.report(("heard", 0.0, 1.0), playlist="f" * 32)
    listening.visitor = listening.site.browser("second")
    foreign = listening.report(("heard", 0.0, 1.0))
    assert (unknown.status_code, foreign.status_code) == (404, 404)
    assert foreign.get_json()["error"]["code"] == "playlist.unknown"
    assert listening.counts(0) is None


def test_reports_need_a_login_and_the_secret_of_the_session(listening: Listening) -> None:
    body = {"playlist": listening.playlist, "trailer": listening.trailer, "spans": []}
    stranger = listening.site.browser()
    assert stranger.call("POST", "/api/v1/heard", body).status_code in {400, 401}
    assert listening.visitor.send("POST", "/api/v1/heard", json=body).status_code == 400
    other_site = {"Sec-Fetch-Site": "cross-site"}
    answer = listening.visitor.send("POST", "/api/v1/heard", json=body, headers=other_site)
    assert answer.status_code == 403


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_who_asks_not_to_be_tracked_is_not_counted(listening: Listening, header: str) -> None:
    body = {
        "playlist": listening.playlist,
        "trailer": listening.trailer,
        "spans": [{"kind": "heard", "start": 0.0, "end": 3.0}],
    }
    headers = {"X-CSRFToken": listening.visitor.secret(), header: "1"}
    answer = listening.visitor.send("POST", "/api/v1/heard", json=body, headers=headers)
    assert answer.status_code == 204
    assert listening.counts(0) is None


def test_counting_can_be_switched_off_and_on_again(listening: Listening) -> None:
    answer = listening.visitor.post("/account/listening", {"share": "0"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert listening.report(("heard", 0.0, 3.0)).status_code == 204
    assert listening.counts(0) is None
    listening.visitor.post("/account/listening", {"share": "1"})
    listening.report(("heard", 0.0, 3.0))
    assert sum(listening.counts(0).heard) == 3


def test_a_moved_highlight_stays_and_asks_for_a_new_trailer(listening: Listening) -> None:
    answer = listening.visitor.call("PUT", listening.address(), {"start": 100})
    told = answer.get_json()
    assert answer.status_code == 200, told
    here = told["highlight"]
    assert (here["start"], here["end"], here["strategy"]) == (100.0, 130.0, "chosen")
    assert (here["usual_start"], here["confidence"], here["moved"]) == (60.0, 1.0, True)
    assert (told["version"], told["trailer"]) == (3, "pending")
    jobs = listening.site.services.jobs.list(listening.user, limit=10)
    assert [job.payload["version"] for job in jobs if job.kind == "trailer"] == [3]
    # The same place again changes nothing, so there is nothing to make anew.
    again = listening.visitor.call("PUT", listening.address(), {"start": 100.0}).get_json()
    assert again["version"] == 3
    back = listening.visitor.call("DELETE", listening.address()).get_json()
    assert (back["highlight"]["start"], back["highlight"]["strategy"]) == (60.0, "repetition")
    assert back["version"] == 4
    assert listening.visitor.call("DELETE", listening.address()).get_json()["version"] == 4


@pytest.mark.parametrize("start", [-1, 170.2, 1e9, "60", None, True])
def test_a_highlight_cannot_leave_its_track(listening: Listening, start: Any) -> None:
    answer = listening.visitor.call("PUT", listening.address(), {"start": start})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "request.invalid")
    assert listening.kept().version == 2


def test_what_is_not_there_or_not_heard_cannot_be_moved(listening: Listening) -> None:
    mute = listening.visitor.call("PUT", listening.address("mute"), {"start": 1.0})
    assert (mute.status_code, mute.get_json()["error"]["code"]) == (409, "highlight.unknown")
    gone = listening.visitor.call("PUT", listening.address("gone"), {"start": 1.0})
    assert (gone.status_code, gone.get_json()["error"]["code"]) == (404, "request.not_found")
    other = listening.site.browser("second")
    foreign = other.call("PUT", listening.address(), {"start": 1.0})
    assert (foreign.status_code, foreign.get_json()["error"]["code"]) == (404, "playlist.unknown")
    assert other.call("DELETE", listening.address()).status_code == 404
    assert MovedHighlights(listening.site.services.engine).choices() == {}


def test_without_scripts_a_form_moves_it_and_puts_it_back(listening: Listening) -> None:
    here = f"/p/{listening.playlist}/highlight"
    moved = listening.visitor.post(here, {"track": "a/2", "start": "1:40"})
    assert (moved.status_code, moved.headers["Location"]) == (
        303,
        f"/p/{listening.playlist}#track-3",
    )
    choices = MovedHighlights(listening.site.services.engine).choices()
    assert choices == {"content-2": ((100.0, 130.0),)}
    assert listening.visitor.post(here, {"track": "a/2", "back": "1"}).status_code == 303
    assert MovedHighlights(listening.site.services.engine).choices() == {}


@pytest.mark.parametrize("start", ["", "soon", "1:2:3:4", "-5", "nan", "1e400", "170.2", "9" * 50])
def test_a_form_that_cannot_be_done_says_so_on_the_page(listening: Listening, start: str) -> None:
    here = f"/p/{listening.playlist}/highlight"
    answer = listening.visitor.post(here, {"track": "a/2", "start": start})
    assert answer.status_code == 422
    assert "Song 2" in text(answer)
    assert listening.kept().version == 2


def test_undo_does_not_bring_back_a_trailer_with_the_old_highlight(listening: Listening) -> None:
    kept = listening.kept()
    services = listening.site.services
    services.playlists.update_tracks(
        kept.id, kept.user_id, version=2, options={**kept.options, "listed": 3}
    )
    listening.visitor.call("PUT", listening.address(), {"start": 100})
    trailer = listening.kept().trailer
    assert trailer["outdated"]
    assert trailer["file"] == listening.trailer


def test_deleting_the_account_forgets_moves_but_keeps_the_sums(listening: Listening) -> None:
    listening.report(("heard", 0.0, 3.0))
    listening.visitor.call("PUT", listening.address(), {"start": 100})
    listening.visitor.post("/account/delete", {"confirm": "DELETE"})
    engine = listening.site.services.engine
    assert MovedHighlights(engine).choices() == {}
    assert HeardCounts(engine).totals()["heard"] == 3
