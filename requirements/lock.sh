#!/bin/sh
# Lock the requirements again: hashes, all platforms, no index or download addresses.
set -eu
cd "$(dirname -- "$0")/.."
uv=$(command -v uv || echo .uv/bin/uv)
lock() {
    out=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url --no-emit-find-links "$@" -o "requirements/$out.txt" pyproject.toml
}
lock run
lock dev --group dev -c requirements/run.txt
lock train --extra train --group dev -c requirements/run.txt
