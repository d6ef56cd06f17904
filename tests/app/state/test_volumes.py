"""Labels of one volume lie on the image of another at its place, and things say where in a volume they lie."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from neurofm.app.session import Session
from neurofm.app.state import volumes
from neurofm.data.ids import unpack
from neurofm.data.recording import Recording
from neurofm.data.source import Space
from neurofm.data.volume import UNSCALED, Held, Pyramid, Volume
from tests.app import imaged

NUMBERS = np.zeros((4, 6, 10), np.uint16)
NUMBERS[1:3, 1:4, 1:3] = 7
NUMBERS[2, 4, 6:9] = 9
STEP, BEGIN = np.array([2.0, 1.0, 0.5]), np.array([10.0, 20.0, 30.0])
ROWS = {7: ((1, 1, 1), (3, 4, 3)), 9: ((2, 4, 6), (3, 5, 9))}  # first and last voxel but one, by number


@dataclass(frozen=True, kw_only=True, eq=False)
class Blobs:
    """Cells as another kind of source tells of them."""

    kind: ClassVar[str] = "blobs"
    session: str = "blobs"
    subject: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    clock: str = ""
    domain: Any = field(default_factory=lambda: np.zeros((0, 2)))
    volume: str = ""
    numbered: bool = True

    def spaces(self):
        told = {"numbers": lambda ids: np.array(list(ROWS))[ids]} if self.numbered else {}
        return {"cell": Space(count=2, table=self._table, boxes=self._boxes, volume=self.volume, **told)}

    def ties(self):
        return ()

    def summary(self):
        return {"kind": self.kind, "path": "", "session": self.session, "warnings": []}

    def _table(self):
        return pd.DataFrame({"label": [f"{self.session}/{n}" for n in ROWS], "session": self.session})

    def _boxes(self, ids):
        rows = np.array(list(ROWS.values()), float)[ids]
        return (rows - 0.5) * STEP + BEGIN


def image(name="brain", **given):
    return Volume(session=name, image=Pyramid((Held(np.arange(240).reshape(4, 6, 10)),), STEP, BEGIN), **given)


def cells(name="cells", origin=BEGIN, spacing=STEP, **given):
    numbers = {"cell": Pyramid((Held(NUMBERS),), spacing, origin)}
    return Volume(session=name, labels=numbers, names={"cell": {7: "pyramidal"}}, **given)


def scene_of(*sources):
    session = Session()
    for source in sources:
        session.add(source)
    return session


@pytest.mark.parametrize(
    ("other", "there"),
    [
        (cells(), True),
        (cells(subject="m1"), True),
        (cells(subject="m2"), False),
        (cells(origin=BEGIN + np.array([0.0, 2.0, 0.0])), True),  # two thirds of it
        (cells(origin=BEGIN + np.array([0.0, 0.0, 4.5])), False),
        (cells(unit=UNSCALED), False),
        (image("other"), False),
    ],
)
def test_labels_lie_on_the_image_at_their_place(other, there):
    volume = image(subject="m1")
    assert (list(volumes.labels(scene_of(volume, other), volume)) == ["cells"]) is there


@pytest.mark.parametrize(
    ("one", "other", "with_image", "seen"),
    [
        (image(), cells(), False, True),
        (cells(), image(), False, True),
        (cells(), cells("more"), False, True),
        (cells(), cells("more", origin=BEGIN + np.array([0.0, 0.0, 4.5])), True, False),
        (cells(origin=BEGIN), cells("half", origin=BEGIN + np.array([2.0, 3.0, 2.0])), False, False),
        (image(), image("other"), False, False),
        (cells(subject="m1"), cells("more", subject="m2"), False, False),
    ],
)
def test_volumes_are_seen_with_what_lies_on_the_same_image(one, other, with_image, seen):
    session = scene_of(one, other, *([image()] if with_image else []))
    assert volumes.together(session, one, other) is seen


def test_labels_lie_on_the_image_that_they_fit_and_on_no_larger_one_that_is_open():
    wide = Volume(session="wide", image=Pyramid((Held(np.zeros((40, 60, 100), np.uint8)),), STEP, BEGIN))
    assert list(volumes.labels(scene_of(wide, cells()), wide)) == ["cells"]
    session = scene_of(wide, image(), image("channel"), cells())
    there = {name: list(volumes.labels(session, session.sources[name])) for name in ("wide", "brain", "channel")}
    assert there == {"wide": [], "brain": ["cells"], "channel": ["cells"]}
    assert not volumes.together(session, session.sources["cells"], wide)


def test_labels_of_one_volume_are_called_by_its_name_and_several_by_both():
    two = replace(cells(), labels={**cells().labels, "nucleus": cells().labels["cell"]})
    own = replace(image(), labels=cells().labels)
    assert list(volumes.labels(scene_of(own, two), own)) == ["cell", "cells cell", "cells nucleus"]


@pytest.mark.parametrize(
    ("blobs", "of_image", "of_other"),
    [
        (Blobs(), True, True),  # nobody says of which: wherever they are
        (Blobs(volume="/data/cells.zarr"), True, False),
        (Blobs(volume="/data/moved.zarr"), True, True),
    ],
)
def test_things_lie_in_the_volume_that_they_name(blobs, of_image, of_other):
    here, there = image(subject="m1"), image("other", subject="m2")
    session = scene_of(here, there, cells(subject="m1", paths=("/data/cells.zarr",)), blobs)
    assert ("cell" in volumes.things(session, here), "cell" in volumes.things(session, there)) == (of_image, of_other)


def test_boxes_are_of_all_things_and_remembered():
    session = scene_of(image(), Blobs())
    ids, boxes = volumes.boxes(session, session.sources["brain"], "cell")
    np.testing.assert_array_equal(unpack(ids), [[1, 1], [0, 1]])
    np.testing.assert_array_equal(boxes[0], [[11.0, 20.5, 30.25], [15.0, 23.5, 31.25]])
    assert volumes.boxes(session, session.sources["brain"], "cell")[1] is boxes


def test_boxes_of_another_shape_are_refused():
    class Flat(Blobs):
        def _boxes(self, ids):
            return np.zeros((len(ids), 4))

    session = scene_of(image(), Flat())
    with pytest.raises(ValueError, match=r"\(thing, 2, 3\).*got shape \(2, 4\)"):
        volumes.boxes(session, session.sources["brain"], "cell")


def test_what_is_picked_is_lit_by_its_number():
    session = scene_of(image(), cells(), Blobs())
    volume = session.sources["brain"]
    on = volumes.labels(session, volume)["cells"]
    assert list(volumes.lit(session, volume, on)) == []
    session.selection.pick("cell", ["blobs/9"])
    assert list(volumes.lit(session, volume, on)) == [9]
    space, ids = volumes.labelled(session, volume, on, 7)
    assert (space, session.label(space, int(ids[0]))) == ("cell", "blobs/7")
    assert len(volumes.labelled(session, volume, on, 8)[1]) == 0


def test_regions_of_imaging_are_the_units_of_the_recording_of_their_file(tmp_path):
    session = Session(imaged.folder(tmp_path))
    assert (list(session.sources), session.current) == (["mouse", "mouse image"], "mouse")
    volume = session.sources["mouse image"]
    on = volumes.labels(session, volume)["roi"]
    assert [len(each) for each in volumes.boxes(session, volume, "unit")] == [4, 4]
    ids = session.table("unit").index.to_numpy()
    session.selection.pick("unit", ids[[1, 3]])
    assert volumes.lit(session, volume, on).tolist() == [2, 4]
    assert volumes.labelled(session, volume, on, 3) == ("unit", ids[[2]])
    low, high = volumes.around_pick(session, volume)
    assert (low.tolist(), high.tolist()) == ([-0.5, 2.5, 34.5], [0.5, 33.5, 51.5])
    session.add(Recording(session="other", units=session.sources["mouse"].units))
    assert len(volumes.boxes(session, volume, "unit")[0]) == 4


def test_a_session_of_imaging_is_kept_and_repeated_by_whatever_name(tmp_path):
    paths = [imaged.folder(tmp_path / day) for day in ("one", "two")]
    session = Session(paths)
    assert list(session.sources) == ["mouse", "mouse image", "mouse (two)", "mouse image (two)"]
    volume = session.sources["mouse image (two)"]
    numbers = {number for number, _ in volumes.things(session, volume)["unit"]}
    assert numbers == {session.number("mouse (two)")}
    lines = session.script()
    assert f"nf.read({str(paths[0])!r}, part='cells')" in lines
    again, names = Session.restore(session.save(tmp_path / "work.neurofm")), {}
    exec(lines, names)
    assert again.script() == lines
    for one in (again, names["session"]):
        assert list(one.sources) == list(session.sources)
        assert "unit" in volumes.things(one, one.sources["mouse image (two)"])
