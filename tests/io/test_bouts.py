"""What readers of bouts share, and what holds for all of them: what is written reads back, what is wrong is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data.ethogram import Ethogram
from neurofm.errors import DataError
from neurofm.io import _bouts
from tests.io.conftest import BOUTS

FILES = ("boris", "bouts_table", "ethogram", "ndx_ethogram")
SUFFIXES = (".ethogram", ".csv", ".tsv", ".nwb")


@pytest.fixture
def scored() -> Ethogram:
    """Two animals, bouts that touch, overlap and last no time, and numbers that no decimal is equal to."""
    bouts = pd.DataFrame({
        "start": [0.1 + 0.2, 1.0, 2 / 3 + 1, 3.0, 5.0, 7.0], "stop": [1.0, 3.0, 2.5, 4.0, 5.0, 1e5 / 7],
        "behavior": ["rear", "rear", "a \"b\", c", "groom", "lick", "rear"],
        "subject": ["ada", "ada", "bo", "ada", "", "bo"],
        "origin": ["by eye", "by eye", "x", "x", "x", "clusters of e"],
    })  # fmt: skip
    return Ethogram(session="day 1", clock="cam", bouts=bouts, domain=np.array([[0.0, 2e4]]))


@pytest.mark.parametrize("name", FILES)
def test_every_format_says_the_same(golden, name):
    source = io.read(getattr(golden, name)())
    assert source.kind == "ethogram"
    rows = source.bouts[["start", "stop", "behavior", "subject"]].itertuples(index=False, name=None)
    assert list(rows) == sorted(BOUTS)
    assert io.can_read(source.paths[0])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_reads_back_equal(scored, suffix, tmp_path):
    path = io.write(scored, tmp_path / f"day 1{suffix}")
    back = io.read(path)
    pd.testing.assert_frame_equal(back.bouts, scored.bouts)
    if suffix != ".csv":  # which is but a table
        assert (back.session, back.clock) == ("day 1", "cam")
        np.testing.assert_array_equal(back.domain, scored.domain)
    assert back.notes == ()
    assert list(tmp_path.iterdir()) == [path]  # and no half of it is left
    again = io.write(back, tmp_path / f"again{suffix}")
    pd.testing.assert_frame_equal(io.read(again).bouts, scored.bouts)


def test_its_own_file_loses_nothing(scored, tmp_path):
    bouts = scored.bouts.assign(sure=[1, 2, 3, 4, 5, np.nan])
    noted = replace(scored, notes=("seen twice",), subject="ada", bouts=bouts)
    back = io.read(io.write(noted, tmp_path / "x.ethogram"))
    pd.testing.assert_frame_equal(back.bouts, noted.bouts)
    assert (back.notes, back.subject) == (noted.notes, noted.subject)
    copied = io.read(io.copy_of(back))
    pd.testing.assert_frame_equal(copied.bouts, noted.bouts)


def test_a_suffix_that_nothing_writes_names_those_that_can(scored, tmp_path):
    with pytest.raises(DataError, match=r"is neither .* nor \.ethogram"):
        io.write(scored, tmp_path / "x.mat")


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("Start (s),Stop (s),Behaviour,Animal ID", ["start", "stop", "behavior", "subject"]),
        ("onset,duration,label", ["start", "duration", "behavior"]),
        ("start_time,end_time,syllable,individual", ["start", "stop", "behavior", "subject"]),
        ("behavior,label,start,stop", ["behavior", "start", "stop"]),
    ],
)
def test_columns_are_known_by_other_names(header, names):
    assert sorted(_bouts.meant(header.split(",")).values()) == sorted(names)


@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_text_is_read_however_it_was_saved(tmp_path, mark, encoding):
    path = tmp_path / "a.csv"
    lines = [f"start{mark}stop{mark}behavior", f"0{mark}1{mark}Fellpflege für", ""]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    assert io.read(path).bouts["behavior"].tolist() == ["Fellpflege für"]
