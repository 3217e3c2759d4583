"""Plots that are well-formed, safe and readable in light and dark."""

from __future__ import annotations

from xml.etree import ElementTree

from highlighter.evaluation.drawing import STYLE, Bar, Mark, alone, bars, song_plot

SVG = "{http://www.w3.org/2000/svg}"


def test_a_song_shows_its_choruses_its_curve_and_its_choice() -> None:
    drawing = song_plot(
        "a song",
        200.0,
        [(50.0, 80.0), (190.0, 260.0)],
        [0.5] * 200,
        (52.0, 82.0),
        [Mark("x", 45.0)],
    )
    root = ElementTree.fromstring(drawing)
    kinds = [one.get("class") for one in root.iter()]
    assert kinds.count("truth") == 2
    assert kinds.count("choice") == kinds.count("curve") == 1
    assert root.find(f"{SVG}title").text == "a song"
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert "0:52–1:22" in texts
    assert "x" in texts
    right = max(float(one.get("x")) + float(one.get("width")) for one in root.iter(f"{SVG}rect")
                if one.get("class") == "truth")  # fmt: skip
    assert right <= 960.0, "a chorus that is marked past the end is drawn up to it"


def test_names_cannot_break_out_of_a_plot() -> None:
    evil = '</title><script>alert("x")</script>&'
    drawing = song_plot(evil, 60.0, [(1.0, 2.0)], [], None, [Mark(evil, 3.0)])
    root = ElementTree.fromstring(drawing)
    assert root.find(f".//{SVG}script") is None
    assert root.find(f"{SVG}title").text == evil


def test_bars_stand_alone_with_their_colours_for_dark_readers() -> None:
    drawing = alone(bars("P", [Bar("a < b", 0.5, 0.4, 0.6, True)], chance=0.3))
    root = ElementTree.fromstring(drawing)
    assert root.find(f"{SVG}style").text == STYLE
    assert "prefers-color-scheme: dark" in STYLE
    assert "a < b" in [one.text for one in root.iter(f"{SVG}text")]
