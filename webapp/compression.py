"""Pages are sent gzipped to those who can unpack them, where that gives nothing away."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping

from flask import Flask, Response, request
from werkzeug.datastructures import MultiDict

from webapp.routes.seed_pages import SPANS, TABS

LEAST_BYTES = 1400
"""What fits into one packet gains nothing."""
LEVEL = 5
PLAIN_ARGUMENTS: Mapping[str, re.Pattern[str]] = {
    "tab": re.compile("|".join(TABS)),
    "span": re.compile("|".join(SPANS)),
    "offset": re.compile("[0-9]{1,5}"),
}
"""Arguments of pages that are packed, and their words: ours, and none that anybody could choose."""


def init_compression(app: Flask) -> None:
    """Gzip the HTML pages of `app`.

    A page that repeats words of its address beside the secret of its forms would let somebody who
    can choose the address and see the length of the answer guess the secret letter by letter
    (BREACH, 2013). Every page repeats its whole address, in the links to other languages. So only
    answers to addresses without such words are packed.
    """

    @app.after_request
    def pack(response: Response) -> Response:
        if response.mimetype != "text/html" or response.direct_passthrough or response.is_streamed:
            return response
        response.vary.add("Accept-Encoding")
        if (
            request.method != "GET"
            or response.status_code != 200
            or not _is_plain(request.args)
            or not request.accept_encodings["gzip"] > 0
            or "Content-Encoding" in response.headers
        ):
            return response
        page = response.get_data()
        if len(page) >= LEAST_BYTES:
            response.set_data(gzip.compress(page, LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
        return response


def _is_plain(arguments: MultiDict[str, str]) -> bool:
    return all(
        name in PLAIN_ARGUMENTS and PLAIN_ARGUMENTS[name].fullmatch(value)
        for name, value in arguments.items(multi=True)
    )
