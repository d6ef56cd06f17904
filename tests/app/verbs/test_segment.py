"""Segment: labels of a volume appear while they are computed, and come again from the script."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import neurofm as nf
from neurofm import cli, io
from neurofm.app.session import Session
from neurofm.app.verbs import segment as verb
from neurofm.app.views import _planes
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.io import _label_store
from neurofm.synthetic.phantoms import Plan, phantom
from tests.app.user import AtOnce
from tests.io import volume_files

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


def test_a_run_of_voxels_names_no_regions(files, tmp_path, capsys):
    assert cli.run(["map-regions", str(files[1]), str(files[0]), "--out", str(tmp_path / "out.zarr")]) == 1
    told = "model: is unet, which names no regions; give a run that learned the areas of an image"
    assert told in capsys.readouterr().err


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


def black(folder):
    return io.write(volume_of(np.zeros((16, 32, 64), np.uint8)), folder / "black.volume.h5")


def turned(folder):
    long = phantom(Plan(shape=(16, 32, 64), areas=(1,))).scaled([1.17, 1.17, 4.0])
    return io.write(replace(long, session="turned"), folder / "turned.volume.h5")


def labels_alone(folder):
    return io.write(replace(phantom(Plan(shape=(16, 32, 64))), image=None), folder / "labels.volume.h5")


def brighter(folder):
    grey = phantom(Plan(shape=(16, 32, 64), areas=(1,))).image.levels[0][:, :, :].astype(np.uint16)
    return io.write(volume_of(grey * 257), folder / "sixteen.volume.h5")


def plane(folder):
    return io.write(volume_of(np.full((1, 32, 64), 120, np.uint8)), folder / "plane.volume.h5")


def volume_of(grey):
    return Volume(session="grey", image=Pyramid((Held(grey),), np.full(3, 1.17)))


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        (black, "image: is zero wherever it was looked at"),
        (turned, "spacing: is [1.17, 1.17, 4.0], and run learned from [1.17, 1.17, 1.17] (z, y, x); put size or axes"),
        (labels_alone, "image: is missing; there are only labels"),
        (brighter, "image: has grey values around"),
        (plane, "image: is of single planes, and run learned from volumes"),
        (lambda folder: "precomputed://http://127.0.0.1:9/gone", "cannot be reached"),
        (lambda folder: folder / "nowhere.tif", "nowhere.tif"),
    ],
)
def test_what_cannot_be_segmented_is_told_in_one_sentence(files, tmp_path, capsys, volume, words):
    assert cli.run(["segment", str(files[1]), str(volume(tmp_path)), "--out", str(tmp_path / "out.zarr")]) != 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert words in " ".join(told)
    assert "Traceback" not in " ".join(told)
    assert not (tmp_path / "out.zarr").exists() or volume is black


def test_a_corrupt_chunk_is_named_and_done_once_it_is_whole(files, tmp_path, capsys):
    """And one that is missing, which the format takes for black, is told of."""
    path = volume_files.precomputed(tmp_path)
    folder = path / volume_files.about(path)["scales"][0]["key"]
    corrupt, missing = folder / "0-16_0-8_0-8", folder / "16-32_8-16_0-8"
    kept = corrupt.read_bytes()
    corrupt.write_bytes(b"no chunk")
    missing.unlink()
    call = ["segment", str(run_on(path, tmp_path)), str(path), "--precision", "float32", "--json"]
    assert cli.run([*call, "--out", str(tmp_path / "out.zarr")]) == 0
    told = json.loads(capsys.readouterr().out)
    ((place, why),) = told["failed"].items()
    assert place == "z 0 to 12, y 0 to 20, x 0 to 36"  # of a chunk of labels
    assert "z 0 to 8, y 0 to 8, x 0 to 16" in why
    corrupt.write_bytes(kept)
    assert cli.run([*call, "--out", str(tmp_path / "out.zarr"), "--resume"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert not told["failed"]
    assert "1 chunks of the image are zero everywhere; are they missing there?" in told["notes"]
    assert cli.run([*call, "--out", str(tmp_path / "whole.zarr")]) == 0
    out, whole = (io.read(str(tmp_path / name)).whole.levels[0][:, :, :] for name in ("out.zarr", "whole.zarr"))
    np.testing.assert_array_equal(out, whole)


def run_on(path, folder):
    """A run of two steps on a whole copy of a volume, with what it says of it."""
    grey = volume_of(volume_files.IMAGE)
    labels = {"structure": Pyramid((Held(volume_files.LABELS),), grey.spacing)}
    whole = replace(grey, labels=labels, names={"structure": volume_files.NAMES}).scaled(io.read(path).spacing)
    settings = {"steps": 2, "width": 8, "edge": 8}
    return nf.train("unet", whole, folder / "learned", settings=settings, device="cpu").path
