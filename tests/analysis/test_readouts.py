"""Read-outs of patches, beside what was drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis.readouts import names_of, readouts
from neurofm.data.volume import Held, Pyramid, Volume

SPACING = np.array([1.0, 2.0, 2.0])


def volume(*, numbered: bool, region: bool = True) -> Volume:
    """Three cells of 4 x 4 voxels, one of them across the border of two patches, and a vessel of two rows."""
    made, cell = np.zeros((1, 64, 128), np.uint8), np.zeros((1, 64, 128), np.uint32)
    for number, (y, x) in enumerate([(10, 10), (10, 30), (40, 61)], 7):
        made[0, y : y + 4, x : x + 4] = 2
        cell[0, y : y + 4, x : x + 4] = number
    made[0, 60:62] = 1
    where = np.repeat([[[1, 2]]], 64, 1).repeat(64, 2).astype(np.uint8)
    labels = {"structure": made, **({"cell": cell} if numbered else {}), **({"region": where} if region else {})}
    names = {"structure": {1: "vessel", 2: "cell", 3: "axon"}, **({"region": {1: "a", 2: "b"}} if region else {})}
    return Volume(
        session="v", image=Pyramid((Held(made),), SPACING), names=names,
        labels={name: Pyramid((Held(array),), SPACING) for name, array in labels.items()},
    )  # fmt: skip


@pytest.mark.parametrize("numbered", [False, True])
def test_cells_are_counted_where_their_middle_is(numbered: bool) -> None:
    told = readouts(volume(numbered=numbered), np.array([[0, 0, 0], [0, 0, 64]]), 64)
    assert told["region"].tolist() == ["a", "b"]
    assert told["cells"].tolist() == [3, 0]
    assert told["cell size"].tolist()[0] == 16 * 4
    assert told["nearest cell"][0] == pytest.approx(np.mean([40, 40, 2 * np.hypot(30, 31)]))
    assert np.isnan(told["third cell"]).all()  # there are no three others
    assert np.isnan(told["cell size"][1])
    assert told["vessel share"].tolist() == [2 / 64, 2 / 64]
    assert told["cell share"].tolist() == pytest.approx([(32 + 12) / 4096, 4 / 4096])
    assert told["axon share"].tolist() == [0, 0]


def test_without_labels_of_such_names_there_is_nothing() -> None:
    plain = volume(numbered=False, region=False)
    assert names_of(plain) == [
        "cells",
        "cell size",
        "nearest cell",
        "third cell",
        *(f"{k} share" for k in ("vessel", "cell", "axon")),
    ]
    other = Volume(session="v", image=plain.image, labels=plain.labels, names={"structure": {1: "one", 2: "two"}})
    assert names_of(other) == ["structure"]
    assert names_of(Volume(session="v", image=plain.image, labels=plain.labels)) == []


def test_an_area_is_told_where_most_voxels_are_of_it() -> None:
    assert readouts(volume(numbered=False), np.array([[0, 0, 32], [0, 0, 60]]), 64)["region"].tolist() == ["", "b"]
