"""Commands about volumes."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.io import _levels
from tests.cli.conftest import Call


@pytest.fixture
def brain(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(_levels, "EDGE", 16)
    np.save(tmp_path / "brain.npy", np.arange(4 * 40 * 60, dtype=np.uint16).reshape(4, 40, 60))
    return tmp_path / "brain.npy"


def test_a_volume_gets_coarser_levels(call: Call, brain, tmp_path):
    code, report, _ = call("coarsen", brain, "--json")
    assert (code, report["rows"], report["space"]) == (0, 3, "level")
    assert len(io.read(brain).image.levels) == 3
    code, _, err = call("coarsen", brain)
    assert (code, "needs no other" in err) == (2, True)


def test_a_volume_is_placed(call: Call, brain, tmp_path):
    out = tmp_path / "placed.volume.h5"
    assert call("place", brain, "--axes", "xyz", "--size", "2,1.17,1.17", "--out", out)[0] == 0
    volume = io.read(out)
    assert (volume.whole.shape, volume.spacing.tolist(), volume.unit) == ((60, 40, 4), [2.0, 1.17, 1.17], "um")
    assert call("place", brain, "--axes", "abc", "--out", out)[0] == 2
    assert call("place", brain, "--size", "1", "--out", tmp_path / "x.csv")[0] == 2


def test_an_image_and_its_labels_in_two_files_train_a_network(call: Call, tmp_path):
    pytest.importorskip("monai")
    numbers = np.kron(np.arange(16).reshape(1, 4, 4) % 2, np.ones((1, 16, 16))).astype(np.uint8)
    grey = (np.random.default_rng(0).integers(0, 60, numbers.shape) + 80 * numbers).astype(np.uint8)
    np.save(tmp_path / "image.npy", grey)
    np.save(tmp_path / "mask.npy", numbers)
    both = f"{tmp_path / 'image.npy'}+{tmp_path / 'mask.npy'}"
    sizes = ("--set", "steps=2", "--set", "width=8", "--set", "edge=16")
    assert call("train", "unet", both, "--out", tmp_path / "run", *sizes, "--device", "cpu")[0] == 0
    code, report, _ = call("info", both, "--as", "labels=image.npy", "--json")
    assert (code, report["labels"]) == (0, ["image"])
    code, _, err = call("info", tmp_path / "image.npy", "--as", "labels=image.npy")
    assert (code, "give an image and its labels as A+B" in err) == (2, True)


def test_cells_of_an_image_and_its_labels_in_two_files_are_measured(call: Call, tmp_path):
    numbers = np.kron(np.arange(16).reshape(1, 4, 4), np.ones((1, 8, 8))).astype(np.uint8)
    np.save(tmp_path / "image.npy", (numbers * 3 + np.arange(32) % 8).astype(np.uint8))
    np.save(tmp_path / "mask.npy", numbers)
    out = tmp_path / "out.cells.h5"
    code, report, _ = call("cells", f"{tmp_path / 'image.npy'}+{tmp_path / 'mask.npy'}", "--out", out, "--json")
    assert (code, report["rows"]) == (0, 15)
    assert io.read(out).cells["intensity"].is_monotonic_increasing
    image = ("--image", tmp_path / "image.npy")
    for beside, by in (((), "their shape alone, as no image was given"), (image, "image")):
        given = ("cells", tmp_path / "cell_mask.npy", "--of", "1", "--split", *beside)
        np.save(tmp_path / "cell_mask.npy", (numbers > 0).astype(np.uint8))
        code, report, _ = call(*given, "--out", tmp_path / f"{len(beside)}.cells.h5", "--json")
        assert (code, any(note.endswith(by) for note in report["notes"])) == (0, True)
    other = tmp_path / "other.volume.h5"
    assert call("place", tmp_path / "image.npy", "--size", "2", "--out", other)[0] == 0
    code, _, err = call(*given[:5], "--image", other, "--out", out)
    assert (code, "does not lie where the labels do" in err, "32 voxels of 2 x 2 x 2 um; put" in err) == (1, True, True)
    code, _, err = call("cells", tmp_path / "image.npy", "--out", out)
    assert (code, "image.npy holds no labels; join an image and its labels as A+B" in err) == (1, True)


def test_labels_are_painted_from_a_table_or_a_file_of_labels(call: Call, brain, tmp_path):
    (tmp_path / "edits.csv").write_text("z,y,x,number\n0,1,2,3\n1,1,2,4\n")
    out = tmp_path / "strokes.volume.h5"
    code, report, _ = call("paint", brain, tmp_path / "edits.csv", "--out", out, "--json")
    assert (code, report["rows"], report["space"]) == (0, 2, "voxel")
    strokes = io.read(out).labels["strokes"].levels[0]
    assert (strokes[0, 1, 2], strokes[1, 1, 2], np.count_nonzero(strokes[:, :, :])) == (3, 4, 2)
    np.save(tmp_path / "mask.npy", np.eye(40, 60, dtype=np.uint8)[None].repeat(4, 0))
    more = tmp_path / "more.volume.h5"
    assert call("paint", out, tmp_path / "mask.npy", "--out", more)[0] == 0
    assert io.read(more).labels["strokes"].levels[0][2, 5, 5] == 1
    (tmp_path / "edits.csv").write_text("z,y,x\n0,1,99\n")
    code, _, err = call("paint", brain, tmp_path / "edits.csv", "--number", "1", "--out", out)
    assert (code, "is not within the 4 x 40 x 60 voxels" in err) == (2, True)
