"""Coarser levels are made in a job, and the open volume has them then; it is the file's still."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import neurofm as nf
from neurofm import io
from neurofm.app.verbs import coarsen
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.io import _levels


@pytest.fixture
def session(tmp_path, monkeypatch, fake_jobs):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(_levels, "EDGE", 16)
    np.save(tmp_path / "brain.npy", np.arange(4 * 40 * 60, dtype=np.uint16).reshape(4, 40, 60))
    return nf.Session(tmp_path / "brain.npy")


def made(session, tmp_path):
    job = session.coarsen("brain")
    told = []
    result = coarsen.work(lambda done, words: told.append(done), tmp_path, **job.arguments)
    assert told[-1] == 1.0
    coarsen.took(session, SimpleNamespace(state="done", arguments=job.arguments, result=result))
    return session.sources["brain"]


def test_the_open_volume_has_them_then(session, tmp_path):
    volume = made(session, tmp_path)
    assert [level.shape for level in volume.image.levels] == [(4, 40, 60), (2, 20, 30), (1, 10, 15)]
    assert io.origin(volume) is not None
    assert session.script().count("coarsen") == 1
    again = session.coarsen("brain")
    assert coarsen.work(lambda done, words: None, tmp_path, **again.arguments) == {"bad": {}}


def test_a_volume_that_was_placed_has_them_in_its_axes(session, tmp_path):
    session.place("brain", axes="yzx", size=(1.0, 2.0, 3.0))
    volume = made(session, tmp_path)
    assert [level.shape for level in volume.image.levels] == [(40, 4, 60), (20, 2, 30), (10, 1, 15)]
    np.testing.assert_array_equal(volume.image.spacing[1], [2.0, 4.0, 6.0])


def test_what_could_not_be_read_is_said(session, monkeypatch, tmp_path):
    monkeypatch.setattr(_levels, "make", lambda volume, step: step(1.0, "") or {"z 0 to 8": "it is cut off"})
    job = session.coarsen("brain")
    monkeypatch.setattr(_levels, "looked", lambda one: Pyramid((*one.levels, *one.levels), np.ones(3)))
    result = coarsen.work(lambda done, words: None, tmp_path, **job.arguments)
    coarsen.took(session, SimpleNamespace(state="done", arguments=job.arguments, result=result))
    assert "black where it could not be read: z 0 to 8 (it is cut off)" in session.sources["brain"].notes[-1]


def test_what_needs_none_is_told(session):
    session.add(Volume(session="held", image=Pyramid((Held(np.zeros((2, 40, 40))),), np.ones(3))))
    with pytest.raises(ValueError, match="are in memory"):
        session.coarsen("held")
    with pytest.raises(LookupError, match="no volume 'rat'"):
        session.coarsen("rat")
