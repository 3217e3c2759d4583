"""A U-Net along time over the spectrogram, as Hook-net proposes for finding hooks.

Hook-net (T. Groot, *Hook-net*, University of Amsterdam) carries the U-Net of image segmentation
(Ronneberger, Fischer and Brox, "U-Net", MICCAI 2015; along time: Stoller, Ewert and Dixon,
"Wave-U-Net", ISMIR 2018) over to songs: a path that halves the rate again and again and sees ever
more of the song, a path back, and skips between them, so that the answer is wide in view and fine
in time. There the input is raw sound and the output a hook or none for 128 regions; here the input
is the mel spectrogram at 10.77 Hz with its 64 bands as channels, and the path back ends at the
tokens' 2.69 Hz.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from highlighter.training.architectures.frames import MEL_PER_TOKEN, spread_mask

WIDTHS = (32, 48, 64, 96, 128, 160, 160)
"""Channels at 10.77 Hz and at each halving of the rate, down to one frame per 5.9 s."""

_MELS = 64
_LEVELS_ABOVE_TOKENS = 2


class _Pair(nn.Module):
    """Two convolutions, each with normalisation and rectifier: the step of every level."""

    def __init__(self, before: int, width: int, kernel: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(before, width, kernel, padding=kernel // 2, bias=False)
        self.first_norm = nn.BatchNorm1d(width)
        self.second = nn.Conv1d(width, width, kernel, padding=kernel // 2, bias=False)
        self.second_norm = nn.BatchNorm1d(width)

    def forward(self, rows: Any, alive: Any) -> Any:
        rows = torch.relu(self.first_norm(self.first(rows))) * alive
        return torch.relu(self.second_norm(self.second(rows))) * alive


class HookNet(nn.Module):
    """The U-Net.

    Parameters
    ----------
    widths
        Channels of each level, the finest first.
    kernel
        Frames a convolution sees; odd.
    dropout
        Share of the coarsest level's channels left out while learning.
    """

    inputs = ("mel10",)

    def __init__(
        self, widths: tuple[int, ...] = WIDTHS, kernel: int = 5, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.down = nn.ModuleList(
            _Pair(before, width, kernel)
            for before, width in zip((_MELS, *widths[:-1]), widths, strict=True)
        )
        self.dropout = nn.Dropout(dropout)
        kept = widths[_LEVELS_ABOVE_TOKENS:]
        self.up = nn.ModuleList(
            _Pair(coarse + fine, fine, kernel)
            for coarse, fine in zip(kept[:0:-1], kept[-2::-1], strict=True)
        )
        self.head = nn.Conv1d(kept[0], 1, 1)

    def forward(self, batch: Mapping[str, Any], mask: Any) -> Any:
        """Return (B, n) logits for (B, 4·n, 64) `mel10` and (B, n) `mask`."""
        rows = batch["mel10"].transpose(1, 2)
        alive = spread_mask(mask, MEL_PER_TOKEN).transpose(1, 2)
        skips: list[tuple[Any, Any]] = []
        for level, pair in enumerate(self.down):
            if level:
                rows, alive = _halved(rows, alive)
            rows = pair(rows, alive)
            skips.append((rows, alive))
        rows = self.dropout(rows)
        for pair, (fine, alive) in zip(
            self.up, skips[-2 : _LEVELS_ABOVE_TOKENS - 1 : -1], strict=True
        ):
            doubled = rows.repeat_interleave(2, dim=2)[:, :, : fine.shape[2]]
            rows = pair(torch.cat([doubled, fine], dim=1), alive)
        return self.head(rows).squeeze(1)


def _halved(rows: Any, alive: Any) -> tuple[Any, Any]:
    """Return the larger of every two frames; an odd last frame stays alone."""
    half = nn.functional.max_pool1d(nn.functional.pad(rows, (0, 1)), 2)
    return half[:, :, : (rows.shape[2] + 1) // 2], alive[:, :, ::2]


def build(settings: Mapping[str, Any] | None = None) -> HookNet:
    """Return the network, untrained; `settings` are those of `HookNet`."""
    return HookNet(**dict(settings or {}))
