"""Titles and artists as people mean them: normalised, with the version told apart from the song.

Two recordings of one song differ by words in brackets or after a dash ("Live at Wembley", "2011
Remaster", "Tiësto Remix", "Sped Up"). `parse_title` separates those words from the song's name, so
that a match can say *same song, other version* instead of silently taking the wrong one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "’": "",
        "‘": "",
        "'": "",
        "ʼ": "",
        "`": "",
        "´": "",
        "&": " and ",
        "+": " and ",
    }
)
# Only the marks that sit on Latin, Greek and Cyrillic letters: elsewhere a mark is a letter's half.
_DIACRITICS = re.compile("[\u0300-\u036f]")
_DOLLAR_AS_S = re.compile(r"(?<=\w)\$|\$(?=\w)")
_NOT_WORD = re.compile(r"[^\w]+|_+")
_JOINERS = re.compile(r"\b(?:and|y|et|und|e|with|x|vs)\b")
_THE = re.compile(r"^the (?=\S)")


@lru_cache(maxsize=65_536)
def normalise(text: str) -> str:
    """Return `text` in the form in which two spellings of one name are equal.

    NFKC and casefold, diacritics off (Latin, Greek, Cyrillic), ``&`` and ``+`` as "and",
    apostrophes dropped, every other punctuation a single space. Letters of every script are kept.
    A name made of punctuation only ("!!!") keeps its punctuation, because nothing else names it.
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", text).casefold()
        folded = _DIACRITICS.sub("", unicodedata.normalize("NFD", folded))
        folded = unicodedata.normalize("NFC", folded)
    folded = _DOLLAR_AS_S.sub("s", folded.translate(_LETTERS))
    words = _words_of(folded)
    return words or " ".join(text.casefold().split())


def _words_of(folded: str) -> str:
    if folded.isascii():
        return _NOT_WORD.sub(" ", folded).strip()
    # `\w` leaves out combining marks, which in Indic and Thai scripts are parts of words.
    kept = (
        character if character.isalnum() or unicodedata.category(character)[0] == "M" else " "
        for character in folded
    )
    return " ".join("".join(kept).split())


def normalise_artist(name: str) -> str:
    """Return an artist's name normalised, without a leading "the" or a trailing ", the"."""
    text = normalise(re.sub(r",\s*the\s*$", "", name, flags=re.IGNORECASE))
    return _THE.sub("", text)


def artists_as_one(artists: Sequence[str]) -> str:
    """Return all credited artists as one order-free key, however the source had joined them.

    "Simon & Garfunkel", ("Simon", "Garfunkel") and "Garfunkel, Simon" have the same key.
    """
    words = _JOINERS.sub(" ", " ".join(normalise_artist(artist) for artist in artists)).split()
    return " ".join(sorted(words))


@dataclass(frozen=True)
class Title:
    """A title taken apart.

    Attributes
    ----------
    base
        The song's name, normalised, without version words and featured artists.
    versions
        What makes this recording another one, as ``(kind, detail)``: ("live", "wembley"),
        ("remix", "tiesto"), ("sped up", ""). Empty for the plain recording.
    remaster
        None, or the year (may be empty) of a remaster: the same recording, newly mastered.
    featured
        Artists named in the title by "feat.", "ft.", "with".
    """

    base: str
    versions: frozenset[tuple[str, str]] = frozenset()
    remaster: str | None = None
    featured: tuple[str, ...] = ()


_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}|（([^（）]*)）|【([^【】]*)】")
_DASH = re.compile(r"\s+[-–—~]+\s+|\s*[–—]\s+|\s+/\s+")
_FEATURED = re.compile(r"^(?:feat|ft|featuring|with|w/)(?:\.|\b)\s*(?P<who>.+)$", re.IGNORECASE)
_FEATURED_TAIL = re.compile(r"\s(?:feat\.?|ft\.|featuring)\s+(?P<who>.+)$", re.IGNORECASE)
_SPLIT_FEATURED = re.compile(r"\s*(?:,|&|\band\b|\+)\s*", re.IGNORECASE)

_REMASTER = re.compile(r"\bre ?masteri?[sz]?\w*\b|\bremasteri[sz]\w*\b|\bremasterisee?\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")

_LIVE_WORDS = (
    r"^live$|^live \d|^live .*\b(?:19|20)\d\d\b|^live (?:at|from|in|on|version|session|sessions|performance|recording|acoustic|edit|take|"
    r"album|concert|tour|medley|video|cover|remaster|remastered|bonus|mix|lounge|piano|vocal|and)\b|"
    r"\b(?:tour|concert|session|sessions|bbc|radio|homecoming|experience|performed|recorded|acoustic|again) live\b|"
    r"\bao vivo\b|\ben vivo\b|\ben directo\b|\ben directe\b|\ben direct\b|\ben concierto\b|\bdal vivo\b|"
    r"\bunplugged\b|\bin concert\b|^concert\b|\blive version\b|\bmixed live\b|\bканцэрт\b|\bконцерт\b|\bライブ\b|\b라이브\b"
)
# Each kind with the words that name it; the first kinds win where a segment names several.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(words))
    for kind, words in (
        ("karaoke", r"\bkaraoke\b|\bbacking track\b|\bsing along\b|\bplayback\b"),
        (
            "cover",
            r"\bin the style of\b|\bmade famous by\b|\boriginally performed\b|\btribute\b|\bcover\b|\bcast\b",
        ),
        ("commentary", r"\bcommentary\b"),
        ("instrumental", r"\binstrumental\w*\b|\binstrumentale\b"),
        ("a cappella", r"\ba ?cap+el+a\b"),
        ("sped up", r"\bsped ?up\b|\bspeed ?up\b|\bnightcore\b|\bfast version\b"),
        ("slowed", r"\bslowed\b|\bslow version\b|\breverb\b"),
        ("8d", r"\b8d\b"),
        ("live", _LIVE_WORDS),
        (
            "remix",
            r"\bremix\w*\b|\bre mix\w*\b|\bbootleg\b|\bmash ?up\b|\bvip\b|\brework\w*\b|\bdub\b|"
            r"\bchop\w* ?not ?slop\w*\b|\bchopped\b|\brefix\b|\bflip\b|\bremezcla\b",
        ),
        (
            "acoustic",
            r"\bacoustic\w*\b|\bacustic\w*\b|\bacoustique\b|\bakusti\w+\b|\bstripped\b|\bpiano version\b",
        ),
        ("demo", r"\bdemo\b|\brough mix\b|\bdemos\b|\bwork tape\b"),
        ("alternate", r"\btake \d+\b|\balternat\w+\b|\bouttake\b|\bearly version\b|\bsessions?\b"),
        ("rerecorded", r"\bre ?record\w*\b|\bs version\b$|\btaylors version\b|\bnew recording\b"),
        (
            "extended",
            r"\bextended\b|\bclub (?:mix|version)\b|\b12 ?(?:inch)?\b(?= (?:mix|version))|\blong version\b",
        ),
        (
            "radio edit",
            r"\bradio (?:edit|version|mix|cut)\b|\bedit\b|\bedited\b|\bshort version\b|\bvideo edit\b|\bversion editada\b",
        ),
        ("single version", r"\bsingle (?:version|mix)\b|^single$"),
        ("reprise", r"\breprise\b"),
        ("mixed", r"^mixed$|\bmix cut\b|\bdj mix\b|\bcontinuous mix\b"),
        ("mono", r"\bmono\b"),
        ("clean", r"^clean$|\bclean version\b"),
        (
            "language",
            r"\b(?:english|german|french|spanish|italian|japanese|korean|chinese|portuguese|mandarin|"
            r"russian|spanglish|latin) (?:ver|version)\b|\bsung in \w+\b|\bversion (?:en )?\w*espanol\b",
        ),
    )
)
_NEUTRAL = re.compile(
    r"^(?:original(?: (?:mix|version|recording))?|album version|album mix|lp version|main|main version|"
    r"standard version|full version|stereo|stereo version|bonus|bonus track|explicit|explicit version|"
    r"official (?:audio|video|music video|lyric video)|audio|video|lyrics|lyric video|"
    r"hd|hq|deluxe|deluxe edition|deluxe version|ep version|from .+|theme from .+|digital|stereo mix|"
    r"main title|visualizer|visualiser)$"
)
_OTHER_VERSION = re.compile(r"^(?P<detail>.+?)\s(?:version|ver|versao|versione|mix)$")
_FILLER = re.compile(
    r"\b(?:version|ver|mix|remix\w*|edit|live|at|from|in|the|on|of|a|recorded|en|ao|vivo|directo|for|re)\b"
)
# Too short or too plain to be a version name on its own ("Mix", "Version").
_SONG_WORDS = re.compile(r"^(?:in the|my|your|the|a|i|love|new) ?(?:mix|version)$")


@lru_cache(maxsize=65_536)
def parse_title(title: str) -> Title:
    """Take a title apart into the song's name, its version and its featured artists.

    Only words in brackets or after a spaced dash can make a version: "Live Forever" and "Remix to
    Ignition" are songs, "Forever (Live)" and "Ignition - Remix" are versions.
    """
    featured: list[str] = []
    versions: set[tuple[str, str]] = set()
    remaster: list[str] = []

    def judge(segment: str) -> bool:
        """Note what a segment says; False when it is a part of the song's name."""
        who = _FEATURED.match(segment.strip())
        if who:
            featured.extend(name for name in _SPLIT_FEATURED.split(who["who"]) if name.strip())
            return True
        return _judge_version(normalise(segment), versions, remaster)

    def bracket(found: re.Match[str]) -> str:
        inner = next(group for group in found.groups() if group is not None)
        return " " if inner.strip() and judge(inner) else found.group(0)

    rest = title
    while True:
        shorter = _BRACKETS.sub(bracket, rest)
        if shorter == rest:
            break
        rest = shorter
    head, *tails = _DASH.split(rest.strip())
    kept = [head, *(tail for tail in tails if tail.strip() and not judge(tail))]
    text = " ".join(kept)
    tail = _FEATURED_TAIL.search(text)
    if tail and tail.start() > 0:
        featured.extend(name for name in _SPLIT_FEATURED.split(tail["who"]) if name.strip())
        text = text[: tail.start()]
    base = normalise(text) if text.strip() else normalise(title)
    return Title(
        base=base,
        versions=frozenset(versions),
        remaster=max(remaster) if remaster else None,
        featured=tuple(name.strip() for name in featured),
    )


def _judge_version(segment: str, versions: set[tuple[str, str]], remaster: list[str]) -> bool:
    """Add what a normalised segment says about the version; False when it says nothing."""
    said = False
    if _REMASTER.search(segment):
        year = _YEAR.search(segment)
        remaster.append(year.group(0) if year else "")
        segment = " ".join(_YEAR.sub(" ", _REMASTER.sub(" ", segment)).split())
        segment = re.sub(r"\b(?:digital|digitally|version|versao|en|in|hd)\b", " ", segment)
        segment = " ".join(segment.split())
        said = True
        if not segment:
            return True
    if _NEUTRAL.match(segment):
        return True
    for kind, words in _KINDS:
        if words.search(segment):
            detail = " ".join(_FILLER.sub(" ", words.sub(" ", segment)).split())
            versions.add((kind, detail))
            return True
    other = _OTHER_VERSION.match(segment)
    if other and not _SONG_WORDS.match(segment):
        versions.add(("version", other["detail"]))
        return True
    return said


def _details(title: Title) -> dict[str, str]:
    by_kind: dict[str, str] = {}
    for kind, detail in sorted(title.versions):
        by_kind[kind] = f"{by_kind.get(kind, '')} {detail}".strip()
    return by_kind


# Kinds whose detail names who or where: two different details are two different recordings, and a
# missing one proves nothing.
_NAMED_KINDS = frozenset({"remix", "version", "language", "cover", "rerecorded", "alternate"})

Likeness = Literal["same", "remaster", "unsure", "different"]


def compare_versions(ours: Title, theirs: Title) -> Likeness:
    """Say whether two titles of one song name the same recording.

    Returns
    -------
    str
        "same"; "remaster" when only the mastering differs (the same recording if the durations
        agree too); "unsure" when one says less than the other ("Live" and "Live at Wembley");
        "different" otherwise.
    """
    if {kind for kind, _ in ours.versions} != {kind for kind, _ in theirs.versions}:
        return "different"
    unsure = False
    left, right = _details(ours), _details(theirs)
    for kind, detail in left.items():
        if detail == right[kind]:
            continue
        if kind in _NAMED_KINDS or (detail and right[kind]):
            return "different"
        unsure = True
    if unsure:
        return "unsure"
    return "same" if ours.remaster == theirs.remaster else "remaster"
