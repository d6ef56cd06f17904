"""Samples put together: what a model is fed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurofm.data.ids import Ids

Sample = Mapping[str, NDArray[Any]]  # arrays of one window by name; 0-d ones are one value a window


class Batch:
    """Several samples behind each other, nothing padded.

    No dataclass, since lightning-fabric would turn the float64 times inside one into float32.

    Parameters
    ----------
    arrays : by name, (sum of lengths, ...), or (batch,) for single values
    lengths : by name, how many rows each sample has
    """

    def __init__(self, arrays: Mapping[str, Tensor], lengths: Mapping[str, tuple[int, ...]]) -> None:
        self.arrays, self.lengths = arrays, lengths

    def __getitem__(self, name: str) -> Tensor:
        return self.arrays[name]

    def to(self, device: torch.device | str) -> Batch:
        """The same on another device."""
        return Batch({name: x.to(device, non_blocking=True) for name, x in self.arrays.items()}, self.lengths)


class Output(NamedTuple):
    """What a model answers.

    Parameters
    ----------
    prediction : (query, feature), samples behind each other
    latent : (batch, latent, dim), what it thinks with
    ids : of the rows of `latent`, where the model knows them
    """

    prediction: Tensor
    latent: Tensor
    ids: Ids | None = None


def collate(samples: Sequence[Sample]) -> Batch:
    """One batch from samples with the same names."""
    arrays, lengths = {}, {}
    for name, first in samples[0].items():
        parts = [s[name] for s in samples]
        if np.ndim(first):
            lengths[name] = tuple(len(p) for p in parts)
            arrays[name] = torch.from_numpy(np.concatenate(parts))
        else:
            arrays[name] = torch.from_numpy(np.stack(parts))
    return Batch(arrays, lengths)


def pad(x: Tensor, lengths: Sequence[int]) -> Tensor:
    """(sum of lengths, ...) to (batch, longest, ...), zeros behind."""
    return torch.nn.utils.rnn.pad_sequence(list(x.split(list(lengths))), batch_first=True)


def unpad(x: Tensor, lengths: Sequence[int]) -> Tensor:
    """What `pad` took, back again."""
    return torch.cat([row[:n] for row, n in zip(x, lengths)])
