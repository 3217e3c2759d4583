"""A golden table: which foreign track is which row, and which is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender import Catalogue, ForeignTrack, RowsSource, build_catalogue, open_catalogue

ID = "4uLU6hMCjMI75M1A2tKUQC"
OTHER_ID = "0VjIjW4GlUZAMYd2vXMi3b"

ROWS = [
    # id, title, artists, seconds, isrc, spotify id
    ("plain", "Wonderwall", ["Oasis"], 258.0, "GBBQY0110031", ""),
    ("live", "Wonderwall (Live at Knebworth)", ["Oasis"], 262.0, "", ""),
    ("hey", "Hey Jude - Remastered 2015", ["The Beatles"], 425.0, "", ""),
    ("halo", "Halo", ["Beyoncé"], 261.0, "USSM10804556", ID),
    ("levels", "Levels - Skrillex Remix", ["Avicii", "Skrillex"], 281.0, "", ""),
    ("levels-radio", "Levels - Radio Edit", ["Avicii"], 199.0, "", ""),
    ("titanium", "Titanium (feat. Sia)", ["David Guetta", "Sia"], 245.0, "", ""),
    ("boxer", "The Boxer", ["Simon & Garfunkel"], 308.0, "", ""),
    ("september", "September", ["Earth, Wind & Fire"], 215.0, "", ""),
    ("creep-acoustic", "Creep - Acoustic", ["Radiohead"], 259.0, "", ""),
    ("creep", "Creep", ["Radiohead"], 239.0, "", ""),
    ("stay-fast", "Stay - Sped Up", ["The Kid LAROI", "Justin Bieber"], 116.0, "", ""),
    ("stay", "Stay", ["The Kid LAROI", "Justin Bieber"], 141.0, "", ""),
    ("nagori", "なごり雪", ["イルカ"], 215.0, "", ""),
    ("zvezda", "Звезда по имени Солнце", ["Кино"], 225.0, "", ""),
    ("nolength", "Untimed", ["Nobody"], None, "", ""),
    ("story", "Love Story", ["Taylor Swift"], 235.0, "", ""),
    ("story-tv", "Love Story (Taylor’s Version)", ["Taylor Swift"], 236.0, "", ""),
    ("help", "Help! - Remastered 2009", ["The Beatles"], 139.0, "", ""),
    ("respect", "R-E-S-P-E-C-T", ["Aretha Franklin"], 147.0, "", ""),
    ("gold", "Gold (Instrumental)", ["Chet Faker"], 284.0, "", ""),
    ("asap", "Praise the Lord", ["A$AP Rocky"], 205.0, "", ""),
    ("dup-a", "Twice", ["Same Band"], 200.0, "", ""),
    ("dup-b", "Twice", ["Same Band"], 240.0, "", ""),
    ("isrc-a", "Remixed", ["Maker"], 180.0, "QZES71900001", ""),
    ("isrc-b", "Remixed (Club Remix)", ["Maker"], 330.0, "QZES71900001", ""),
    ("part1", "Shine On, Pt. 1", ["Pink Floyd"], 810.0, "", ""),
    ("mono", "She Loves You - Mono", ["The Beatles"], 141.0, "", ""),
    ("acdc", "Thunderstruck", ["AC/DC"], 292.0, "", ""),
    ("bang", "Me and Giuliani", ["!!!"], 540.0, "", ""),
]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    out: Path = tmp_path_factory.mktemp("match") / "catalogue"
    rows = [
        {
            "id": own,
            "title": title,
            "artists": artists,
            "duration": seconds,
            "isrc": isrc,
            "spotify_id": spotify_id,
            "energy": 0.5,
        }
        for own, title, artists, seconds, isrc, spotify_id in ROWS
    ]
    build_catalogue([RowsSource("rows", rows)], out)
    return open_catalogue(out)


def foreign(title="", artists=(), duration=None, isrc="", spotify_id=""):
    return ForeignTrack(spotify_id, isrc, title, tuple(artists), duration)


GOLDEN = [
    # by id
    (foreign(spotify_id=ID), "halo", "id"),
    (foreign(spotify_id=f"spotify:track:{ID}"), "halo", "id"),
    (foreign(spotify_id=f"https://open.spotify.com/track/{ID}?si=abc"), "halo", "id"),
    (foreign(spotify_id=f"https://open.spotify.com/intl-de/track/{ID}"), "halo", "id"),
    (foreign(spotify_id="plain"), "plain", "id"),
    (foreign(spotify_id=OTHER_ID), None, None),
    (foreign("Halo", ["Beyonce"], 261.4, spotify_id=OTHER_ID), "halo", "name"),
    # by ISRC
    (foreign(isrc="GBBQY0110031"), "plain", "isrc"),
    (foreign(isrc="GB-BQY-01-10031"), "plain", "isrc"),
    (foreign(isrc="gbbqy0110031"), "plain", "isrc"),
    (foreign("Wonderwall", ["Oasis"], 258.9, isrc="GBBQY0110031"), "plain", "isrc"),
    (foreign("Wonderwall - Remastered", ["Oasis"], 258.9, isrc="GBBQY0110031"), "plain", "isrc"),
    (foreign("Wonderwall (Live)", ["Oasis"], 258.0, isrc="GBBQY0110031"), None, None),
    (foreign("Wonderwall", ["Oasis"], 300.0, isrc="GBBQY0110031"), None, None),
    (foreign(isrc="GBBQY0110032"), None, None),
    (foreign(isrc="nonsense"), None, None),
    (foreign("Remixed", ["Maker"], 180.0, isrc="QZES71900001"), "isrc-a", "isrc"),
    (foreign("Remixed (Club Remix)", ["Maker"], 330.0, isrc="QZES71900001"), "isrc-b", "isrc"),
    # by name: spelling does not count
    (foreign("Wonderwall", ["Oasis"], 258.0), "plain", "name"),
    (foreign("WONDERWALL", ["oasis"], 260.9), "plain", "name"),
    (foreign("Halo", ["BEYONCÉ"], 261), "halo", "name"),
    (foreign("Titanium", ["David Guetta"], 245), "titanium", "name"),
    (foreign("Titanium ft. Sia", ["Sia"], 245), "titanium", "name"),
    (foreign("Titanium (with Sia)", ["David Guetta", "Sia"], 246), "titanium", "name"),
    (foreign("The Boxer", ["Simon and Garfunkel"], 308), "boxer", "name"),
    (foreign("The Boxer", ["Simon", "Garfunkel"], 308), "boxer", "name"),
    (foreign("September", ["Earth Wind and Fire"], 215), "september", "name"),
    (foreign("Praise The Lord", ["ASAP Rocky"], 205), "asap", "name"),
    (foreign("Thunderstruck", ["AC DC"], 292), "acdc", "name"),
    (foreign("Thunderstruck", ["The AC/DC"], 292), "acdc", "name"),
    (foreign("Me & Giuliani", ["!!!"], 540), "bang", "name"),
    (foreign("なごり雪", ["イルカ"], 214), "nagori", "name"),
    (foreign("Звезда по имени солнце", ["кино"], 225), "zvezda", "name"),
    (foreign("R.E.S.P.E.C.T.", ["Aretha Franklin"], 147), "respect", "name"),
    (foreign("Wonderwall - Album Version", ["Oasis"], 258), "plain", "name"),
    (foreign("Wonderwall (Official Video)", ["Oasis"], 258), "plain", "name"),
    # by name: the length decides
    (foreign("Wonderwall", ["Oasis"], 261.1), None, None),
    (foreign("Wonderwall", ["Oasis"], 254.9), None, None),
    (foreign("Twice", ["Same Band"], 201), "dup-a", "name"),
    (foreign("Twice", ["Same Band"], 239), "dup-b", "name"),
    (foreign("Twice", ["Same Band"], 220), None, None),
    (foreign("Untimed", ["Nobody"], 100), "nolength", "name-without-duration"),
    (foreign("Creep", ["Radiohead"]), "creep", "name-without-duration"),
    # never the wrong version
    (foreign("Wonderwall (Live)", ["Oasis"], 258), None, None),
    (foreign("Wonderwall - Live at Knebworth", ["Oasis"], 262), "live", "name"),
    (foreign("Wonderwall (Live)", ["Oasis"], 262), "live", "name"),
    (foreign("Wonderwall (Live)", ["Oasis"]), None, None),
    (foreign("Wonderwall (Live in Rio)", ["Oasis"], 262), None, None),
    (foreign("Wonderwall", ["Oasis"], 262), None, None),
    (foreign("Levels", ["Avicii"], 199), None, None),
    (foreign("Levels - Radio Edit", ["Avicii"], 200), "levels-radio", "name"),
    (foreign("Levels (Skrillex Remix)", ["Avicii"], 281), "levels", "name"),
    (foreign("Levels (Cazzette Remix)", ["Avicii"], 281), None, None),
    (foreign("Levels (Remix)", ["Avicii"], 281), None, None),
    (foreign("Creep (Acoustic)", ["Radiohead"], 259), "creep-acoustic", "name"),
    (foreign("Creep", ["Radiohead"], 259), None, None),
    (foreign("Creep (Karaoke Version)", ["Radiohead"], 239), None, None),
    (foreign("Creep - Instrumental", ["Radiohead"], 239), None, None),
    (foreign("Gold", ["Chet Faker"], 284), None, None),
    (foreign("Gold - Instrumental Version", ["Chet Faker"], 284), "gold", "name"),
    (foreign("Stay (Sped Up)", ["The Kid LAROI"], 116), "stay-fast", "name"),
    (foreign("Stay", ["The Kid LAROI", "Justin Bieber"], 116), None, None),
    (foreign("Stay - Slowed", ["The Kid LAROI"], 141), None, None),
    (foreign("Love Story", ["Taylor Swift"], 235.5), "story", "name"),
    (foreign("Love Story (Taylor's Version)", ["Taylor Swift"], 235.5), "story-tv", "name"),
    (foreign("She Loves You", ["The Beatles"], 141), None, None),
    (foreign("Shine On, Pt. 2", ["Pink Floyd"], 810), None, None),
    # a remaster is the same recording only when the length says so, and it is told
    (foreign("Hey Jude", ["The Beatles"], 425), "hey", "name-remaster"),
    (foreign("Hey Jude - 2015 Remaster", ["Beatles"], 425), "hey", "name"),
    (foreign("Hey Jude - Remastered 2000", ["Beatles"], 426), "hey", "name-remaster"),
    (foreign("Hey Jude", ["The Beatles"]), None, None),
    (foreign("Hey Jude", ["The Beatles"], 415), None, None),
    (foreign("Help!", ["The Beatles"], 139), "help", "name-remaster"),
    # other songs and artists
    (foreign("Wonderwall", ["Ryan Adams"], 258), None, None),
    (foreign("Wonderwalls", ["Oasis"], 258), None, None),
    (foreign("Wonderwall", [], 258), None, None),
    (foreign("", ["Oasis"], 258), None, None),
    (foreign(), None, None),
]


@pytest.mark.parametrize(("track", "row", "how"), GOLDEN)
def test_the_golden_table(catalogue, track, row, how):
    match = catalogue.match(track)
    assert (match.track.id if match else None, match.how if match else None) == (row, how)


def test_the_golden_table_is_not_a_handful():
    assert len(GOLDEN) >= 60


def test_a_surer_way_has_more_confidence(catalogue):
    def confidence(track):
        return catalogue.match(track).confidence

    by_id = confidence(foreign(spotify_id=ID))
    by_isrc = confidence(foreign(isrc="GBBQY0110031"))
    by_name = confidence(foreign("Wonderwall", ["Oasis"], 258))
    remaster = confidence(foreign("Hey Jude", ["The Beatles"], 425))
    without_length = confidence(foreign("Creep", ["Radiohead"]))
    assert 1.0 == by_id > by_isrc > by_name > remaster > without_length > 0.0
