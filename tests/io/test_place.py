"""Paths are made whole; addresses stay as they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neurofm.io._place import absolute, is_address, parts


@pytest.mark.parametrize("address", ["precomputed://https://a.b/c", "s3://a/b"])
def test_addresses_stay(address):
    assert is_address(address)
    assert absolute(address) == address


@pytest.mark.parametrize("path", ["a/b", Path("a/b"), "C:\\data\\a", "a:b"])
def test_paths_are_made_whole(path):
    assert not is_address(path)
    assert absolute(path) == os.path.abspath(path)


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ("a+b/spikes.mat+a+b/track", ["a+b/spikes.mat", "a+b/track"]),
        ("a+b/spikes.mat", ["a+b/spikes.mat"]),
        ("a+b", ["a+b"]),
        ("a+b+a+b/track", ["a+b", "a+b/track"]),
        ("a+b/spikes.mat+a+b/gone", ["a+b/spikes.mat", "a+b/gone"]),
        ("one+two", ["one", "two"]),
        ("no/one+no/two", ["no/one", "no/two"]),
        ("s3://a/b+c", ["s3://a/b+c"]),
        ("one+", ["one", ""]),
    ],
)
def test_a_plus_in_a_name_stays_in_it(tmp_path, monkeypatch, text, several):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a+b").mkdir()
    for name in ("spikes.mat", "track"):
        (tmp_path / "a+b" / name).touch()
    assert parts(text) == several
