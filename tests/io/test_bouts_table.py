"""Plain tables of bouts: what is meant is read, and what cannot be is told in one sentence."""

from __future__ import annotations

import pytest

from neurofm import io
from neurofm.errors import DataError


def table(folder, text):
    path = folder / "bouts.csv"
    path.write_text(text)
    return path


def test_durations_stand_for_stops_and_other_columns_are_kept(tmp_path):
    path = table(tmp_path, "onset,duration,label,sure,by\n1,0.5,walk,3,me\n\n0,1,rear,,you\n")
    source = io.read(path)
    assert source.bouts[["start", "stop", "behavior"]].to_numpy().tolist() == [[0.0, 1.0, "rear"], [1.0, 1.5, "walk"]]
    assert source.bouts["sure"].iloc[1] == 3
    assert source.bouts["by"].tolist() == ["you", "me"]
    assert (source.session, source.clock) == ("bouts", "bouts")


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        ("t0,t1,what\n0,1,x\n", "start", "is missing; there are t0, t1, what, and a table of bouts needs"),
        ("start,behavior\n0,x\n", "stop", "is missing; there are start, behavior"),
        ("start,stop,behavior\n2,1,x\n", "stop", "comes before start in row 1 (2 to 1 s)"),
        ("start,stop,behavior\n0,1,x\n1,,x\n", "stop", "is '' in row 2; give a number of seconds"),
        ("start,stop,behavior\n0,1,x\n1,2,\n", "behavior", "is empty in row 2"),
        ("start,stop,behavior\n00:01,1,x\n", "start", "is '00:01' in row 1"),
        ("start (µs),stop (µs),behavior\n0,9,x\n", "start (µs)", "holds microseconds; divide them by 1,000,000"),
        ("start_h,stop_h,behavior\n0,9,x\n", "start_h", "holds hours; multiply them by 3,600"),
        ("start_min,stop_min,behavior\n0,9,x\n", "start_min", "holds minutes; multiply them by 60"),
        ("start_ms,stop_ms,behavior\n0,900,x\n", "start_ms", "holds milliseconds; divide them by 1,000"),
        ("Start frame,Stop frame,Behavior\n0,90,x\n", "Start frame", "of frames; divide them by the frame rate"),
        ("onset_min,duration_min,label\n0,1,x\n", "onset_min", "holds minutes; multiply them by 60"),
        ("start,stop,behavior\n", "", "has a header (start, stop, behavior) and no rows"),
        ("start,stop,stop,behavior\n0,1,1,x\n", "stop", "is the name of two columns"),
        ("start,stop,behavior,who\n0,1,x,a\n1,2,y", "", "ends within line 3; was the copy cut off?"),
    ],
)
def test_a_table_that_cannot_be_is_refused(tmp_path, text, field, problem):
    path = table(tmp_path, text)
    with pytest.raises(DataError) as caught:
        io.read(path, reader="bouts_table")
    assert str(path) in str(caught.value)
    assert caught.value.field == field
    assert problem in str(caught.value)
    with pytest.raises(DataError, match=r"bouts|start|stop|behavior|onset|copy"):  # whichever reader is asked
        io.read(path)


def test_what_is_odd_is_told_and_opens(tmp_path):
    rows = "".join(f"{k * 31},{k * 31 + 40},{'xy'[k % 2]}\n" for k in range(8))
    warnings = io.read(table(tmp_path, "start,stop,behavior\n" + rows)).summary()["warnings"]
    assert any("numbers of frames or milliseconds" in warning for warning in warnings)
    assert any("begin while another behaviour" in warning for warning in warnings)
