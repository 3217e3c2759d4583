"""Two descriptions are one recording only if nothing tells them apart."""

from __future__ import annotations

import pytest

from recommender.catalogue.match import ForeignTrack
from recommender.catalogue.recordings import same_recording


def track(
    title: str, *artists: str, duration: float | None = 200.0, isrc: str = ""
) -> ForeignTrack:
    return ForeignTrack(title=title, artists=artists, duration=duration, isrc=isrc)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (track("Better", "Jonathan Coulton"), track("BETTER", "jonathan coulton")),
        (track("Better", "A"), track("Better", "A", "B", duration=202.9)),
        (track("Better", "A"), track("Better - 2011 Remaster", "A", duration=201.0)),
        (track("Mrs. Robinson", "Simon & Garfunkel"), track("Mrs Robinson", "Simon", "Garfunkel")),
        (track("Better", "A", duration=None), track("Better", "A")),
        (
            track("Better", "A", isrc="USABC1900001"),
            track("Better", "Somebody Else's Spelling", isrc="us-abc-19-00001"),
        ),
    ],
)
def test_the_same_recording_is_recognised_both_ways(one: ForeignTrack, other: ForeignTrack) -> None:
    assert same_recording(one, other)
    assert same_recording(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (track("Better", "A"), track("Better", "B")),
        (track("Better", "A"), track("Better (Live)", "A")),
        (track("Better", "A"), track("Better - Tiësto Remix", "A")),
        (track("Better", "A"), track("Better", "A", duration=203.5)),
        (track("Better", "A"), track("Worse", "A")),
        (track("", "A"), track("", "A")),
        (track("Better", "A", duration=None), track("Better - Remastered", "A")),
        (
            track("Better", "A", isrc="USABC1900001"),
            track("Better (Live)", "A", isrc="USABC1900001"),
        ),
        (track("Better"), track("Better")),
    ],
)
def test_another_recording_is_never_taken_for_it(one: ForeignTrack, other: ForeignTrack) -> None:
    assert not same_recording(one, other)
    assert not same_recording(other, one)
