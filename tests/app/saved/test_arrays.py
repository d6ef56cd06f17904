"""Arrays are written once under their checksum, and nothing else is read under it."""

from __future__ import annotations

import shutil
import stat
import zipfile

import numpy as np
import pytest

from neurofm.app.session import Session
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
