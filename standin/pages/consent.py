"""The page that asks whether an app may act for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from standin.pages.layout import page
from standin.people import PEOPLE
from standin.wire import Response

SCOPES = {
    "playlist-modify-private": "Create and change your private playlists",
    "playlist-modify-public": "Create and change your public playlists",
    "playlist-read-collaborative": "See the playlists you share with others",
    "playlist-read-private": "See your playlists, private ones too",
    "streaming": "Play music in the app",
    "ugc-image-upload": "Upload pictures for your playlists",
    "user-follow-modify": "Change whom you follow",
    "user-follow-read": "See whom you follow",
    "user-library-modify": "Change your liked songs",
    "user-library-read": "See your liked songs",
    "user-modify-playback-state": "Control playback on your devices",
    "user-read-currently-playing": "See what you are listening to",
    "user-read-email": "See your e-mail address",
    "user-read-playback-position": "See where you stopped in episodes",
    "user-read-playback-state": "See your devices and what they are playing",
    "user-read-private": "See your subscription and country",
    "user-read-recently-played": "See what you have played recently",
    "user-top-read": "See your favourite artists and tracks",
}
"""Every scope there is, in words."""


def consent_page(
    app: str, redirect_uri: str, scopes: Sequence[str], action: str, chosen: str
) -> Response:
    """Return the consent page.

    Parameters
    ----------
    app
        The app's client id.
    action
        Where the form is sent: this page's own address, query included.
    chosen
        Key of the person chosen at first.
    """
    asked = "".join(f"<li>{escape(SCOPES[scope])}</li>" for scope in scopes)
    wishes = (
        f"<ul>{asked}</ul>"
        if asked
        else "<p>Only your public profile: your name and your picture.</p>"
    )
    people = "".join(_choice(person.key, chosen) for person in PEOPLE)
    target = urlsplit(redirect_uri)
    origin = f"{target.scheme}://{target.netloc}"
    content = f"""<h1>Let this app act for you?</h1>
<p><b>{escape(app)}</b> asks to be let in. Whatever you choose, you go back to
<b>{escape(origin)}</b>.</p>
<h2>It would like to</h2>
{wishes}
<form method="post" action="{escape(action)}">
<fieldset>
<legend>Who are you today?</legend>
{people}
</fieldset>
<div class="choice">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Deny</button>
</div>
</form>"""
    return page("Let this app act for you? Stand-in Spotify", content, form_target=origin)


def _choice(key: str, chosen: str) -> str:
    person = next(person for person in PEOPLE if person.key == key)
    checked = " checked" if key == chosen else ""
    return (
        f'<label class="person"><input type="radio" name="person" value="{key}" required{checked}>'
        f"<span><b><bdi>{escape(person.display_name)}</bdi></b>"
        f'<span class="soft">{escape(person.about)} ({escape(person.key)})</span></span></label>\n'
    )


def refusal_page(what: str, next_step: str) -> Response:
    """Return the page for a request that must not be redirected (RFC 6749 §4.1.2.1)."""
    content = f"<h1>{escape(what)}</h1>\n<p>{escape(next_step)}</p>"
    return page(f"{what} Stand-in Spotify", content, 400)
