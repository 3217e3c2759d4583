"""The headers of the one page that runs a script of Spotify's (``docs/spotify-player.md``)."""

from __future__ import annotations

from webapp.security.headers import PERMISSIONS_POLICY, origin_of, policy_directives
from webapp.settings import Settings


def player_page_headers(settings: Settings) -> dict[str, str]:
    """Return what differs from every other answer: Spotify's script, its frame, and embeds.

    Trusted Types are not asked of this page: what Spotify's script does inside is not ours. Nothing
    else of the policy is given up, no inline script among it, and no other page has this one.
    """
    script = origin_of(settings.spotify_player_script)
    frames = " ".join(dict.fromkeys([script, origin_of(settings.spotify_embed_url)]))
    directives = policy_directives(settings)
    directives["script-src"] = f"'self' {script}"
    directives["frame-src"] = frames
    del directives["require-trusted-types-for"], directives["trusted-types"]
    allowed = " ".join(f'"{origin}"' for origin in frames.split())
    return {
        "Content-Security-Policy": "; ".join(f"{name} {told}" for name, told in directives.items()),
        "Permissions-Policy": PERMISSIONS_POLICY.replace(
            "encrypted-media=()", f"encrypted-media=(self {allowed})"
        ).replace("autoplay=(self)", f"autoplay=(self {allowed})"),
    }
