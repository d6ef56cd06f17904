"""Corrected points go into the file that they came from, and nothing else in it changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data.placed import Placed, between, corrected
from neurofm.errors import DataError
from neurofm.io import _amend
from tests.io import pose_files

MOVED = (Placed(2, 0, 1, (123.25, 7.5)), Placed(0, 0, 0, ()), Placed(1, 0, 0, (31.0, 32.0)))


def long(path: Path, mark: str = ",") -> Path:
    rows = [
        (frame, animal, point, *pose_files.POINTS[frame, n, k], pose_files.SURE[frame, n, k])
        for frame in (2, 0, 1)
        for n, animal in enumerate(pose_files.NAMES)
        for k, point in enumerate(pose_files.NODES)
    ]
    head = ["frame", "animal", "bodypart", "x", "y", "p"]
    pd.DataFrame(rows, columns=head).to_csv(path, sep=mark, index=False, decimal="," if mark == ";" else ".")
    return path


def by_animal(path: Path) -> Path:
    tables = [pd.DataFrame({"frame": range(3), "id": name, "a_x": pose_files.POINTS[:, n, 0, 0],
                            "a_y": pose_files.POINTS[:, n, 0, 1], "b_x": pose_files.POINTS[:, n, 1, 0],
                            "b_y": pose_files.POINTS[:, n, 1, 1], "light": "on"})
              for n, name in enumerate(pose_files.NAMES)]  # fmt: skip
    pd.concat(tables).to_csv(path, index=False)
    return path


def quoted(path: Path) -> Path:
    table = pd.read_csv(pose_files.wide(path)).assign(note='said "no, not" twice')
    table.to_csv(path, index=False, lineterminator="\r\n")
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\r\n\r\n", 1))  # a blank line is no row
    return path


def csv_of(path: Path, *how, **more) -> Path:
    pose_files.frame(*how, **more).to_csv(path)
    return path


FILES = {
    "csv of one animal": lambda f: csv_of(f / "boxDLC.csv", names=("ada",)),
    "csv of several": lambda f: csv_of(f / "boxDLC.csv"),
    "csv in three dimensions": lambda f: csv_of(f / "boxDLC.csv", ("x", "y", "z", "likelihood")),
    "hand labels": lambda f: csv_of(f / "CollectedData_me.csv", ("x", "y")),
    "appended": lambda f: pose_files.appended(pose_files.frame(), f / "boxDLC.h5"),
    "fixed": lambda f: pose_files.fixed(pose_files.frame(), f / "boxDLC.h5"),
    "project": lambda f: pose_files.slp(f / "box.slp", pose_files.predicted()),
    "older project": lambda f: pose_files.slp(f / "box.slp", pose_files.predicted(), version=1.0),
    "project in matrices": lambda f: pose_files.slp(f / "box.slp", pose_files.predicted(), matrices=True),
    "export": lambda f: pose_files.export(f / "box.analysis.h5"),
    "export as it was": lambda f: pose_files.export(f / "box.analysis.h5", turned=False),
    "NWB": lambda f: pose_files.nwb(f / "box.nwb"),
    "wide": lambda f: pose_files.wide(f / "box.csv"),
    "semicolons": lambda f: pose_files.wide(f / "box.csv", mark=";"),
    "quoted": lambda f: quoted(f / "box.csv"),
    "row for an animal": lambda f: by_animal(f / "box.csv"),
    "long": lambda f: long(f / "box.csv"),
    "long, semicolons": lambda f: long(f / "box.tsv", mark=";"),
    "ours": lambda f: io.write(io.read(pose_files.export(f / "raw.analysis.h5")), f / "box.tracks.h5"),
}


def moved(tracks, points=MOVED):
    deep = tracks.points.shape[-1] == 3
    return [one._replace(place=(*one.place, 5.0)) if deep and one.place else one for one in points]


def others(path: Path) -> dict:
    """All that an HDF5 file holds but points."""
    held = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: held.update({name: dict(item.attrs)}))
    return {name: {key: np.asarray(value).tolist() for key, value in attrs.items()} for name, attrs in held.items()}


@pytest.mark.parametrize("name", FILES)
def test_points_go_into_the_file_and_all_else_stays(tmp_path, name):
    path = FILES[name](tmp_path)
    was, before = path.read_bytes(), io.read(path)
    after = corrected(before, moved(before))
    kept = _amend.overwrite(after, path, corrected={one[:3] for one in MOVED})
    assert kept.read_bytes() == was
    assert kept.name == f"{path.name}~1"
    back = io.read(path)
    np.testing.assert_allclose(back.points, after.points)
    if before.confidence is not None:
        np.testing.assert_allclose(back.confidence, after.confidence)
    assert (back.times.tolist(), back.keypoints, back.notes) == (before.times.tolist(), before.keypoints, before.notes)
    assert {k: v.tolist() for k, v in back.labels.items()} == {k: v.tolist() for k, v in before.labels.items()}
    if path.suffix in (".csv", ".tsv"):
        lines, old = path.read_bytes().splitlines(), was.splitlines()
        assert len(lines) == len(old)
        assert sum(a != b for a, b in zip(lines, old)) <= len(MOVED)
    else:
        assert others(path) == others(kept)
    assert sorted(p.name for p in tmp_path.iterdir() if "raw" not in p.name) == sorted([path.name, kept.name])


def test_a_point_that_was_corrected_by_hand_in_its_file_is_the_one_that_changes(tmp_path):
    by_hand = [(0, 0, 0, 1, pose_files.POINTS[0, 0]), (0, 0, 0, -1, pose_files.POINTS[1, 0])]
    path = pose_files.slp(tmp_path / "box.slp", by_hand)
    before = io.read(path)
    after = corrected(before, [Placed(0, 0, 1, (1.5, 2.5))])
    kept = _amend.overwrite(after, path, corrected={(0, 0, 1)})
    np.testing.assert_array_equal(io.read(path).points, after.points)
    with h5py.File(path) as file, h5py.File(kept) as old:
        assert (file["pred_points"][()] == old["pred_points"][()]).all()


def test_who_may_read_and_write_it_stays(tmp_path):
    path = FILES["wide"](tmp_path)
    path.chmod(0o664)
    _amend.overwrite(corrected(io.read(path), [Placed(0, 0, 0, (5.0, 1.0))]), path, corrected={(0, 0, 0)})
    assert path.stat().st_mode & 0o777 == 0o664


def test_a_protected_file_is_not_replaced(tmp_path, monkeypatch):
    path = FILES["wide"](tmp_path)
    was = path.read_bytes()
    monkeypatch.setattr("os.access", lambda file, mode: Path(file) != path)  # whoever is root may write everything
    with pytest.raises(DataError, match="protected from being written to; it stays as it was"):
        _amend.overwrite(corrected(io.read(path), [Placed(0, 0, 0, (5.0, 1.0))]), path, corrected={(0, 0, 0)})
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (was, [path])


def test_a_row_that_lacks_the_cell_is_told(tmp_path):
    path = tmp_path / "box.csv"
    path.write_text("a_x,a_y,b_x,b_y\n1,2,3,4\n5,6\n7,8,9,10\n")
    with pytest.raises(DataError, match="cannot take corrected points"):
        _amend.overwrite(corrected(io.read(path), [Placed(1, 0, 1, (5.0, 1.0))]), path, corrected={(1, 0, 1)})
    assert list(tmp_path.iterdir()) == [path]


def test_every_version_before_is_kept(tmp_path):
    path = FILES["wide"](tmp_path)
    for k in range(1, 4):
        after = corrected(io.read(path), [Placed(0, 0, 0, (float(k), 1.0))])
        assert _amend.overwrite(after, path, corrected={(0, 0, 0)}).name == f"box.csv~{k}"
    assert [io.read(tmp_path / f"box.csv~{k}").points[0, 0, 0, 0] for k in (2, 3)] == [1.0, 2.0]


def pickled(folder: Path) -> Path:
    return pose_files.sequences(folder / "mice.npy")


def gap(folder: Path) -> Path:
    return pose_files.slp(folder / "box.slp", [one for one in pose_files.predicted() if one[1:3] != (2, 0)])


def no_row(folder: Path) -> Path:
    pose_files.frame().set_axis([0, 1, 3]).to_csv(folder / "boxDLC.csv")
    return folder / "boxDLC.csv"


def percent(folder: Path) -> Path:
    table = pose_files.frame()
    table.loc[:, table.columns.get_level_values("coords") == "likelihood"] *= 100
    table.to_csv(folder / "boxDLC.csv")
    return folder / "boxDLC.csv"


def whole(folder: Path) -> Path:
    path = pose_files.nwb(folder / "box.nwb")
    with h5py.File(path, "r+") as file:
        for group in ("ada", "bo"):
            data = file[f"processing/behavior/{group}/PoseEstimationSeriesTailbase"]
            values, attrs = data["data"][()], dict(data["data"].attrs)
            del data["data"]
            data["data"] = values.round().astype(np.int16)
            data["data"].attrs.update(attrs)
    return path


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (pickled, "only read here"),
        (gap, "frame 2 has no instance of ada"),
        (no_row, "no cell for x of ada tailbase in frame 2"),
        (percent, "says otherwise how sure"),
        (whole, "keeps no numbers of ada tailbase"),
    ],
)
def test_a_file_that_cannot_hold_a_point_stays_and_another_is_offered(tmp_path, make, why):
    path = make(tmp_path)
    was, before = path.read_bytes(), io.read(path)
    after = corrected(before, [Placed(2, 0, 1, (123.25, 7.5))])
    with pytest.raises(DataError, match=f"{why}.*export the tracks .*h5"):
        _amend.overwrite(after, path, corrected={(2, 0, 1)})
    assert path.read_bytes() == was
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_file_that_others_changed_is_not_overwritten(tmp_path):
    path = FILES["wide"](tmp_path)
    after = corrected(io.read(path), [Placed(0, 0, 0, (1.0, 1.0))])
    with pytest.raises(DataError, match="holds these points already"):
        _amend.overwrite(io.read(path), path, corrected={(0, 0, 0)})
    path.write_text(path.read_text().replace("18.0", "19.0"))
    with pytest.raises(DataError, match="was changed since it was opened"):
        _amend.overwrite(after, path, corrected={(0, 0, 0)})
    FILES["long"](tmp_path)
    with pytest.raises(DataError, match="was changed since it was opened"):
        _amend.overwrite(after, path, corrected={(0, 0, 0)})


@pytest.mark.real
@pytest.mark.parametrize(
    "name", ["flies/demo-flies13-preds.slp", "openfield/deepof_square_arena_DLC.h5", "openfield/*.csv"]
)
def test_a_real_file_takes_a_point(shared_data, tmp_path, name):
    source = next(shared_data(name.split("/")[0]).glob(name.split("/")[1]))
    path = Path(shutil.copyfile(source, tmp_path / source.name))
    before = io.read(path)
    at = tuple(map(int, np.argwhere(np.isfinite(before.points).all(-1))[-1]))
    after = corrected(before, [Placed(*at, (321.5, 123.25))])
    _amend.overwrite(after, path, corrected={at})
    assert [one[:3] for one in between(before, io.read(path))] == [at]
