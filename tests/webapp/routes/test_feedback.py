"""Thumbs, ratings, messages, events and figures: each works, and none of them tells who it was."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

import pytest

from tests.webapp.routes.test_listening import Listening
from webapp.services.feedback.experiments import variants_of
from webapp.store import ListenerEvent

HOSTILE = '<script>alert("x")</script> =1+1 \u202e{{ 7*7 }} %s'


@pytest.fixture
def listening(site: Any) -> Listening:
    return Listening(site)


def text(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def secret(answer: Any) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', answer.get_data(as_text=True))
    return html.unescape(found.group(1)) if found else ""


def write(browser: Any, **given: str) -> Any:
    data = {"topic": "idea", "text": "More jazz", "page": "", "contact": "", **given}
    token = secret(browser.get("/feedback"))
    return browser.send("POST", "/feedback", data={"csrf_token": token, **data})


def as_operator(make_site: Any, person: str, **settings: Any) -> Any:
    """Return a site on which a person is its only operator."""
    plain = make_site(**settings)
    user = plain.services.sessions.load(plain.browser(person).cookie()).user_id
    account = plain.services.users.get(user).spotify_account_id
    return make_site(operators=[account], **settings)


# Messages


def test_anybody_can_write_to_the_operator_and_only_operators_read_it(make_site: Any) -> None:
    site = as_operator(make_site, "rich")
    sent = write(site.browser(), text=HOSTILE, contact=HOSTILE, page="listening")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/feedback?sent=1")
    reader = site.browser("rich")
    page = reader.get("/operator/feedback")
    assert "1 message not read yet" in text(page)
    assert text(page).count(HOSTILE) == 2
    assert "<script>alert" not in page.get_data(as_text=True)
    assert site.browser("second").get("/operator/feedback").status_code == 404
    (message,) = site.services.messages.list()
    assert reader.post(f"/operator/feedback/{message.id}/read", {"read": "1"}).status_code == 303
    assert site.services.messages.unread() == 0
    assert reader.post(f"/operator/feedback/{message.id}/delete").status_code == 303
    assert reader.post(f"/operator/feedback/{message.id}/delete").status_code == 404
    assert "Nobody has written yet" in text(reader.get("/operator/feedback"))


def test_a_message_that_cannot_be_kept_stays_in_the_form(site: Any) -> None:
    browser = site.browser("rich")
    long = "x" * 4001
    refused = write(browser, text=long)
    assert refused.status_code == 422
    assert long in text(refused)
    assert "It may have 4000" in text(refused)
    assert write(browser, text="   ").status_code == 422
    assert write(browser, topic="spam").status_code == 422
    assert write(browser, text="x" * 4000).status_code == 303


def test_one_address_cannot_fill_the_operators_list(site: Any) -> None:
    browser = site.browser()
    answers = [write(browser).status_code for _ in range(11)]
    assert answers == [303] * 10 + [429]


# Ratings


def test_a_highlight_is_rated_changed_and_taken_back(listening: Listening) -> None:
    visitor, here = listening.visitor, f"/p/{listening.playlist}"
    rated = visitor.post(f"{here}/rate", {"track": "a/1", "rating a/1": "4", "open": "a/1"})
    assert (rated.status_code, rated.headers["Location"]) == (303, f"{here}?open=2#track-2")
    page = text(visitor.get(f"{here}?open=2"))
    assert 'name="rating a/1" value="4" required checked' in page
    assert len(re.findall('name="rating[^>]* checked>', page)) == 1
    api = f"/api/v1/playlists/{listening.playlist}/rating"
    assert visitor.call("PUT", api, {"track": "a/1", "value": 2}).get_json() == {"value": 2}
    kept = listening.site.services.ratings.of(listening.user, "highlight", ["content-1"])
    assert (kept["content-1"].value, kept["content-1"].strategy) == (2, "repetition")
    assert kept["content-1"].place == 60.0
    assert visitor.call("DELETE", api, {"track": "a/1"}).get_json() == {"value": None}
    assert listening.site.services.ratings.opinions() == ()


def test_the_trailer_is_rated_and_a_moved_highlight_is_another_one(listening: Listening) -> None:
    visitor, here = listening.visitor, f"/p/{listening.playlist}"
    visitor.post(f"{here}/rate", {"track": "", "rating": "5"})
    visitor.post(f"{here}/rate", {"track": "a/0", "rating a/0": "1"})
    page = text(visitor.get(f"{here}?open=1"))
    assert 'name="rating" value="5" required checked' in page
    assert 'name="rating a/0" value="1" required checked' in page
    api = f"/api/v1/playlists/{listening.playlist}/tracks/a/0/highlight"
    assert visitor.call("PUT", api, {"start": 100}).status_code == 200
    again = text(visitor.get(f"{here}?open=1"))
    assert 'name="rating a/0" value="1" required' in again
    assert 'name="rating a/0" value="1" required checked' not in again


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"track": "a/1", "value": 6}, 422),
        ({"track": "a/1", "value": "4"}, 422),
        ({"track": "a/1", "value": 4, "who": "me"}, 422),
        ({"track": "mute", "value": 4}, 404),
        ({"track": "nobody", "value": 4}, 404),
    ],
)
def test_what_cannot_be_rated_is_refused(listening: Listening, body: Any, status: int) -> None:
    api = f"/api/v1/playlists/{listening.playlist}/rating"
    assert listening.visitor.call("PUT", api, body).status_code == status


def test_nobody_rates_somebody_elses(listening: Listening) -> None:
    other = listening.site.browser("second")
    api = f"/api/v1/playlists/{listening.playlist}/rating"
    assert other.call("PUT", api, {"track": "a/1", "value": 4}).status_code == 404
    assert other.call("DELETE", api, {"track": "a/1"}).status_code == 404
    assert other.post(f"/p/{listening.playlist}/rate", {"rating": "4"}).status_code == 404


# Thumbs


def test_a_thumb_shows_on_its_row_counts_next_time_and_can_be_taken_back(site: Any) -> None:
    visitor = site.browser("rich")
    for number in (1, 4):
        visitor.add(number)
    playlist = visitor.make()
    told = visitor.get(f"/api/v1/playlists/{playlist}").get_json()
    up, down = told["tracks"][0], told["tracks"][9]
    version = told["version"]
    for act in (f"less_like {down['id']}", f"lock {up['id']}", f"more_like {up['id']}"):
        done = visitor.post(f"/p/{playlist}/revise", {"act": act, "version": str(version)})
        assert (act, done.status_code) == (act, 303)
        version = visitor.get(f"/api/v1/playlists/{playlist}").get_json()["version"]
    page = text(visitor.get(f"/p/{playlist}"))
    assert f'value="neither {up["id"]}" data-act="more_like"' in page
    assert f'value="more_like {up["id"]}"' not in page
    assert down["title"] not in [
        row["title"] for row in visitor.get(f"/api/v1/playlists/{playlist}").get_json()["tracks"]
    ]
    again = visitor.post("/make", {"length": 10, "idempotency_key": "1" * 32})
    site.work()
    second = visitor.get(again.headers["Location"]).headers["Location"].removeprefix("/p/")
    user = site.services.sessions.load(visitor.cookie()).user_id
    made = site.services.playlists.get(second, user)
    assert down["id"] in made.options["wishes"]["exclude"]
    assert down["id"] not in [track["id"] for track in made.tracks]
    page = text(visitor.get("/thumbs"))
    assert up["title"] in page
    assert "never again" in page
    assert visitor.post("/thumbs/remove", {"track": down["id"]}).status_code == 303
    assert [one.track_id for one in site.services.thumbs.list(user)] == [up["id"]]


# What happens


def hear(listening: Listening, *spans: tuple[float, float], **headers: str) -> None:
    told = {
        "playlist": listening.playlist,
        "trailer": listening.trailer,
        "spans": [{"kind": "heard", "start": start, "end": end} for start, end in spans],
    }
    answer = listening.visitor.send(
        "POST",
        "/api/v1/heard",
        json=told,
        headers={"X-CSRFToken": listening.visitor.secret(), **headers},
    )
    assert answer.status_code == 204


def happened(site: Any) -> list[ListenerEvent]:
    return list(site.services.events.each())


def test_what_happens_is_kept_once_a_visit_and_without_its_listener(listening: Listening) -> None:
    site, visitor = listening.site, listening.visitor
    hear(listening, (0.0, 4.0))
    assert happened(site) == [], "less than half of a chapter"
    hear(listening, (4.0, 12.0))
    hear(listening, (20.0, 30.0))
    body = {"kind": "full_play", "playlist": listening.playlist, "track": "a/2"}
    for _ in range(2):
        assert visitor.call("POST", "/api/v1/events", body).status_code == 204
    found = happened(site)
    assert sorted(event.kind for event in found) == [
        "full_play",
        "highlight_heard",
        "highlight_heard",
        "trailer_end",
    ]
    assert {event.visit for event in found} == {found[0].visit}
    heard = {event.subject: event.strategy for event in found if event.kind == "highlight_heard"}
    played = next(event for event in found if event.kind == "full_play")
    assert heard[played.subject] == "repetition"
    session = site.services.sessions.load(visitor.cookie())
    known = {listening.user, listening.playlist, session.handle, "a/2", "content-2"}
    assert not known & {value for event in found for value in vars_of(event)}


def vars_of(event: ListenerEvent) -> list[object]:
    return [event.visit, event.playlist, event.subject, event.strategy]


def test_who_does_not_want_to_be_counted_is_not(listening: Listening) -> None:
    hear(listening, (0.0, 30.0), **{"Sec-GPC": "1"})
    listening.visitor.post("/account/listening", {"share": "0"})
    hear(listening, (0.0, 30.0))
    revise = {"act": "remove mute", "version": "2"}
    listening.visitor.post(f"/p/{listening.playlist}/revise", revise)
    body = {"kind": "full_play", "playlist": listening.playlist, "track": "a/2"}
    assert listening.visitor.call("POST", "/api/v1/events", body).status_code == 204
    assert happened(listening.site) == []
    listening.visitor.post(f"/p/{listening.playlist}/rate", {"rating": "5"})
    assert listening.site.services.ratings.opinions() == (), "kept for them, counted for nobody"


def test_a_failed_action_is_not_counted(listening: Listening) -> None:
    revise = {"act": "remove nobody", "version": "2"}
    answer = listening.visitor.post(f"/p/{listening.playlist}/revise", revise)
    assert answer.status_code == 422
    assert happened(listening.site) == []


def test_a_session_is_asked_one_way_and_its_playlist_keeps_it(make_site: Any) -> None:
    site = make_site(experiments=["mixing=on:0,off:100"])
    visitor = site.browser("rich")
    visitor.add(1)
    playlist = visitor.make()
    user = site.services.sessions.load(visitor.cookie()).user_id
    made = site.services.playlists.get(playlist, user)
    assert variants_of(made.options) == {"mixing": "off"}
    assert site.services.trailers.style_of(made).mixing is False
    (event,) = happened(site)
    assert (event.kind, event.variants) == ("playlist_made", {"mixing": "off"})


# Figures


def test_figures_are_shown_once_they_rest_on_enough(make_site: Any) -> None:
    site = as_operator(make_site, "rich")
    reader = site.browser("rich")
    assert "too few to tell" in text(reader.get("/operator/figures"))
    users = [site.services.users.upsert(f"account-{number}") for number in range(12)]
    for number, user in enumerate(users):
        variants = {"mixing": "on" if number % 2 else "off"}
        site.services.ratings.put(
            user.id, "highlight", "song", 4, strategy="network", variants=variants
        )
    for number in range(20):
        visit, variants = f"visit-{number}", {"mixing": "on"}
        events = [ListenerEvent(1, visit, "highlight_heard", "p", "t", "network", variants)]
        if number < 5:
            events.append(ListenerEvent(1, visit, "full_play", "p", "t"))
        site.services.events.add(events)
    page = text(reader.get("/operator/figures"))
    assert "<strong>4.00</strong>" in page
    assert "<strong>75</strong>" in page, "4 of 1…5 is 75 of 0…100"
    assert "<strong>25.0 %</strong>" in page
    assert "11.2 % to 46.9 %" in page, "Wilson of 5 of 20"
    assert "found by network" in page
    assert "experiment mixing: on" in page
    sheet = reader.get("/operator/figures?form=csv")
    assert sheet.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(sheet.get_data(as_text=True))))
    shown = {(row["figure"], row["by"], row["of"]): row for row in rows}
    assert shown["full_play", "strategy", "network"]["low"] == "0.1119"
    assert shown["highlight", "variant", "mixing: off"]["value"] == "", "six people are too few"
    assert shown["highlight", "variant", "mixing: off"]["n"] == "6"
    assert site.browser("second").get("/operator/figures").status_code == 404
