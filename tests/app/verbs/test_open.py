"""Open: a file is a source once, all of it or nothing, and the script finds it again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.views import ethogram
from neurofm.data import Spikes
from neurofm.data.ethogram import Ethogram
from neurofm.errors import DataError
from neurofm.synthetic import bandits, videos

PARTS = ({"series": {}}, {"spikes": Spikes(np.zeros(0), np.zeros(0, np.int32)), "units": pd.DataFrame({"label": []})})


def test_a_bad_file_changes_nothing(session, tmp_path, heard):
    bad = tmp_path / "bad.nwb"
    bad.write_bytes(b"nothing")
    before = (dict(session.recordings), dict(session.embeddings), list(session.actions))
    said = heard(session.changed)
    with pytest.raises(DataError, match=r"bad\.nwb"):
        session.open(bad)
    assert (dict(session.recordings), dict(session.embeddings), list(session.actions)) == before
    assert said == []


def test_files_of_several_kinds_that_were_chosen_together_are_open_beside_each_other(make, tmp_path):
    bouts = pd.DataFrame({"start": [0.0, 4.0], "stop": [4.0, 9.0], "behavior": ["a", "b"]})
    files = {
        "recording": io.write(make.recording("rat"), tmp_path / "rat.h5"),
        "ethogram": io.write(Ethogram(session="scored", bouts=bouts), tmp_path / "scored.csv"),
        "choices": io.write(bandits.population(3, trials=9), tmp_path / "people.h5"),
    }
    session = Session()
    name = session.open([str(file) for file in files.values()])
    assert [source.kind for source in session.sources.values()] == list(files)
    assert name == "rat"
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    session, chosen = Session(), [str(tmp_path / "broken.mp4"), str(files["choices"]), str(files["ethogram"])]
    with pytest.raises(DataError, match=r"broken\.mp4"):
        session.open(chosen)
    assert {source.kind for source in session.sources.values()} == {"choices", "ethogram"}


def test_how_a_bare_file_is_read_is_not_said_of_those_of_other_kinds_beside_it(tmp_path):
    people = io.write(bandits.population(3, trials=9), tmp_path / "people.h5")
    bare, how = tmp_path / "bare.csv", {"holds": "samples", "time": "t", "time_in": "ms"}
    pd.DataFrame({"t": np.arange(0, 2_000, 20), "speed": np.ones(100)}).to_csv(bare, index=False)
    session = Session()
    session.open([str(bare), str(people)], **how)
    assert [source.kind for source in session.sources.values()] == ["recording", "choices"]
    np.testing.assert_allclose(session.sources["bare"].series["speed"].times, np.arange(100) * 0.02)
    with pytest.raises(DataError, match="says itself how it is read"):
        Session().open([str(people), str(io.write(bandits.population(3, trials=9, seed=1), tmp_path / "b.h5"))], **how)


def test_a_file_opened_twice_is_open_once(make, tmp_path):
    io.write(make.recording("a"), tmp_path / "a.h5")
    session = Session()
    assert session.open(tmp_path / "a.h5") == session.open(str(tmp_path / "a.h5")) == "a"
    assert list(session.recordings) == ["a"]
    assert [a.kind for a in session.actions] == ["open"]


def test_a_relative_path_is_found_again_from_any_folder(make, tmp_path, monkeypatch):
    io.write(make.recording("a"), tmp_path / "a.h5")
    monkeypatch.chdir(tmp_path)
    session = Session()
    session.open("a.h5")
    monkeypatch.chdir("/")
    assert f"nf.read({str((tmp_path / 'a.h5').resolve())!r})" in session.script()


def test_what_tells_of_itself_only_in_part_leaves_no_trace(make, session, heard):
    class Broken(type(make.recording())):
        def ties(self):
            raise ValueError("the ties are torn")

    good = make.recording("b")
    broken = Broken(**{name: getattr(good, name) for name in ("session", "subject", "spikes", "units", "domain")})
    before = (dict(session.sources), dict(session.places), list(session.numbers), list(session.actions))
    said = heard(session.changed)
    with pytest.raises(ValueError, match="the ties are torn"):
        session.add(broken)
    assert (session.sources, session.places, session.numbers, list(session.actions)) == before
    assert said == []
    assert session.add(good) == "b"


@pytest.mark.usefixtures("fake_jobs")
@pytest.mark.parametrize("reader", ["", "brainsets"])
def test_workers_read_a_copy_of_what_needed_a_reader_chosen_by_hand(make, tmp_path, reader):
    path = io.write(make.recording("a"), tmp_path / "a.h5")
    session = Session()
    session.open(path, reader=reader)
    (place,) = session.files(["a"])
    assert (place == str(path)) == (not reader)
    assert io.read(place).session == "a"
    assert session.actions[0].options == {"path": str(path), "reader": reader}


@pytest.mark.parametrize("count", [1, 2])
def test_what_was_read_in_python_is_found_again_in_its_files(make, tmp_path, count):
    paths = [str(io.write(replace(make.recording(), **part), tmp_path / f"{k}.h5")) for k, part in enumerate(PARTS)]
    asked = paths[0] if count == 1 else paths
    session = Session([io.read(asked)])
    assert session.actions[0].options["path"] == asked
    assert session.files(["rat"]) == [asked]


def same_name(make, tmp_path):
    """Recordings that are all called a: of other animals, in other folders, under other file names, made in Python."""
    first = replace(make.recording("a"), subject="ada")
    for name, source in (
        ("x/a.h5", first),
        ("x/bo.h5", replace(make.recording("a", seed=1), subject="bo")),
        ("x/c.h5", replace(make.recording("a", seed=2), subject="ada")),
        ("y/a.h5", replace(make.recording("a", seed=3), subject="ada")),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        yield io.read(io.write(source, path))
    yield replace(make.recording("a", seed=4), subject="")


def test_recordings_of_one_name_are_told_apart_by_what_tells_most(make, tmp_path):
    sources = list(same_name(make, tmp_path))
    session = Session(sources)
    assert list(session.sources) == ["a", "a (bo)", "a (c)", "a (y)", "a (2)"]
    assert "is called 'a (bo)' here, since another recording is called 'a'" in session.sources["a (bo)"].notes
    labels = session.table("unit")["label"]
    assert labels.is_unique
    for name, source in zip(session.sources, sources):
        assert np.array_equal(session.sources[name].spikes.times, source.spikes.times)
    assert [session.add(source) for source in sources] == list(session.sources)  # each is open once


def test_workers_scripts_and_saved_sessions_know_them_by_these_names(make, tmp_path):
    session = Session(same_name(make, tmp_path))
    again: dict[str, object] = {}
    exec(session.script(), again)
    restored = Session.restore(session.save(tmp_path / "w.neurofm"))
    for name, place in zip(session.sources, session.files(list(session.sources))):
        spikes = session.sources[name].spikes.times
        for other in (io.read(place), again["session"].sources[name], restored.sources[name]):
            assert other.session == name
            assert np.array_equal(other.spikes.times, spikes)
    assert restored.numbers == session.numbers
    assert restored.files(["a", "a (bo)"]) == session.files(["a", "a (bo)"])


def test_the_time_begins_with_the_first_source(make):
    session = Session([make.recording("a")])
    session.time = 107.0
    session.add(make.recording("b"))
    assert session.time == 107.0


@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({"path": "a b.h5", "reader": ""}, "nf.read('a b.h5')"),
        ({"path": ["a.mat", "a.pos"]}, "nf.read(['a.mat', 'a.pos'])"),
        ({"path": "a.mat", "reader": "buzsaki"}, "nf.read('a.mat', reader='buzsaki')"),
    ],
)
def test_the_script_reads_the_same_files_in_the_same_way(lines, options, call):
    assert lines("open", "2 rats", **options) == [f"_2_rats = {call}", "session.add(_2_rats)"]


def scored(name: str, clock: str = "cam") -> Ethogram:
    rows = {"start": [0.0, 1.0], "stop": [1.0, 2.0], "behavior": ["walk", "rear"]}
    return Ethogram(session=name, bouts=pd.DataFrame(rows), clock=clock)


@pytest.mark.parametrize("before", [True, False], ids=["video first", "bouts first"])
def test_bouts_run_beside_the_video_that_they_name_once_it_is_open(tmp_path, monkeypatch, before):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    session, cam = Session(), io.write(videos.numbered(20), tmp_path / "cam.mp4")
    if before:
        session.open(cam)
    for name in ("by me", "by you"):
        session.add(scored(name))
        state = session.view("ethogram")
        told = ethogram.scene(state, session, Viewport()).warning
        assert ("cam, which is not open" in told) != before
    if not before:
        session.open(cam)
    assert {source.clock for source in session.sources.values()} == {str(cam)}
    assert ethogram.scene(state, session, Viewport()).warning == ""
    assert any("was put on the clock of" in note for note in session.sources["by me"].notes)
    names: dict = {}
    exec(compile(session.script(), "script", "exec"), names)
    assert {source.clock for source in names["session"].sources.values()} == {str(cam)}


def test_of_two_videos_of_one_name_bouts_take_neither(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for day in ("monday", "tuesday"):
        (tmp_path / day).mkdir()
        session.open(io.write(videos.numbered(20), tmp_path / day / "cam.mp4"))
    session.add(scored("by me"))
    assert session.sources["by me"].clock == "cam"


def test_bouts_of_something_else_stay_where_they_are(session, tmp_path):
    session.add(scored("by me", clock="rat"))  # a recording that is open
    session.add(scored("by you", clock="another"))
    session.open(io.write(videos.numbered(20), tmp_path / "rat.mp4"))
    assert [session.sources[name].clock for name in ("by me", "by you")] == ["rat", "another"]
