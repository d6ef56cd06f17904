"""The same chunks on a cluster: the same labels, also where a worker is killed in the middle."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest
import torch
from torch import nn

from neurofm import io
from neurofm.data.volume import Held, Pyramid
from neurofm.errors import NeuroFMError, Stopped
from neurofm.training import segmenting, spread, tiles
from neurofm.training.spread import Cluster

pytest.importorskip("tensorstore")
distributed = pytest.importorskip("distributed")

SHAPE, CORE = (40, 52, 40), (16, 16, 16)
CLASSES = {0: "nothing", 2: "vessel", 7: "cell"}


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv3d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv3d(4, 3, 3, padding=1)).eval()


@pytest.fixture(scope="module")
def image():
    return Pyramid((Held(np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)),), np.ones(3))


@pytest.fixture(scope="module")
def right(net, image):
    said = tiles.whole(net, image.levels[0].array, tiles.reach(net)).argmax(0)
    return np.array(list(CLASSES))[said]


def segment(net, image, out, address, **options):
    cluster = Cluster(address, lambda: (net, image))
    return segmenting.segment(net, image, out, CLASSES, core=CORE, precision="float32", cluster=cluster, **options)


def labels(out):
    return io.read(str(out)).labels["structure"].levels[0][:, :, :]


@pytest.fixture(scope="module")
def cluster():
    """Two processes of one thread, which are started anew when they end."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster:
        yield cluster


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing(cluster, net, image, right, tmp_path):
    killed = []

    def kill(fraction, *_, **__):
        if not killed and fraction >= 0.25:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    came = segment(net, image, tmp_path / "labels.zarr", cluster.scheduler_address, step=kill)
    assert killed
    assert not came.failed
    np.testing.assert_array_equal(labels(came.out), right)


def test_what_was_stopped_goes_on_to_the_same_labels_here(cluster, net, image, right, tmp_path):
    def stop(fraction, *_, **__):
        if fraction >= 0.5:
            raise Stopped("now")

    out, seen = tmp_path / "labels.zarr", []
    with pytest.raises(Stopped):
        segment(net, image, out, cluster.scheduler_address, step=stop)
    segmenting.segment(net, image, out, CLASSES, resume=True, step=lambda fraction, *_, **__: seen.append(fraction))
    assert min(seen) > 0.5
    np.testing.assert_array_equal(labels(out), right)


def test_a_chunk_that_cannot_be_read_is_named(cluster, net, image, right, tmp_path):
    class Broken(Held):
        def __getitem__(self, box):
            if box[0].start == 0:
                raise OSError("unexpected end")
            return super().__getitem__(box)

    broken = Pyramid((Broken(image.levels[0].array),), np.ones(3))
    came = segment(net, broken, tmp_path / "labels.zarr", cluster.scheduler_address)
    assert set(came.failed.values()) == {"unexpected end"}
    assert len(came.failed) == came.chunks // 3
    np.testing.assert_array_equal(labels(came.out)[32:], right[32:])


def test_two_threads_of_a_worker_share_a_network(net, image, right, tmp_path):
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0", silence_logs=50
    ) as cluster:
        came = segment(net, image, tmp_path / "labels.zarr", cluster.scheduler_address)
    np.testing.assert_array_equal(labels(came.out), right)


@pytest.mark.parametrize(
    ("address", "words"),
    [("tcp://127.0.0.1:9", "no scheduler of dask answers at"), ("nowhere:of:all", "no scheduler of dask answers at")],
)
def test_an_address_where_nothing_answers_is_told(net, image, tmp_path, monkeypatch, address, words):
    monkeypatch.setattr(spread, "PATIENCE", 0.5)
    with pytest.raises(NeuroFMError, match=words):
        segment(net, image, tmp_path / "labels.zarr", address)


def test_a_scheduler_without_workers_is_told(net, image, tmp_path, monkeypatch):
    monkeypatch.setattr(spread, "PATIENCE", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=":0", silence_logs=50) as cluster,
        pytest.raises(NeuroFMError, match="has no workers; start some with `dask worker"),
    ):
        segment(net, image, tmp_path / "labels.zarr", cluster.scheduler_address)
