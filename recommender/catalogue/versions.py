"""The words that make a recording another version of a song, in the languages titles use."""

from __future__ import annotations

import re
from collections.abc import Sequence


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_LANGUAGES = (
    "english|german|french|spanish|italian|japanese|korean|chinese|portuguese|mandarin|russian|"
    "spanglish|latin"
)

# All patterns meet segments that `names.normalise` has been over: lower case, no diacritics, no
# punctuation.
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("karaoke", _any((r"\bkaraoke\b", r"\bbacking track\b", r"\bsing along\b", r"\bplayback\b"))),
    (
        "cover",
        _any(
            (
                r"\bin the style of\b",
                r"\bmade famous by\b",
                r"\boriginally performed\b",
                r"\btribute\b",
                r"\bcover\b",
                r"\bcast\b",
            )
        ),
    ),
    ("commentary", _any((r"\bcommentary\b",))),
    ("instrumental", _any((r"\binstrumental\w*\b",))),
    ("a cappella", _any((r"\ba ?cap+el+a\b",))),
    ("sped up", _any((r"\bsped ?up\b", r"\bspeed ?up\b", r"\bnightcore\b", r"\bfast version\b"))),
    ("slowed", _any((r"\bslowed\b", r"\bslow version\b", r"\breverb\b"))),
    ("8d", _any((r"\b8d\b",))),
    (
        "live",
        _any(
            (
                r"^live$",
                r"^live \d",
                r"^live .*\b(?:19|20)\d\d\b",
                r"^live (?:at|from|in|on|and|version|sessions?|performance|recording|edit|take)\b",
                r"^live (?:acoustic|mix|lounge|piano|vocal)\b",
                r"^live (?:album|concert|tour|medley|video|cover|remaster\w*|bonus)\b",
                r"\b(?:tour|concert|sessions?|bbc|radio|homecoming|experience) live\b",
                r"\b(?:recorded|acoustic|mixed) live\b",
                r"\blive version\b",
                r"\b(?:ao|en|dal) vivo\b",
                r"\ben direct[oe]?\b",
                r"\bunplugged\b",
                r"\bin concert\b",
                r"^concert\b",
                r"\ben concierto\b",
                r"\bконцерт",
                r"ライブ",
                r"라이브",
            )
        ),
    ),
    (
        "remix",
        _any(
            (
                r"\bremix\w*\b",
                r"\bre mix\w*\b",
                r"\bbootleg\b",
                r"\bmash ?up\b",
                r"\bvip\b",
                r"\brework\w*\b",
                r"\bdub\b",
                r"\bchop\w* ?not ?slop\w*\b",
                r"\bchopped\b",
                r"\brefix\b",
                r"\bflip\b",
                r"\bremezcla\b",
            )
        ),
    ),
    (
        "acoustic",
        _any((r"\bacoustic\w*\b", r"\bacustic\w*\b", r"\bacoustique\b", r"\bakusti\w+\b")),
    ),
    ("acoustic", _any((r"\bstripped\b", r"\bpiano version\b"))),
    ("demo", _any((r"\bdemos?\b", r"\brough mix\b"))),
    (
        "alternate",
        _any(
            (
                r"\btake \d+\b",
                r"\balternat\w+\b",
                r"\bouttake\b",
                r"\bearly version\b",
                r"\bsessions?\b",
            )
        ),
    ),
    ("rerecorded", _any((r"\bre ?record\w*\b", r"\btaylors version\b", r"\bnew recording\b"))),
    (
        "extended",
        _any(
            (
                r"\bextended\b",
                r"\bclub (?:mix|version)\b",
                r"\b12 (?:inch )?(?:mix|version)\b",
                r"\blong version\b",
            )
        ),
    ),
    (
        "radio edit",
        _any(
            (
                r"\bradio (?:edit|version|mix|cut)\b",
                r"\bedit\b",
                r"\bedited\b",
                r"\bshort version\b",
                r"\bversion editada\b",
            )
        ),
    ),
    ("single version", _any((r"\bsingle (?:version|mix)\b", r"^single$"))),
    ("reprise", _any((r"\breprise\b",))),
    ("mixed", _any((r"^mixed$", r"\bmix cut\b", r"\bdj mix\b", r"\bcontinuous mix\b"))),
    ("mono", _any((r"\bmono\b",))),
    ("clean", _any((r"^clean$", r"\bclean version\b"))),
    (
        "language",
        _any(
            (
                rf"\b(?:{_LANGUAGES}) ver(?:sion)?\b",
                r"\bsung in \w+\b",
                r"\bversion (?:en )?espanol\b",
            )
        ),
    ),
)
"""Each kind of version with the words that name it; of several in one segment the first counts."""

NAMED_KINDS = frozenset({"remix", "version", "language", "cover", "rerecorded", "alternate"})
"""Kinds whose detail says who or which: another detail, or none, is another recording."""

TOLD_BY_WORDS = frozenset({"language", "alternate", "demo"})
"""Kinds whose own words tell two versions apart: "Take 1" and "Take 2"."""

REMASTER = _any(
    (r"\bre ?master\w*\b", r"\bremasteri[sz]\w*\b", r"\bremasterisee?\b"),
)
REMASTER_FILLER = re.compile(r"\b(?:digital|digitally|version|versao|en|in|hd)\b")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")

NEUTRAL = _any(
    (
        r"^original(?: (?:mix|version|recording))?$",
        r"^(?:album|lp|ep|main|standard|full|stereo|explicit|deluxe) version$",
        r"^(?:album|stereo) mix$",
        r"^(?:main|stereo|bonus|bonus track|explicit|deluxe|deluxe edition|digital|hd|hq)$",
        r"^official (?:audio|video|music video|lyric video)$",
        r"^(?:audio|video|lyrics|lyric video|visuali[sz]er)$",
        r"^(?:from|theme from) .+$",
        r"^main title$",
    )
)
"""Words that say something about the release and nothing about the recording."""

OTHER_VERSION = re.compile(r"^(?P<detail>.+?)\s(?:version|ver|versao|versione|mix)$")
"""Any other "… Version" or "… Mix": another recording, named by what stands before."""

SONG_WORDS = re.compile(r"^(?:in the|my|your|the|a|i|love|new) (?:mix|version)$")
"""Where "mix" and "version" are words of the song itself."""

DETAIL_FILLER = re.compile(
    r"\b(?:version|ver|mix|remix\w*|edit|live|at|from|in|the|on|of|a|recorded|en|ao|vivo|directo|"
    r"for|re)\b"
)
"""Words of a version's detail that tell no two versions apart."""
