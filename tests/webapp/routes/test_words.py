"""Data in words, and pictures of numbers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.routes.login import browser_label
from webapp.routes.reason_words import nearness, shared_words
from webapp.routes.waveform import WIDTH, thinned, wave_paths
from webapp.routes.wording import note_text, why
from webapp.services.pasted_links import read_lines

ROOT = Path(__file__).resolve().parents[3]
TRACK = "4uLU6hMCjMI75M1A2tKUQC"


@pytest.fixture
def words(site: Any) -> Any:
    with site.app.test_request_context():
        yield


@pytest.mark.usefixtures("words")
def test_a_reason_names_the_seed_and_what_is_close() -> None:
    reason = {"seed_title": "Better", "attributes": ["tempo", "energy"], "percentile": 99.0}
    assert why(reason) == "close to “Better”: tempo, energy"
    assert why({"seed_title": "Better", "attributes": []}) == "close to “Better”"
    assert why({}) == ""


def shared(name: str, seed: float | str, track: float | str, level: str = "") -> dict[str, Any]:
    return {"name": name, "seed": seed, "track": track, "level": level}


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("one", "words"),
    [
        (shared("tempo", 117.8, 120.2, "mid"), "118 and 120 BPM"),
        (shared("tempo", 120.4, 119.6), "both 120 BPM"),
        (shared("key", 9.0, 9.0, "minor"), "both in A minor"),
        (shared("key", 1.0, 1.0), "both on C♯"),
        (shared("mode", 1.0, 1.0, "major"), "both in major"),
        (shared("energy", 0.1, 0.12, "low"), "both calm"),
        (shared("energy", 0.91, 0.93, "high"), "both energetic"),
        (shared("valence", 0.5, 0.52, "mid"), "mood: 50 and 52 of 100"),
        (shared("danceability", 0.5, 0.501), "how danceable it is: both 50 of 100"),
        (shared("loudness", -8.2, -7.4), "at −8 and −7 dB"),
        (shared("duration", 200.0, 205.0, "mid"), "3:20 and 3:25 long"),
        (shared("time_signature", 3.0, 3.0), "both in 3/4"),
        (shared("artist", "Ada <b>", "Ada <b>"), "also by Ada <b>"),
        (shared("genre", "rock", "rock"), "both rock"),
        (shared("year", 1998.0, 1999.0), "released in 1998 and 1999"),
        (shared("year", 1998.0, 1998.0), "both released in 1998"),
        (shared("unheard_of", 7.0, 8.0), ""),
        (shared("tempo", float("nan"), 1.0), ""),
        (shared("energy", "loud", 1.0), ""),
    ],
)
def test_a_shared_attribute_is_told_with_its_values(one: dict[str, Any], words: str) -> None:
    assert shared_words(one) == words


@pytest.mark.usefixtures("words")
@pytest.mark.parametrize(
    ("percentile", "words"),
    [
        (97.3, "nearer than 97\u00a0% of pairs"),
        (99.58, "nearer than 99.5\u00a0% of pairs"),
        (100.0, "nearer than 99.9\u00a0% of pairs"),
        (0.4, ""),
        (None, ""),
    ],
)
def test_nearness_is_rounded_down_so_that_it_is_true(percentile: float | None, words: str) -> None:
    assert nearness(percentile) == words


@pytest.mark.usefixtures("words")
def test_a_reason_tells_what_was_measured() -> None:
    reason = {
        "seed_title": "Better",
        "attributes": ["tempo", "energy"],
        "percentile": 97.3,
        "shared": [shared("tempo", 118.0, 120.0), shared("energy", 0.1, 0.1, "low")],
    }
    told = "close to “Better”: 118 and 120 BPM, both calm · nearer than 97\u00a0% of pairs"
    assert why(reason) == told
    assert why({**reason, "shared": []}) == "close to “Better”: tempo, energy"


@pytest.mark.usefixtures("words")
def test_what_could_not_be_met_is_told_with_its_numbers() -> None:
    missed = {"kind": "length_missed", "asked_seconds": 2700.0, "got_seconds": 2400.4}
    assert note_text(missed).startswith("The playlist lasts 40:00 instead of 45:00")
    few = {
        "kind": "filters_left_few",
        "passing": 12,
        "by_filter": {"years": 20, "tempo": 1234, "odd": 3},
    }
    assert note_text(few) == (
        "Only 12 tracks of the catalogue pass what you chose. "
        "By itself, tempo leaves out 1,234, years leaves out 20."
    )
    assumed = {"kind": "lengths_assumed", "tracks": 1, "seconds": 210.0}
    assert note_text(assumed).endswith("it counts as 3:30.")


@pytest.mark.usefixtures("words")
def test_a_note_nobody_foresaw_speaks_for_itself() -> None:
    assert note_text({"kind": "brand_new", "message": "Said in English."}) == "Said in English."
    told = note_text({"kind": "seed_unmatched", "title": "50% off", "artists": ["A", "B"]})
    assert told == "“50% off” by A, B is not in this catalogue, so the other seeds decided."


@given(
    peaks=st.lists(st.floats(-1, 2), max_size=700),
    starts=st.lists(st.floats(0, 99), min_size=1, max_size=40, unique=True),
)
def test_a_waveform_is_as_wide_as_its_trailer(peaks: list[float], starts: list[float]) -> None:
    chapters = [{"start": start, "end": start + 1} for start in sorted(starts)]
    paths = wave_paths(peaks, chapters, 100.0)
    corners = [
        [float(number) for number in step.split("h")[0].split()]
        for _, path in paths
        for step in path.strip("Mz").split("M")
    ]
    assert all(0 <= x <= WIDTH and 0 <= y <= 50 for x, y in corners)
    assert [x for x, _ in corners] == sorted(x for x, _ in corners)


def test_thinning_keeps_the_highest() -> None:
    peaks = [0.0] * 600
    peaks[333] = 0.9
    assert max(thinned(peaks, 120)) == 0.9
    assert len(thinned(peaks, 120)) == 120


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/605", "Safari, iPhone"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        ("curl/8", ""),
    ],
)
def test_a_browser_is_named_as_people_know_it(agent: str, name: str) -> None:
    assert browser_label(agent) == name


@pytest.mark.parametrize(
    "line",
    [
        f"https://open.spotify.com/track/{TRACK}",
        f"http://open.spotify.com/track/{TRACK}/",
        f"open.spotify.com/track/{TRACK}?si=1&context=spotify%3Aplaylist",
        f"https://open.spotify.com/intl-pt-BR/track/{TRACK}#x",
        f"https://open.spotify.com/embed/track/{TRACK}",
        f"<spotify:track:{TRACK}>",
        f"  {TRACK}  ",
        f"http://127.0.0.1:8001/open/track/{TRACK}",
    ],
)
def test_a_link_to_a_track_is_understood_in_all_its_forms(line: str) -> None:
    found = read_lines(line, open_host="127.0.0.1:8001")
    assert [(entry.kind, entry.track_id) for entry in found] == [("track", TRACK)]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("hello", "unreadable"),
        (TRACK[:-1], "unreadable"),
        (f"https://evil.example/track/{TRACK}", "unreadable"),
        (f"https://open.spotify.com@evil.example/track/{TRACK}", "unreadable"),
        (f"https://open.spotify.com/album/{TRACK}", "other"),
        ("spotify:episode:" + TRACK, "other"),
        (f"https://open.spotify.com/track/{TRACK}x", "unreadable"),
    ],
)
def test_anything_else_is_told_apart(line: str, kind: str) -> None:
    assert [entry.kind for entry in read_lines(line)] == [kind]


@given(st.text(max_size=3000))
def test_any_text_can_be_pasted(pasted: str) -> None:
    lines = read_lines(pasted)
    assert len(lines) <= 50
    assert all(line.kind != "track" or len(line.track_id) == 22 for line in lines)


def test_every_word_that_is_shown_is_in_the_catalogue_of_messages(tmp_path: Path) -> None:
    """The committed messages.pot is what extraction gives now."""
    fresh = tmp_path / "messages.pot"
    command = "-q extract -F translations/babel.cfg -k _ -k ngettext:1,2 --no-location"
    command += " --omit-header --sort-output webapp templates"
    babel = [sys.executable, "-m", "babel.messages.frontend", *command.split(), "-o", str(fresh)]
    subprocess.run(babel, cwd=ROOT, check=True)
    committed = (ROOT / "translations" / "messages.pot").read_text(encoding="utf-8")
    assert fresh.read_text(encoding="utf-8") == committed
