"""What the field's architectures do to the tables before they begin.

The tables arrive relative to their song (see `batches.relative`); what is left is to even out those
that do not, to bring all to the tokens' rate, and to tell song from padding at every rate.
"""

from __future__ import annotations

from typing import Any

import torch

MEL_PER_TOKEN = 4
"""Rows of `mel10` (10.77 Hz) in one token (2.69 Hz)."""

TABLE_PER_TOKEN = 2
"""Rows of `semitones`, `bands` and `chroma` (5.38 Hz) in one token."""

BARRED = -1e9
"""Added to the attention paid to padding."""


def spread_mask(mask: Any, factor: int) -> Any:
    """Return (B, factor·n, 1), 1 for rows that are song, of the (B, n) `mask` of tokens."""
    return mask.repeat_interleave(factor, dim=1).unsqueeze(-1)


def standardised(rows: Any, alive: Any) -> Any:
    """Return rows of (B, t, d) with mean 0 and a spread of 1 in each column; padding is zero.

    Parameters
    ----------
    rows
        (B, t, d).
    alive
        (B, t, 1), 1 for song and 0 for padding.
    """
    count = alive.sum(dim=1, keepdim=True).clamp_min(1.0)
    less = (rows - (rows * alive).sum(dim=1, keepdim=True) / count) * alive
    power = less.square().sum(dim=1, keepdim=True) / count
    return less / (power + 1e-6).sqrt()


def means(rows: Any, factor: int) -> Any:
    """Return (B, n, d): means over `factor` rows of (B, factor·n, d)."""
    return torch.nn.functional.avg_pool1d(rows.transpose(1, 2), factor).transpose(1, 2)


def cosine_basis(count: int, orders: int) -> Any:
    """Return (count, orders): the cosines that make cepstra 1 to `orders` of `count` log bands."""
    place = torch.arange(count, dtype=torch.float32).unsqueeze(1) + 0.5
    order = torch.arange(1, orders + 1, dtype=torch.float32).unsqueeze(0)
    return torch.cos(torch.pi / count * place * order) * (2.0 / count) ** 0.5
