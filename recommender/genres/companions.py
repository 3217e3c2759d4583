"""Two small models that stand beside the trees where rows are few: a kernel and a Gaussian one.

Both are closed formulas in numpy, trained in seconds, and served from their arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.float64]]

MOST_ROWS = 4_000
"""Above this a kernel's matrix is too large to be worth it; the trees do not need it then."""
CLIP = 4.0
"""Standard deviations beyond which a value says no more."""


def softmax(logits: Matrix) -> Matrix:
    """Return rows of probabilities from rows of logits."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Matrix = shifted / shifted.sum(axis=1, keepdims=True)
    return result


@dataclass(frozen=True)
class KernelModel:
    """Regularised least squares on one-hot labels with a Gaussian kernel (Rifkin et al. 2003).

    Attributes
    ----------
    centres
        Training rows, scaled (rows × columns).
    weights
        Rows × classes.
    gamma
        Of exp(−gamma · squared distance).
    sharpness
        What scores are multiplied by before the softmax.
    """

    centres: Matrix
    weights: Matrix
    gamma: float
    sharpness: float

    def probabilities(self, rows: Matrix) -> Matrix:
        """Return rows × classes, for scaled rows."""
        kernel = np.exp(-self.gamma * _squared_distances(np.clip(rows, -CLIP, CLIP), self.centres))
        return softmax(self.sharpness * (kernel @ self.weights))


def fit_kernel(
    rows: Matrix,
    classes: np.ndarray[Any, Any],
    count: int,
    *,
    width: float = 0.85,
    ridge: float = 0.1,
    sharpness: float = 7.0,
) -> KernelModel:
    """Fit on scaled rows; `width` is gamma times the number of columns."""
    centres = np.clip(np.asarray(rows, np.float64), -CLIP, CLIP)
    gamma = width / centres.shape[1]
    kernel = np.exp(-gamma * _squared_distances(centres, centres))
    kernel[np.diag_indices_from(kernel)] += ridge
    targets = np.eye(count)[classes] - 1.0 / count
    return KernelModel(centres, np.linalg.solve(kernel, targets), gamma, sharpness)


@dataclass(frozen=True)
class GaussianModel:
    """One Gaussian a class, covariances drawn to their mean (Friedman 1989, without the trace).

    Attributes
    ----------
    means
        Classes × columns.
    whiteners
        Classes × columns × columns: inverse Cholesky factors of the covariances.
    offsets
        Per class, log prior − half the covariance's log determinant.
    sharpness
        What log-likelihoods are multiplied by: columns are not independent evidence.
    """

    means: Matrix
    whiteners: Matrix
    offsets: Matrix
    sharpness: float

    def probabilities(self, rows: Matrix) -> Matrix:
        """Return rows × classes, for scaled rows."""
        clipped = np.clip(rows, -CLIP, CLIP)
        logits = np.empty((len(rows), len(self.means)))
        for at, (mean, whitener) in enumerate(zip(self.means, self.whiteners, strict=True)):
            white = (clipped - mean) @ whitener.T
            logits[:, at] = self.offsets[at] - 0.5 * np.einsum("ij,ij->i", white, white)
        return softmax(self.sharpness * logits)


def fit_gaussians(
    rows: Matrix,
    classes: np.ndarray[Any, Any],
    count: int,
    *,
    share: float = 0.5,
    floor: float = 0.02,
    sharpness: float = 0.25,
) -> GaussianModel:
    """Fit on scaled rows; `share` of each covariance is the mean of all, `floor` is its ridge."""
    clipped = np.clip(np.asarray(rows, np.float64), -CLIP, CLIP)
    columns = clipped.shape[1]
    means = np.zeros((count, columns))
    covariances = np.zeros((count, columns, columns))
    sizes = np.bincount(classes, minlength=count).astype(np.float64)
    for at in range(count):
        mine = clipped[classes == at]
        if len(mine):
            means[at] = mine.mean(axis=0)
        if len(mine) > 1:
            covariances[at] = np.cov(mine.T).reshape(columns, columns)
    pooled = np.tensordot(sizes / sizes.sum(), covariances, axes=1)
    whiteners = np.zeros_like(covariances)
    offsets = np.log((sizes + 1.0) / (sizes.sum() + count))
    for at in range(count):
        mixed = (1.0 - share) * covariances[at] + share * pooled + floor * np.eye(columns)
        factor = np.linalg.cholesky(mixed)
        whiteners[at] = np.linalg.inv(factor)
        offsets[at] -= float(np.log(np.diag(factor)).sum())
    return GaussianModel(means, whiteners, offsets, sharpness)


def _squared_distances(left: Matrix, right: Matrix) -> Matrix:
    squares = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :]
    result: Matrix = np.maximum(squares - 2.0 * (left @ right.T), 0.0)
    return result
