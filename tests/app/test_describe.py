"""One line tells what a thing is, with what is known of it and without what is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.app.describe import describe
from neurofm.app.session import Session
from neurofm.data.ids import pack


@pytest.mark.parametrize(
    ("space", "id", "line"),
    [
        ("unit", 1, "rat/u1 · CA3 · {rate:.4g} Hz"),
        ("unit", 3, "rat/u3 · {rate:.4g} Hz"),  # its region is not known
        ("trial", 2, "rat/trial 2"),
        ("time", 2_500_000, "rat 102.500 s"),
        ("session", 0, "rat"),
    ],
)
def test_a_thing_is_told_in_one_line(session, space, id, line):
    assert describe(session, space, id) == line.format(rate=session.recordings["rat"].rates()[id % 5])


@pytest.mark.parametrize(("id", "line"), [(99, "rat/unit 99"), (int(pack(9, 1)), "")])
def test_of_what_is_not_there_only_the_name_is_told_if_any(session, id, line):
    assert describe(session, "unit", id) == line


@pytest.mark.parametrize("region", [None, np.nan, ""])
def test_what_is_missing_is_left_out_however_a_file_says_so(recording, region):
    session = Session([replace(recording, units=recording.units.assign(region=region))])
    assert describe(session, "unit", 0) == f"rat/u0 · {recording.rates()[0]:.4g} Hz"
