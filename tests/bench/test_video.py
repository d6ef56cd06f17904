"""The table of videos, with a small one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurofm.bench import video
from neurofm.io._encode import encode
from neurofm.synthetic import videos


def test_every_reader_gives_the_frame_that_is_asked_for(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", videos.numbered(40).frames, np.arange(40) / 30)
    for name in ("ours", "PyAV, seek and decode"):
        with video.READERS[name](path) as show:
            assert [videos.number(show(k)) for k in (39, 0, 17, 16)] == [39, 0, 17, 16]


def test_a_quick_table_says_what_each_took_and_what_is_kept(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", videos.numbered(40).frames, np.arange(40) / 30)
    rows = video.run([path], True, 0, None)
    told = {(row["system"], row["metric"]) for row in rows}
    for system in ("ours", "PyAV, seek and decode"):
        assert {(system, f"{what}, CPU") for what in ("random frame", "one frame back", "next frame")} <= told
    assert ("ours, small copy", "random frame, CPU") in told
    (kept,) = (row["mean"] for row in rows if row["metric"] == "decoded frames kept, most")
    assert 0 < kept < 2
