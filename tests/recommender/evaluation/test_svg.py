from __future__ import annotations

from xml.etree import ElementTree

from recommender.evaluation.svg import Bar, Curve, bars, curves


def test_bars_are_as_long_as_their_values():
    drawn = ElementTree.fromstring(bars("T", [Bar("a", 0.5, 0.4, 1.0), Bar("b", 0.25, 0.2, 0.3)]))
    widths = [float(rect.get("width")) for rect in drawn.iter() if rect.get("height") == "16.0"]
    assert widths[0] == 2 * widths[1]


def test_labels_are_written_safely():
    assert "a &lt;b&gt; &amp; c" in bars("T", [Bar("a <b> & c", 1.0, 1.0, 1.0)])


def test_plots_of_nothing_but_zeros_are_still_plots():
    ElementTree.fromstring(bars("T", [Bar("a", 0.0, 0.0, 0.0)], reference=0.0))
    ElementTree.fromstring(curves("T", "x", [Curve("a", (0, 1), (0.0, 0.0))]))


def test_a_curve_has_a_point_per_value():
    drawn = ElementTree.fromstring(curves("T", "x", [Curve("a", (0, 1, 2), (0.0, 0.5, 1.0))]))
    (line,) = [one for one in drawn.iter() if one.tag.endswith("polyline")]
    assert len(line.get("points").split()) == 3
