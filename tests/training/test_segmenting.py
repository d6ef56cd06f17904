"""Labels of volumes go into a store chunk by chunk; what is stopped goes on to the same."""

from __future__ import annotations

import copy
import subprocess
import sys

import numpy as np
import pytest
import torch

from neurofm import io
from neurofm.data.volume import Held, Pyramid
from neurofm.errors import DataError, Stopped
from neurofm.io._voxels import Where
from neurofm.training import segmenting, tiles

pytest.importorskip("tensorstore")
nets = pytest.importorskip("monai.networks.nets")

CLASSES = {0: "nothing", 2: "vessel", 7: "cell"}
SHAPE, CORE = (40, 52, 37), (16, 32, 16)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return nets.UNet(3, 1, 3, (4, 8, 8), (2, 2), num_res_units=1, norm="batch").eval()


def image(shape=SHAPE, spacing=(2.0, 1.0, 1.0), origin=(10.0, 0.0, 5.0)) -> Pyramid:
    grey = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    return Pyramid((Held(grey),), np.array(spacing), np.array(origin))


def expected(net, whole: Pyramid) -> np.ndarray:
    said = tiles.whole(net, whole.levels[0][:, :, :], tiles.reach(net))
    return np.array(list(CLASSES))[said.argmax(0)]


def segment(net, whole, out, **options):
    return segmenting.segment(net, whole, out, CLASSES, core=CORE, precision="float32", **options)


def labels(out) -> np.ndarray:
    return io.read(str(out)).labels["structure"].levels[0][:, :, :]


def test_the_store_opens_as_labels_where_the_image_is(net, tmp_path):
    whole = image()
    came = segment(net, whole, tmp_path / "labels.zarr", probabilities=True)
    volume = io.read(str(came.out))
    assert volume.image is None
    assert volume.names == {"structure": {2: "vessel", 7: "cell"}}
    np.testing.assert_allclose(volume.spacing, whole.spacing[0])
    np.testing.assert_allclose(volume.whole.origin, whole.origin)
    np.testing.assert_array_equal(labels(came.out), expected(net, whole))
    shares = torch.tensor(tiles.whole(net, whole.levels[0][:, :, :], tiles.reach(net))).softmax(0).numpy()
    kept = io.read(str(came.out / "probabilities"))
    np.testing.assert_allclose(kept.image.levels[0][:, :, :] / 255, shares[0], atol=0.51 / 255)


def test_a_box_is_what_it_is_of_the_whole(net, tmp_path):
    whole, box = image(), ((3, 30), (5, 50), (7, 20))
    came = segment(net, whole, tmp_path / "box.zarr", box=box)
    np.testing.assert_array_equal(labels(came.out), expected(net, whole)[tiles.slices(box)])
    np.testing.assert_allclose(io.read(str(came.out)).whole.origin, whole.origin + whole.spacing[0] * [3, 5, 7])


def test_a_single_plane(net, tmp_path):
    whole = image((1, 70, 90))
    came = segmenting.segment(net, whole, tmp_path / "plane.zarr", CLASSES, core=(1, 32, 40), precision="float32")
    np.testing.assert_array_equal(labels(came.out), expected(net, whole))


def test_what_was_killed_goes_on_to_the_same_labels(net, tmp_path):
    whole, out = image(), tmp_path / "labels.zarr"

    def kill(fraction, text, **_):
        if fraction >= 0.5:
            raise Stopped("now")

    with pytest.raises(Stopped):
        segment(net, whole, out, step=kill)
    with (tmp_path / "labels.zarr.chunks").open("ab") as file:
        file.write(b"[[0, 16], [0")  # the line at which a machine died
    before, seen = labels(out), []
    assert (before != expected(net, whole)).any()
    segment(net, whole, out, resume=True, step=lambda fraction, *_, **__: seen.append(fraction))
    assert min(seen) > 0.5
    np.testing.assert_array_equal(labels(out), expected(net, whole))


def test_resuming_something_else_is_refused(net, tmp_path):
    segment(net, image(), tmp_path / "labels.zarr")
    with pytest.raises(DataError, match="box"):
        segment(net, image(), tmp_path / "labels.zarr", box=((0, 9), (0, 9), (0, 9)), resume=True)


def test_a_process_that_is_killed_at_half_goes_on_to_the_same_labels(tmp_path):
    """In chunks so small that it is at work on one when it is killed."""
    made = """
import numpy as np, torch
from neurofm.data.volume import Held, Pyramid
from neurofm.training import segmenting
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Conv3d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.Conv3d(4, 3, 3, padding=1))
image = Pyramid((Held(np.random.default_rng(0).normal(size=(40, 52, 37)).astype(np.float32)),), np.ones(3))
def segment(out, **options):
    segmenting.segment(net.eval(), image, out, {0: "a", 2: "b", 7: "c"}, core=(8, 8, 8), resume=True, **options)
"""
    out, whole, here = tmp_path / "killed.zarr", tmp_path / "whole.zarr", {}
    begun = f"segment({str(out)!r}, precision='float32', step=lambda done, *_, **__: print(done, flush=True))"
    with subprocess.Popen([sys.executable, "-c", made + begun], stdout=subprocess.PIPE, text=True) as child:
        next(line for line in child.stdout if float(line) >= 0.5)
        child.kill()
    assert child.returncode
    exec(made, here)
    seen = []
    here["segment"](out, step=lambda fraction, *_, **__: seen.append(fraction))
    assert 0.5 < seen[0] < seen[-1] == 1.0
    here["segment"](whole, precision="float32")
    np.testing.assert_array_equal(labels(out), labels(whole))
    assert len(np.unique(labels(out))) == 3


def test_digits_do_not_change_in_the_middle(net, tmp_path):
    segment(net, image(), tmp_path / "labels.zarr")
    with pytest.raises(DataError, match="precision: is float32 there, not bfloat16"):
        segmenting.segment(net, image(), tmp_path / "labels.zarr", CLASSES, precision="bfloat16", resume=True)


def test_labels_of_two_networks_are_not_mixed(net, tmp_path):
    segment(net, image(), tmp_path / "labels.zarr")
    other = copy.deepcopy(net)
    with torch.no_grad():
        next(other.parameters()).add_(0.1)
    with pytest.raises(DataError, match="network"):
        segment(other, image(), tmp_path / "labels.zarr", resume=True)


def test_labels_of_two_images_are_not_mixed(net, tmp_path):
    one, other = image(), image()
    for name, pyramid in (("a", one), ("b", other)):
        pyramid.levels[0].where = Where(f"{name}.tif", "", 0)
    segment(net, one, tmp_path / "labels.zarr")
    with pytest.raises(DataError, match=r"image.*a\.tif"):
        segment(net, other, tmp_path / "labels.zarr", resume=True)


def test_a_chunk_that_cannot_be_read_is_named_and_done_later(net, tmp_path):
    class Broken(Held):
        broken = True

        def __getitem__(self, box):
            if self.broken and box[0].start == 0 and box[2].stop == SHAPE[2]:
                raise OSError("unexpected end")
            return super().__getitem__(box)

    whole, out = image(), tmp_path / "labels.zarr"
    voxels = Broken(whole.levels[0][:, :, :])
    came = segment(net, Pyramid((voxels,), whole.spacing, whole.origin), out)
    assert came.failed
    assert set(came.failed.values()) == {"unexpected end"}
    right = expected(net, whole)
    np.testing.assert_array_equal(labels(out)[32:], right[32:])
    assert not labels(out)[:16, :, 32:].any()
    voxels.broken = False
    assert not segment(net, Pyramid((voxels,), whole.spacing, whole.origin), out, resume=True).failed
    np.testing.assert_array_equal(labels(out), right)


def test_the_nearest_chunks_come_first(net, tmp_path):
    previews = []
    out = tmp_path / "labels.zarr"
    segment(net, image(), out, near=(39, 51, 36), step=lambda *_, preview: previews.append(labels(out).astype(bool)))
    assert previews[0][32:, 32:, 32:].any()
    assert not previews[0][:16].any()


@pytest.mark.parametrize(
    ("whole", "box", "words"),
    [
        (image(), ((0, 99), (0, 5), (0, 5)), "not within the 40 x 52 x 37 voxels"),
        (image(), ((5, 5), (0, 5), (0, 5)), "not within"),
        (image(), ((0, 5), (0, 5)), "give z, y and x"),
        (Pyramid((Held(np.zeros(SHAPE, np.uint8)),), np.ones(3)), None, "is zero wherever"),
    ],
)
def test_what_cannot_be_segmented_is_refused(net, tmp_path, whole, box, words):
    with pytest.raises(DataError, match=words):
        segment(net, whole, tmp_path / "labels.zarr", box=box)
