"""Estimates with their uncertainty: shares, opinion scores, votes. Pure functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054
"""97.5 % quantile of the normal distribution."""

LOWEST, HIGHEST = 1, 5
"""Of an opinion score (ITU-T P.800, five-point scale)."""


@dataclass(frozen=True)
class Estimate:
    """A number that is estimated from people.

    Parameters
    ----------
    value
        The estimate.
    low, high
        Of the 95 % interval; NaN where there is too little to tell.
    n
        How many people, visits or votes it rests on.
    """

    value: float
    low: float
    high: float
    n: int


def wilson(successes: int, n: int) -> Estimate:
    """Return a share with Wilson's score interval (JASA 22, 1927, 209–212), 95 %.

    It keeps its level for small `n` and shares near 0 or 1, where the usual interval does not
    (Brown, Cai & DasGupta, Statistical Science 16, 2001, 101–133).

    Raises
    ------
    ValueError
        If `successes` is not between 0 and `n`.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    share, square = successes / n, Z95 * Z95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z95 / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), n)


def mean_with_interval(values: Sequence[float]) -> Estimate:
    """Return a mean with Student's interval, 95 %, of values that are independent."""
    n = len(values)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = math.fsum(values) / n
    if n == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    half = _student(n - 1) * math.sqrt(variance / n)
    return Estimate(mean, mean - half, mean + half, n)


def mean_opinion(scores: Iterable[tuple[Hashable, float]]) -> Estimate:
    """Return the mean opinion score of pairs of a rater and a score, and its 95 % interval.

    The mean is that of all scores (ITU-T P.800, annex B). Scores of one rater hang together, so the
    interval is that of a mean over clusters: the variance of the raters' sums of deviations
    (Cameron & Miller, Journal of Human Resources 50, 2015, 317–372), Student's t with one degree of
    freedom less than there are raters. With one score of each rater it is the usual interval
    (ITU-T P.1401, 7.3). It is cut to the scale.

    Returns
    -------
    Estimate
        `n` counts raters.
    """
    by_rater: dict[Hashable, list[float]] = {}
    for rater, score in scores:
        by_rater.setdefault(rater, []).append(float(score))
    raters = len(by_rater)
    if raters == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    count = sum(map(len, by_rater.values()))
    mean = math.fsum(score for some in by_rater.values() for score in some) / count
    if raters == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    squares = math.fsum(
        math.fsum(score - mean for score in some) ** 2 for some in by_rater.values()
    )
    half = _student(raters - 1) * math.sqrt(raters / (raters - 1) * squares) / count
    return Estimate(mean, max(LOWEST, mean - half), min(HIGHEST, mean + half), raters)


def satisfaction(scores: Iterable[tuple[Hashable, str, float]]) -> Estimate:
    """Return the customer satisfaction index, 0 to 100, of a rater, a thing rated and a score each.

    Each rater's satisfaction is the mean of their mean score of each thing they rated, things
    weighing alike; the index is the mean over raters, put from 1…5 to 0…100 as the American
    Customer Satisfaction Index puts its scale (Fornell et al., Journal of Marketing 60, 1996,
    7–18, equation 1). Unlike there, what is asked are two things (highlights, trailers) and not
    three questions on one, and the weights are not estimated.

    Returns
    -------
    Estimate
        With Student's interval over raters, cut to the scale; `n` counts raters.
    """
    rated: dict[Hashable, dict[str, list[float]]] = {}
    for rater, thing, score in scores:
        rated.setdefault(rater, {}).setdefault(thing, []).append(float(score))
    person = [
        math.fsum(math.fsum(some) / len(some) for some in things.values()) / len(things)
        for things in rated.values()
    ]
    scaled = [100.0 * (one - LOWEST) / (HIGHEST - LOWEST) for one in person]
    mean = mean_with_interval(scaled)
    return Estimate(mean.value, max(0.0, mean.low), min(100.0, mean.high), mean.n)


def binomial_p(successes: int, n: int) -> float:
    """Return the two-sided exact p-value of a fair coin (sign test; ties are left out before).

    Raises
    ------
    ValueError
        If `successes` is not between 0 and `n`.
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")
    tail = min(successes, n - successes)
    # Whole numbers until the last step: exact for any n.
    ways = sum(math.comb(n, k) for k in range(tail + 1))
    return min(1.0, float(2 * ways / 2**n)) if n else 1.0


def _student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))
