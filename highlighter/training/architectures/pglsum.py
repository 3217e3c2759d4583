"""Attention over the whole song and within each quarter of it: PGL-SUM.

E. Apostolidis, G. Balaouras, V. Mezaris and I. Patras, "Combining Global and Local Attention with
Positional Encoding for Video Summarization", IEEE ISM 2021; the network that "most replayed"
moments of videos were predicted with. Frame features and their absolute position go through
multi-head attention over everything and, beside it, through attention of its own within each of M
equal segments; both are added, joined with the input by a residual, normalised, and two dense
layers give each frame its score. There 1024 features of an image network at 2 frames per second, 8
heads over all and 4 within each of 4 segments; here 140 features of sound per token (mean and
spread of 64 mel bands, mean of 12 pitch classes) at 2.69 Hz, put into 96 values, with the same
heads and segments.

A batch holds songs of many lengths, so a segment is a quarter of its own song, not of the batch.
Dropout follows the attention instead of thinning its weights, which lets it run fused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from highlighter.training.architectures.frames import (
    BARRED,
    MEL_PER_TOKEN,
    TABLE_PER_TOKEN,
    means,
    standardised,
)

_MELS, _CHROMA = 64, 12
_FREQUENCY = 10_000.0


class _Attention(nn.Module):
    """Multi-head attention that never looks at what is barred."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.each = heads, width // heads
        self.query, self.key, self.value, self.out = (
            nn.Linear(width, width, bias=False) for _ in range(4)
        )

    def forward(self, rows: Any, alive: Any) -> Any:
        """Return (B, t, width) for as many rows and (B, t) which of them are song."""
        heard = nn.functional.scaled_dot_product_attention(
            self._split(self.query(rows)),
            self._split(self.key(rows)),
            self._split(self.value(rows)),
            attn_mask=((1.0 - alive.float()) * BARRED).unsqueeze(1).unsqueeze(1),
        )
        joined = heard.transpose(1, 2).reshape(rows.shape[0], rows.shape[1], self.heads * self.each)
        return self.out(joined)

    def _split(self, rows: Any) -> Any:
        shape = (rows.shape[0], rows.shape[1], self.heads, self.each)
        return rows.reshape(shape).transpose(1, 2)


class _Within(nn.Module):
    """Attention inside each of a song's equal segments, each segment with weights of its own."""

    def __init__(self, width: int, heads: int, segments: int) -> None:
        super().__init__()
        self.attentions = nn.ModuleList(_Attention(width, heads) for _ in range(segments))

    def forward(self, rows: Any, alive: Any) -> Any:
        """Return (B, n, width); where a segment lies is read from each song's own length."""
        segments, most = len(self.attentions), rows.shape[1]
        longest = (most + segments - 1) // segments
        count = alive.sum(dim=1, keepdim=True).long()
        each = torch.div(count + segments - 1, segments, rounding_mode="floor").clamp_min(1)
        step = torch.arange(longest, device=rows.device).unsqueeze(0)
        heard = []
        for part, attention in enumerate(self.attentions):
            place = step + each * part
            inside = (step < each) & (place < count)
            heard.append(attention(_taken(rows, place.clamp_max(most - 1)), inside))
        place = torch.arange(most, device=rows.device).unsqueeze(0)
        part = torch.div(place, each, rounding_mode="floor").clamp_max(segments - 1)
        back = (part * longest + place - part * each).clamp_max(segments * longest - 1)
        return _taken(torch.cat(heard, dim=1), back) * alive.unsqueeze(-1)


def _taken(rows: Any, places: Any) -> Any:
    return rows.gather(1, places.unsqueeze(-1).expand(-1, -1, rows.shape[2]))


class PglSum(nn.Module):
    """The network.

    Parameters
    ----------
    width
        Values per frame; a multiple of both numbers of heads.
    heads, local_heads
        Heads of the attention over all, and within a segment.
    segments
        Equal parts the song is cut into.
    dropout
        Share of values left out while learning (0.5 in the paper, of far larger features).
    """

    inputs = ("mel10", "chroma")

    def __init__(
        self,
        width: int = 96,
        heads: int = 8,
        local_heads: int = 4,
        segments: int = 4,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.width = width
        self.project = nn.Linear(2 * _MELS + _CHROMA, width)
        self.everywhere = _Attention(width, heads)
        self.within = _Within(width, local_heads, segments)
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)
        self.dense = nn.Linear(width, width)
        self.dense_norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 1)

    def forward(self, batch: Mapping[str, Any], mask: Any) -> Any:
        """Return (B, n) logits; see the protocol for the tables' shapes."""
        rows = self.project(_features(batch, mask))
        rows = rows + _positions(rows, self.width)
        heard = self.everywhere(rows, mask) + self.within(rows, mask)
        rows = self.norm(self.dropout(heard + rows))
        rows = self.dense_norm(self.dropout(torch.relu(self.dense(rows))))
        return self.head(rows).squeeze(-1)


def _features(batch: Mapping[str, Any], mask: Any) -> Any:
    """Return (B, n, 140): mean and spread of the mel bands within a token, and its chroma."""
    alive = mask.unsqueeze(-1)
    mel = batch["mel10"]
    mean = means(mel, MEL_PER_TOKEN)
    spread = (means(mel.square(), MEL_PER_TOKEN) - mean.square()).clamp_min(0.0)
    spread = standardised((spread + 1e-6).sqrt(), alive)
    chroma = standardised(means(batch["chroma"], TABLE_PER_TOKEN), alive)
    return torch.cat([mean, spread, chroma], dim=2)


def _positions(rows: Any, width: int) -> Any:
    """Return (1, n, width): sines and cosines of each frame's place (Vaswani et al. 2017)."""
    place = torch.ones_like(rows[:1, :, :1]).cumsum(dim=1) - 1.0
    steps = torch.arange(0, width, 2, dtype=torch.float32, device=rows.device)
    angle = place * torch.exp(steps * (-math.log(_FREQUENCY) / width))
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(2)


def build(settings: Mapping[str, Any] | None = None) -> PglSum:
    """Return the network, untrained; `settings` are those of `PglSum`."""
    return PglSum(**dict(settings or {}))
