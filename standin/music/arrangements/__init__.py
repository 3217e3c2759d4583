"""The genres' bands, gathered from the modules of this package."""

from __future__ import annotations

from standin.music.arrangement import Arrangement
from standin.music.arrangements.acoustic import ACOUSTIC
from standin.music.arrangements.bands import BANDS
from standin.music.arrangements.electronic import ELECTRONIC
from standin.music.arrangements.grooves import GROOVES
from standin.music.arrangements.machines import MACHINES
from standin.music.arrangements.roots import ROOTS
from standin.music.arrangements.urban import URBAN

ARRANGEMENTS: dict[str, Arrangement] = {
    **BANDS,
    **ROOTS,
    **ELECTRONIC,
    **MACHINES,
    **URBAN,
    **GROOVES,
    **ACOUSTIC,
}
"""Every genre's arrangement by name."""
