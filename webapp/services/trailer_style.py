"""How a trailer is joined: what the operator allows, and what its listener chose of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

Order: TypeAlias = Literal["keep", "flow"]
NoDerivatives: TypeAlias = Literal["cut", "leave-out"]

KEEP: Final[Order] = "keep"
FLOW: Final[Order] = "flow"

OPTION = "trailer"
"""Under this name a playlist's options keep what its listener chose."""


@dataclass(frozen=True, slots=True)
class TrailerStyle:
    """How tracks are put one after the other.

    Parameters
    ----------
    mixing
        Whether they may sound together; else each is cut off before the next.
    order
        ``keep`` that of the list, or ``flow``: neighbours close in tempo, key and loudness.
    no_derivatives
        What becomes of tracks whose licence forbids derivatives: ``cut``, between silences, or
        ``leave-out``.
    """

    mixing: bool = True
    order: Order = "keep"
    no_derivatives: NoDerivatives = "cut"

    def chosen_in(self, options: Mapping[str, Any]) -> TrailerStyle:
        """Return this style of the operator with what a playlist's options choose of it.

        Mixing that the operator has switched off stays off; what is not understood changes nothing.

        >>> TrailerStyle(mixing=False).chosen_in({"trailer": {"mixing": True, "order": "flow"}})
        TrailerStyle(mixing=False, order='flow', no_derivatives='cut')
        """
        chosen = options.get(OPTION)
        if not isinstance(chosen, dict):
            return self
        order = {"keep": KEEP, "flow": FLOW}.get(str(chosen.get("order")), self.order)
        return replace(
            self,
            mixing=self.mixing and chosen.get("mixing") is not False,
            order=order,
        )


PLAIN_STYLE = TrailerStyle()
"""Mixed, in the order of the list."""
