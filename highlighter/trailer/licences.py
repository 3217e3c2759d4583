"""What a licence says about mixing: whether it forbids derivatives.

Creative Commons' ND licences allow a work to be shared, but not "adapted material" of it to be
shared. A fragment played as it is, between silences, is an excerpt; laid over another track,
stretched or filtered it is an adaptation.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"(?<![a-z0-9])(?:cc[\s_-]*)?by[\s_-]+(?:nc[\s_-]+)?nd(?![a-z0-9])")
_WORDS = re.compile(r"(?<![a-z])no[\s_-]*deriv(?:ative|ate)?(?:s|[\s_-]*works?)?(?![a-z])")
_ALONE = re.compile(r"(?<![a-z0-9])(?:cc[\s_-]*)nd(?![a-z0-9])")


def forbids_derivatives(licence: str) -> bool:
    """Return whether a licence's text, name or address forbids derivatives.

    Parameters
    ----------
    licence
        As people write it: ``CC BY-ND 4.0``, ``by-nc-nd``, ``Attribution-NoDerivs 3.0``,
        ``https://creativecommons.org/licenses/by-nc-nd/4.0/``.

    Returns
    -------
    False for what says nothing of the kind, an unknown licence too: who may decode a track at all
    was decided elsewhere.
    """
    text = licence.casefold()
    return any(pattern.search(text) is not None for pattern in (_CODE, _WORDS, _ALONE))
