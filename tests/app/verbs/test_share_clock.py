"""What was scored apart is put on the clock of a recording, and picks are carried over from then on."""

from __future__ import annotations

import pandas as pd
import pytest

from neurofm import io, registry
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import share_clock
from neurofm.data.ethogram import Ethogram
from neurofm.synthetic import videos

ROWS = {"start": [0.0, 4.0], "stop": [4.0, 9.0], "behavior": ["walk", "rear"]}


@pytest.fixture
def apart(session) -> Session:
    session.add(Ethogram(session="scored", bouts=pd.DataFrame(ROWS)))
    return session


def test_bouts_are_tied_to_moments_once_they_share_a_clock(apart):
    apart.selection.pick("bout", ["scored/bout 1"])
    assert apart.selection.spaces() == ["bout", "subject"]
    apart.share_clock("scored", "rat", zero=103.0)
    moved = apart.sources["scored"]
    assert (moved.clock, moved.edges.tolist()) == ("rat", [[103, 107], [107, 112]])
    assert moved.domain.tolist() == [[103, 112]]
    assert "was put on the clock of rat, +103 s" in moved.notes
    assert {"bout", "subject", "time", "trial"} == set(apart.selection.spaces())
    assert apart.undo()
    assert apart.sources["scored"].clock == "scored"
    assert apart.redo()
    assert apart.sources["scored"].clock == "rat"


def test_the_script_opens_the_file_and_moves_it_again(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = io.write(Ethogram(session="scored", bouts=pd.DataFrame(ROWS)), tmp_path / "scored.csv")
    session.open(path)
    session.share_clock("scored", "rat", zero=100.5)
    session.relabel("groom", of="rear")
    script = session.script()
    assert script.index("share_clock('scored', 'rat', zero=100.5)") < script.index("relabel('groom'")
    names: dict = {}
    exec(compile(script, "script", "exec"), names)
    pd.testing.assert_frame_equal(names["session"].sources["scored"].bouts, session.sources["scored"].bouts)
    again = Session.restore(session.save(tmp_path / "kept.neurofm"))
    assert again.sources["scored"].clock == "rat"


def test_a_better_zero_is_not_added_to_the_one_before(apart, tmp_path):
    for zero in (102.0, 105.0):
        apart.share_clock("scored", "rat", zero=zero)
    assert apart.sources["scored"].edges[0].tolist() == [105, 109]
    again = Session.restore(apart.save(tmp_path / "kept.neurofm"))
    again.share_clock("scored", "rat", zero=103.0)
    assert again.sources["scored"].domain.tolist() == [[103, 112]]


def test_what_moves_along_can_be_said(apart, make):
    apart.add(Ethogram(session="more", clock="scored", bouts=pd.DataFrame(ROWS)))
    apart.share_clock("scored", "rat", zero=100.0, along=[])
    assert apart.sources["more"].clock == "scored"
    with pytest.raises(ValueError, match="'rat' holds a recording, whose times are its own; leave it out of along="):
        apart.share_clock("more", "rat", zero=100.0, along=["rat"])


@pytest.mark.parametrize(
    ("times", "looks"), [(1e3, "milliseconds; divide them by 1,000"), (1e6, "microseconds"), (30_000.0, "samples")]
)
def test_times_in_another_unit_are_told(apart, times, looks):
    table = pd.DataFrame({"start": [100.0, 110.0], "stop": [110.0, 120.0], "behavior": ["walk", "rear"]})
    table[["start", "stop"]] *= times
    apart.add(Ethogram(session="fine", bouts=table))
    with pytest.raises(ValueError, match=f"times of 'fine' look as if they were {looks}"):
        apart.share_clock("fine", "rat")
    apart.add(Ethogram(session="tied", clock="rat", bouts=table))
    view = registry.get("neurofm.app.views", "ethogram")
    assert f"times of tied look as if they were {looks}" in view.scene(view.state(), apart, Viewport()).warning


def test_it_is_offered_for_other_clocks_alone(apart, make):
    apart.add(make.recording("mouse"))
    assert share_clock.others(apart, "scored") == ["rat", "mouse"]
    assert share_clock.others(apart, "rat") == []
    apart.share_clock("scored", "rat", zero=100.0)
    assert share_clock.others(apart, "scored") == ["mouse"]


@pytest.mark.parametrize(
    ("name", "other", "zero", "error"),
    [
        ("rat", "scored", 0.0, "'rat' holds a recording, whose times are its own"),
        ("scored", "nobody", 0.0, "no source 'nobody'"),
        ("scored", "rat", 0.0, r"share no time \(0 to 9 s and 100 to 120 s\); say with zero="),
        ("scored", "rat", float("inf"), "zero must be a number of seconds"),
    ],
)
def test_what_cannot_be_is_refused(apart, name, other, zero, error):
    with pytest.raises((ValueError, LookupError), match=error):
        apart.share_clock(name, other, zero=zero)
    assert apart.sources["scored"].clock == "scored"


def test_bouts_found_after_a_video_was_moved_follow_it(session, tmp_path):
    session.open(io.write(videos.numbered(20), tmp_path / "cam.mp4"))
    session.share_clock("cam", "rat", zero=101.0)
    session.add(Ethogram(session="cam bouts", bouts=pd.DataFrame(ROWS).assign(start=[101.0, 105], stop=[105.0, 110]),
                         clock="rat", zero=101.0))  # fmt: skip
    session.add(Ethogram(session="rat bouts", bouts=pd.DataFrame(ROWS).assign(start=[101.0, 105], stop=[105.0, 110]),
                         clock="rat"))  # fmt: skip
    session.share_clock("cam", "rat", zero=102.0)
    assert session.sources["cam bouts"].edges[0].tolist() == [102, 106]
    assert session.sources["rat bouts"].edges[0].tolist() == [101, 105]
