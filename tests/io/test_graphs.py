"""Masks become splits in whichever way they are given, and one that leaks is refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurofm.errors import DataError
from neurofm.io import _graphs

HERE = Path("graph.npz")
TRAIN, TEST = np.array([1, 0, 0, 0], bool), np.array([0, 0, 1, 1], bool)


@pytest.mark.parametrize(
    "arrays",
    [
        {"train_mask": TRAIN, "test_mask": TEST},
        {"train_mask": TRAIN.astype(np.uint8), "val_mask": np.zeros(4), "test_mask": TEST.astype(float)},
        {"train_mask": TRAIN[:, None], "test_mask": TEST[None]},
        {"train_idx": np.array([0]), "test_idx": np.array([3, 2])},
        {"train": TRAIN, "test": np.array([2, 3])},
    ],
    ids=["flags", "numbers", "columns", "rows", "both"],
)
def test_masks_and_lists_are_splits(arrays: dict[str, np.ndarray]) -> None:
    assert {name: split.tolist() for name, split in _graphs.masks(HERE, arrays, 4).items()} == {"public": [0, -1, 2, 2]}


def test_masks_of_several_columns_are_several_splits() -> None:
    splits = _graphs.masks(HERE, {"train_mask": np.stack([TRAIN, TEST], 1), "test_mask": np.zeros(4, bool)}, 4)
    assert {name: split.tolist() for name, split in splits.items()} == {
        "public 0": [0, -1, -1, -1], "public 1": [-1, -1, 0, 0],
    }  # fmt: skip
    assert _graphs.masks(HERE, {"x": TRAIN}, 4) == {}


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"train_mask": TRAIN, "test_mask": ~TEST}, "split public: leaks: it has 1 node both trained on and held out"),
        ({"train_mask": ~TEST, "val_mask": ~TEST}, "leaks: it has 2 nodes both trained on and chosen by"),
        ({"train_mask": np.stack([TRAIN, TEST], 1), "test_mask": TEST}, "split public 1: leaks: it has 2 nodes"),
        ({"train_idx": np.array([0, 9])}, r"train_mask: is \(2,\) of int64, no mask of 4 nodes"),
        ({"train_idx": np.array([-1, 0])}, "no mask of 4 nodes"),
        ({"test_mask": np.zeros(3, bool)}, "no mask of 4 nodes"),
        ({"test_mask": np.array([0.5, 1, 0, 0])}, "no mask of 4 nodes"),
    ],
)
def test_what_is_no_split_is_refused(arrays: dict[str, np.ndarray], said: str) -> None:
    with pytest.raises(DataError, match=said):
        _graphs.masks(HERE, arrays, 4)
