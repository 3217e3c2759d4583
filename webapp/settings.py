"""Every setting, read once from the environment (``HOOKLIST_…``), from files of secrets, or given.

``docs/settings.md`` documents each of them; a test holds the two together.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from webapp.errors import ConfigurationError
from webapp.services.feedback.experiments import experiments_of

SHORTEST_SECRET = 32
"""Characters; `python -c 'import secrets; print(secrets.token_urlsafe(32))'` gives 43."""

MOST_SERVERS_UNASKED = 2
"""Each costs memory: more are started only where the operator says so."""

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(BaseSettings):
    """What an operator decides.

    Raises
    ------
    webapp.errors.ConfigurationError
        From `load_settings`, naming the variable, what is wrong with it, and what it should be.
    """

    model_config = SettingsConfigDict(
        env_prefix="HOOKLIST_",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        ignored_types=(cached_property,),
    )

    demo: bool = Field(False, description="Run against the stand-in; only on loopback.")
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the web server listens on.")
    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address at which browsers reach Hooklist, without a slash at the end.",
    )
    proxies: int = Field(0, ge=0, le=5, description="Reverse proxies in front whose headers count.")
    servers: int | None = Field(
        None,
        ge=1,
        le=16,
        description="Processes that answer requests; one per processor, at most 2, if unset.",
    )
    threads: int = Field(16, ge=1, le=128, description="Threads of each of them.")
    workers: int = Field(1, ge=0, le=8, description="Worker processes that `serve` starts itself.")

    data_dir: Path = Field(Path("data"), description="Where the database and trailers are kept.")
    catalogue_dir: Path | None = Field(
        None, description="A built catalogue; `catalogue` in the data folder if unset."
    )
    database_url: str = Field("", description="SQLAlchemy URL; SQLite in the data folder if unset.")
    database_password_file: Path | None = Field(
        None, description="A file that holds the password to put into the database URL."
    )
    redis_url: str = Field("", description="Redis or Valkey URL; in-process if unset.")
    redis_password_file: Path | None = Field(
        None, description="A file that holds the password to put into the Redis URL."
    )

    secret_key: SecretStr = Field(
        SecretStr(""), description=f"At least {SHORTEST_SECRET} random characters."
    )
    secret_key_file: Path | None = Field(None, description="A file that holds the secret key.")
    secret_key_fallbacks: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list,
        description="Earlier secret keys, separated by spaces; still read, never written with.",
    )

    spotify_client_id: str = Field("", description="Client ID of your Spotify app.")
    spotify_client_secret: SecretStr = Field(
        SecretStr(""), description="Client secret; optional, PKCE works without it."
    )
    spotify_client_secret_file: Path | None = Field(
        None, description="A file that holds the client secret."
    )
    spotify_redirect_uri: str = Field(
        "", description="Redirect URI as registered; the base URL + /callback if unset."
    )
    spotify_accounts_url: str = Field(
        "https://accounts.spotify.com", description="Origin of the authorise page and the tokens."
    )
    spotify_api_url: str = Field("https://api.spotify.com/v1", description="The Web API.")
    spotify_open_url: str = Field(
        "https://open.spotify.com", description="Origin of links to tracks and playlists."
    )
    spotify_image_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["https://i.scdn.co", "https://mosaic.scdn.co"],
        description="Origins that covers may be shown from, separated by spaces.",
    )
    spotify_deadline: float = Field(
        20.0, gt=0, le=120, description="Seconds one call to Spotify may take in all."
    )

    operators: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Spotify user ids that see the operator's pages, separated by spaces.",
    )

    spotify_player: bool = Field(
        False,
        description="Whether tracks without audio here may be heard with Spotify's own player.",
    )
    spotify_player_script: str = Field(
        "https://sdk.scdn.co/spotify-player.js",
        description="The script of Spotify's Web Playback SDK.",
    )
    spotify_embed_url: str = Field(
        "https://open.spotify.com/embed", description="Where Spotify's embeds are."
    )

    demo_audio_url: str = Field(
        "", description="Where the demo's generated audio is served; only in the demo."
    )
    trailer_seconds: float = Field(
        150.0, ge=20, le=900, description="Seconds a playlist's trailer aims at."
    )
    mixing: bool = Field(
        True, description="Whether trailers are mixed; `off` joins their tracks by hard cuts."
    )
    no_derivatives: Literal["cut", "leave-out"] = Field(
        "cut",
        description="Tracks whose licence forbids mixing: played between silences, or left out.",
    )
    full_tracks: bool = Field(
        True, description="Whether listeners may hear whole tracks of the catalogue's own audio."
    )
    shared_trailers: Literal["licensed", "all", "none"] = Field(
        "licensed",
        description="Whose trailers a shared link may play: `licensed` where each track's licence "
        "allows it, `all`, or `none`.",
    )
    export_paths: bool = Field(
        False, description="Whether exported M3U8 lists name the server's own audio files."
    )
    experiments: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Experiments to run, separated by spaces: `mixing`, `order`, or with shares "
        "as in `mixing=on:80,off:20`.",
    )
    feedback_days: int = Field(
        90, ge=1, le=730, description="Days that counted events are kept; messages for four times."
    )
    listening_test_dir: Path | None = Field(
        None, description="A folder of pairs for the blind listening test; no test if unset."
    )
    upload_files: int = Field(
        30, ge=1, le=100, description="Files of their own that one visitor may have here at a time."
    )
    upload_megabytes: int = Field(
        100, ge=1, le=1_000, description="Megabytes one of these files may have."
    )
    upload_minutes: float = Field(
        15.0, gt=0, le=180, description="Minutes one of these files may play."
    )
    upload_visitor_megabytes: int = Field(
        1_000, ge=1, description="Megabytes all files of one visitor may have."
    )
    upload_server_megabytes: int = Field(
        10_000, ge=0, description="Megabytes all visitors' files may have; 0 takes none."
    )
    upload_hours: float = Field(
        24.0, gt=0, le=720, description="Hours after which a visitor's file is removed."
    )
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="What goes to the log."
    )
    log_json: bool = Field(False, description="One JSON object per log line.")

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in ("secret_key_fallbacks", "spotify_image_origins", "operators", "experiments"):
            if isinstance(values.get(name), str):
                values[name] = values[name].split()
        for name in ("secret_key", "spotify_client_secret"):
            path = values.get(f"{name}_file")
            if path and not values.get(name):
                values[name] = Path(path).read_text(encoding="utf-8").strip()
        for name in ("database", "redis"):
            path = values.get(f"{name}_password_file")
            if path and values.get(f"{name}_url"):
                password = Path(path).read_text(encoding="utf-8").strip()
                values[f"{name}_url"] = _with_password(values[f"{name}_url"], password)
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in (
            "base_url",
            "spotify_accounts_url",
            "spotify_api_url",
            "spotify_player_script",
            "spotify_embed_url",
        ):
            parts = urlsplit(getattr(self, name))
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError(f"{name} must be an http or https address")
            if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
                raise ValueError(f"{name} must use https unless it is on this machine")
        experiments_of(self.experiments)
        if self.base_url.endswith("/"):
            raise ValueError("base_url must not end with a slash")
        if self.demo and self.host not in LOOPBACK_HOSTS:
            raise ValueError("host must be a loopback address in the demo")
        if self.demo_audio_url and not self.demo:
            raise ValueError("demo_audio_url only makes sense in the demo")
        return self

    def check_ready_to_serve(self) -> None:
        """Refuse to serve real users on settings that are missing or unsafe.

        Raises
        ------
        webapp.errors.ConfigurationError
            If the secret key or the Spotify client id is missing, or a key is too short.
        """
        keys = [self.secret_key, *self.secret_key_fallbacks]
        if any(len(key.get_secret_value()) < SHORTEST_SECRET for key in keys):
            raise ConfigurationError(
                "cannot start",
                which="HOOKLIST_SECRET_KEY",
                why=f"a secret key is missing or shorter than {SHORTEST_SECRET} characters",
                next_step='make one: python3 -c "import secrets; print(secrets.token_urlsafe())"',
            )
        if not self.spotify_client_id:
            raise ConfigurationError(
                "cannot start",
                which="HOOKLIST_SPOTIFY_CLIENT_ID",
                why="it is not set",
                next_step="create a Spotify app as the README tells, or try `hooklist demo`",
            )

    @property
    def servers_to_start(self) -> int:
        """How many processes `serve` answers requests with."""
        return self.servers or min(MOST_SERVERS_UNASKED, _processors())

    @cached_property
    def catalogue_path(self) -> Path:
        """The folder the catalogue is read from."""
        return (self.catalogue_dir or self.data_dir / "catalogue").absolute()

    @cached_property
    def database(self) -> str:
        """The SQLAlchemy URL in use."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'hooklist.sqlite3'}"

    @cached_property
    def trailers_path(self) -> Path:
        """The folder rendered trailers are kept in."""
        return self.data_dir.absolute() / "trailers"

    @cached_property
    def uploads_path(self) -> Path:
        """The folder visitors' own files are kept in; never served."""
        return self.data_dir.absolute() / "uploads"

    @cached_property
    def audio_cache_path(self) -> Path:
        """The folder audio is kept in that had to be fetched first."""
        return self.data_dir.absolute() / "audio"

    @cached_property
    def redirect_uri(self) -> str:
        """The redirect URI sent to Spotify; never taken from a request."""
        return self.spotify_redirect_uri or f"{self.base_url}/callback"

    @cached_property
    def secret_keys(self) -> tuple[str, ...]:
        """All secret keys, the one to write with first."""
        keys = (self.secret_key, *self.secret_key_fallbacks)
        return tuple(key.get_secret_value() for key in keys)

    @property
    def https(self) -> bool:
        """Whether browsers reach Hooklist over TLS."""
        return self.base_url.startswith("https://")


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _with_password(url: str, password: str) -> str:
    """Return `url` with the password in it, quoted, beside the user name if there is one."""
    parts = urlsplit(url)
    user = quote(parts.username or "", safe="")
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def load_settings(**given: Any) -> Settings:
    """Return the settings from the environment, with `given` ones on top.

    Raises
    ------
    webapp.errors.ConfigurationError
        Naming the first setting that cannot be used and why.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        why = first["msg"].removeprefix("Value error, ")
        raise ConfigurationError(
            "cannot read the settings",
            which=f"HOOKLIST_{name.upper()}" if name else "",
            why=why,
            next_step="docs/settings.md lists every setting",
        ) from error
    except OSError as error:
        raise ConfigurationError(
            "cannot read the settings",
            which=str(error.filename),
            why=error.strerror or str(error),
            next_step="check the file that HOOKLIST_…_FILE names",
        ) from error
