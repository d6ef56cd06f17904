"""A volume knows where its voxels are, whichever way round and however large they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.data.source import sketch
from neurofm.data.volume import UNSCALED, Held, Pyramid, Turned, Volume

GREY = np.arange(4 * 6 * 10).reshape(4, 6, 10).astype(np.uint8)
BOXES = [(slice(None), 2, slice(1, 9, 3)), (3, slice(5, 1, -2), 4), (slice(0, 0), 1, slice(None)), (-1, -2, -3)]


def brain(**more):
    levels = (Held(GREY), Held(GREY[::2, ::2, ::2]))
    image = Pyramid(levels, np.array([[2.0, 1.0, 0.5], [4.0, 2.0, 1.0]]), np.array([10.0, 20.0, 30.0]))
    labels = {"area": Pyramid((Held((GREY > 100).astype(np.uint8)),), np.array([2.0, 1.0, 0.5]), image.origin)}
    return Volume(session="brain", image=image, labels=labels, names={"area": {1: "cortex"}}, **more)


def test_a_voxel_is_found_where_it_is():
    volume = brain()
    voxels = np.array([0, 7, 239])
    places = volume.place(voxels)
    np.testing.assert_array_equal(places[1], [10.0, 20.0, 33.5])
    np.testing.assert_array_equal(volume.at(places + np.array([0.9, -0.4, 0.2])), voxels)
    assert volume.at([[0.0, 20.0, 30.0]]) == -1
    space = volume.spaces()["voxel"]
    np.testing.assert_array_equal(space.at("value", voxels), GREY.ravel()[voxels])
    assert list(space.at("area", voxels)) == ["0", "0", "cortex"]
    assert space.label(7) == "brain/voxel 0 0 7"
    with pytest.raises(LookupError, match="they have z, y, x, value, area"):
        space.at("size", voxels)


def test_coarse_voxels_lie_in_the_middle_of_the_fine_ones_they_cover():
    image = brain().image
    np.testing.assert_array_equal(image.offset(1), [11.0, 20.5, 30.25])


@pytest.mark.parametrize(("pixel", "level"), [(0.1, 0), (0.5, 0), (0.99, 0), (1.0, 1), (50.0, 1)])
def test_the_level_is_as_coarse_as_the_pixels(pixel, level):
    assert brain().image.level(pixel) == level


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("axes", ["xyz", "yzx", "zyx"])
def test_axes_told_anew_turn_every_box(axes, box):
    order = [axes.index(axis) for axis in "zyx"]
    expected = GREY.transpose(order)
    turned = Turned(Held(GREY), order)
    assert turned.shape == expected.shape
    box = tuple(b if isinstance(b, slice) else min(b, 1) for b in box)
    np.testing.assert_array_equal(turned[box], expected[box])


def test_turned_spacing_goes_along():
    volume = brain().turned("xyz")
    np.testing.assert_array_equal(volume.spacing, [0.5, 1.0, 2.0])
    assert volume.image.levels[0][9, 5, 3] == GREY[3, 5, 9]
    with pytest.raises(ValueError, match="'zyx' or 'xyz'"):
        brain().turned("xy")


def test_a_size_given_later_scales_every_level_and_label():
    volume = brain(unit=UNSCALED).scaled(1.17, 0.0)
    np.testing.assert_allclose(volume.image.spacing[1], [2.34, 2.34, 2.34])
    np.testing.assert_allclose(volume.labels["area"].spacing[0], 1.17)
    assert not [f for f in volume.findings() if f.code == "unscaled"]
    with pytest.raises(ValueError, match="positive"):
        brain().scaled((1, 0, 1))


def test_what_does_not_fit_is_told():
    image = brain().image
    small = Pyramid((Held(np.ones((2, 6, 10), np.uint8)),), np.ones(3))
    told = Volume(session="a", image=image, labels={"cells": small}).findings()
    assert [f.code for f in told] == ["unfit"]
    assert "2 x 6 x 10" in str(told[0])
    assert "4 x 6 x 10" in str(told[0])


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "neither an image nor labels"),
        ({"labels": {"a": Pyramid((Held(np.ones((1, 2, 2))),), np.ones(3))}}, "whole numbers"),
    ],
)
def test_what_is_no_volume_is_refused(given, word):
    with pytest.raises(ValueError, match=word):
        Volume(session="a", **given)


@pytest.mark.parametrize(("levels", "spacing"), [((), 1.0), ((Held(GREY),), 0.0), ((Held(GREY),), np.nan)])
def test_what_is_no_image_is_refused(levels, spacing):
    with pytest.raises(ValueError, match=r"level|positive"):
        Pyramid(levels, np.full(3, spacing))


def test_a_prompt_says_how_large_it_is():
    assert "4 x 6 x 10" in repr(brain())
    assert brain().summary()["levels"] == [[4, 6, 10], [2, 3, 5]]
    assert brain().loaded().image.levels[0].instant


def test_it_is_known_again_by_its_size_and_voxels_alone():
    one = brain()
    assert sketch(replace(one, session="other", labels={})) == sketch(one)
    brighter = Pyramid((Held(GREY + 1),), one.image.spacing[:1], one.image.origin)
    assert sketch(replace(one, image=brighter)) != sketch(one)
    larger = Pyramid((Held(np.pad(GREY, ((0, 1), (0, 0), (0, 0)))),), one.image.spacing[:1], one.image.origin)
    assert sketch(replace(one, image=larger)) != sketch(one)
