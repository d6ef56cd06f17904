"""Responses in NWB name the regions that they are of, or none where the file does not fit."""

from __future__ import annotations

import h5py

from neurofm import io
from neurofm.io._nwb_rois import labels, of_response, planes
from tests.io.test_nwb_ophys import imaged


def test_a_response_names_its_regions_in_its_order(tmp_path):
    path = imaged(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        (plane,) = planes(file).values()
        assert labels(path, plane, "top") == ["top 0", "top 1", "top 2", "top 3"]
        response = file["processing/ophys/Deconvolved/spks0"]
        assert of_response(path, response) == ("3", "2", "1", "0")
        response["rois"][0] = 9
        assert of_response(path, response) == ()
    assert len(io.read(path).series["spks0"].names) == 4


def test_more_regions_than_frames_are_not_turned(tmp_path):
    path = imaged(tmp_path / "a.nwb")
    with h5py.File(path, "r+") as file:
        response = file["processing/ophys/DfOverF/dff0"]
        few = response["data"][:2]
        kept = dict(response["data"].attrs)
        del response["data"]
        response["data"] = few
        response["data"].attrs.update(kept)
    assert io.read(path).series["dff0"].values.shape == (2, 4)
