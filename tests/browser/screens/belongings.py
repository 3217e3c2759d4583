"""What was made and said, the account, and the operator's pages."""

from __future__ import annotations

from playwright.sync_api import expect

from standin.people import HOSTILE_TITLES
from tests.browser.screens.table import screen
from tests.browser.stage import HOSTILE, Stage, refused
from webapp.services.feedback.listening_test import ListeningTest
from webapp.store import ListenerEvent


@screen("history", "playlists.history", "empty")
def history_empty(stage: Stage) -> None:
    stage.as_person("empty")
    stage.go("/history")


@screen(
    "history",
    "playlists.history",
    "entries: draft, being made, being saved, saving waits, not saved completely, saved",
    "deleted a moment ago, with *Undo*",
)
def history(stage: Stage) -> None:
    stage.as_person()
    stage.another(HOSTILE)
    stage.another("Being made", ready=False, state="pending")
    for state in ("writing", "parked", "failed"):
        stage.save(stage.another(state), state=state)
    stage.save(
        stage.another("Saved"),
        state="done",
        spotify_url=f"{stage.world.spotify.open_url}/playlist/{'x' * 22}",
    )
    gone = stage.another("Gone")
    stage.services.bin.put(gone, stage.user_id)
    stage.go(f"/history?deleted={gone}")
    stage.page.locator(".more-acts summary").first.click()


@screen("history", "playlists.history", "nothing on this shelf")
def history_shelf(stage: Stage) -> None:
    stage.as_person()
    stage.go("/history?show=bin")


@screen("history", "playlists.history", "nothing of these words")
def history_words(stage: Stage) -> None:
    stage.as_person()
    stage.go("/history?q=qqqqqq")


@screen("history", "playlists.history", "the bin, with the day each goes for good")
def history_bin(stage: Stage) -> None:
    stage.as_person()
    stage.services.bin.put(stage.another(HOSTILE), stage.user_id)
    stage.go("/history?show=bin")


@screen("a thumb, a rating", "feedback.thumbs", "none")
def thumbs_none(stage: Stage) -> None:
    stage.as_person("empty")
    stage.go("/thumbs")


@screen("a thumb, a rating", "feedback.thumbs", "given")
def thumbs(stage: Stage) -> None:
    stage.as_person()
    for number, title in enumerate(HOSTILE_TITLES):
        stage.services.thumbs.put(
            stage.user_id, f"row-{number}", up=number % 2 == 0, title=title, artists=[title]
        )
    stage.go("/thumbs")


@screen("a thumb, a rating", "playlists.show", "the server not reached")
def rating_offline(stage: Stage) -> None:
    stage.as_person()
    stage.go(f"/p/{stage.own.plain}")
    stage.undo.append(lambda: stage.context.set_offline(False))
    stage.context.set_offline(True)
    stage.page.locator("[data-act=more_like]").first.click()
    expect(stage.page.locator("[data-said]")).not_to_be_empty()


@screen("feedback", "feedback.form", "form")
def feedback(stage: Stage) -> None:
    stage.nobody()
    stage.go("/feedback")


@screen("feedback", "feedback.send", "refused, with what was written")
def feedback_refused(stage: Stage) -> None:
    stage.nobody()
    stage.go("/feedback")
    stage.page.locator("#text").fill("   ")
    stage.page.locator("#page").fill(HOSTILE[:60])
    stage.page.locator("form.write button").click()
    expect(stage.page.locator("main .notice")).to_be_visible()


@screen("feedback", "feedback.form", "sent")
def feedback_sent(stage: Stage) -> None:
    stage.nobody()
    stage.go("/feedback?sent=1")


@screen(
    "blind test", "listening_test.show", "a pair without a judgement", "with one, to be changed"
)
def blind_test(stage: Stage) -> None:
    stage.nobody()
    stage.go("/listening-test?pair=1")
    stage.page.locator("main input[type=radio]").first.check()
    stage.page.locator("main form button.main").click()
    stage.page.wait_for_load_state()
    stage.go("/listening-test?pair=1")


@screen("blind test", "listening_test.show", "all judged")
def blind_test_done(stage: Stage) -> None:
    stage.nobody()
    stage.go("/listening-test")
    for _ in range(2):
        stage.page.locator("main input[type=radio]").first.check()
        with stage.page.expect_navigation():
            stage.page.locator("main form button.main").click()
    expect(stage.page.locator("main input[type=radio]")).to_have_count(0)


@screen("blind test", "listening_test.show", "absent")
def blind_test_absent(stage: Stage) -> None:
    stage.swap(stage.services, "listening_test", ListeningTest(None))
    stage.nobody()
    stage.go("/listening-test")


@screen("account", "account.show")
def account(stage: Stage) -> None:
    stage.as_person("hostile")
    stage.go("/account")


@screen("account", "account.show")
def account_reconnect(stage: Stage) -> None:
    user_id = stage.as_person()
    stage.services.tokens.mark_needs_reconnect(user_id)
    stage.go("/account")
    stage.as_person(again=True)


@screen("spotify player", "spotify_player.show")
def spotify_not_allowed(stage: Stage) -> None:
    stage.as_person()
    stage.go(f"/p/{stage.own.plain}/spotify")


@screen("operator", "operator.overview")
def operator(stage: Stage) -> None:
    stage.as_person()
    stage.job("playlist", {"playlist_id": "x"}, state="failed", error=refused("internal"))
    stage.go("/operator")


@screen("operator", "feedback_operator.messages")
def messages(stage: Stage) -> None:
    stage.as_person()
    kept = stage.services.messages
    stage.undo.append(kept.delete_all)
    for number in range(2):
        one = kept.add("problem", HOSTILE, page=HOSTILE[:50], contact="a@example.org")
        kept.mark(one.id, read=number == 1)
    stage.go("/operator/feedback")


@screen("operator", "feedback_operator.messages")
def no_messages(stage: Stage) -> None:
    stage.as_person()
    stage.services.messages.delete_all()
    stage.go("/operator/feedback")


@screen("operator", "feedback_operator.listening_test")
def blind_results(stage: Stage) -> None:
    stage.as_person()
    stage.go("/operator/listening-test")


@screen("figures", "feedback_operator.figures", "nothing yet")
def figures_none(stage: Stage) -> None:
    stage.as_person()
    stage.services.events.delete_all()
    stage.services.ratings.delete_all()
    stage.go("/operator/figures")


@screen("figures", "feedback_operator.figures", "too few to tell", "shown with interval and n")
def figures(stage: Stage) -> None:
    stage.as_person()
    events = stage.services.events
    stage.undo.append(events.delete_all)
    day, made = events.today(), []
    for visit in range(24):
        what = {"visit": f"{visit:032}", "day": day, "playlist": f"{visit:032}", "subject": "x"}
        strategy = "chorus" if visit % 3 else "centre"
        made.append(ListenerEvent(kind="highlight_heard", strategy=strategy, **what))
        if visit % 2:
            made.append(ListenerEvent(kind="full_play", strategy=strategy, **what))
    events.add(made)
    for value in range(1, 6):
        stage.services.ratings.put(
            stage.user_id, "highlight", f"s{value}", value, strategy="chorus"
        )
    stage.go("/operator/figures")
