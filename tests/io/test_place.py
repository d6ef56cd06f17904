"""Paths are made whole; addresses stay as they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from neurofm.io._place import absolute, is_address


@pytest.mark.parametrize("address", ["precomputed://https://a.b/c", "s3://a/b"])
def test_addresses_stay(address):
    assert is_address(address)
    assert absolute(address) == address


@pytest.mark.parametrize("path", ["a/b", Path("a/b"), "C:\\data\\a", "a:b"])
def test_paths_are_made_whole(path):
    assert not is_address(path)
    assert absolute(path) == os.path.abspath(path)
