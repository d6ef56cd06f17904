from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.analysis.cell_tables import class_of, labels_of, measure
from neurofm.data.volume import UNSCALED, Held, Pyramid, Volume


class Out(Held):
    """Takes boxes, too."""

    def __setitem__(self, box: object, numbers: np.ndarray) -> None:
        self.array[box] = numbers


def volume(**names: dict[int, str]) -> Volume:
    rows = np.zeros((1, 12, 20), np.uint8)
    rows[0, 2:5, 2:5], rows[0, 7:11, 13:19] = 2, 1
    held = Pyramid((Held(rows),), np.array([3.0, 2.0, 1.0]))
    return Volume(session="v", labels={"tissue": held, "kind": held}, names=names)


def test_labels_that_tell_of_cells_are_meant() -> None:
    assert labels_of(volume()) == "tissue"
    assert labels_of(volume(kind={2: "Cells"})) == "kind"
    assert labels_of(volume(kind={2: "cell"}), "tissue") == "tissue"
    assert labels_of(volume(tissue={1: "background", 2: "grey"}, kind={2: "cell"})) == "kind"
    assert labels_of(volume(kind={1: "background", 2: "nucleus"})) == "kind"


@pytest.mark.parametrize(("of", "number"), [("", 2), ("cell", 2), ("vessel", 1), ("7", 7)])
def test_classes_go_by_name_or_number(of: str, number: int) -> None:
    assert class_of(volume(kind={1: "vessel", 2: "cell"}), "kind", of) == number


@pytest.mark.parametrize(
    ("names", "number"),
    [({1: "background", 2: "nucleus"}, 2), ({1: "Nucleus", 2: "Nothing"}, 1), ({1: "nucleus"}, 1), ({2: "nothing"}, 0),
     ({0: "background", 1: "nucleus"}, 1),     ({}, 0),
     ({1: "nothing", 2: "glia", 3: "neuron"}, 0), ({1: "nothing", 2: "glia", 3: "cells"}, 3), ({1: "a", 2: "b"}, 0)],
)  # fmt: skip
def test_the_only_thing_beside_nothing_is_what_cells_are_of(names: dict[int, str], number: int) -> None:
    assert class_of(volume(kind=names), "kind") == number
    assert class_of(volume(kind=names), "kind", "0") == 0


def test_sizes_that_nobody_told_are_counts_of_voxels() -> None:
    unscaled = replace(volume(), unit=UNSCALED)
    told = measure(unscaled, "kind", 0, None)
    assert "voxels" in told.regions
    assert not {"mm3", "mm2", "density"} & set(told.regions)
    assert told.spaces()["cell"].units["size"] == "voxels"


def test_each_number_is_a_cell_where_no_class_is_called_so() -> None:
    told = measure(volume(), "kind", 0, None)
    assert told.numbers.tolist() == [1, 2]
    assert told.cells["size"].tolist() == [24 * 2.0, 9 * 2.0]
    assert told.regions.to_dict("records")[0]["cells"] == 2
    assert told.flat
    assert "mm2" in told.regions


def test_boxes_hold_half_a_voxel_around() -> None:
    box = measure(volume(), "kind", 0, None).boxes[1]
    assert box.tolist() == [[-1.5, 3.0, 1.5], [1.5, 9.0, 4.5]]


def test_a_region_without_cells_is_told_with_shares() -> None:
    regions = np.ones((1, 12, 20), np.uint8)
    regions[0, :, 10:] = 2
    where = Volume(session="r", labels={"region": Pyramid((Held(regions),), np.array([3.0, 2.0, 1.0]))},
                   names={"region": {1: "left", 2: "right"}})  # fmt: skip
    out = Out(np.zeros((1, 12, 20), np.uint32))
    told = measure(volume(kind={1: "vessel", 2: "cell"}), "kind", 2, out, regions=(where, "region"))
    rows = told.regions.set_index("region")
    assert rows["cells"].to_dict() == {"left": 1, "right": 0}
    assert rows["vessel share"].to_dict() == {"left": 0.0, "right": pytest.approx(24 / 120)}
    assert rows.loc["left", "density"] == pytest.approx(1 / (120 * 2.0 / 1e6))
