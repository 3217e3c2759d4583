"""A bidirectional LSTM over semitones, cepstra and a tempogram.

The recipe of recurrent chorus detectors: constant-Q spectrum for harmony and melody, MFCC for
colour, tempogram for rhythm, side by side per frame, and a recurrent network that reads the song
from both ends (Schuster and Paliwal, "Bidirectional recurrent neural networks", IEEE TSP 1997;
Graves and Schmidhuber, "Framewise phoneme classification with bidirectional LSTM", Neural Networks
2005; for music structure Ullrich, Schlüter and Grill, ISMIR 2014, and their recurrent successors).
Here semitones stand for the constant-Q transform (84 of them, log power, 5.38 Hz), 20 cepstra are
made of the 40 log-mel bands, and all three are averaged to the tokens' 2.69 Hz: a recurrent step
costs the same at any rate, and a chorus lasts seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from highlighter.training.architectures.frames import (
    TABLE_PER_TOKEN,
    cosine_basis,
    means,
    standardised,
)

_SEMITONES, _BANDS, _CEPSTRA = 84, 40, 20


class BiLstm(nn.Module):
    """The recurrent network.

    Parameters
    ----------
    tempi
        Columns of the tempogram.
    width
        Values per frame after the three inputs are put together.
    hidden
        Cells per direction and layer.
    layers
        Recurrent layers.
    dropout
        Share of values left out after each layer while learning.
    """

    inputs = ("semitones", "bands", "tempogram")

    def __init__(
        self,
        tempi: int = 32,
        width: int = 96,
        hidden: int = 96,
        layers: int = 2,
        dropout: float = 0.25,
    ) -> None:
        super().__init__()
        self.register_buffer("basis", cosine_basis(_BANDS, _CEPSTRA), persistent=False)
        self.project = nn.Linear(_SEMITONES + _CEPSTRA + tempi, width)
        widths = [width, *[2 * hidden] * (layers - 1)]
        self.forwards = nn.ModuleList(nn.LSTM(one, hidden, batch_first=True) for one in widths)
        self.backwards = nn.ModuleList(nn.LSTM(one, hidden, batch_first=True) for one in widths)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * hidden, 1)

    def forward(self, batch: Mapping[str, Any], mask: Any) -> Any:
        """Return (B, n) logits; see the protocol for the tables' shapes."""
        alive = mask.unsqueeze(-1)
        semitones = means(batch["semitones"], TABLE_PER_TOKEN)
        cepstra = standardised(means(batch["bands"], TABLE_PER_TOKEN) @ self.basis, alive)
        tempogram = standardised(batch["tempogram"], alive)
        frames = torch.cat([semitones, cepstra, tempogram], dim=2)
        rows = torch.relu(self.project(frames))
        turned = _turned(mask)
        for ahead, back in zip(self.forwards, self.backwards, strict=True):
            read = ahead(rows)[0], _taken(back(_taken(rows, turned))[0], turned)
            rows = self.dropout(torch.cat(read, dim=2))
        return self.head(rows).squeeze(-1)


def _turned(mask: Any) -> Any:
    """Return (B, n): for each place of a song the same place from its end; padding stays.

    With it the backward direction begins at a song's own end and not in what fills the batch up,
    without the packing of sequences, which costs ten times as much on a processor.
    """
    place = torch.arange(mask.shape[1], device=mask.device).unsqueeze(0)
    last = mask.sum(dim=1, keepdim=True).long() - 1
    return torch.where(place <= last, last - place, place)


def _taken(rows: Any, places: Any) -> Any:
    return rows.gather(1, places.unsqueeze(-1).expand(-1, -1, rows.shape[2]))


def build(settings: Mapping[str, Any] | None = None) -> BiLstm:
    """Return the network, untrained; `settings` are those of `BiLstm`."""
    return BiLstm(**dict(settings or {}))
