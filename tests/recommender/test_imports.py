from __future__ import annotations

import subprocess
import sys

import recommender

HEAVY = ("numpy", "pyarrow", "faiss", "sklearn", "scipy")


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", code + "\nimport sys; print(' '.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy():
    assert not modules_after("import recommender") & set(HEAVY)


def test_serving_never_loads_scikit_learn(clusters_dir):
    loaded = modules_after(
        "from recommender import Recommender\n"
        f"Recommender.open({str(clusters_dir)!r}).recommend(['s0001'])"
    )
    assert "numpy" in loaded
    assert not loaded & {"sklearn", "scipy", "pandas"}


def test_every_public_name_can_be_had():
    for name in recommender.__all__:
        assert getattr(recommender, name) is not None
    assert set(recommender.__all__) <= set(dir(recommender))


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(recommender, "nothing_of_that_name")
