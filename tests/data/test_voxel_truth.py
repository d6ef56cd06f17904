"""Which classes labels tell of, and which voxel is of which."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.segmentation import find_boundaries

from neurofm.data import voxel_truth
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.errors import DataError

WHOLE = (slice(0, 6), slice(0, 12), slice(0, 16))


def volume(numbers, names=None, spacing=1.0, image=None, session="v", label="tissue"):
    """Labels on an image of noise."""
    rng = np.random.default_rng(0)
    grey = rng.normal(100, 20, np.shape(numbers)) if image is None else image
    told = {} if numbers is None else {label: Pyramid((Held(np.asarray(numbers)),), np.full(3, spacing))}
    return Volume(
        session=session, image=Pyramid((Held(grey),), np.full(3, spacing)), labels=told,
        names={label: names} if names else {},
    )  # fmt: skip


def blocks(*numbers):
    """Slabs along x of these numbers."""
    return np.broadcast_to(np.repeat(numbers, 16 // len(numbers)), (6, 12, 16)).copy()


def test_classes_are_told_by_name_whatever_their_numbers():
    one = volume(blocks(0, 1, 2, 2), {1: "vessel", 2: "cell"})
    other = volume(blocks(0, 3, 7, 7), {7: "vessel", 3: "cell"}, session="w")
    classes = voxel_truth.classes_of([one, other], "tissue")
    assert list(classes.values()) == ["nothing", "vessel", "cell"]
    told = [voxel_truth.truth(v, "tissue", tuple(classes.values()))(WHOLE) for v in (one, other)]
    np.testing.assert_array_equal(told[0], blocks(0, 1, 2, 2))
    np.testing.assert_array_equal(told[1], blocks(0, 2, 1, 1))


@pytest.mark.parametrize(
    ("numbers", "names", "ignored", "classes"),
    [
        (blocks(0, 1), None, -1, ["nothing", "1"]),
        (blocks(0, 1), {0: "neuropil", 1: "cell"}, -1, ["neuropil", "cell"]),
        (blocks(0, 1, 2, 2), None, 0, ["1", "2"]),
        (blocks(0, 1, 2, 2), {2: "unlabelled", 1: "cell"}, -1, ["nothing", "cell"]),
    ],
)
def test_what_nobody_says_is_no_class(numbers, names, ignored, classes):
    source = volume(numbers, names)
    assert list(voxel_truth.classes_of([source], "tissue", ignored).values()) == classes
    told = voxel_truth.truth(source, "tissue", tuple(classes), ignored)(WHOLE)
    unsaid = np.isin(numbers, [number for number, name in (names or {}).items() if name == "unlabelled"] + [ignored])
    np.testing.assert_array_equal(told == -1, unsaid)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (blocks(0, 0), "say only 'nothing'; paint examples of two classes"),
        (blocks(3, 3), "say only '3'"),
        (np.arange(6 * 12 * 16).reshape(6, 12, 16), "learn 'tissue borders' instead"),
    ],
)
def test_labels_that_say_too_little_or_too_much_are_refused(numbers, words):
    with pytest.raises(DataError, match=words):
        voxel_truth.classes_of([volume(numbers)], "tissue")


@pytest.mark.parametrize(("spacing", "flat"), [(1.0, False), ((9.0, 1.0, 1.0), True)])
def test_of_single_things_inside_and_border_are_told(spacing, flat):
    numbers = (
        np.arange(1, 10).repeat(2)[:16][None, None]
        + 10 * (np.arange(12) // 4)[None, :, None]
        + np.zeros((6, 1, 1), int)
    )
    numbers[:3, :4] = 0
    source = volume(numbers, spacing=spacing)
    target = voxel_truth.target_of([source])
    assert target == "tissue borders"
    names = tuple(voxel_truth.classes_of([source], target).values())
    assert names == ("nothing", "inside", "border")
    told = voxel_truth.truth(source, target, names)
    whole = told(WHOLE)
    assert ((numbers == 0) == (whole == 0)).all()
    edge = (
        np.stack([find_boundaries(p, mode="inner") for p in numbers])
        if flat
        else find_boundaries(numbers, mode="inner")
    )
    np.testing.assert_array_equal(whole == 2, edge)
    box = (slice(2, 4), slice(3, 7), slice(5, 9))  # borders of a part are those of the whole
    np.testing.assert_array_equal(told(box), whole[box])


def test_labels_are_chosen_by_name_and_else_the_first_that_say_what_they_mean():
    source = volume(blocks(0, 1), {1: "cell"})
    more = Pyramid((Held(blocks(1, 2)),), np.ones(3))
    both = replace(source, labels={"other": more, **source.labels})
    assert voxel_truth.target_of([both]) == "tissue"
    assert voxel_truth.target_of([both], "other") == "other"
    for volumes, wanted in (([both, source], "other"), ([replace(source, labels={})], "")):
        with pytest.raises(DataError, match="labels: are"):
            voxel_truth.target_of(volumes, wanted)


def test_volumes_without_labels_in_common_are_told_how_to_get_some():
    one, other = volume(blocks(0, 1), session="a"), volume(blocks(0, 1), session="b", label="cells")
    with pytest.raises(DataError, match="tissue in a, cells in b; name them alike"):
        voxel_truth.target_of([one, other])
    bare = replace(one, labels={}, paths=("scans/a.ome.tif",))
    with pytest.raises(DataError, match=r"scans/a.ome.tif: labels: are missing; .* as in a.ome.tif\+labels.ome.tif"):
        voxel_truth.target_of([bare, other])


def test_a_box_of_a_volume_without_the_labels_says_nothing():
    source = volume(blocks(0, 1))
    assert (voxel_truth.truth(source, "region", ("nothing", "a"))(WHOLE) == -1).all()


def test_boxes_fill_a_shape_or_are_drawn_from_it():
    shape, filled = (5, 7, 9), np.zeros((8, 9, 10), int)
    for box in voxel_truth.boxes(shape, (2, 3, 4), 1000, (3, 2, 1)):
        filled[box] += 1
    assert (filled[3:, 2:, 1:] == 1).all()
    assert filled.sum() == np.prod(shape)
    few = voxel_truth.boxes(shape, (2, 3, 4), 5)
    assert len({tuple(s.start for s in box) for box in few}) == 5


def test_it_is_read_once(monkeypatch):
    class Slow(Held):
        instant, reads = False, 0

        def __getitem__(self, box):
            Slow.reads += 1
            return super().__getitem__(box)

    source = replace(volume(blocks(0, 1)), labels={"tissue": Pyramid((Slow(blocks(0, 1)),), np.ones(3))})
    for _ in range(3):
        voxel_truth.truth(source, "tissue", ("nothing", "1"))(WHOLE)
    assert Slow.reads == 1
    monkeypatch.setattr(voxel_truth, "KEPT", 10)
    assert voxel_truth.in_memory(source, "tissue") is source


def test_grey_values_are_told_of_all_numbers_alone():
    grey = np.random.default_rng(0).normal(50, 5, (6, 12, 16))
    mean, sd, low, high = voxel_truth.grey([volume(blocks(0, 1), image=grey)])
    np.testing.assert_allclose([mean, sd, low, high], [grey.mean(), grey.std(), grey.min(), grey.max()])
    grey[:3] = np.nan
    assert np.isfinite(voxel_truth.grey([volume(blocks(0, 1), image=grey)])).all()
    assert voxel_truth.grey([volume(blocks(0, 1), image=np.full((6, 12, 16), np.nan))]) == (0, 0, 0, 0)
