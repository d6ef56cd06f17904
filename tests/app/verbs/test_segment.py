"""Segment: labels of a volume appear while they are computed, and come again from the script."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf
from neurofm import cli, io
from neurofm.app.session import Session
from neurofm.app.verbs import segment as verb
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


def test_a_preview_is_seen_and_replaced(session, tmp_path):
    seen = []
    session.changed.connect(lambda kind, name: seen.append((kind, name)))
    job = session.segment("run", "brain", [[0, 8], [0, 32], [0, 32]], precision="float32", name="part")
    first = session.sources["part"]
    verb.previewed(session, job, tmp_path / "runs" / "labels" / "part.zarr")
    assert session.sources["part"] is not first
    assert seen.count(("source", "part")) == 2  # opened at the end, since this job tells of no preview, and shown again
    assert session.sources["part"].whole.shape == (8, 32, 32)


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
