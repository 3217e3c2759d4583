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
        Share of values left out between layers while learning.
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
        self.layers = nn.LSTM(
            width,
            hidden,
            num_layers=layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout if layers > 1 else 0.0,
        )
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
        return self.head(self.dropout(self._read(rows, mask))).squeeze(-1)

    def _read(self, rows: Any, mask: Any) -> Any:
        """Return (B, n, 2·hidden): what both directions have read by each frame.

        A batch is read packed, or the backward direction would begin in the filling of the shorter
        songs. One song alone has no filling, and an exported graph hears one song.
        """
        if rows.shape[0] == 1:
            return self.layers(rows)[0]
        lengths = mask.long().sum(dim=1).clamp_min(1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(
            rows, lengths, batch_first=True, enforce_sorted=False
        )
        return nn.utils.rnn.pad_packed_sequence(
            self.layers(packed)[0], batch_first=True, total_length=rows.shape[1]
        )[0]


def build(settings: Mapping[str, Any] | None = None) -> BiLstm:
    """Return the network, untrained; `settings` are those of `BiLstm`."""
    return BiLstm(**dict(settings or {}))
