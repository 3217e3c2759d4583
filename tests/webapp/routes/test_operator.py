"""The operator's pages: who sees them, and what they tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from webapp.jobs import Worker
from webapp.services.generation import PLAYLIST_JOB
from webapp.store.errors import PlaylistUnknown


def operator_paths(site: Any) -> list[str]:
    return sorted(
        str(rule.rule)
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/operator") and not rule.arguments and "GET" in rule.methods
    )


def user_of(site: Any) -> str:
    """Return the id of the only user there is."""
    from sqlalchemy import text

    with site.services.engine.connect() as connection:
        return str(connection.execute(text('SELECT id FROM "user"')).scalar_one())


def test_the_operators_pages_are_there_for_operators_and_for_nobody_else(
    make_site: Callable[..., Any],
) -> None:
    plain = make_site()
    plain.browser("rich")
    name = plain.services.users.get(user_of(plain)).spotify_account_id
    paths = operator_paths(plain)
    assert "/operator" in paths
    for path in paths:
        assert (path, plain.browser("rich").get(path).status_code) == (path, 404)
        assert (path, plain.browser().get(path).status_code) == (path, 401)
    site = make_site(operators=[name])
    operator, other = site.browser("rich"), site.browser("second")
    for path in paths:
        assert (path, operator.get(path).status_code) == (path, 200)
        assert (path, other.get(path).status_code) == (path, 404)


def test_in_the_demo_everybody_is_an_operator(make_site: Callable[..., Any]) -> None:
    site = make_site(demo=True)
    assert site.browser("second").get("/operator").status_code == 200


@pytest.mark.parametrize("given", ["one two", ["one", "two"]])
def test_operators_are_named_by_their_spotify_ids(given: object) -> None:
    from webapp.settings import load_settings

    assert load_settings(operators=given).operators == ["one", "two"]


def test_the_navigation_names_the_pages_that_there_are(make_site: Callable[..., Any]) -> None:
    site = make_site(demo=True)
    page = site.browser("rich").get("/operator").get_data(as_text=True)
    for path in operator_paths(site):
        assert f'href="{path}"' in page
    assert 'href="/operator" aria-current="page"' in page


def test_the_overview_tells_how_catalogue_work_disk_and_people_are(
    make_site: Callable[..., Any],
) -> None:
    site = make_site(demo=True)
    visitor = site.browser("rich")
    visitor.add(1)
    visitor.make()
    site.services.worker_signs.give("host:1:ab", ["trailer"])
    page = visitor.get("/operator").get_data(as_text=True)
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]*)<", page))
    assert facts["Tracks"] == "200"
    assert facts["With audio"] == "0 (0\u00a0%)"
    assert facts["With a licence"] == "200 (100\u00a0%)"
    assert facts["Sources"] == "test: 200 rows, 0 refused"
    assert (facts["Index"], facts["Users"], facts["Playlists"]) == ("exact", "1", "1")
    assert facts["Python"].count(".") == 2
    assert re.fullmatch(r"[0-9a-f]{12} of \d{4}-\d\d-\d\d", facts["Model of highlights"])
    assert "host:1:ab" in page
    assert user_of(site) not in page


def test_without_a_catalogue_the_rest_is_told_all_the_same(
    make_site: Callable[..., Any], tmp_path: Path
) -> None:
    site = make_site(demo=True, catalogue_dir=tmp_path / "none")
    answer = site.browser("rich").get("/operator")
    assert answer.status_code == 200
    assert "There is no catalogue yet" in answer.get_data(as_text=True)


def test_spotify_is_asked_only_when_the_button_is_pressed(make_site: Callable[..., Any]) -> None:
    site = make_site(demo=True)
    visitor = site.browser("rich")
    site.spotify.forget_requests()
    visitor.get("/operator")
    assert site.spotify.hits("*", "/v1/*") + site.spotify.hits("*", "/api/*") == 0
    site.spotify.switch(owner_premium=False)
    answer = visitor.post("/operator/check")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/operator#setup")
    page = visitor.get("/operator").get_data(as_text=True)
    assert "its owner has no Premium" in page
    assert "mend it" in page
    assert "Spotify was asked at" in page


def test_asking_spotify_too_often_is_refused(make_site: Callable[..., Any]) -> None:
    site = make_site(demo=True)
    visitor = site.browser("rich")
    answers = [visitor.post("/operator/check").status_code for _ in range(11)]
    assert answers == [303] * 10 + [429]


def test_a_failed_job_is_tried_again_and_a_waiting_one_called_off(
    make_site: Callable[..., Any],
) -> None:
    site = make_site(demo=True)
    visitor = site.browser("rich")
    owner = site.browser("second")
    owner.add(1)
    owner.post("/make", {"length": 10, "idempotency_key": "0" * 32})
    jobs = site.services.jobs

    def crash(_context: object) -> None:
        raise PlaylistUnknown("as tests do")

    assert Worker(jobs, {PLAYLIST_JOB: crash}).run_once()
    page = visitor.get("/operator").get_data(as_text=True)
    assert "playlist.unknown" in page
    job = re.search(r"/operator/jobs/([0-9a-f]{32})/retry", page).group(1)  # type: ignore[union-attr]
    assert visitor.post(f"/operator/jobs/{job}/retry").status_code == 303
    assert jobs.counts() == {"queued": 1}
    assert visitor.post(f"/operator/jobs/{job}/cancel").status_code == 303
    assert jobs.counts() == {"cancelled": 1}
    assert visitor.post(f"/operator/jobs/{'f' * 32}/cancel").status_code == 404
