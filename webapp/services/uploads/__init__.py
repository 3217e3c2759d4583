"""A visitor's own files: taken in with care, heard, cut, mixed, and removed in time.

One subject per module: `bounds` (how much), `receiving` (bytes to disk), `inspection` (what they
are), `shelf` (where they lie), `service` (what a visitor does with them), `hearing` and `mixing`
(the jobs), `cutting` (a highlight as a file of its own), `cleaning`. ``docs/uploads.md`` tells the
whole.
"""
