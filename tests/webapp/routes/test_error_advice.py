"""Errors in the reader's language: each code that a page can show is put into words there."""

from __future__ import annotations

from typing import Any

import pytest

from hooklist_errors import HooklistError
from webapp.error_advice import ADVICE, COMMANDS, error_words
from webapp.faces import FACES
from webapp.i18n import LANGUAGES, _

SHOWN = sorted(code for code in FACES if code.partition(".")[0] not in COMMANDS)


@pytest.mark.parametrize("code", SHOWN)
def test_each_code_a_visitor_can_meet_has_its_advice(code: str) -> None:
    advice = ADVICE[code]
    assert str(advice.cause).endswith(".")
    assert not str(advice.next_step) or str(advice.next_step).endswith(".")
    # It is set into "Kept: …." and must not end the sentence itself.
    assert not str(advice.kept).endswith(".")


def test_no_advice_is_for_a_code_that_does_not_exist() -> None:
    assert sorted(ADVICE) == SHOWN


@pytest.mark.parametrize("name", [name for name in LANGUAGES if name != "en"])
def test_another_language_says_what_is_known_and_keeps_the_name(site: Any, name: str) -> None:
    said = vars(HooklistError("It failed", which="a.wav", why="in English", next_step="in English"))
    with site.app.test_request_context(headers={"Accept-Language": name}):
        words = error_words("uploads.empty", said)
        assert words.cause == f"a.wav: {ADVICE['uploads.empty'].cause}"
        assert words.next_step == str(ADVICE["uploads.empty"].next_step)
        assert "English" not in words.cause + words.next_step
        translated = {**said, "why": _("The audio is empty")}
        assert error_words("uploads.empty", translated).why == _("The audio is empty")
    with site.app.test_request_context(headers={"Accept-Language": "en"}):
        words = error_words("uploads.empty", said)
        assert (words.cause, words.next_step) == ("a.wav: In English.", "In English.")


def test_a_failure_tells_programs_in_english_and_people_in_their_language(site: Any) -> None:
    headers = {"Accept-Language": "ru", "Accept": "application/json"}
    error = site.browser().get("/api/v1/jobs/unknown", headers=headers).get_json()["error"]
    assert error["code"] == "login.needed"
    assert error["next"].isascii()
    assert set(error["words"]) >= {"title", "why", "sentence", "advice"}
    assert not any(text.isascii() for text in error["words"].values())
