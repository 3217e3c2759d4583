"""``python -m highlighter.sandbox DESCRIPTOR``: see `highlighter.sandbox.child`."""

from __future__ import annotations

import sys

from highlighter.sandbox.child import main

sys.exit(main(int(sys.argv[1])))
