"""The genres' bands, gathered from the modules of this package."""

from __future__ import annotations

from standin.music.arrangement import Arrangement
from standin.music.arrangements.acoustic import ACOUSTIC
from standin.music.arrangements.bands import BANDS
from standin.music.arrangements.electronic import ELECTRONIC
from standin.music.arrangements.grooves import GROOVES

ARRANGEMENTS: dict[str, Arrangement] = {**BANDS, **ELECTRONIC, **GROOVES, **ACOUSTIC}
"""Every genre's arrangement by name."""
