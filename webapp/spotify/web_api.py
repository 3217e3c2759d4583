"""One bounded request to the Web API through spotipy, and what its answer means.

spotipy is given a token, a session of ours and nothing else: no login of its own, no cache file, no
repetitions. ``docs/spotify.md`` lists its defaults that this replaces.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from hooklist_errors import HooklistError
from webapp.spotify.config import SpotifyConfig
from webapp.spotify.deadline import Deadline
from webapp.spotify.errors import SpotifyUnreadable
from webapp.spotify.quiet_logs import quiet_logs
from webapp.spotify.refusals import refusal
from webapp.spotify.transport import Transport

if TYPE_CHECKING:
    import spotipy

quiet_logs()

Ask: TypeAlias = "Callable[[spotipy.Spotify], Any]"


def warm() -> None:
    """Import the client library, a third of a second that a server has after it has started."""
    import spotipy  # noqa: F401


@dataclass(frozen=True, slots=True)
class Call:
    """A question to the Web API.

    Attributes
    ----------
    what
        What was to be done, as the start of a sentence, for errors.
    ask
        Asks it with a spotipy client.
    needs
        Scopes without which it is not even asked.
    repeatable
        Whether asking again does no harm: only reads are.
    playlist
        The playlist whose contents it is about, if so.
    """

    what: str
    ask: Ask
    needs: tuple[str, ...] = ()
    repeatable: bool = True
    playlist: str = ""


class TokenRefused(Exception):
    """401: the access token is no longer good. Never leaves this package."""


class WebApi:
    """The Web API.

    Parameters
    ----------
    config
        Where it is.
    transport
        The way out.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self, config: SpotifyConfig, transport: Transport, clock: Callable[[], float] = time.time
    ) -> None:
        self._config = config
        self._transport = transport
        self._clock = clock

    def ask(self, access_token: str, call: Call, deadline: Deadline) -> Any:
        """Send one request and return the parsed answer; None if it is empty.

        Raises
        ------
        TokenRefused
            If the access token is no longer good.
        SpotifyError
            For any other answer than success, and for none.
        """
        import spotipy

        session = self._transport.session(deadline)
        client = spotipy.Spotify(
            auth=access_token,
            requests_session=session,
            requests_timeout=self._config.read_timeout,
            retries=0,
            status_retries=0,
        )
        client.prefix = f"{self._config.api_url}/"
        try:
            return call.ask(client)
        except HooklistError:
            raise
        except spotipy.SpotifyException as error:
            if error.http_status == 401:
                raise TokenRefused from None
            raise refusal(
                error.http_status,
                str(error.msg or "").partition(":\n ")[2].removesuffix("None"),
                str(error.reason or ""),
                error.headers,
                what=call.what,
                needs=call.needs,
                playlist=call.playlist,
                now=self._clock(),
            ) from None
        except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            # spotipy stumbles over answers it does not expect.
            raise SpotifyUnreadable(
                call.what,
                why=f"Spotify's answer cannot be read ({type(error).__name__})",
                next_step="try again in a minute",
                retry_after=15.0,
            ) from error
