"""Strokes on a volume become labels of all of it, again and again."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf
from neurofm import cli, io
from neurofm.app.session import Session
from neurofm.errors import DataError
from tests.app.user import AtOnce
from tests.training.test_strokes import NAMES, ROWS, discs

pytest.importorskip("tensorstore")


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setattr("neurofm.app.jobs.Jobs", AtOnce)
    grey, _ = discs()
    np.save(tmp_path / "discs.npy", grey)
    session = Session(tmp_path / "discs.npy", folder=tmp_path / "runs")
    session.paint("discs", ROWS, names=NAMES)
    return session


def test_labels_are_a_volume_of_their_own_that_is_learned_again(session, tmp_path):
    session.learn("discs")
    first = session.sources["discs learned"]
    assert first.names == {"structure": {3: "cell"}}
    numbers = first.whole.levels[0][:, :, :]
    assert (numbers[0, 20, 20], numbers[0, 45, 45], numbers[0, 20, 70]) == (3, 0, 3)
    session.paint("discs", [[0, 45, 10, 80, 5]])  # it is something after all
    session.learn("discs")
    assert session.sources["discs learned"] is not first
    assert session.sources["discs learned"].whole.levels[0][0, 45, 45] == 5
    assert [action.name for action in session.actions if action.kind == "learn"] == ["discs learned"]
    names: dict = {}
    exec(session.script().replace("nf.Session()", f"nf.Session(folder={str(tmp_path / 'again')!r})"), names)
    again = names["session"].sources["discs learned"]
    np.testing.assert_array_equal(
        again.whole.levels[0][:, :, :], session.sources["discs learned"].whole.levels[0][:, :, :]
    )


def test_labels_that_were_corrected_are_not_replaced(session):
    session.learn("discs")
    session.paint("discs learned", [[0, 0, 0]], 3)
    session.learn("discs")
    assert session.sources["discs learned"].whole.levels[0][0, 0, 0] == 3
    assert session.sources["discs learned 2"].whole.levels[0][0, 0, 0] == 0


def test_a_box_has_labels_in_its_place(session, tmp_path):
    session.learn("discs", box=[[0, 1], [10, 60], [20, 90]], name="part")
    labels = session.sources["part"]
    assert labels.whole.shape == (1, 50, 70)
    np.testing.assert_allclose(labels.whole.origin[1:], [10, 20] * session.sources["discs"].spacing[1:])
    assert nf.Session.restore(session.save(tmp_path / "w.neurofm")).sources["part"].whole.shape == (1, 50, 70)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"volume": "none"}, LookupError, "no volume 'none'"),
        ({"volume": "discs", "label": "stroke"}, LookupError, "did you mean 'strokes'|there (is|are) strokes"),
        ({"volume": "discs", "box": [[0, 1], [0, 97], [0, 9]]}, ValueError, "is not within the 1 x 96 x 96 voxels"),
        ({"volume": "discs", "box": [[0, 1]]}, ValueError, "is not within"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(session, given, error, words):
    with pytest.raises(error, match=words):
        session.learn(**given)


def test_labels_are_no_image_to_learn_from(session, tmp_path):
    np.save(tmp_path / "mask.npy", np.ones((1, 9, 9), np.uint8))
    session.open(tmp_path / "mask.npy")
    with pytest.raises(LookupError, match="mask has labels only"):
        session.learn("mask")


def test_without_strokes_it_is_said_what_to_do(tmp_path):
    np.save(tmp_path / "discs.npy", discs()[0])
    session = Session(tmp_path / "discs.npy", folder=tmp_path)
    with pytest.raises(LookupError, match="has no strokes; paint some first"):
        session.learn("discs")
    session.paint("discs", [[0, 20, 14, 26, 3]])
    with pytest.raises(DataError, match="are only of '3'"):
        session.learn("discs")
    assert not session.__dict__.get("jobs")


def test_the_command_learns_from_a_file_of_strokes(session, tmp_path, capsys):
    np.save(tmp_path / "strokes_label.npy", session.sources["discs"].labels["strokes"].levels[0][:, :, :])
    out = tmp_path / "out.zarr"
    call = ["learn", str(tmp_path / "discs.npy"), str(tmp_path / "strokes_label.npy"), "--out", str(out)]
    assert cli.run([*call, "--names", "1=nothing,3=cell"]) == 0
    session.learn("discs")
    ours, theirs = (v.whole.levels[0][:, :, :] for v in (io.read(str(out)), session.sources["discs learned"]))
    np.testing.assert_array_equal(ours, theirs)
    assert cli.run([*call, "--names", "cell"]) == 2


def test_labels_are_opened_by_the_script_once_the_strokes_they_came_of_are_undone(session):
    session.learn("discs")
    assert ".learn(" in session.script()
    session.undo()
    script = session.script()
    assert ".learn(" not in script
    names: dict = {}
    exec(compile(script, "script", "exec"), names)
    assert list(names["session"].sources) == list(session.sources) == ["discs", "discs learned"]
