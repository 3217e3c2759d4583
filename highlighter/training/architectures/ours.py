"""Our network: tokens that look at their own repeats.

Dilated convolutions give each token its surroundings; at half the rate, layers of self-attention
whose logits are a learnt mixture of content, distance and the relations measured in the sound (how
alike two passages are, in the same or another key), so that a moment sees what its repeats have in
common; then back to the token rate beside what the convolutions said.

Attention with a bias that is not learnt from scratch follows O. Press, N. A. Smith, M. Lewis,
*Train short, test long* (ALiBi), ICLR 2022; the idea that repetition belongs beside the spectrum is
that of the chorus detectors before networks (M. Goto, 2006).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from highlighter.highlight.tokens import GROUPS, WIDTH


class _Convolution(nn.Module):
    """A residual block: normalise, dilated convolution, project."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mix = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.out = nn.Linear(width, width)

    def forward(self, x: Any, mask: Any) -> Any:
        inner = self.norm(x) * mask
        mixed = self.mix(inner.transpose(1, 2)).transpose(1, 2)
        return (x + self.out(torch.relu(mixed))) * mask


class _Attention(nn.Module):
    """Self-attention whose logits see content, distance and measured relations."""

    def __init__(self, width: int, heads: int, relations: int) -> None:
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.relation = nn.Parameter(torch.full((heads, relations), 1.0 / relations))
        self.nearness = nn.Parameter(torch.linspace(-1.0, 1.0, heads))
        self.out = nn.Linear(width, width)
        self.norm_after = nn.LayerNorm(width)
        self.after = nn.Sequential(
            nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Any, relations: Any, distance: Any, absent: Any, mask: Any) -> Any:
        count, rows = x.shape[0], x.shape[1]
        qkv = self.qkv(self.norm(x)).reshape(count, rows, 3, self.heads, self.size)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        logits = query @ key.transpose(2, 3) / math.sqrt(self.size)
        bias = self.nearness[:, None, None] * distance + absent
        logits = logits + torch.einsum("hc,bcij->bhij", self.relation, relations) + bias
        looked = torch.softmax(logits, dim=-1) @ value
        looked = looked.transpose(1, 2).reshape(count, rows, self.heads * self.size)
        x = x + self.out(looked)
        return (x + self.after(self.norm_after(x))) * mask


class Ours(nn.Module):
    """See this module.

    Parameters
    ----------
    width
        Of all layers.
    layers
        Of attention.
    heads
        Per layer; divides `width`.
    dropout
        While training, of what enters and of what leaves.
    blind
        Groups of tokens that are never seen (`highlighter.highlight.tokens.GROUPS`).
    group_dropout
        By group, and for `relations`, how often a song's is hidden while training.
    wander
        Deviation of slow random curves that are added to each column while training, so that no
        single one is relied upon: what always tells a rendered chorus may fail in a recording.
    """

    inputs = ("tokens", "relations")

    def __init__(
        self,
        width: int = 64,
        layers: int = 2,
        heads: int = 4,
        dropout: float = 0.15,
        blind: tuple[str, ...] = (),
        group_dropout: Mapping[str, float] | None = None,
        wander: float = 0.0,
    ) -> None:
        super().__init__()
        seen = torch.ones(WIDTH)
        for group in blind:
            seen[GROUPS[group]] = 0.0
        self.register_buffer("seen", seen)
        self.group_dropout, self.wander = dict(group_dropout or {}), wander
        self.enter = nn.Linear(WIDTH, width)
        self.drop = nn.Dropout(dropout)
        self.before = nn.ModuleList(_Convolution(width, 2**step) for step in range(4))
        self.attention = nn.ModuleList(_Attention(width, heads, 3) for _ in range(layers))
        self.between = nn.ModuleList(_Convolution(width, 2**step) for step in range(layers))
        self.join = nn.Linear(2 * width, width)
        self.behind = nn.ModuleList(_Convolution(width, 2**step) for step in range(3))
        self.norm = nn.LayerNorm(width)
        self.heads = nn.Linear(width, 2)

    def forward(self, batch: Mapping[str, Any], mask: Any) -> Any:
        """Return (B, n, 2) logits: chorus, and a chorus beginning."""
        tokens, relations = batch["tokens"] * self.seen, batch["relations"]
        if self.training:
            tokens, relations = self._disturbed(tokens, relations)
        rows = tokens.shape[1]
        wide = mask[:, :, None]
        x = self.drop(self.enter(tokens)) * wide
        for block in self.before:
            x = block(x, wide)
        half, half_mask = self._halved(x), self._halved(wide)
        present = (half_mask > 0.0).to(x.dtype)
        half = half / torch.clamp(half_mask, min=0.5) * present
        absent = (present[:, :, 0] - 1.0)[:, None, None, :] * 1e4
        places = torch.cumsum(torch.ones_like(half[:1, :, 0]), dim=1)
        apart = (places[:, :, None] - places[:, None, :]).abs()
        distance = -torch.log1p(apart)[:, None]
        for attention, block in zip(self.attention, self.between, strict=True):
            half = block(attention(half, relations, distance, absent, present), present)
        again = torch.repeat_interleave(half, 2, dim=1)[:, :rows]
        x = (x + self.join(torch.cat([x, again], dim=2))) * wide
        for block in self.behind:
            x = block(x, wide)
        return self.heads(self.drop(self.norm(x)))

    def _disturbed(self, tokens: Any, relations: Any) -> tuple[Any, Any]:
        count, rows = tokens.shape[0], tokens.shape[1]
        if self.wander > 0.0:
            slow = torch.randn(count, WIDTH, rows // 32 + 2)
            curves = functional.interpolate(slow, size=rows, mode="linear", align_corners=True)
            strength = self.wander * 2.0 * torch.rand(count, 1, WIDTH)
            tokens = tokens + strength * curves.transpose(1, 2)
        keep = torch.ones(count, 1, WIDTH)
        for group, chance in self.group_dropout.items():
            gone = torch.rand(count) < chance
            if group == "relations":
                relations = relations * (~gone)[:, None, None, None]
            else:
                keep[gone, :, GROUPS[group]] = 0.0
        return tokens * keep * self.seen, relations

    @staticmethod
    def _halved(x: Any) -> Any:
        return functional.avg_pool1d(
            x.transpose(1, 2), 2, ceil_mode=True, count_include_pad=False
        ).transpose(1, 2)


def build(settings: Mapping[str, Any]) -> Ours:
    """Return a new network; `settings` are the parameters of `Ours`."""
    known = {**settings, "blind": tuple(settings.get("blind", ()))}
    return Ours(**known)
