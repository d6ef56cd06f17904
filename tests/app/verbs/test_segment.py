"""Segment: labels of a volume appear while they are computed, and come again from the script."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf
from neurofm import cli, io
from neurofm.app.session import Session
from neurofm.app.verbs import segment as verb
from neurofm.app.views import _planes
from neurofm.io import _label_store
from neurofm.synthetic.phantoms import Plan, phantom
from tests.app.user import AtOnce

pytest.importorskip("tensorstore")
pytest.importorskip("monai")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("segment")
    brain = io.write(phantom(Plan(shape=(16, 32, 64), areas=(1,)), session="brain"), folder / "brain.volume.h5")
    settings = {"steps": 2, "width": 8, "edge": 16}
    return brain, nf.train("unet", brain, folder / "run", settings=settings, device="cpu").path


@pytest.fixture
def session(files, tmp_path, monkeypatch):
    monkeypatch.setattr("neurofm.app.jobs.Jobs", AtOnce)
    session = Session(files[0], folder=tmp_path / "runs")
    session.open(files[1])
    return session


def test_labels_are_a_volume_of_their_own(session):
    session.segment("run", "brain", precision="float32")
    labels, brain = session.sources["brain by run"], session.sources["brain"]
    assert labels.image is None
    assert labels.whole.shape == brain.whole.shape
    np.testing.assert_allclose(labels.whole.origin, brain.whole.origin)
    assert "session.segment('run', 'brain', precision='float32', name='brain by run').wait()" in session.script()
    assert "nf.read" not in session.script().split("session.segment")[1]


def test_a_preview_is_read_once_more_where_it_is_shown(session, tmp_path):
    seen, read = [], []
    session.changed.connect(lambda kind, name: seen.append((kind, name)))
    session.read.connect(read.append)
    job = session.segment("run", "brain", [[0, 8], [0, 32], [0, 32]], precision="float32", name="part")
    first = session.sources["part"]
    (pyramid,) = first.labels.values()
    _planes.of(session, pyramid)
    store = _label_store.LabelStore(tmp_path / "runs" / "labels" / "part.zarr")
    assert not (pyramid.levels[0][0, :4, :4] == 7).any()
    store[0:1, 0:4, 0:4] = np.full((1, 4, 4), 7, np.uint8)
    verb.SPEC.previewed(session, job, store.path)
    assert session.sources["part"] is first
    assert (pyramid.levels[0][0, :4, :4] == 7).all()
    assert read == [_planes.VIEW]
    assert seen.count(("source", "part")) == 1
    assert first.whole.shape == (8, 32, 32)


def test_labels_of_another_size_take_their_place(session):
    session.segment("run", "brain", [[0, 8], [0, 32], [0, 32]], precision="float32", name="part")
    session.segment("run", "brain", [[0, 8], [0, 16], [0, 32]], precision="float32", name="part")
    assert session.sources["part"].whole.shape == (8, 16, 32)


def test_what_was_stopped_goes_on_and_is_in_the_script(session):
    job = session.segment("run", "brain", precision="float32")
    assert not verb.SPEC.resumes(job)
    before, action = session.script(), job.action
    session.jobs.end(job, "stopped")
    assert action not in session.actions
    assert verb.SPEC.resumes(job)
    again = session.resume(job)
    assert again.arguments == {**job.arguments, "resume": True}
    assert session.script() == before


def test_chunks_that_were_left_out_are_named_and_tried_again(session):
    job = session.segment("run", "brain", precision="float32")
    session.jobs.end(job, "done", **{**job.result, "failed": {"z 0 to 8": "it is damaged"}})
    assert job.text == "1 chunk left out (z 0 to 8: it is damaged); Resume tries again"
    assert verb.SPEC.resumes(job)


@pytest.mark.parametrize(
    ("run", "volume", "words"), [("none", "brain", "no run 'none'"), ("run", "none", "no volume 'none'")]
)
def test_what_is_not_there_is_refused(session, run, volume, words):
    with pytest.raises(LookupError, match=words):
        session.segment(run, volume)


def test_a_cluster_leaves_the_same(files, session, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.chdir(files[0].parent)  # paths that are told from here
    session.segment("run", "brain", precision="float32")
    where = {"dashboard_address": ":0", "silence_logs": 50}
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, **where) as cluster:
        call = ["segment", "run", "brain.volume.h5", "--out", "there.zarr", "--precision", "float32"]
        assert cli.run([*call, "--scheduler", cluster.scheduler_address]) == 0
        session.segment("run", "brain", precision="float32", name="far", scheduler=cluster.scheduler_address)
    here, far, there = (
        volume.whole.levels[0][:, :, :]
        for volume in (session.sources["brain by run"], session.sources["far"], io.read("there.zarr"))
    )
    np.testing.assert_array_equal(here, far)
    np.testing.assert_array_equal(here, there)
    assert "scheduler" not in session.script()  # what is computed is the same


def test_the_command_leaves_the_same(files, session, tmp_path, capsys):
    out = tmp_path / "out.zarr"
    call = ["segment", str(files[1]), str(files[0]), "--out", str(out), "--precision", "float32"]
    assert cli.run(call) == 0
    session.segment("run", "brain", precision="float32")
    ours, theirs = (v.whole.levels[0][:, :, :] for v in (io.read(str(out)), session.sources["brain by run"]))
    np.testing.assert_array_equal(ours, theirs)
    assert cli.run([*call, "--box", "0:8,1"]) == 2
