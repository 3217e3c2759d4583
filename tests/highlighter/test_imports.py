from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "librosa",
    "numba",
    "pandas",
    "sklearn",
    "scipy.signal",
    "scipy.stats",
    "scipy.optimize",
    "torch",
    "faiss",
    "matplotlib",
}
"""What takes longer to import than a song to hear; onnxruntime, which runs the network, may be."""

FIND = """
import json, sys
from highlighter.highlight import find_highlight

answers = [find_highlight(file).strategy for file in sys.argv[1:]]
print(json.dumps({"strategies": answers, "modules": sorted(sys.modules)}))
"""

BY_COMMAND = """
import json, sys
from webapp.cli import main

status = main(["highlight", "--json", *sys.argv[1:]])
print(json.dumps({"status": status, "modules": sorted(sys.modules)}))
"""


def told(script: str, *arguments: str) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    ).stdout.splitlines()


@pytest.mark.parametrize(
    "module",
    ["highlighter", "highlighter.highlight", "highlighter.study", "highlighter.commands"],
)
def test_the_way_to_a_highlight_imports_nothing_heavy(module: str) -> None:
    script = f"import sys, {module}\nimport soundfile, soxr, av\nprint(*sorted(sys.modules))"
    (loaded,) = told(script)
    assert module in loaded.split()
    assert not HEAVY & set(loaded.split())


def test_finding_highlights_in_files_imports_nothing_heavy_either(tunes: dict[str, Path]) -> None:
    (line,) = told(FIND, *(str(tunes[ending]) for ending in ("mp3", "flac", "ogg", "opus", "m4a")))
    found = json.loads(line)
    assert found["strategies"] == ["whole"] * 5
    assert not HEAVY & set(found["modules"])


def test_nor_does_asking_every_strategy_there_is() -> None:
    script = (
        "import sys, numpy as np\n"
        "from highlighter.audio import Audio\n"
        "from highlighter.highlight import find_highlight\n"
        "noise = np.random.default_rng(0).standard_normal((22050 * 60, 1)).astype('f4') * .1\n"
        "noise[22050 * 20 : 22050 * 40] *= 3\n"
        "for genre in (None, 'pop', 'techno', 'jazz', 'classical', 'ambient'):\n"
        "    assert find_highlight(Audio(noise, 22050), genre=genre).end <= 60\n"
        "print(*sorted(sys.modules))"
    )
    (loaded,) = told(script)
    assert not HEAVY & set(loaded.split())


def test_nor_does_the_command(tunes: dict[str, Path]) -> None:
    answer, end = told(BY_COMMAND, str(tunes["wav"]))
    assert json.loads(answer)["strategy"] == "whole"
    found = json.loads(end)
    assert found["status"] == 0
    assert not HEAVY & set(found["modules"])
