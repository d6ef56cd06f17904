"""Patches lead back to their places, and lie in one block each."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data import patches
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.errors import DataError
from tests.small import squares_of_two

SHAPE = (3, 700, 300)


@pytest.mark.parametrize("edge", [16, 64, 256])
def test_an_id_leads_back_to_place_and_size(edge):
    corners = patches.grid(SHAPE, edge)
    ids = patches.ids_of(SHAPE, corners, edge)
    back, edges = patches.corners_of(SHAPE, ids)
    np.testing.assert_array_equal(back, corners)
    assert set(edges) == {edge}
    assert len(np.unique(ids)) == len(ids)


def test_patches_of_several_sizes_go_beside_each_other():
    ids = [patches.ids_of(SHAPE, patches.grid(SHAPE, edge), edge) for edge in (32, 64)]
    assert not np.intersect1d(*ids).size


def test_boxes_are_what_the_voxels_of_a_patch_cover():
    volume = squares_of_two(512).scaled((2.0, 1.0, 0.5), (0.0, 10.0, 20.0))
    ids = patches.ids_of(volume.whole.shape, np.array([[0, 64, 128]]), 64)
    ((low, high),) = volume.spaces()["patch"].boxes(ids)
    np.testing.assert_allclose(low, [-1.0, 10 + 63.5, 20 + 63.75])
    np.testing.assert_allclose(high - low, [2.0, 64.0, 32.0])


@pytest.mark.parametrize("edge", [15, 48, 512])
def test_other_edges_are_refused(edge):
    with pytest.raises(ValueError, match="edge must be"):
        patches.check_edge(squares_of_two(512), edge)


def test_planes_smaller_than_a_patch_are_refused():
    small = Volume(session="s", image=Pyramid((Held(np.zeros((20, 20), np.uint8)),), np.ones(3)))
    with pytest.raises(DataError, match="less than a patch"):
        patches.check_edge(small, 32)


@pytest.mark.parametrize("seed", [None, 0])
def test_no_patch_lies_in_two_blocks(seed):
    volume = squares_of_two(600)
    rng = None if seed is None else np.random.default_rng(seed)
    count = patches.block_count(volume.whole.shape)
    cut = patches.gather(volume, "region", range(count), 64, 0.9, rng=rng)
    first, last = (patches.blocks_at(volume.whole.shape, cut.corners + np.array([0, k, k])) for k in (0, 63))
    np.testing.assert_array_equal(first, last)
    z, y, x = cut.corners[5]
    np.testing.assert_array_equal(cut.images[5], volume.image.levels[0][z, y : y + 64, x : x + 64])


def test_a_label_needs_its_share_of_a_patch():
    region = squares_of_two(512).labels["region"]
    corners = np.array([[0, 0, 0], [0, 0, 96], [0, 0, 80], [0, 64, 128]])
    np.testing.assert_array_equal(patches.numbers_of(region, corners, 64, 0.9), [1, -1, -1, 2])
    np.testing.assert_array_equal(patches.numbers_of(region, corners, 64, 0.7), [1, -1, 1, 2])


def test_empty_patches_are_left_out():
    grey = np.zeros((512, 512), np.uint8)
    grey[:64, :64] = np.arange(64)
    volume = Volume(session="s", image=Pyramid((Held(grey),), np.ones(3)))
    assert patches.gather(volume, "", range(4), 64, 0.9).corners.tolist() == [[0, 0, 0]]


def test_columns_are_told_on_demand():
    volume = squares_of_two(512)
    space = volume.spaces()[patches.PATCH]
    ids = patches.ids_of(volume.whole.shape, np.array([[0, 64, 0], [0, 0, 128]]), 64)
    assert space.at("region", ids).tolist() == ["fine", "coarse"]
    assert space.at("y", ids).tolist() == [96.0, 32.0]
    assert space.at("edge", ids).tolist() == [64, 64]
    assert space.label(int(ids[0])) == "two/patch 0 64 0, 64 wide"
    with pytest.raises(LookupError):
        space.at("colour", ids)


def test_a_grid_is_thinned_where_patches_would_be_too_many():
    assert len(patches.grid((1000, 100_000, 100_000), 64, most=5000)) <= 5000
