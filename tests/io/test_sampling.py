"""The sampling rate is read, as text, from what lies beside the samples."""

from __future__ import annotations

import pytest

from neurofm.errors import DataError
from neurofm.io._sampling import rate, says_rate


@pytest.mark.parametrize(
    ("name", "words", "hz"),
    [
        ("params.py", "dat_path = 'a'\nsample_rate = 30_000\n", 30_000.0),
        ("params.py", "sample_rate = float(2.5e4)  # Hz", 25_000.0),
        ("g0_t0.imec0.ap.meta", "imMaxInt=512\nimSampRate=30000.15\n", 30_000.15),
    ],
)
def test_it_is_read_as_text(tmp_path, name, words, hz):
    (tmp_path / name).write_text(words)
    assert says_rate(tmp_path / name)
    assert rate(tmp_path / "spikes.samples.npy") == hz


@pytest.mark.parametrize(
    ("name", "words", "problem"),
    [
        ("other.py", "sample_rate = 1", r"samples\.npy: counts samples, and no params\.py beside it"),
        ("params.py", "sample_rate = rate()", r"params\.py: sample_rate: is not given .*; write the line sample_rate"),
        ("params.py", "sample_rate = 1.2.3", "is not given as a number above 0"),
        ("a.ap.meta", "imSampRate=-1", r"a\.ap\.meta: imSampRate: is not given as a number above 0$"),
    ],
)
def test_what_says_nothing_is_named(tmp_path, name, words, problem):
    (tmp_path / name).write_text(words)
    with pytest.raises(DataError, match=problem):
        rate(tmp_path / "samples.npy")
