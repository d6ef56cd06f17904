"""Addresses mean places on the web, and stores say what is wrong with them."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from neurofm.io import _stores
from tests.io import volume_files as files


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("precomputed://s3://brains/a/image", "https://brains.s3.amazonaws.com/a/image"),
        ("gs://brains/a", "https://storage.googleapis.com/brains/a"),
        ("precomputed://https://here.org/a", "https://here.org/a"),
        ("precomputed://file:///data/a", "/data/a"),
        ("file:///data/my%20brain", "/data/my brain"),
        ("file:///C:/data/a", "C:/data/a"),
        ("/data/a", "/data/a"),
    ],
)
def test_an_address_is_a_place_on_the_web(address, place):
    assert _stores.web(address, schemes=("precomputed://",)) == place


def test_a_page_is_read_or_not_there_or_refused(tmp_path):
    (tmp_path / "info").write_text('{"a": 1}')
    (tmp_path / "list").write_text("[1]")
    (tmp_path / "broken").write_text("<html>")
    assert _stores.page(str(tmp_path), "info") == {"a": 1}
    assert _stores.page(str(tmp_path), "nothing") is None
    for name in ("list", "broken"):
        with pytest.raises(DataError, match=f"{name}: is no JSON"):
            _stores.page(str(tmp_path), name)


@pytest.mark.parametrize(
    ("span", "cut"), [((0, 20), [(0, 8), (8, 16), (16, 20)]), ((3, 7), [(3, 7)]), ((8, 17), [(8, 16), (16, 17)])]
)
def test_a_stretch_is_cut_where_chunks_begin(span, cut):
    assert _stores._cut(span, 8) == cut


@pytest.mark.parametrize(
    ("place", "path"),
    [("C:\\data\\brain", "C:/data/brain/0/"), ("\\\\lab\\brain", "//lab/brain/0/"), ("/data/a\\b/", "/data/a\\b/0/")],
)
def test_folders_of_windows_are_folders(place, path):
    assert _stores._kvstore(place, "0") == {"driver": "file", "path": path}


def test_who_passes_over_a_store_once_reads_the_same_and_has_its_own_list_of_what_is_bad(tmp_path):
    voxels = io.read(files.precomputed(tmp_path)).image.levels[0]
    np.testing.assert_array_equal(voxels[:, :, :], files.IMAGE)
    once = voxels.passing()
    np.testing.assert_array_equal(once[2:9, 3:, :5], files.IMAGE[2:9, 3:, :5])
    once.bad["there"] = "why"
    assert (once.where, once.shape, voxels.bad) == (voxels.where, voxels.shape, {})
