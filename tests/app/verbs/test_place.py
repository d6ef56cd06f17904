"""A volume is put right in its axes, size and place; it can be undone, and the script says it again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neurofm as nf
from neurofm.analysis import cell_tables
from neurofm.data.volume import UNSCALED, Held, Pyramid, Volume

GREY = np.arange(4 * 9 * 12, dtype=np.uint16).reshape(4, 9, 12)


@pytest.fixture
def session(tmp_path):
    np.save(tmp_path / "brain.npy", GREY)
    return nf.Session(tmp_path / "brain.npy")


def test_axes_size_and_origin(session):
    session.place("brain", axes="xyz", size=(2000, 1170, 1170), origin=(0, 10, 20), units="nm")
    volume = session.sources["brain"]
    assert volume.whole.shape == (12, 9, 4)
    np.testing.assert_allclose(volume.spacing, [2.0, 1.17, 1.17])
    np.testing.assert_allclose(volume.whole.origin, [0, 0.01, 0.02])
    assert volume.unit == "um"
    assert not volume.findings()
    assert (
        "session.place('brain', axes='xyz', size=[2000.0, 1170.0, 1170.0], origin=[0.0, 10.0, 20.0], units='nm')"
        in (session.script())
    )
    session.undo()
    assert session.sources["brain"].whole.shape == GREY.shape
    assert "place" not in session.script()


def test_it_is_kept_with_the_session(session, tmp_path):
    session.place("brain", size=1.17)
    again = nf.Session.restore(session.save(tmp_path / "work.neurofm"))
    np.testing.assert_allclose(again.sources["brain"].spacing, 1.17)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"size": (1, 2)}, ValueError, "three in the order z y x"),
        ({"size": "large"}, ValueError, "must be numbers"),
        ({"size": (1.0, 0.0, 1.0)}, ValueError, "must be positive"),
        ({"size": (1.0, float("nan"), 1.0)}, ValueError, "must be one number, or three"),
        ({"axes": "xxy"}, ValueError, "is no order of x, y and z"),
        ({"size": 1.0, "units": "inch"}, LookupError, "no units 'inch'"),
        ({"origin": (1.0, 2.0, 3.0)}, ValueError, "give their size, too"),
        ({}, ValueError, "say what is to be put right"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(session, given, error, words):
    before = session.sources["brain"]
    with pytest.raises(error, match=words):
        session.place("brain", **given)
    assert session.sources["brain"] is before


def test_what_is_no_volume_is_told(session):
    with pytest.raises(LookupError, match="no volume 'rat'"):
        session.place("rat", size=1.0)


def measured(labels):
    return replace(cell_tables.measure(labels, "cell", 0, None), volume="numbers.zarr")


def lying_on_it():
    """An image of voxels without a size, labels of a box of it, and the cell in these."""
    image = Pyramid((np.zeros((8, 9, 12), np.uint8),), np.ones((1, 3)))
    numbers = np.zeros((4, 9, 12), np.uint32)
    numbers[1:3, 2:4, 5:9] = 7
    cut = Pyramid((Held(numbers),), np.ones((1, 3)), np.array([2.0, 0.0, 0.0]))
    brain = Volume(session="brain", image=image, unit=UNSCALED, paths=("brain.tif",))
    labels = Volume(session="numbers", labels={"cell": cut}, unit=UNSCALED, paths=("numbers.zarr",))
    return brain, labels, measured(labels)


def test_labels_that_lie_on_the_image_and_their_cells_go_along():
    brain, labels, cells = lying_on_it()
    session = nf.Session([brain, labels, cells])
    session.place("brain", size=(2.0, 0.5, 0.25), origin=(100.0, 0.0, 0.0))
    moved, there = session.sources["numbers"], session.sources[cells.session]
    np.testing.assert_allclose(moved.spacing, [2.0, 0.5, 0.25])
    np.testing.assert_allclose(moved.whole.origin, [104.0, 0, 0])
    assert (moved.unit, there.unit) == ("um", "um")
    anew = measured(moved)
    np.testing.assert_allclose(there.places, anew.places)
    np.testing.assert_allclose(there.boxes, anew.boxes)
    np.testing.assert_allclose(there.cells["size"], anew.cells["size"])
    assert "measure cells again" in there.notes[-1]
    session.undo()
    assert session.sources["numbers"] is labels
    assert session.sources[cells.session] is cells


def test_what_goes_along_can_be_said():
    brain, labels, cells = lying_on_it()
    session = nf.Session([brain, labels, cells])
    session.place("brain", size=2.0, along=[])
    assert session.sources["numbers"] is labels
    with pytest.raises(LookupError, match="no source 'ghost'"):
        session.place("brain", size=2.0, along=["ghost"])


@pytest.mark.parametrize("axes", ["zyx", "xyz", "yzx"])
def test_axes_are_exchanged_in_all_that_lies_on_it(axes):
    brain, labels, cells = lying_on_it()
    session = nf.Session([brain, labels, cells])
    session.place("brain", axes=axes, size=(2.0, 0.5, 0.25))
    moved, there = session.sources["numbers"], session.sources[cells.session]
    anew = measured(moved)
    np.testing.assert_allclose(there.places, anew.places)
    np.testing.assert_allclose(there.boxes, anew.boxes)


def test_that_nothing_goes_along_is_in_the_script(session):
    session.place("brain", size=2.0, along=[])
    assert "session.place('brain', size=[2.0], along=[])" in session.script()


def test_labels_of_which_nobody_knows_the_image_stay():
    brain, labels, _ = lying_on_it()
    session = nf.Session([brain, replace(brain, session="other", paths=("other.tif",)), labels])
    session.place("brain", size=2.0)
    assert session.sources["numbers"] is labels


@pytest.mark.parametrize("others", [0, 1])
def test_cells_whose_labels_are_known_no_more_lie_in_the_only_image(others):
    brain, labels, cells = lying_on_it()
    more = [replace(brain, session="other", paths=("other.tif",))] * others
    session = nf.Session([brain, replace(labels, paths=()), *more, replace(cells, volume="gone.zarr")])
    session.place("brain", size=2.0)
    assert (session.sources[cells.session].unit == "um") is not bool(others)


@pytest.mark.parametrize("apart", ["subject", "place"])
def test_cells_of_another_subject_or_elsewhere_stay(apart):
    brain, _, cells = lying_on_it()
    other = replace(cells, volume="gone.zarr", subject="B")
    if apart == "place":
        beyond = cells.cells.assign(z=99.0)
        other = replace(cells, volume="gone.zarr", cells=beyond)
    session = nf.Session([replace(brain, subject="A"), other])
    session.place("brain", size=2.0)
    assert session.sources[other.session].unit == UNSCALED


def test_numbers_of_labels_without_an_image_go_along():
    _, labels, cells = lying_on_it()
    session = nf.Session([replace(labels, session="cut", paths=("cut.zarr",)), labels, cells])
    session.place("cut", size=2.0)
    np.testing.assert_allclose(session.sources["numbers"].spacing, 2.0)
    assert session.sources[cells.session].unit == "um"
