"""The file that an ethogram is kept in."""

from __future__ import annotations

import json

import pytest

from neurofm import io
from neurofm.errors import DataError


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "another"}, "format"),
        ({"bouts": {"start": [1.0], "stop": [0.0], "behavior": ["x"]}}, "stop"),
        ({"bouts": {"start": [1.0], "stop": [None], "behavior": ["x"]}}, "stop"),
        ({"bouts": {}}, ""),
    ],
)
def test_a_page_that_somebody_edited_is_looked_at(golden, change, field):
    path = golden.ethogram()
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DataError) as caught:
        io.read(path, reader="ethogram")
    assert caught.value.field == field


@pytest.mark.parametrize("member", ["session", "clock", "domain", "bouts"])
def test_a_member_that_is_missing_is_named(golden, member):
    path = golden.ethogram()
    page = json.loads(path.read_text())
    del page[member]
    path.write_text(json.dumps(page))
    with pytest.raises(DataError, match=f"{member}: is missing"):
        io.read(path)
