"""Labels are painted, merged and split; it can be undone, is kept, and the script does it again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.synthetic.phantoms import Plan, phantom

NUMBERS = np.zeros((4, 20, 30), np.uint8)
NUMBERS[:, 2:8, 2:8], NUMBERS[:, 2:8, 7:13], NUMBERS[:, 12:18, 2:8] = 1, 1, 2


@pytest.fixture
def session(tmp_path):
    grey = np.arange(NUMBERS.size, dtype=np.uint16).reshape(NUMBERS.shape)
    np.save(tmp_path / "brain.npy", grey)
    np.save(tmp_path / "cells_labels.npy", NUMBERS)
    session = nf.Session([tmp_path / "brain.npy", tmp_path / "cells_labels.npy"])
    assert session.sources["cells_labels"].labels
    return session


def numbers(session, name="cells_labels"):
    return next(iter(session.sources[name].labels.values())).levels[0][:, :, :]


def test_voxels_get_a_number_and_it_is_undone(session):
    assert session.paint("cells_labels", [[0, 2, 2], [0, 19, 29], [0, 0, 0]], 7) == 3
    assert numbers(session)[0, 19, 29] == 7
    assert session.paint("cells_labels", [[0, 19, 29]], 7) == 0  # nothing changes, nothing is written
    assert session.paint("cells_labels", box=[[0, 1], [0, 20], [0, 30]], number=0) == 66 + 36 + 2
    assert not numbers(session)[0].any()
    assert len([a for a in session.actions if a.kind == "paint"]) == 2
    session.undo()
    assert numbers(session)[0, 2, 2] == 7
    session.undo()
    np.testing.assert_array_equal(numbers(session), NUMBERS)
    assert "paint" not in session.script()
    session.redo()
    assert numbers(session)[0, 0, 0] == 7


def test_new_labels_lie_on_the_image(session):
    session.paint("brain", label="strokes", names={1: "nothing", 2: "cell"})
    volume = session.sources["brain"]
    assert volume.labels["strokes"].shape == volume.image.shape
    session.paint("brain", [[1, 3, 4]], 2)
    assert volume.name("strokes", 2) == "cell"
    assert numbers(session, "brain")[1, 3, 4] == 2


def test_it_is_kept_with_the_session_and_repeated_by_its_script(session, tmp_path, capsys):
    session.paint("brain", [[1, 3, 4], [1, 3, 5]], 300, label="", names={300: "cell"})
    session.paint("cells_labels", [[0, 0, 0]], 9)
    session.merge_labels("cells_labels", [9, 2])
    session.split_label("cells_labels", [[1, 5, 3], [1, 5, 12]])
    again = nf.Session.restore(session.save(tmp_path / "work.neurofm"))
    names: dict = {}
    exec(session.script(), names)
    for other in (again, names["session"]):
        np.testing.assert_array_equal(numbers(other), numbers(session))
        np.testing.assert_array_equal(numbers(other, "brain"), numbers(session, "brain"))
        assert other.sources["brain"].names == {"strokes": {300: "cell"}}
    assert again.script() == session.script()


def test_numbers_are_merged(session):
    assert session.merge_labels("cells_labels", [2, 1]) == 2
    np.testing.assert_array_equal(numbers(session), np.where(NUMBERS == 1, 2, NUMBERS))
    with pytest.raises(ValueError, match="two at least"):
        session.merge_labels("cells_labels", [2, 2])


def test_a_number_is_split_around_voxels_or_where_it_is_narrow(session):
    session.paint("cells_labels", box=[[0, 4], [2, 4], [7, 8]], number=0)
    session.paint("cells_labels", box=[[0, 4], [6, 8], [7, 8]], number=0)
    assert session.split_label("cells_labels", [[1, 5, 12]]) == [1, 3]
    right, left = (np.argwhere(numbers(session) == number)[:, 2] for number in (1, 3))
    assert left.max() <= right.min()
    assert session.split_label("cells_labels", [[0, 12, 2], [0, 17, 2], [0, 12, 7]]) == [2, 4, 5]
    session.undo()
    session.undo()
    assert set(np.unique(numbers(session))) == {0, 1, 2}


@pytest.mark.parametrize("form", ["frame", "csv", "labels"])
def test_from_a_table_or_a_file_of_labels(session, tmp_path, form):
    table = pd.DataFrame({"z": [0, 1], "y": [0, 1], "x": [5, 6], "stop": [8, 7], "number": [4, 5]})
    table.to_csv(tmp_path / "strokes.csv", index=False)
    label = np.zeros(NUMBERS.shape, np.uint8)
    label[0, 0, 5:8], label[1, 1, 6] = 4, 5
    np.save(tmp_path / "mask.npy", label)
    given = {"frame": table, "csv": tmp_path / "strokes.csv", "labels": tmp_path / "mask.npy"}[form]
    assert session.paint("brain", given) == 4
    np.testing.assert_array_equal(numbers(session, "brain"), label)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"voxels": [[0, 0, 30]], "number": 1}, ValueError, "is not within the 4 x 20 x 30 voxels"),
        ({"voxels": [[0, 0, 0]]}, ValueError, "say which number"),
        ({"voxels": [[0, 0, 0.5]], "number": 1}, ValueError, "whole numbers"),
        ({"voxels": [[0, 0]], "number": 1}, ValueError, "whole numbers: rows of z, y and x"),
        ({"voxels": [["a", "b", "c"]], "number": 1}, ValueError, "must be rows of z, y and x"),
        ({"voxels": [[0, 0, 0]], "number": -1}, ValueError, "from 0 on"),
        ({"voxels": [[0, 0, 0]], "number": 1.5}, ValueError, "say which number"),
        ({"box": [[0, 1], [0, 1]], "number": 1}, ValueError, "a box is"),
        ({"box": [[0, 9], [0, 1], [0, 1]], "number": 1}, ValueError, "is not within"),
        ({"voxels": [[0, 0, 0]], "number": 1, "label": "cels"}, LookupError, "no labels in cells_labels 'cels'"),
        ({"voxels": pd.DataFrame({"z": [0], "y": [1]}), "number": 1}, DataError, "x: is missing"),
        ({"voxels": pd.DataFrame({"z": [0], "y": [1], "x": [np.nan]}), "number": 1}, DataError, "must be numbers"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_changes(session, given, error, words):
    before = session.sources["cells_labels"]
    with pytest.raises(error, match=words):
        session.paint("cells_labels", **given)
    assert session.sources["cells_labels"] is before


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([[0, 0, 0]], "are of 0"), ([[0, 2, 2], [0, 12, 2]], "are of 1 and 2"), ([[0, 2, 99]], "not all within"),
        ([[0, 14, 4]], "narrow nowhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_split_is_told(session, places, words):
    with pytest.raises(ValueError, match=words):
        session.split_label("cells_labels", places)


def test_a_file_of_labels_of_another_size_is_refused(session, tmp_path):
    np.save(tmp_path / "mask.npy", np.ones((4, 20, 29), np.uint8))
    with pytest.raises(DataError, match="are 4 x 20 x 29 voxels, where those to paint on are 4 x 20 x 30"):
        session.paint("brain", tmp_path / "mask.npy")


def test_what_is_painted_in_memory_is_kept_too(tmp_path):
    session = nf.Session(phantom(Plan(shape=(8, 16, 16), areas=(0,)), session="a"))
    label = next(iter(session.sources["a"].labels))
    session.paint("a", [[0, 0, 0]], 9, label=label)
    again = nf.Session.restore(session.save(tmp_path / "w.neurofm"))
    assert again.sources["a"].labels[label].levels[0][0, 0, 0] == 9


def test_only_what_is_read_is_read(tmp_path):
    class Watched(Held):
        instant, read = False, 0

        def __getitem__(self, box):
            picture = super().__getitem__(box)
            self.read += picture.size
            return picture

    voxels = Watched(np.zeros((50, 60, 70), np.uint8))
    session = nf.Session(Volume(session="a", labels={"a": Pyramid((voxels,), np.ones(3))}))
    session.actions.drop(session.actions.last("open", "a"))  # so that no copy of what is in memory is kept
    session.paint("a", [[3, 4, 5], [3, 4, 6]], 2)
    assert voxels.read < 10
