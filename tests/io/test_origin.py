"""A file stands for what was read from it, and for nothing that was made of it or changed since."""

from __future__ import annotations

import copy
import os
import pickle
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data import Recording, Series, Spikes
from neurofm.data.recording import merge

HAND = Series(np.arange(0.0, 9.0), np.ones((9, 1)), ("hand",))


def fewer(recording: Recording, kept: int) -> Recording:
    here = recording.spikes.unit < kept
    spikes = Spikes(recording.spikes.times[here], recording.spikes.unit[here])
    return replace(recording, spikes=spikes, units=recording.units.iloc[:kept])


MADE = {
    "fewer units": lambda r: fewer(r, 2),
    "other spikes": lambda r: replace(r, spikes=Spikes(r.spikes.times + 0.5, r.spikes.unit)),
    "other series": lambda r: replace(r, series={"hand": HAND}),
    "other domain": lambda r: replace(r, domain=np.array([[0.0, 5.0]])),
    "other trials": lambda r: replace(r, intervals={"trials": pd.DataFrame({"start": [1.0], "stop": [2.0]})}),
    "another name": lambda r: replace(r, session="another"),
    "another subject": lambda r: replace(r, subject="another"),
    "other notes": lambda r: replace(r, notes=("mine",)),
    "merged": lambda r: merge([r, Recording(session="hand", series={"hand": HAND})]),
    "merged with itself alone": lambda r: merge([r], "alone"),
}


def relabelled(recording: Recording) -> None:
    recording.units["region"] = "CA1"


def moved(recording: Recording) -> None:
    next(iter(recording.series.values())).values[3] += 1


def added(recording: Recording) -> None:
    recording.series["hand"] = HAND


def shifted(recording: Recording) -> None:
    next(iter(recording.intervals.values()))["start"] -= 0.01


CHANGED = {"relabelled": relabelled, "moved": moved, "added": added, "shifted": shifted}


@pytest.fixture
def opened(recording, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return io.read(io.write(recording, tmp_path / "a.h5"))


def test_a_file_stands_for_what_was_read(opened, tmp_path):
    assert io.origin(opened).path == io.file_of(opened) == str(tmp_path / "a.h5")
    assert io.origin(copy.copy(opened)) is not None


@pytest.mark.parametrize("change", [*MADE, *CHANGED])
def test_what_differs_from_its_file_stands_for_itself(opened, same, change):
    if change in MADE:
        source = MADE[change](opened)
        assert source.paths == opened.paths
    else:
        source = opened
        CHANGED[change](source)
    assert io.origin(source) is None
    same(io.read(io.file_of(source)), source)


def test_what_is_changed_after_it_was_copied_is_copied_again(opened, same):
    source = replace(opened, session="mine")
    for change in (relabelled, moved, added):
        before = io.file_of(source)
        change(source)
        assert io.file_of(source) != before
        same(io.read(io.file_of(source)), source)


@pytest.mark.parametrize("change", ["rewritten", "grown", "gone"])
def test_a_file_that_is_another_now_stands_for_itself_alone(opened, same, tmp_path, change):
    path = tmp_path / "a.h5"
    before = replace(opened, paths=())
    if change == "rewritten":
        io.write(replace(opened, subject="another"), path)
    elif change == "grown":
        path.write_bytes(path.read_bytes() + b" ")
    else:
        path.rename(tmp_path / "b.h5")
    assert io.origin(opened) is None
    same(io.read(io.file_of(opened)), before)


def test_a_file_of_several_is_watched(golden, tmp_path):
    folder = golden.alf()
    opened = io.read(folder)
    assert io.origin(opened) is not None
    (folder / "my notes.neurofm").mkdir()
    (folder / "my notes.neurofm" / "session.json").write_text("{}")
    assert io.origin(opened) is not None  # what is put beside them is none of them
    changed = next(iter(sorted(folder.rglob("spikes.times*.npy"))))
    np.save(changed, np.load(changed) + 1)
    assert io.origin(opened) is None


def test_large_arrays_that_were_read_cannot_be_written_to(monkeypatch, golden, recording, tmp_path):
    monkeypatch.setattr("neurofm.io._origin.LARGE", 8)
    opened = io.read(io.write(recording, tmp_path / "a.h5"))
    with pytest.raises(ValueError, match="read-only"):
        opened.spikes.times[0] = 3
    assert io.origin(opened) is not None
    assert recording.spikes.times.flags.writeable


@pytest.mark.parametrize("given", [{"note": "a note"}, {"note": "a note", "session": "another"}])
def test_what_is_told_otherwise_is_still_in_its_file(opened, given):
    told = io.retold(opened, **given)
    held = io.origin(told)
    assert held.path == opened.paths[0]
    assert held.own == ("day 1" if "session" in given else "")
    assert held.whole == ("session" not in given)
    assert told.notes == (*opened.notes, "a note")
    assert io.same(told, opened)
    assert io.origin(io.retold(replace(opened, subject="x"), **given)) is None


def test_an_nwb_object_that_was_changed_is_not_its_file(golden):
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(str(golden.nwb()), mode="r", load_namespaces=True) as opened:
        nwb = opened.read()
        assert io.origin(io.read(nwb)) is not None
        nwb.set_modified()
        assert io.origin(io.read(nwb)) is None


@pytest.mark.parametrize("change", [lambda v: v + 1, lambda v: v[::-1], lambda v: v[:-1], lambda v: v.astype("f4")])
def test_content_is_another_once_anything_is(change):
    values = {"a": [np.arange(5.0)], "words": "b"}
    assert io.content(values) == io.content(copy.deepcopy(values)) == io.content(pickle.loads(pickle.dumps(values)))
    assert io.content(values | {"a": [change(np.arange(5.0))]}) != io.content(values)
    assert io.content(values | {"words": "c"}) != io.content(values)
    table = pd.DataFrame({"a": [1, 2], "words": ["b", None], "lists": [[1], np.arange(3)]})
    assert io.content(table) == io.content(table.copy())
    for column, value in (("a", [1, 3]), ("words", ["b", "c"]), ("lists", [[1], np.arange(4)]), ("new", [1, 2])):
        assert io.content(table.assign(**{column: value})) != io.content(table)


def test_sources_get_names_of_their_own(recording):
    others = [replace(recording, subject=s, paths=()) for s in ("ada", "bo", "ada", "bo/2")]
    name = recording.session
    assert [s.session for s in io.apart(others)] == [name, f"{name} (bo)", f"{name} (2)", f"{name} (bo-2)"]
    with pytest.raises(ValueError, match="was given twice"):
        io.apart([recording, recording])


def test_a_relative_path_is_found_from_any_folder(recording, tmp_path, monkeypatch):
    io.write(recording, tmp_path / "a.h5")
    monkeypatch.chdir(tmp_path)
    opened = io.read("a.h5")
    monkeypatch.chdir(os.sep)
    assert io.origin(opened).path == str(tmp_path / "a.h5")
    assert {f.name for f in fields(opened)} == {f.name for f in fields(recording)}


def test_sources_of_two_kinds_are_told_apart_by_kind(recording, tracks):
    others = [recording, replace(tracks, session=recording.session)]
    assert [s.session for s in io.apart(others)] == ["day 1", "day 1 (tracks)"]
