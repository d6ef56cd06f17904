"""Position tracking: the header says how to read the records."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError


def test_positions_are_in_pixels_and_seconds_sorted_without_repeats(golden):
    recording = io.read(golden.trajectory())
    position = recording.series["position"]
    np.testing.assert_array_equal(position.times, [1.0, 1.5, 2.0])
    np.testing.assert_array_equal(position.values, [[1, 2], [7, 8], [3, 4]])
    assert (position.names, position.unit) == (("x", "y"), "px")
    assert len(recording.units) == 0
    assert any("position: 1 times go back; sorted" in note for note in recording.notes)
    assert any("position: 1 of 4 times repeat" in note for note in recording.notes)


def test_second_light_is_there_only_if_it_was_seen(golden):
    path = golden.trajectory()
    assert list(io.read(path).series) == ["position", "position2"]
    head, body = path.read_bytes().split(b"<End settings>\n")
    rows = np.frombuffer(body, "<u4,<u2,<u2,<u2,<u2").copy()
    rows["f3"] = rows["f4"] = 0
    path.write_bytes(head + b"<End settings>\n" + rows.tobytes())
    assert list(io.read(path).series) == ["position"]


def test_cut_record_is_left_out_and_told(golden):
    path = golden.trajectory()
    path.write_bytes(path.read_bytes()[:-5])
    recording = io.read(path)
    assert len(recording.series["position"].times) == 2
    assert "the last record is cut off (7 of 12 bytes) and was left out" in recording.notes


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"clockrate: 10", b"clockrate: ten", "clockrate"),
        (b"clockrate: 10", b"rate: 10", "clockrate"),
        (b"clockrate: 10", b"clockrate: 0", "clockrate"),
        (b"<xloc uint16>", b"<left uint16>", "Fields"),
        (b"<End settings>", b"<Fin settings>", "header"),
    ],
)
def test_wrong_header_names_the_field(golden, old, new, field):
    path = golden.trajectory()
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(DataError, match=f"{path.name}: {field}: "):
        io.read(path)
