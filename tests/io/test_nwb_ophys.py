"""Imaging in NWB, written by pynwb: regions are units with what is told of them, in whichever mask."""

from __future__ import annotations

from datetime import UTC, datetime

import h5py
import numpy as np
import pytest

from neurofm import io
from neurofm.io._nwb_ophys import regions

COUNT, FRAMES = 4, 12
DFF = np.random.default_rng(0).normal(size=(FRAMES, COUNT))


def imaged(path, mask="pixel", planes=1, picture=None):
    """Regions of two pixels each, (k, 2 k) and (k + 2, 2 k), with dF/F, what was deconvolved and a mean picture."""
    from pynwb import NWBHDF5IO, NWBFile
    from pynwb.base import Images
    from pynwb.image import GrayscaleImage
    from pynwb.ophys import DfOverF, Fluorescence, ImageSegmentation, OpticalChannel

    file = NWBFile(session_description="d", identifier="i", session_start_time=datetime(2020, 1, 1, tzinfo=UTC))
    device, module = file.create_device(name="m"), file.create_processing_module(name="ophys", description="d")
    channel = OpticalChannel(name="c", description="d", emission_lambda=500.0)
    parts = ImageSegmentation(), DfOverF(), Fluorescence(name="Deconvolved")
    for part in parts:
        module.add(part)
    for p in range(planes):
        plane = file.create_imaging_plane(
            name=f"p{p}", optical_channel=channel, description="d", device=device, excitation_lambda=600.0,
            indicator="GCaMP", location="V1",
        )  # fmt: skip
        cells = parts[0].create_plane_segmentation(name=f"plane{p}", description="d", imaging_plane=plane)
        cells.add_column(name="quality", description="d")
        for k in range(COUNT):
            image = np.zeros((8, 10))
            image[[k, k + 2], 2 * k] = 1
            flat, deep = [(k, 2 * k, 1), (k + 2, 2 * k, 1)], [(k, 2 * k, k % 2, 1), (k + 2, 2 * k, k % 2, 1)]
            drawn = {"image": image, "pixel": flat, "voxel": deep}[mask]
            cells.add_roi(**{f"{mask}_mask": drawn}, quality=k / 4)
        for part, name, order in ((parts[1], "dff", range(COUNT)), (parts[2], "spks", range(COUNT)[::-1])):
            rois = cells.create_roi_table_region(description="d", region=list(order))
            part.create_roi_response_series(name=f"{name}{p}", data=DFF[:, order], rois=rois, unit="1", rate=10.0)
    if picture is not None:
        module.add(Images(name="summary", images=[GrayscaleImage(name="mean", data=picture)]))
    with NWBHDF5IO(str(path), mode="w") as writer:
        writer.write(file)
    return path


@pytest.mark.parametrize("mask", ["pixel", "image", "voxel"])
def test_regions_are_units_and_responses_their_activity(mask, tmp_path):
    recording = io.read(imaged(tmp_path / "a.nwb", mask))
    units = recording.units
    assert units["label"].tolist() == ["0", "1", "2", "3"]
    assert units[["quality", "x", "y", "npix"]].to_numpy().tolist() == [[k / 4, k + 1, 2 * k, 2] for k in range(COUNT)]
    assert recording.series["dff0"].names == ("0", "1", "2", "3")
    np.testing.assert_allclose(recording.series["dff0"].values, DFF)
    np.testing.assert_allclose(recording.series["dff0"].times, np.arange(FRAMES) / 10)
    assert recording.series["spks0"].names == ("3", "2", "1", "0")
    assert not any("not read" in note for note in recording.notes)


def test_planes_are_told_apart_and_a_damaged_mask_is_left_out(tmp_path):
    path = imaged(tmp_path / "a.nwb", planes=2)
    with h5py.File(path, "r+") as file:
        ends = file["processing/ophys/ImageSegmentation/plane1/pixel_mask_index"]
        ends[-1] = 99
        table, notes = regions(path, file)
    assert table["label"].tolist() == [f"plane{p} {k}" for p in range(2) for k in range(COUNT)]
    assert np.isnan(table["x"].to_numpy()[COUNT:]).all()
    assert any("plane1.pixel_mask: cannot be read" in note for note in notes)
    assert io.read(path).series["dff1"].names == tuple(f"plane1 {k}" for k in range(COUNT))
