"""Sessions on disk come back as they were, and whatever is wrong with one has a name."""

from __future__ import annotations

import json
import os
import shutil
import stat
import zipfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurofm import io, registry
from neurofm.app.saved import folder as keep
from neurofm.app.saved import reader
from neurofm.app.session import Session
from neurofm.app.state.log import Action
from neurofm.errors import DataError, MovedError

OLD = Path(__file__).parent / "sessions"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def full(session):
    """A session with something of everything that needs no file."""
    session.selection.pick("unit", [1, 2])
    session.group("good")
    session.selection.pick("time", session.embeddings["a time"].ids[3:9], "add")
    session.selection.pick("unit", [1], "remove")
    session.join(pd.DataFrame({"label": ["rat/u1", "rat/u2"], "mood": ["calm", None], "mixed": [1, "a"]}), name="moods")
    session.view("latent").filter = "rate > 2"
    session.view("latent 2").dims = "3-D"
    session.view("raster")
    session.time = 103.5
    return session


def same(a: Session, b: Session) -> None:
    """Everything that is kept is equal."""
    assert list(a.recordings) == list(b.recordings)
    assert a.numbers == b.numbers
    for name, recording in a.recordings.items():
        other = b.recordings[name]
        assert np.array_equal(recording.spikes.times, other.spikes.times)
        assert np.array_equal(recording.spikes.unit, other.spikes.unit)
        assert recording.unit_names == other.unit_names
    for place in ("embeddings", "predictions"):
        assert list(getattr(a, place)) == list(getattr(b, place))
        for name, thing in getattr(a, place).items():
            other = getattr(b, place)[name]
            assert np.array_equal(thing.ids, other.ids)
            assert np.array_equal(thing.values, other.values)
    assert a.groups == b.groups
    assert list(a.groups) == list(b.groups)
    assert list(a.user_tables) == list(b.user_tables)
    for name, table in a.user_tables.items():
        pd.testing.assert_frame_equal(table.table.astype(str), b.user_tables[name].table.astype(str))
    assert a.selection.spaces() == b.selection.spaces()
    for space in a.selection.spaces():
        assert np.array_equal(a.selection.picked(space), b.selection.picked(space))
    assert a.views == b.views
    assert a.time == b.time


def page_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "session.json").read_text())


def rewrite(folder: Path, **changes: Any) -> None:
    (folder / "session.json").write_text(json.dumps(page_of(folder) | changes))


def test_a_session_comes_back_as_it_was(full, tmp_path):
    made = full.save(tmp_path / "work.neurofm")
    again = Session.restore(made)
    same(full, again)
    assert not again.undo()  # what could be undone is not kept
    assert again.save(tmp_path / "again.neurofm").is_dir()
    assert page_of(tmp_path / "again.neurofm") == page_of(made)


def test_closed_recordings_keep_their_numbers(make, tmp_path):
    session = Session([make.recording("a"), make.recording("b")])
    session.add(make.units(*session.recordings.values()))
    session.close("a")
    session.group("g", "unit", [(1 << 44) + 3])
    again = Session.restore(session.save(tmp_path / "w.neurofm"))
    assert again.number("b") == 1
    same(session, again)


def test_arrays_are_written_once_and_dropped_once_no_page_names_them(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    before = {p: p.stat().st_mtime_ns for p in (folder / "arrays").iterdir()}
    del full.embeddings["a unit"]
    full.save(folder)
    assert {p: p.stat().st_mtime_ns for p in (folder / "arrays").iterdir()} == before  # the page before names all
    assert "a unit" in Session.restore(folder / "session.previous.json").embeddings
    full.time = 110.0
    full.save(folder)
    assert len(list((folder / "arrays").iterdir())) == len(before) - 1
    assert sorted(p.name for p in folder.iterdir() if not p.name.startswith(".")) == [
        "arrays",
        "session.json",
        "session.previous.json",
    ]


def test_saving_what_is_saved_changes_no_file(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    full.save(folder)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()} == {
        p: t for p, t in before.items() if p.is_file()
    }


def test_a_damaged_array_is_written_anew(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    victim = next((folder / "arrays").glob("*.npz"))
    victim.write_bytes(b"half")
    with pytest.raises(DataError, match="its checksum is not its name"):
        Session.restore(folder)
    full.save(folder)
    same(full, Session.restore(folder))


def test_many_ids_go_to_an_array(full, tmp_path):
    ids = np.arange(0, 20_000_000, 1_000)
    full.group("many", "time", ids)
    folder = full.save(tmp_path / "w.neurofm")
    assert len((folder / "session.json").read_text()) < 20_000
    assert np.array_equal(Session.restore(folder).groups["many"].ids, ids)


def test_an_export_is_one_file_that_opens_anywhere(full, tmp_path):
    made = full.save(tmp_path / "w.zip")
    assert made == tmp_path / "w.zip"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cache", "w.zip"]
    same(full, Session.restore(made))
    same(full, Session.restore(made))  # from the cache


def test_a_session_is_saved_only_where_none_is_or_a_session_is(full, tmp_path):
    (tmp_path / "photos.neurofm").mkdir()
    (tmp_path / "photos.neurofm" / "cat.png").write_bytes(b"cat")
    with pytest.raises(DataError, match="is something else than a session"):
        full.save(tmp_path / "photos.neurofm")
    with pytest.raises(DataError, match=r"call the folder work\.neurofm"):
        full.save(tmp_path / "work")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        full.save(tmp_path / "file" / "w.neurofm")


def test_a_failed_save_leaves_the_last_one(full, tmp_path, monkeypatch):
    folder = full.save(tmp_path / "w.neurofm")
    before = page_of(folder)
    full.time = 111.0
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DataError, match="No space left on device"):
        full.save(folder)
    assert page_of(folder) == before
    assert not list(folder.glob(".part-*"))


# ---- files of the user


@pytest.fixture
def referring(make, tmp_path):
    """A saved session about a file, and about one in memory."""
    io.write(make.recording("a"), tmp_path / "data" / "a.h5")
    session = Session([make.recording("b")])
    session.open(tmp_path / "data" / "a.h5")
    session.add(make.units(session.recordings["a"], session.recordings["b"]))
    session.selection.pick("unit", [0, (1 << 44) + 1])
    return session, session.save(tmp_path / "w.neurofm")


def test_recordings_in_files_are_referred_to(referring, tmp_path):
    session, folder = referring
    assert len(list((folder / "arrays").glob("*.h5"))) == 1
    about = page_of(folder)["sources"][1]
    assert about["source"] == about["files"][0]["path"] == str(tmp_path / "data" / "a.h5")
    again = Session.restore(folder)
    same(session, again)
    assert again.recordings["a"].paths == (str(tmp_path / "data" / "a.h5"),)


@pytest.mark.parametrize("what", ["a.h5", "."])
def test_a_moved_file_is_asked_for_by_name(referring, tmp_path, what):
    session, folder = referring
    old, new = tmp_path / "data", tmp_path / "elsewhere"
    old.rename(new)
    with pytest.raises(MovedError, match=r"a\.h5 is not there any more; say where it is now") as error:
        Session.restore(folder)
    assert error.value.paths == (str(old / "a.h5"),)
    again = Session.restore(folder, moved={str(old / what): str(new / what)})
    same(session, again)
    assert str(new / "a.h5") in again.script()
    with pytest.raises(LookupError, match="the session refers to no '/nowhere'"):
        Session.restore(folder, moved={"/nowhere": str(new)})


def test_what_else_there_is_opens_without_a_file_that_is_gone(referring, tmp_path):
    _, folder = referring
    (tmp_path / "data" / "a.h5").unlink()
    again = Session.restore(folder, moved={str(tmp_path / "data" / "a.h5"): None})
    assert list(again.recordings) == ["b"]
    assert again.number("b") == 0
    assert again.embeddings["a unit"].labels == tuple(again.recordings["b"].unit_names)
    assert again.selection.picked("unit").tolist() == [0]


def test_a_changed_file_is_told_and_opened(referring, make, tmp_path):
    _, folder = referring
    io.write(make.recording("a", seed=5), tmp_path / "data" / "a.h5")
    with pytest.warns(UserWarning, match="has changed since the session was saved"):
        again = Session.restore(folder)
    assert any("has changed" in note for note in again.recordings["a"].warnings())


def test_a_changed_file_with_fewer_units_than_are_picked_is_refused_by_name(referring, make, tmp_path):
    _, folder = referring
    io.write(make.recording("a", units=2), tmp_path / "data" / "a.h5")
    with (
        pytest.warns(UserWarning, match="has changed"),
        pytest.raises(DataError, match=r"embeddings\[0\]\.array: names unit 4 of a, which has 2"),
    ):
        Session.restore(folder)


def test_a_file_of_the_same_size_and_time_is_not_read_again_for_its_checksum(referring, tmp_path, monkeypatch):
    _, folder = referring
    seen: list[Path] = []
    monkeypatch.setattr(reader, "checksum", lambda path: seen.append(path))
    Session.restore(folder)
    assert seen == []


def test_a_run_is_referred_to(session, make, tmp_path):
    run = tmp_path / "run-1"
    make.run(run, "rat")
    (run / "metrics.json").write_text('{"r2": 0.5}')
    session.open(run)
    folder = session.save(tmp_path / "w.neurofm")
    assert Session.restore(folder).runs["run-1"].metrics == {"r2": 0.5}
    shutil.rmtree(run)
    with pytest.raises(MovedError, match="run-1 is not there"):
        Session.restore(folder)
    assert Session.restore(folder, moved={str(run): None}).runs == {}


# ---- opening into a session that is open


def test_opening_a_session_takes_the_place_of_what_is_open_and_tells(full, make, tmp_path, heard):
    folder = full.save(tmp_path / "w.neurofm")
    session = Session([make.recording("other")])
    held = session.view("latent")
    said = heard(session.changed)
    picked = heard(session.selection.changed)
    assert session.open(folder) == "w"
    same(full, session)
    assert held is session.views["latent"]
    assert held.filter == "rate > 2"
    assert {("source", "other"), ("source", "rat"), ("group", "good"), ("table", "moods")} <= set(said)
    assert {space for space, _ in picked} == {"unit", "time", "trial"}


def test_a_session_that_cannot_be_opened_leaves_what_is_open(full, make, tmp_path, heard):
    folder = full.save(tmp_path / "w.neurofm")
    rewrite(folder, time="late")
    other = make.recording("other")
    session = Session([other])
    session.selection.pick("unit", [1])
    said = heard(session.changed)
    with pytest.raises(DataError, match=r"session\.json: time: must be a number"):
        session.open(folder)
    assert session.recordings == {"other": other}
    assert session.selection.picked("unit").tolist() == [1]
    assert said == []


@pytest.mark.usefixtures("fake_jobs")
def test_no_session_is_opened_under_a_job(make, tmp_path):
    session = Session([make.recording("a")], folder=tmp_path)
    folder = session.save(tmp_path / "w.neurofm")
    session.train("poyo").over = False
    with pytest.raises(ValueError, match="a job is still at work"):
        session.open(folder)


def test_an_export_is_opened_like_a_folder_and_another_zip_is_none(full, tmp_path):
    session = Session()
    assert session.open(full.save(tmp_path / "w.zip")) == "w"
    same(full, session)
    for name, content in (("cut.zip", (tmp_path / "w.zip").read_bytes()[:-30]), ("text.zip", b"no zip")):
        (tmp_path / name).write_bytes(content)
        assert not keep.is_session(tmp_path / name)
        with pytest.raises(DataError):
            session.open(tmp_path / name)
    assert not keep.is_session(tmp_path / "nowhere.zip")
    assert not keep.is_session(["a", "b"])


def test_readers_of_recordings_say_what_a_session_is(full, tmp_path):
    with pytest.raises(DataError, match=r"is a session; open it with Session\.restore"):
        io.read(full.save(tmp_path / "w.neurofm"))


# ---- damaged, newer, edited, hostile

HUGE = "1" + "0" * 400


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cut off or damaged"),
        ('{"format": 1', "cut off or damaged"),
        ("[]", "must be an object, got a list"),
        ("{}", "format: is missing"),
        ('{"format": 99, "neurofm": "7.0"}', "written by neurofm 7.0; update neurofm"),
        ('{"format": NaN}', "NaN is no number"),
        ('{"format": 1e999}', "must be a whole number"),
        (f'{{"format": {HUGE}}}', "update neurofm|must be a whole number"),
        ("[" * 100_000, "cut off or damaged"),
        ("\udcff", "cut off or damaged"),
    ],
)
def test_a_page_that_is_none_is_refused_in_one_sentence(tmp_path, text, says):
    folder = tmp_path / "w.neurofm"
    folder.mkdir()
    (folder / "session.json").write_bytes(text.encode("utf8", "surrogateescape"))
    with pytest.raises(DataError, match=says) as error:
        Session.restore(folder)
    assert "\n" not in str(error.value)
    assert "session.json" in str(error.value)


def test_a_missing_or_enormous_page_is_refused(tmp_path):
    folder = tmp_path / "w.neurofm"
    with pytest.raises(DataError, match="cannot be opened"):
        Session.restore(folder)
    folder.mkdir()
    with (folder / "session.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DataError, match="MB are allowed"):
        Session.restore(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"numbers": 1 << 40}, "numbers: must be a whole number"),
        ({"numbers": True}, "numbers: must be a whole number"),
        ({"surprise": 1}, "surprise: is not known"),
        ({"time": 1e300}, "time: must be a number"),
        ({"embeddings": [{"name": "a unit", "array": "../../etc/passwd"}]}, "is no name of an array"),
        ({"embeddings": [{"name": "a unit", "array": "/" + "0" * 64 + ".npz"}]}, "is no name of an array"),
        ({"embeddings": [{"name": "a unit", "array": "0" * 64 + ".npz"}]}, "is missing; copy the whole folder"),
        ({"groups": [{"name": "g", "space": "unit", "ids": [99]}]}, r"groups\[0\]\.ids: names unit 99 of rat"),
        ({"groups": [{"name": "g", "space": "unit", "ids": [5 << 44]}]}, r"groups\[0\]\.ids: names source 5 of 1"),
        ({"groups": [{"name": "g", "space": "unit", "ids": [-1]}]}, r"groups\[0\]\.ids\[0\]: must be a whole number"),
        ({"groups": [{"name": "g", "space": "unit", "ids": [1.5]}]}, r"groups\[0\]\.ids\[0\]: must be a whole number"),
        ({"groups": [{"name": "g", "space": "spoon", "ids": []}]}, r"groups\[0\]\.space: must be one of"),
        ({"groups": [{"name": "\0", "space": "unit", "ids": []}]}, r"groups\[0\]\.name: holds a character"),
        ({"groups": [{"name": "\ud800", "space": "unit", "ids": []}]}, r"groups\[0\]\.name: holds a character"),
        ({"groups": [{"name": "x" * 9999, "space": "unit", "ids": []}]}, "characters"),
        ({"views": [{"name": "os.system", "state": {}}]}, r"views\[0\]\.name: is no view"),
        ({"views": [{"name": "latent", "state": {"__class__": 1}}]}, r"state\.__class__: is not known"),
        ({"views": [{"name": "latent", "state": {"size": 1e9}}]}, r"state\.size: must be a number from 0\.25 to 4"),
        ({"actions": [{"kind": "__init__", "name": "", "options": {}, "done": None}]}, r"actions\[0\]\.kind"),
        (
            {"actions": [{"kind": "umap", "name": "x", "options": {"dims": "print(1)", "seed": 0}, "done": None}]},
            r"actions\[0\]\.options\.dims: must be a whole number",
        ),
        (
            {"actions": [{"kind": "close", "name": "x", "options": {"a=1); print": 0}, "done": None}]},
            r"is not known",
        ),
        (
            {"actions": [{"kind": "predict", "name": "x", "options": {"run": "r", "names": ["y"]}, "done": None}]},
            r"actions\[0\]\.options\.names: names 'y', which was not there",
        ),
    ],
)  # fmt: skip
def test_what_was_edited_by_hand_is_refused_by_field(full, tmp_path, change, says):
    folder = full.save(tmp_path / "w.neurofm")
    rewrite(folder, **change)
    with pytest.raises(DataError, match=says):
        Session.restore(folder)


def test_links_are_not_followed(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    array = next((folder / "arrays").glob("*.npz"))
    shutil.move(array, tmp_path / array.name)
    array.symlink_to(tmp_path / array.name)
    with pytest.raises(DataError, match=r"\.npz: is missing"):
        Session.restore(folder)
    (folder / "arrays").rename(tmp_path / "arrays")
    (folder / "arrays").symlink_to(tmp_path / "arrays")
    with pytest.raises(DataError, match="arrays: is a link"):
        Session.restore(folder)
    with pytest.raises(DataError, match="arrays: is a link"):
        full.save(folder)
    (folder / "session.json").rename(tmp_path / "session.json")
    (folder / "session.json").symlink_to(tmp_path / "session.json")
    with pytest.raises(DataError, match=r"session\.json: is a link"):
        Session.restore(folder)


def put_file(folder: Path, data: bytes, suffix: str) -> str:
    """A hostile array under the name that its checksum demands."""
    import hashlib

    name = f"{hashlib.sha256(data).hexdigest()}{suffix}"
    (folder / "arrays" / name).write_bytes(data)
    return name


@pytest.mark.parametrize("kind", ["garbage", "pickle", "bomb", "prediction", "misshapen"])
def test_an_array_with_the_right_checksum_and_the_wrong_content_is_refused(full, tmp_path, kind):
    import io as streams

    folder, stream = full.save(tmp_path / "w.neurofm"), streams.BytesIO()
    if kind == "garbage":
        stream.write(b"PK nothing")
    elif kind == "pickle":
        np.savez(stream, kind=np.array("embedding"), values=np.array([{}], object), allow_pickle=True)
    elif kind == "bomb":
        head = streams.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (1 << 40, 4)})
        with zipfile.ZipFile(stream, "w") as file:
            file.writestr("values.npy", head.getvalue())
    else:
        name = {"prediction": page_of(folder)["predictions"], "misshapen": page_of(folder)["embeddings"]}[kind][0]
        arrays = dict(np.load(folder / "arrays" / name["array"]))
        np.savez(stream, **arrays | ({"xy": arrays["xy"][:, :1]} if kind == "misshapen" else {}))
    array = put_file(folder, stream.getvalue(), ".npz")
    name = page_of(folder)["embeddings"][0]["name"]
    rewrite(folder, embeddings=[{"name": name, "array": array}], views=[])
    with pytest.raises(DataError):
        Session.restore(folder)


@pytest.mark.parametrize("suffix", [".npy", ".parquet", ".h5"])
def test_garbage_under_its_checksum_is_refused(full, tmp_path, suffix):
    folder = full.save(tmp_path / "w.neurofm")
    array, page = put_file(folder, b"nothing of that kind" * 9, suffix), page_of(folder)
    page["groups"][0]["ids"] = array if suffix == ".npy" else [1]
    page["user_tables"][0]["rows"] = array if suffix == ".parquet" else page["user_tables"][0]["rows"]
    page["sources"][0]["copy"] = array if suffix == ".h5" else page["sources"][0]["copy"]
    rewrite(folder, **page)
    with pytest.raises(DataError, match=array[:20]):
        Session.restore(folder)


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil", "arrays/../../evil.h5", "arrays/evil.py"])
def test_an_export_that_leads_out_of_its_folder_is_refused(full, tmp_path, name):
    made = full.save(tmp_path / "w.zip")
    with zipfile.ZipFile(made, "a") as file:
        file.writestr(name, b"evil")
    with pytest.raises(DataError, match="is no part of a session"):
        Session.restore(made)
    assert not list(tmp_path.rglob("evil*"))


def test_an_export_that_blows_up_or_is_cut_off_is_refused(full, tmp_path):
    made = full.save(tmp_path / "w.zip")
    whole = made.read_bytes()
    made.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="is no session that was exported"):
        Session.restore(made)


def actions() -> list[Action]:
    """One of each kind that needs no file to be kept."""
    run, learn = {"run": "r", "names": ["rat"]}, {"seed": 1, "device": "cpu", "settings": {"steps": 9, "lr": 0.1}}
    figure = {"state": asdict(registry.get("neurofm.app.views", "latent").state()), "picks": [["unit", [1], "replace"]]}
    return [
        Action(kind="load", name="r", options={"path": "/runs/r"}),
        Action(kind="train", name="t", options={"model": "poyo", "names": ["rat"], **learn}, done=5),
        Action(kind="finetune", name="f", options={"units_only": True, **run, **learn}),
        Action(kind="embed", name="r unit", options={**run, "of": "unit"}),
        Action(kind="predict", name="r rat", options=run),
        Action(kind="hide", name="r rat hidden", options={**run, "units": [1], "spans": [[1.0, 2.5]], "what": "time"}),
        Action(kind="umap", name="r unit", options={"dims": 2, "seed": 0}),
        Action(kind="compare", name="a, b", options={"first": "good", "second": "good"}),
        Action(kind="figure", name="latent", options={"path": "a.svg", "time": 1.0, "options": {"dpi": 90}, **figure}),
        Action(kind="export", name="unit", options={"path": "a.csv"}),
    ]


def mutations(page: Any) -> st.SearchStrategy[tuple[list[Any], Any]]:
    """A place in the page and what to put there; None drops it."""
    places: list[list[Any]] = []

    def walk(value: Any, place: list[Any]) -> None:
        places.append(place)
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in children:
            walk(child, [*place, key])

    walk(page, [])
    values = st.sampled_from(
        [..., None, True, 0, -1, 1 << 70, 1.5, 1e308, "", "x", "../x", "\ud800", "\0", [], [[]], {}, {"name": "x"}, [0]]
    )
    return st.tuples(st.sampled_from(places[1:]), values)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_a_page_opens_or_is_refused(full, tmp_path, data):
    folder = tmp_path / "w.neurofm"
    if not (tmp_path / "good.json").exists():
        full.actions += actions()
        full.save(folder)
        shutil.copy(folder / "session.json", tmp_path / "good.json")
    page = json.loads((tmp_path / "good.json").read_text())
    for place, value in data.draw(st.lists(mutations(page), min_size=1, max_size=2)):
        parent: Any = page
        try:
            for key in place[:-1]:
                parent = parent[key]
            if value is ...:
                del parent[place[-1]]
            else:
                parent[place[-1]] = value
        except (KeyError, IndexError, TypeError):  # an earlier change took it away
            continue
    (folder / "session.json").write_text(json.dumps(page))
    with suppress(DataError):
        again = Session.restore(folder)
        compile(again.script(), "script", "exec")
        json.loads(again.notebook())
        for space in ("unit", "trial", "session"):
            again.table(space)


# ---- versions, contracts and speed


@pytest.mark.parametrize("verb", registry.names("neurofm.app.verbs"))
def test_what_is_kept_of_a_verb_can_be_written_as_code(verb):
    spec = registry.get("neurofm.app.verbs", verb)
    silent = type(spec)(begin=print).code
    assert (spec.options is None) == (spec.code is silent)
    assert set(spec.optional) | set(spec.needs) <= set(spec.options or {})


def test_every_view_is_kept_as_it_stands(session, tmp_path):
    for name in registry.names("neurofm.app.views"):
        session.view(name)
    assert Session.restore(session.save(tmp_path / "w.neurofm")).views == session.views


@pytest.mark.parametrize("old", sorted(p.name for p in OLD.glob("*.neurofm")))
def test_sessions_of_every_version_keep_opening(old):
    session = Session.restore(OLD / old)
    assert list(session.recordings) == ["rat"]
    assert session.selection.picked("unit").tolist() == [2]
    assert session.groups["good"].ids.tolist() == [1, 2]
    assert session.views["latent"].filter == "rate > 2"
    assert session.time == 103.5
    assert set(session.embeddings) == {"a time", "a unit"}
    assert session.table("unit")["mood"].dropna().tolist() == ["calm"]


def test_there_is_a_session_of_every_version():
    from neurofm.app.saved.page import FORMAT

    assert {int(p.stem.split("-")[1]) for p in OLD.glob("*.neurofm")} == set(range(1, FORMAT + 1))


def test_files_are_for_the_user_and_nothing_in_them_runs(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    assert {p.suffix for p in folder.rglob("*") if p.is_file()} <= {".json", ".npz", ".npy", ".parquet", ".h5"}
    assert not any(p.stat().st_mode & stat.S_IXUSR for p in folder.rglob("*") if p.is_file())


def test_a_large_session_opens_within_three_seconds(make, tmp_path):
    import time
    from dataclasses import replace

    from neurofm.data import Spikes

    rng = np.random.default_rng(0)
    spikes = Spikes(np.sort(rng.uniform(100, 120, 10_000_000)), rng.integers(0, 5, 10_000_000).astype(np.int32))
    session = Session([replace(make.recording("a"), spikes=spikes)])
    for k in range(5):
        for kind in ("latent", "raster", "trace", "tuning"):
            session.view(f"{kind} {k + 2}")
    folder = session.save(tmp_path / "w.neurofm")
    began = time.monotonic()
    again = Session.restore(folder)
    assert time.monotonic() - began < 3
    assert len(again.views) == 20
    assert len(again.recordings["a"].spikes) == 10_000_000
