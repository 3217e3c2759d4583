"""Which licences forbid derivatives."""

from __future__ import annotations

import pytest

from highlighter.trailer.licences import forbids_derivatives


@pytest.mark.parametrize(
    "licence",
    [
        "CC BY-ND 4.0",
        "cc-by-nc-nd",
        "by-nc-nd",
        "BY NC ND",
        "Attribution-NoDerivs 3.0 Unported",
        "Attribution-NonCommercial-NoDerivatives 4.0 International",
        "Creative Commons Attribution Non-Commercial No Derivatives",
        "https://creativecommons.org/licenses/by-nc-nd/4.0/",
        "http://creativecommons.org/licenses/by-nd/2.0/uk/",
        "2021 Somebody, licensed to the public under CC BY_ND, no remix",
        "no derivative works",
    ],
)
def test_these_do(licence):
    assert forbids_derivatives(licence)


@pytest.mark.parametrize(
    "licence",
    [
        "",
        "CC BY 4.0",
        "CC BY-SA 3.0",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/",
        "CC0 1.0",
        "© Randy Andersson",
        "Stand by and hear",
        "© 1999 BY NDR",
        "All rights reserved",
    ],
)
def test_these_do_not(licence):
    assert not forbids_derivatives(licence)
