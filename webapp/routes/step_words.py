"""What was done to a list, and what may be done again, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.i18n import _, ngettext


@dataclass(frozen=True)
class StepWords:
    """A change of a list.

    Parameters
    ----------
    undo
        On the button that takes it back.
    told
        What was done, for those who do not see the list change.
    """

    undo: str
    told: str


def step_words(what: Mapping[str, Any]) -> StepWords:
    """Return a change as *Undo* names it, from what its step has kept."""
    action, new = str(what.get("action") or ""), int(what.get("new") or 0)
    title = _named(str(what.get("title") or ""))
    picked = ngettext("%(num)s new track", "%(num)s new tracks", new)
    other = _named(str(what.get("by") or ""))
    done = {
        "remove": _("removed %(title)s", title=title),
        "replace": _("replaced %(title)s by %(other)s", title=title, other=other),
        "more_like": _("more like %(title)s, %(picked)s", title=title, picked=picked),
        "less_like": _("less like %(title)s, %(picked)s", title=title, picked=picked),
        "never_artist": _(
            "nothing by %(artist)s, %(picked)s",
            artist=str(what.get("artist") or title),
            picked=picked,
        ),
        "neither": _("took back: more like %(title)s, %(picked)s", title=title, picked=picked),
        "extend": _("%(picked)s at the end", picked=picked),
        "refresh": _("new picks for the rest, %(picked)s", picked=picked),
    }.get(action, _("the last change"))
    return StepWords(_("Undo: %(change)s", change=done), done[:1].upper() + done[1:] + ".")


def act_words(act: str, titles: Mapping[str, str]) -> str:
    """Return a button's action for a list that has changed; empty if it makes no sense there.

    Parameters
    ----------
    act
        As the form sent it.
    titles
        By id, what is in the list now.
    """
    name, _space, value = act.partition(" ")
    if name == "extend":
        return _("Add them to the list as it is now")
    if name == "refresh":
        return _("Pick the rest anew in the list as it is now")
    if value not in titles:
        return ""
    title = _named(titles[value])
    return {
        "remove": _("Remove %(title)s from the list as it is now", title=title),
        "replace": _("Replace %(title)s in the list as it is now", title=title),
        "more_like": _("More like %(title)s, from the list as it is now", title=title),
        "less_like": _("Less like %(title)s, from the list as it is now", title=title),
        "never_artist": _(
            "Nothing by the artist of %(title)s, from the list as it is now", title=title
        ),
        "neither": _("Take the thumb of %(title)s back in the list as it is now", title=title),
    }.get(name, "")


def _named(title: str) -> str:
    return _("“%(title)s”", title=title or _("Untitled"))
