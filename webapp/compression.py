"""Pages are sent gzipped to those who can unpack them, where that gives nothing away."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

LEAST_BYTES = 1400
"""What fits into one packet gains nothing."""
LEVEL = 5
PLAIN_ARGUMENTS = frozenset({"tab", "span", "offset"})
"""Arguments whose words are ours: what a page shows of them, nobody else has chosen."""


def init_compression(app: Flask) -> None:
    """Gzip the HTML pages of `app`.

    A page that repeats words of its address beside the secret of its forms would let somebody who
    can choose the address and see the length of the answer guess the secret letter by letter
    (BREACH, 2013). So only answers to addresses without such words are packed.
    """

    @app.after_request
    def pack(response: Response) -> Response:
        if response.mimetype != "text/html" or response.direct_passthrough or response.is_streamed:
            return response
        response.vary.add("Accept-Encoding")
        if (
            request.method != "GET"
            or response.status_code != 200
            or not set(request.args) <= PLAIN_ARGUMENTS
            or not request.accept_encodings["gzip"] > 0
            or "Content-Encoding" in response.headers
        ):
            return response
        page = response.get_data()
        if len(page) >= LEAST_BYTES:
            response.set_data(gzip.compress(page, LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
        return response
