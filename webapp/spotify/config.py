"""Which Spotify is talked to, as which app, and how long anything may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.settings import Settings

RATE = 5.0
BURST = 40.0
USER_BURST = 25.0


@dataclass(frozen=True, slots=True)
class SpotifyConfig:
    """What the gateway and the login need to know.

    Attributes
    ----------
    client_id
        Of the Spotify app.
    redirect_uri
        As registered, letter by letter; never taken from a request.
    client_secret
        Empty for a public client: PKCE proves the login either way.
    accounts_url, api_url, open_url
        Of accounts.spotify.com, the Web API with ``/v1``, and open.spotify.com.
    image_origins
        Where covers may come from.
    deadline
        Seconds one call may take in all, its repetitions and a refreshed token included.
    connect_timeout, read_timeout
        Seconds to connect, and between two pieces of an answer.
    patience
        Longest Retry-After (s) that is waited for inside a call; longer ones become errors.
    pause
        Seconds before a read is repeated: up to twice as long, then doubling, with full jitter.
    largest_answer
        Bytes.
    rate, burst
        Requests per second and at once, of all users of this process together.
    user_rate, user_burst
        The same for one user.
    fresh, stale
        Seconds for which an answer is taken from the cache, and for which it stands in while
        Spotify cannot be reached.
    breaker_failures, breaker_seconds
        So many failures in a row within so many seconds stop all requests for as long.
    """

    client_id: str
    redirect_uri: str
    client_secret: str = field(default="", repr=False)
    accounts_url: str = "https://accounts.spotify.com"
    api_url: str = "https://api.spotify.com/v1"
    open_url: str = "https://open.spotify.com"
    image_origins: tuple[str, ...] = ("https://i.scdn.co", "https://mosaic.scdn.co")
    deadline: float = 20.0
    connect_timeout: float = 3.0
    read_timeout: float = 10.0
    patience: float = 2.5
    pause: float = 0.3
    largest_answer: int = 5_000_000
    rate: float = RATE
    burst: float = BURST
    user_rate: float = 3.0
    user_burst: float = USER_BURST
    fresh: float = 60.0
    stale: float = 900.0
    breaker_failures: int = 5
    breaker_seconds: float = 30.0

    @classmethod
    def of(cls, settings: Settings) -> SpotifyConfig:
        """Return what the operator's settings say; each of several servers may ask its share."""
        servers = settings.servers or 1
        return cls(
            client_id=settings.spotify_client_id,
            client_secret=settings.spotify_client_secret.get_secret_value(),
            redirect_uri=settings.redirect_uri,
            accounts_url=settings.spotify_accounts_url.rstrip("/"),
            api_url=settings.spotify_api_url.rstrip("/"),
            open_url=settings.spotify_open_url.rstrip("/"),
            image_origins=tuple(settings.spotify_image_origins),
            deadline=settings.spotify_deadline,
            rate=RATE / servers,
            # Less than one user may ask at once would be no share.
            burst=max(USER_BURST, BURST / servers),
        )

    @property
    def token_url(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return f"{self.accounts_url}/api/token"


def config_from(settings: Settings | SpotifyConfig) -> SpotifyConfig:
    """Return the configuration: given, or as the operator's settings say."""
    return settings if isinstance(settings, SpotifyConfig) else SpotifyConfig.of(settings)
