"""Arrays are written once under their checksum, and nothing else is read under it."""

from __future__ import annotations

import hashlib
import shutil
import stat
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm.app.saved.arrays import Arrays, token
from neurofm.app.session import Session
from neurofm.app.state.user_tables import UserTable
from neurofm.errors import DataError
from tests.app.saved.conftest import page_of, put_file, rewrite, same


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


def test_a_damaged_array_is_written_anew(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    victim = next((folder / "arrays").glob("*.npz"))
    victim.write_bytes(b"half")
    with pytest.raises(DataError, match="its checksum is not its name"):
        Session.restore(folder)
    full.save(folder)
    same(full, Session.restore(folder))


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


def test_files_are_for_the_user_and_nothing_in_them_runs(full, tmp_path):
    folder = full.save(tmp_path / "w.neurofm")
    assert {p.suffix for p in folder.rglob("*") if p.is_file()} <= {".json", ".npz", ".npy", ".parquet", ".h5"}
    assert not any(p.stat().st_mode & stat.S_IXUSR for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("array", "says"),
    [
        ("../../etc/passwd", "is no name of an array"),
        ("/" + "0" * 64 + ".npz", "is no name of an array"),
        ("0" * 64 + ".npy", r"is no name of an array; it is a checksum and \.npz"),
        ("0" * 64 + ".npz", "is missing; copy the whole folder"),
    ],
)
def test_a_name_that_is_none_or_leads_elsewhere_is_refused(full, tmp_path, array, says):
    folder = full.save(tmp_path / "w.neurofm")
    rewrite(folder, embeddings=[{"name": "a unit", "array": array}])
    with pytest.raises(DataError, match=says):
        Session.restore(folder)


# ---- the folder itself


@pytest.fixture
def arrays(tmp_path):
    return Arrays(tmp_path / "arrays")


def test_equal_contents_are_one_file_called_by_its_checksum(arrays, make, recording):
    name = arrays.put(np.arange(5))
    (path,) = arrays.folder.iterdir()
    written = path.stat().st_mtime_ns
    assert name == path.name == f"{hashlib.sha256(path.read_bytes()).hexdigest()}.npy"
    assert arrays.put(np.arange(5)) == name
    assert path.stat().st_mtime_ns == written
    assert arrays.put(make.units(recording)) == arrays.put(make.units(recording)) != name
    assert len(list(arrays.folder.iterdir())) == 2


@settings(max_examples=20)
@given(st.lists(st.integers(0, (1 << 63) - 1), max_size=9))
def test_ids_come_back(ids):
    with TemporaryDirectory() as folder:
        arrays = Arrays(Path(folder) / "arrays")
        assert arrays.ids(arrays.put(np.array(ids, np.int64))).tolist() == ids


def test_a_table_comes_back_with_columns_of_mixed_values_as_words(arrays):
    table = pd.DataFrame({"label": ["a", "b"], "x": [1.5, None], "mixed": [1, "b"]})
    again = arrays.table(arrays.put(UserTable("t", "unit", ("label",), table)))
    pd.testing.assert_frame_equal(again, table.assign(mixed=["1", "b"]), check_dtype=False)


def test_a_source_comes_back_with_no_file_of_its_own(arrays, recording):
    again = arrays.source(arrays.put(recording), "recording")
    assert np.array_equal(again.spikes.times, recording.spikes.times)
    assert again.paths == ()


@pytest.mark.parametrize("kind", ["units", "moments", "prediction"])
def test_what_a_run_gave_comes_back_and_is_known_by_its_file(arrays, make, recording, kind):
    result = getattr(make, kind)(recording)
    name = arrays.put(result)
    again = arrays.thing(name)
    assert np.array_equal(again.values, result.values)
    assert np.array_equal(again.ids, result.ids)
    assert arrays.put(again) == name


@pytest.mark.parametrize("wrong", [np.arange(3.0), np.zeros((2, 2), np.int64), np.array([True])])
def test_an_array_that_holds_no_ids_is_refused_with_what_it_holds(arrays, wrong):
    name = arrays.put(wrong)
    with pytest.raises(DataError, match=rf"{name}: holds no ids but {wrong.dtype} "):
        arrays.ids(name)


def test_what_no_page_names_and_a_crash_left_is_dropped_and_nothing_else(arrays):
    kept, gone = arrays.put(np.arange(3)), arrays.put(np.arange(4))
    (arrays.folder / ".part-1").mkdir()
    (arrays.folder / ".part-1" / "half.npy").write_bytes(b"half")
    (arrays.folder / "notes.txt").write_text("the user's own")
    arrays.drop_all_but([kept])
    assert sorted(path.name for path in arrays.folder.iterdir()) == sorted([kept, "notes.txt"])
    assert arrays.put(np.arange(4)) == gone  # written anew
    assert (arrays.folder / gone).is_file()


def test_things_are_told_apart_without_writing_any(arrays, make, recording):
    units = make.units(recording)
    assert token(units) == token(units) != token(make.units(recording))
    assert token(np.arange(3)) == token(np.arange(3)) != token(np.arange(4))
    assert not arrays.folder.exists()
