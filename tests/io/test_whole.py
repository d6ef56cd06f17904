"""Files that were cut off say so, in one sentence and whatever they hold; whole ones are not accused."""

from __future__ import annotations

import zipfile

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io

from neurofm import io
from neurofm.errors import DataError
from neurofm.io._whole import check_rows, check_whole

TIMES = np.sort(np.random.default_rng(0).random(3000)) * 100
SPIKES = {"times": TIMES, "unit": np.arange(3000) % 20}


def _matlab_7_3(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in SPIKES.items():
            file[name] = values[None].astype(float)
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512) + path.read_bytes()[512:])


def _hdf5(path, **how):
    with h5py.File(path, "w", **how) as file:
        file["image"] = np.zeros((20, 64, 64), np.uint8)


def _zip(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.csv", "a,b\n" + "1,2\n" * 500)


SIZED = {
    "a.h5": _hdf5,
    "new.hdf5": lambda path: _hdf5(path, libver="latest"),
    "a.mat": lambda path: scipy.io.savemat(path, SPIKES),
    "packed.mat": lambda path: scipy.io.savemat(path, SPIKES, do_compression=True),
    "7.3.mat": _matlab_7_3,
}
ENDED = {
    "a.npz": lambda path: np.savez(path, **SPIKES),
    "packed.npz": lambda path: np.savez_compressed(path, **SPIKES),
    "a.zip": _zip,
    "a.parquet": lambda path: pd.DataFrame(SPIKES).to_parquet(path),
}


@pytest.mark.parametrize("name", [*SIZED, *ENDED])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_a_file_that_was_cut_off_says_so_and_names_no_reader(name, share, tmp_path):
    path = tmp_path / name
    (SIZED | ENDED)[name](path)
    check_whole(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    size = f"{path.stat().st_size:,}"
    says = f"cut off: it has {size} of " if name in SIZED else f"cut off or damaged: it has {size} bytes, and not "
    with pytest.raises(DataError, match=says + r".*; copy it again$"):
        io.read(path)


def test_a_file_of_hdf5_says_how_long_it_was(tmp_path):
    _hdf5(tmp_path / "a.h5")
    data = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(data[:5000])
    with pytest.raises(DataError, match=f"it has 5,000 of {len(data):,} bytes"):
        io.read(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.csv", "time,unit\n", r"has a header \(time, unit\) and no rows"),
        ("a.tsv", "a\tb\tc\n\n", r"has a header \(a, b, c\) and no rows"),
        ("a.txt", "subject,trial,choice,reward\n", r"has a header \(subject, trial, choice, reward\) and no rows"),
        ("a.csv", "\n\n", "has no rows, only empty lines"),
    ],
)
def test_a_table_without_rows_says_so(name, text, says, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=says):
        io.read(tmp_path / name)


def test_numbers_are_no_header(tmp_path):
    (tmp_path / "a.csv").write_text("0.5,1,7\n")
    check_rows(tmp_path / "a.csv")


def test_an_archive_is_to_be_unpacked(tmp_path):
    _zip(tmp_path / "a.zip")
    with pytest.raises(DataError, match="is an archive; unpack it"):
        io.read(tmp_path / "a.zip")


def test_a_table_of_anything_names_the_readers_of_such_files_alone(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\nx,y\nz,w\n")
    with pytest.raises(DataError, match="nothing that can be opened; as such a file there can be") as refused:
        io.read(tmp_path / "a.csv")
    assert "NWB" not in str(refused.value)
