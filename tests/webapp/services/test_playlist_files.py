"""Lists of tracks as files: what is written exactly, what is read, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.services.playlist_files.errors import ListEmpty, ListTooLarge, ListUnreadable
from webapp.services.playlist_files.formats import FORMATS, MOST_BYTES, disposition, read
from webapp.services.playlist_files.listing import ListedTrack, Listing, listed, one_line

ID, OTHER = "11dFghVXANMlKmJXsNCbNl", "4uLU6hMCjMI75M1A2tKUQC"
LISTING = Listing(
    title="Früh & spät",
    made="2026-11-21T14:00:00Z",
    seeds=(ListedTrack(title="Seed", artists=("Nina",), spotify_id=OTHER),),
    tracks=(
        ListedTrack(
            title="Cut To The Feeling",
            artists=("Carly Rae Jepsen", "Simon & Co"),
            album="Cut",
            duration=207.959,
            isrc="USUM71703861",
            spotify_id=ID,
            id="row-1",
            year=2017,
            genre="pop",
            licence="CC BY 4.0",
        ),
        ListedTrack(title="=cmd|'/c calc'!A1", artists=("-Minus",), duration=61.4),
    ),
)


def written(name: str, listing: Listing = LISTING) -> str:
    return FORMATS[name].write(listing).decode("utf-8")


def test_m3u8_is_what_players_read() -> None:
    assert written("m3u8") == (
        "#EXTM3U\n"
        "#PLAYLIST:Früh & spät\n"
        "#EXTINF:208,Carly Rae Jepsen, Simon & Co - Cut To The Feeling\n"
        '#HOOKLIST:{"title":"Cut To The Feeling","artists":["Carly Rae Jepsen","Simon & Co"],'
        '"album":"Cut","duration":207.959,"isrc":"USUM71703861",'
        f'"spotify_id":"{ID}"}}\n'
        f"spotify:track:{ID}\n"
        "#EXTINF:61,-Minus - =cmd|'/c calc'!A1\n"
        '#HOOKLIST:{"title":"=cmd|\'/c calc\'!A1","artists":["-Minus"],"duration":61.4}\n'
        "-Minus - =cmd|'/c calc'!A1\n"
    )


def test_xspf_is_what_its_specification_says() -> None:
    assert written("xspf") == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<playlist version="1" xmlns="http://xspf.org/ns/0/">\n'
        "  <title>Früh &amp; spät</title>\n"
        "  <date>2026-11-21T14:00:00Z</date>\n"
        "  <trackList>\n"
        "    <track>\n"
        f"      <location>spotify:track:{ID}</location>\n"
        f"      <identifier>spotify:track:{ID}</identifier>\n"
        "      <identifier>urn:isrc:USUM71703861</identifier>\n"
        "      <title>Cut To The Feeling</title>\n"
        "      <creator>Carly Rae Jepsen, Simon &amp; Co</creator>\n"
        "      <album>Cut</album>\n"
        "      <trackNum>1</trackNum>\n"
        "      <duration>207959</duration>\n"
        '      <meta rel="urn:hooklist:artist">Carly Rae Jepsen</meta>\n'
        '      <meta rel="urn:hooklist:artist">Simon &amp; Co</meta>\n'
        "    </track>\n"
        "    <track>\n"
        "      <title>=cmd|'/c calc'!A1</title>\n"
        "      <creator>-Minus</creator>\n"
        "      <trackNum>2</trackNum>\n"
        "      <duration>61400</duration>\n"
        "    </track>\n"
        "  </trackList>\n"
        "</playlist>\n"
    )


# From the tables of https://xspf.org/spec (version 1): element, whether it may come again, content.
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+\Z")
NUMBER = re.compile(r"\d+\Z")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)\Z")
TEXT = re.compile(r".*\Z", re.DOTALL)
TRACK = {
    "location": (True, URI), "identifier": (True, URI), "title": (False, TEXT),
    "creator": (False, TEXT), "annotation": (False, TEXT), "info": (False, URI),
    "image": (False, URI), "album": (False, TEXT), "trackNum": (False, NUMBER),
    "duration": (False, NUMBER), "link": (True, URI), "meta": (True, TEXT),
}  # fmt: skip
PLAYLIST = {
    "title": (False, TEXT), "creator": (False, TEXT), "annotation": (False, TEXT),
    "info": (False, URI), "location": (False, URI), "identifier": (False, URI),
    "image": (False, URI), "date": (False, DATE), "license": (False, URI),
    "link": (True, URI), "meta": (True, TEXT), "trackList": (False, TEXT),
}  # fmt: skip


def assert_elements(parent: ET.Element, allowed: dict[str, tuple[bool, re.Pattern[str]]]) -> None:
    names = [child.tag.removeprefix("{http://xspf.org/ns/0/}") for child in parent]
    for name, child in zip(names, parent, strict=True):
        again, content = allowed[name]
        assert again or names.count(name) == 1, name
        assert content.match((child.text or "").strip() if name != "trackList" else ""), name
        assert set(child.attrib) <= ({"rel"} if name in {"meta", "link"} else set())
        assert "rel" not in child.attrib or URI.match(child.attrib["rel"])


def assert_xspf(text: str) -> None:
    root = ET.fromstring(text)
    assert (root.tag, root.attrib) == ("{http://xspf.org/ns/0/}playlist", {"version": "1"})
    assert_elements(root, PLAYLIST)
    (tracks,) = root.findall("{http://xspf.org/ns/0/}trackList")
    for track in tracks:
        assert track.tag == "{http://xspf.org/ns/0/}track"
        assert_elements(track, TRACK)


def assert_jspf(text: str) -> None:
    playlist = json.loads(text)["playlist"]
    assert set(playlist) <= set(PLAYLIST) - {"trackList"} | {"track"}
    for track in playlist["track"]:
        assert set(track) <= set(TRACK)
        for name in ("location", "identifier"):
            assert all(URI.match(uri) for uri in track.get(name, []))
        for name in ("trackNum", "duration"):
            assert isinstance(track.get(name, 0), int)


def test_jspf_is_xspf_as_json() -> None:
    assert_jspf(written("jspf"))
    playlist = json.loads(written("jspf"))["playlist"]
    assert (playlist["title"], playlist["date"]) == ("Früh & spät", "2026-11-21T14:00:00Z")
    assert playlist["track"][0] == {
        "location": [f"spotify:track:{ID}"],
        "identifier": [f"spotify:track:{ID}", "urn:isrc:USUM71703861"],
        "title": "Cut To The Feeling",
        "creator": "Carly Rae Jepsen, Simon & Co",
        "album": "Cut",
        "trackNum": 1,
        "duration": 207959,
        "meta": [
            {"urn:hooklist:artist": "Carly Rae Jepsen"},
            {"urn:hooklist:artist": "Simon & Co"},
        ],
    }


def test_csv_opens_in_a_spreadsheet_without_being_calculated() -> None:
    assert FORMATS["csv"].write(LISTING).startswith(b"\xef\xbb\xbfposition,")
    assert written("csv").removeprefix("\ufeff") == (
        "position,title,artists,album,duration_seconds,year,genre,isrc,spotify_uri,licence\r\n"
        "1,Cut To The Feeling,Carly Rae Jepsen; Simon & Co,Cut,207.959,2017,pop,USUM71703861,"
        f"spotify:track:{ID},CC BY 4.0\r\n"
        "2,'=cmd|'/c calc'!A1,'-Minus,,61.4,,,,,\r\n"
    )


def test_json_has_everything() -> None:
    document = json.loads(written("json"))
    assert (document["format"], document["version"]) == ("hooklist-playlist", 1)
    assert document["seeds"][0]["spotify_uri"] == f"spotify:track:{OTHER}"
    assert document["tracks"][0] == {
        "title": "Cut To The Feeling", "artists": ["Carly Rae Jepsen", "Simon & Co"],
        "album": "Cut", "duration": 207.959, "year": 2017, "genre": "pop",
        "isrc": "USUM71703861", "spotify_id": ID, "spotify_uri": f"spotify:track:{ID}",
        "licence": "CC BY 4.0", "id": "row-1",
    }  # fmt: skip


def facts(track: ListedTrack | None) -> tuple[object, ...]:
    assert track is not None
    length = None if track.duration is None else round(1000 * track.duration)
    return (track.title, track.artists, track.album, length, track.isrc, track.spotify_id)


@pytest.mark.parametrize("name", FORMATS)
def test_what_was_taken_out_comes_in_again(name: str) -> None:
    lines = read(FORMATS[name].write(LISTING), f"list.{name}")
    assert [facts(line.track) for line in lines] == [facts(track) for track in LISTING.tracks]


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(
    lambda text: one_line(text) == text
)
HOSTILE = st.one_of(
    names,
    st.sampled_from(
        [
            "<b>&amp;",
            "a;b\\;c",
            '"quoted", x',
            "'=1",
            "#EXTM3U",
            "a - b",
            "]]>",
            "\u202eabc",
            "@x",
            "=1",
        ]
    ),
)
tracks = st.builds(
    ListedTrack,
    title=HOSTILE,
    artists=st.lists(HOSTILE, min_size=1, max_size=3).map(tuple),
    album=st.one_of(st.just(""), HOSTILE),
    duration=st.one_of(st.none(), st.integers(1, 10**7).map(lambda ms: ms / 1000)),
    isrc=st.sampled_from(["", "GBAYE0601498"]),
    spotify_id=st.sampled_from(["", ID, OTHER]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(tracks, min_size=1, max_size=4), names)
def test_hostile_names_survive_in_every_format(held: list[ListedTrack], title: str) -> None:
    listing = Listing(title, tuple(held))
    for name, form in FORMATS.items():
        lines = read(form.write(listing), f"list.{name}")
        assert [facts(line.track) for line in lines] == [facts(track) for track in held], name
    assert_xspf(written("xspf", listing))
    assert_jspf(written("jspf", listing))


@given(st.text(max_size=30))
@settings(max_examples=40, deadline=None)
def test_whatever_a_track_is_called_no_file_breaks(title: str) -> None:
    listing = Listing(title, (ListedTrack(title=f"x{title}", artists=(f"y{title}",)),))
    for name, form in FORMATS.items():
        assert len(read(form.write(listing), f"list.{name}")) == 1
    rows = list(csv.reader(io.StringIO(written("csv", listing), newline="")))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows[1:] for cell in row)


def test_the_operator_s_files_are_named_only_where_that_is_allowed() -> None:
    data = {"title": "A", "artists": ["B"], "audio": "/music/a.flac", "spotify_id": ID}
    assert "/music" not in written("m3u8", Listing("t", (listed(data),)))
    own = written("m3u8", Listing("t", (listed(data, paths=True),)))
    assert own.endswith("\n/music/a.flac\n")
    for odd in ("demo:x", "../x", "/music/a\nb"):
        assert listed({**data, "audio": odd}, paths=True).path == ""


OTHERS = [
    (
        "exportify.csv",
        '"Track URI","Track Name","Artist Name(s)","Track Duration (ms)"\n'
        f'"spotify:track:{ID}","Song","A;B","207959"\n',
        ("Song", ("A", "B"), "", 207_959, "", ID),
    ),
    ("semicolons.csv", "Titel;x\n", None),
    ("table.csv", "title;artist;length\nSong;A;3:27\n", ("Song", ("A",), "", 207_000, "", "")),
    ("old.m3u", "01 - Nina - Sinnerman.mp3\n", ("Sinnerman", ("Nina",), "", None, "", "")),
    (
        "old.m3u8",
        "#EXTM3U\n#EXTINF:626,Nina Simone - Sinnerman\nC:\\Music\\x.mp3\n",
        ("Sinnerman", ("Nina Simone",), "", 626_000, "", ""),
    ),
    (
        "links.m3u8",
        f"#EXTM3U\nhttps://open.spotify.com/track/{ID}?si=1\n",
        ("https://open.spotify.com/track/" + ID, (), "", None, "", ID),
    ),
    (
        "vlc.xspf",
        '<?xml version="1.0" encoding="UTF-8"?><playlist xmlns="http://xspf.org/ns/0/" '
        'xmlns:vlc="http://www.videolan.org/vlc/playlist/ns/0/" version="1"><trackList><track>'
        "<location>file:///m/Nina%20Simone%20-%20Sinnerman.mp3</location><duration>626000</duration>"
        "</track></trackList></playlist>",
        ("Sinnerman", ("Nina Simone",), "", 626_000, "", ""),
    ),
    (
        "listenbrainz.jspf",
        '{"playlist": {"track": [{"title": "Song", "creator": "A", '
        f'"identifier": "https://open.spotify.com/track/{ID}"}}]}}}}',
        ("Song", ("A",), "", None, "", ID),
    ),
    ("ids.json", f'["spotify:track:{ID}"]', ("", (), "", None, "", ID)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), OTHERS, ids=[case[0] for case in OTHERS])
def test_lists_of_other_programs_are_read(
    name: str, text: str, expected: tuple[object, ...] | None
) -> None:
    if expected is None:
        with pytest.raises(ListUnreadable, match="first row"):
            read(text.encode(), name)
        return
    (line,) = read(text.encode("utf-16" if name == "table.csv" else "utf-8"), name)
    found = facts(line.track)
    assert found[1:] == expected[1:]
    assert str(found[0]).startswith(str(expected[0]).partition("?")[0])


XXE = (
    '<!DOCTYPE playlist [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<playlist><trackList><track><title>&x;</title></track></trackList></playlist>"
)
LAUGHS = '<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><playlist>&b;</playlist>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (XXE.encode(), "declares"),
        (LAUGHS.encode(), "declares"),
        (b'<!DOCTYPE playlist SYSTEM "http://127.0.0.1:9/x"><playlist/>', "declares"),
        (b"<playlist>&undefined;</playlist>", "damaged"),
        (b"<playlist><trackList>", "damaged"),
        (b"<rss></rss>", "outermost"),
        (b"<a>" * 5000, "deeply"),
        (b"{" * 100_000, "JSON is damaged"),
        (b'{"playlist": {"track": 5}}', "no list"),
        (b'{"format": "hooklist-playlist", "version": 2, "tracks": []}', "version 2"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9.9,\nseg0.ts\n", "stream"),
        (b"PNG\x00\x01\x02", "no text"),
        (b"hello\nworld\n", "first row"),
        (b"title,artist\n" + b"x" * 200_000, "damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_name_and_why(content: bytes, why: str) -> None:
    with pytest.raises(ListUnreadable, match=why) as refused:
        read(content, "bad\x00name.lst")
    assert refused.value.which == "bad name.lst"


def test_a_list_has_bounds() -> None:
    with pytest.raises(ListTooLarge):
        read(b"x" * (MOST_BYTES + 1), "big.csv")
    with pytest.raises(ListEmpty):
        read(b"#EXTM3U\n\n", "empty.m3u8")
    many = b"title,artist\n" + b"a,b\n" * 900
    assert len(read(many, "many.csv")) == 500


@pytest.mark.parametrize(
    ("title", "ascii_name", "name"),
    [
        ("Zoë / live", "Zoe live.csv", "Zoë live.csv"),
        ("мой плейлист", "Hooklist.csv", "мой плейлист.csv"),
        ('a"; filename="x.exe', "a filename= x.exe.csv", "a filename= x.exe.csv"),
        ("../../etc\r\nSet-Cookie: x", "etc Set-Cookie x.csv", "etc Set-Cookie x.csv"),
        ("gpj.\u202eexe", "gpj. exe.csv", "gpj. exe.csv"),
        ("", "Hooklist.csv", "Hooklist.csv"),
    ],
)
def test_a_file_is_called_as_the_playlist_in_ascii_and_in_utf_8(
    title: str, ascii_name: str, name: str
) -> None:
    header = disposition(title, "csv")
    found = re.fullmatch(r"attachment; filename=\"([^\"]+)\"; filename\*=UTF-8''(\S+)", header)
    assert found is not None, header
    assert (found.group(1), unquote(found.group(2))) == (ascii_name, name)
    assert header.isascii()
