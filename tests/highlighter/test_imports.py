from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("librosa", "numba", "pandas", "sklearn", "scipy.signal", "scipy.stats", "torch", "faiss")


@pytest.mark.parametrize(
    "module",
    ["highlighter", "highlighter.highlight", "highlighter.study", "highlighter.commands"],
)
def test_the_way_to_a_highlight_imports_nothing_heavy(module: str) -> None:
    script = f"import sys, {module}\nimport soundfile, soxr, av\nprint(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert module in loaded
    assert not set(HEAVY) & set(loaded)


def test_working_on_a_song_imports_nothing_heavy_either() -> None:
    script = (
        "import sys, numpy as np\n"
        "from highlighter.audio import Audio\n"
        "from highlighter.highlight import find_highlight\n"
        "noise = np.random.default_rng(0).standard_normal((44100 * 60, 2)).astype('f4') * .1\n"
        "print(find_highlight(Audio(noise, 44100)).strategy)\n"
        "print(*sorted(sys.modules))"
    )
    strategy, loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert strategy in ("fixed", "energy", "repetition")
    assert not set(HEAVY) & set(loaded.split())
