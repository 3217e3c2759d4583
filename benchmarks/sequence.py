"""How long arranging takes and how good it is, on pools drawn by chance.

    ./run python benchmarks/sequence.py [--repeat N] [--quality]

Times are processor time of one thread, whole calls, the median and the 95th percentile over
different pools, each arranged three times with the fastest counted.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from itertools import permutations

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np

from recommender.sequence import Pool, Shape, Spacing, arrange, curve_of
from recommender.sequence.flow import tempo_distance, wheel_codes, wheel_steps
from recommender.sequence.terms import Terms, flow_over


def drawn_pool(seed: int, size: int, *, artists: float = 0.6, unknown: float = 0.05) -> Pool:
    """Return tracks as a search finds them: costs that rise, some artists often, some unknowns."""
    chance = np.random.default_rng(seed)
    cost = 0.35 + 0.2 * np.sort(chance.beta(2.0, 1.2, size))

    def seen(values: np.ndarray) -> np.ndarray:
        return np.where(chance.random(size) < unknown, np.nan, values).astype(np.float32)

    names = (chance.pareto(1.2, size) * artists * size / 3).astype(int) % int(artists * size + 1)
    guests = chance.integers(0, int(artists * size) + 1, size)
    having = chance.random(size) < 0.2
    return Pool(
        cost=cost.astype(np.float32),
        energy=seen(chance.random(size)),
        tempo=seen(np.clip(chance.normal(120, 27, size), 50, 220)),
        key=seen(chance.integers(0, 12, size).astype(float)),
        mode=seen((chance.random(size) < 0.65).astype(float)),
        seconds=seen(np.clip(chance.normal(225, 55, size), 60, 900)),
        artists=[
            (int(name), int(guest)) if has and name != guest else (int(name),)
            for name, guest, has in zip(names, guests, having, strict=True)
        ],
        songs=[(("row", at), ("song", int(chance.integers(0, 20 * size)))) for at in range(size)],
    )


def timed(name: str, size: int, repeat: int, **wanted: object) -> None:
    curve = wanted.pop("preset", None)
    took, totals, rough, compatible, tempi, off = [], [], [], [], [], []
    met = unsettled = 0
    for seed in range(repeat):
        pool = drawn_pool(seed, size)
        shape = Shape(curve=curve_of(str(curve), pool.energy) if curve else None, **wanted)  # type: ignore[arg-type]
        times = []
        for _ in range(3):
            start = time.thread_time()
            found = arrange(pool, shape)
            times.append(1e3 * (time.thread_time() - start))
        took.append(min(times))
        totals.append(found.objective.total)
        rough.append(found.objective.flow)
        met += not [one for one in found.unmet if one.code != "lengths_assumed"]
        unsettled += not found.settled
        order = list(found.order)
        if shape.curve is not None:
            off.append(np.nanmean(np.abs(pool.energy[order] - shape.curve.targets(len(order)))))
        codes = wheel_codes(pool.key, pool.mode)[order]
        both = (codes[1:] < 24) & (codes[:-1] < 24)
        compatible.append(np.mean(wheel_steps(codes[1:], codes[:-1])[both] <= 1))
        far = tempo_distance(pool.tempo[order[1:]], pool.tempo[order[:-1]])
        tempi.append(np.nanmedian(2 ** (far / 2) - 1))
    print(
        f"{name:44} {np.median(took):7.2f} ms  p95 {np.percentile(took, 95):7.2f} ms  "
        f"E {np.mean(totals):7.3f}  flow {np.mean(rough):6.3f}  met {met}/{repeat}  "
        f"keys that mix {100 * np.nanmean(compatible):3.0f} %  tempo step "
        f"{100 * np.mean(tempi):4.1f} %  off the curve "
        f"{np.mean(off) if off else 0:.3f}  cut short {unsettled}"
    )


def against_longer_search(name: str, size: int, repeat: int, kicks: int, **wanted: object) -> None:
    """Print how much is left to gain by shaking the answer very often."""
    curve = wanted.pop("preset", None)
    ratios = []
    for seed in range(repeat):
        pool = drawn_pool(seed, size)
        shape = Shape(curve=curve_of(str(curve), pool.energy) if curve else None, **wanted)  # type: ignore[arg-type]
        quick = arrange(pool, shape).objective.total
        ratios.append(quick / arrange(pool, shape, time_limit=120.0, kicks=kicks).objective.total)
    print(f"{name:44} E against {kicks} kicks: mean {np.mean(ratios):.4f}, worst {max(ratios):.4f}")


def against_exact(repeat: int) -> None:
    """Print how often 8 places of a pool of 10 come out as cheap as the best of all orders."""
    orders = np.array(list(permutations(range(10), 8)), dtype=np.int8)
    ratios = []
    for seed in range(repeat):
        # No artist or song is in the way, so that every order may be played.
        pool = replace(drawn_pool(1000 + seed, 10), artists=[()] * 10, songs=[()] * 10)
        preset = (None, "rise", "wave")[seed % 3]
        shape = Shape(
            length=8,
            flow=(0.5, 1.0)[seed % 2],
            curve=curve_of(preset, pool.energy) if preset else None,
        )
        terms = Terms(pool, 8, shape.curve, flow_over(pool, shape.flow))
        assert terms.flow is not None
        steps = np.stack([terms.flow.steps_from(track) for track in range(10)])
        total = sum(terms.unary[place][orders[:, place]] for place in range(8))
        total += sum(steps[orders[:, at], orders[:, at + 1]] for at in range(7))
        ratios.append(arrange(pool, shape).objective.total / float(total.min()))
    near = np.mean(np.array(ratios) <= 1.02)
    print(
        f"{'8 of 10 against all 1,814,400 orders':44} {repeat} tasks: within 2 % "
        f"{100 * near:.0f} %, the best itself {100 * np.mean(np.array(ratios) < 1.0001):.0f} %, "
        f"worst {max(ratios):.4f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--quality", action="store_true", help="compare with better answers")
    wanted = parser.parse_args()
    arrange(drawn_pool(0, 50), Shape(length=5))
    if wanted.quality:
        against_exact(wanted.repeat)
        against_longer_search("30 of 300, flow .5", 300, wanted.repeat // 2, 500, length=30)
        against_longer_search(
            "30 of 300, flow .5, wave", 300, wanted.repeat // 2, 500, length=30, preset="wave"
        )
        against_longer_search(
            "60 minutes of 300, flow .5", 300, wanted.repeat // 2, 200, seconds=3600.0
        )
        return
    repeat = wanted.repeat
    timed("30 of 300, flow 0", 300, repeat, length=30, flow=0.0)
    timed("30 of 300, flow .5 (the default)", 300, repeat, length=30, flow=0.5)
    timed("30 of 300, flow 1", 300, repeat, length=30, flow=1.0)
    timed("30 of 300, flow .5, wave", 300, repeat, length=30, flow=0.5, preset="wave")
    timed("60 minutes of 300, flow .5", 300, repeat, seconds=3600.0, flow=0.5)
    timed("60 minutes of 300, flow .5, rise", 300, repeat, seconds=3600.0, preset="rise")
    timed("100 of 1,000, flow .5", 1000, repeat, length=100)
    timed("375 minutes (100) of 1,000, flow .5, peak", 1000, repeat, seconds=22500.0, preset="peak")
    timed("500 of 2,000, flow .5, rise", 2000, max(repeat // 4, 3), length=500, preset="rise")
    timed("30 of 300, cap 1, gap 9", 300, repeat, length=30, spacing=Spacing(1, 9))


if __name__ == "__main__":
    main()
