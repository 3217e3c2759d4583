"""Multi-scale convolution, then self-attention between convolutions: DeepChorus.

Q. He, X. Sun, Y. Yu and W. Li, "DeepChorus: A Hybrid Model of Multi-scale Convolution and
Self-attention for Chorus Detection", ICASSP 2022. Convolutions with pooling along frequency make
the mel spectrogram a sequence; a multi-scale network in the manner of HRNet keeps it at three rates
at once (1, 1/3, 1/9) and mixes them in five blocks; three self-attentions with convolutions between
them relate passages of the whole song; convolutions give the curve. There 128 bands at 43 Hz, 64 to
256 channels and 5.0 million parameters: attention over 10 336 frames of a four-minute song makes it
take 4 s and a gigabyte. Here 64 bands at 10.77 Hz, 16 to 64 channels, mixing at 5.38 Hz and
attention at the tokens' 2.69 Hz; blocks, scales, activations and their order are the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from highlighter.training.architectures.frames import (
    BARRED,
    MEL_PER_TOKEN,
    TABLE_PER_TOKEN,
    spread_mask,
)

_SCALE = 3
_BRANCHES = (2, 3, 3, 2, 1)


class _Front(nn.Module):
    """Convolutions over time and frequency that pool 64 bands away, and the rate once by two."""

    def __init__(self, widths: tuple[int, int, int]) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, width, 3, padding=1)
            for before, width in zip((1, *widths[:-1]), widths, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        self.pools = ((2, 4), (1, 4), (1, 4))

    def forward(self, mel: Any, alive: Any) -> Any:
        """Return (B, widths[-1], 2·n) for (B, 4·n, 64)."""
        rows, alive = mel.unsqueeze(1), alive.unsqueeze(1)
        for convolution, norm, pool in zip(self.convolutions, self.norms, self.pools, strict=True):
            rows = nn.functional.elu(convolution(rows))
            rows = nn.functional.avg_pool2d(norm(rows) * alive, pool)
            alive = alive[:, :, :: pool[0]]
        return rows.squeeze(3)


class _Resample(nn.Module):
    """From one branch's rate to another's, a factor of three per step."""

    def __init__(self, before: int, width: int, steps: int) -> None:
        super().__init__()
        widths = (before, *[width] * max(0, abs(steps) - 1))
        kind = nn.ConvTranspose1d if steps < 0 else nn.Conv1d
        self.steps = steps
        self.convolutions = nn.ModuleList(
            [nn.Conv1d(before, width, 3, padding=1)]
            if steps == 0
            else [kind(each, width, _SCALE, stride=_SCALE) for each in widths]
        )

    def forward(self, rows: Any, size: Any) -> Any:
        for convolution in self.convolutions:
            if self.steps > 0:
                rows = nn.functional.pad(rows, (0, _SCALE - 1))
            rows = convolution(rows)
        return rows[:, :, :size]


class _Mix(nn.Module):
    """Every branch out hears every branch in: the block that HRNet repeats."""

    def __init__(self, befores: list[int], width: int, branches: int) -> None:
        super().__init__()
        self.resample = nn.ModuleList(
            nn.ModuleList(_Resample(before, width, out - place) for out in range(branches))
            for place, before in enumerate(befores)
        )
        self.first = nn.ModuleList(
            nn.Conv1d(width * len(befores), width, 3, padding=1) for _ in range(branches)
        )
        self.second = nn.ModuleList(nn.Conv1d(width, width, 3, padding=1) for _ in range(branches))
        self.first_norm = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(branches))
        self.second_norm = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(branches))

    def forward(self, branches: list[Any], alive: list[Any]) -> list[Any]:
        mixed = []
        for out, (first, second, first_norm, second_norm) in enumerate(
            zip(self.first, self.second, self.first_norm, self.second_norm, strict=True)
        ):
            here = alive[out]
            heard = [
                resample[out](rows, here.shape[2])
                for resample, rows in zip(self.resample, branches, strict=True)
            ]
            rows = first_norm(nn.functional.elu(first(torch.cat(heard, dim=1) * here))) * here
            mixed.append(second_norm(nn.functional.elu(second(rows))) * here)
        return mixed


class _SelfAttention(nn.Module):
    """One head over the whole song with a residual, each projection through an ELU."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.norm = nn.BatchNorm1d(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, rows: Any, alive: Any) -> Any:
        """Return (B, width, n)."""
        seen = rows.transpose(1, 2)
        query, key, value = (
            nn.functional.elu(part(seen)).unsqueeze(1)
            for part in (self.query, self.key, self.value)
        )
        barred = ((1.0 - alive) * BARRED).unsqueeze(1)
        heard = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=barred)
        answer = self.dropout(nn.functional.elu(self.out(heard.squeeze(1))))
        return self.norm((answer + seen).transpose(1, 2)) * alive


class DeepChorus(nn.Module):
    """The network.

    Parameters
    ----------
    front
        Channels of the three convolutions over time and frequency.
    width
        Channels of the multi-scale blocks and of attention.
    dropout
        Share of values left out while learning (none in the paper, which had more songs).
    """

    inputs = ("mel10",)

    def __init__(
        self, front: tuple[int, int, int] = (16, 32, 64), width: int = 48, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.front = _Front(front)
        befores = [[front[-1]], *([width] * branches for branches in _BRANCHES[:-1])]
        self.mixes = nn.ModuleList(
            _Mix(before, width, branches)
            for before, branches in zip(befores, _BRANCHES, strict=True)
        )
        self.to_tokens = nn.Conv1d(width, width, TABLE_PER_TOKEN, stride=TABLE_PER_TOKEN)
        self.attentions = nn.ModuleList(_SelfAttention(width, dropout) for _ in range(3))
        self.between = nn.ModuleList(nn.Conv1d(width, width, 3, padding=1) for _ in range(3))
        self.narrow = nn.Conv1d(width, width // 2, 3, padding=1)
        self.narrow_norm = nn.BatchNorm1d(width // 2)
        self.head = nn.Conv1d(width // 2, 1, 3, padding=1)

    def forward(self, batch: Mapping[str, Any], mask: Any) -> Any:
        """Return (B, n) logits for (B, 4·n, 64) `mel10` and (B, n) `mask`."""
        fine = spread_mask(mask, TABLE_PER_TOKEN).transpose(1, 2)
        scales = [fine, fine[:, :, ::_SCALE], fine[:, :, :: _SCALE * _SCALE]]
        branches = [self.front(batch["mel10"], spread_mask(mask, MEL_PER_TOKEN))]
        for mix in self.mixes:
            branches = mix(branches, scales)
        alive = mask.unsqueeze(1)
        rows = nn.functional.elu(self.to_tokens(branches[0])) * alive
        for attention, between in zip(self.attentions, self.between, strict=True):
            rows = nn.functional.elu(between(attention(rows, alive))) * alive
        rows = self.narrow_norm(nn.functional.elu(self.narrow(rows))) * alive
        return self.head(rows).squeeze(1)


def build(settings: Mapping[str, Any] | None = None) -> DeepChorus:
    """Return the network, untrained; `settings` are those of `DeepChorus`."""
    return DeepChorus(**dict(settings or {}))
