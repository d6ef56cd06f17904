"""Plain tables: however columns are called and cells are apart, wide and long, of one animal or several."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io.pose_files import NAMES, NODES, POINTS, SURE, wide

ONE = POINTS[:, :1].astype(np.float32)


@pytest.mark.parametrize("mark", [",", "\t", ";"])
@pytest.mark.parametrize(
    "names", ["{point}_{what}", "{what}_{point}", "{point}.{what}", "{point} {what}", "{point}-{what}"]
)
def test_columns_are_known_however_they_are_called(tmp_path, names, mark):
    tracks = io.read(wide(tmp_path / "box.csv", names, mark))
    assert (tracks.keypoints, tracks.individuals) == (NODES, ("animal",))
    np.testing.assert_array_equal(tracks.points, ONE)
    np.testing.assert_allclose(tracks.confidence[:, 0], SURE[:, 0], rtol=1e-6)


def rows(**columns):
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("table", "keypoints", "unit"),
    [
        (rows(x=[1, 2], y=[3, 4]), ("point",), "px"),
        (rows(X=[1, 2], Y=[3, 4], p=[1, 1]), ("point",), "px"),
        (rows(x1=[1, 2], y1=[3, 4], x2=[1, 2], y2=[3, 4]), ("1", "2"), "px"),
        (rows(**{"nose_x (mm)": [1, 2], "nose_y (mm)": [3, 4]}), ("nose",), "mm"),
        (rows(**{"nose x [cm]": [1, 2], "nose y [cm]": [3, 4]}), ("nose",), "cm"),
        (rows(nose_x_px=[1, 2], nose_y_px=[3, 4]), ("nose",), "px"),
        (rows(x_cm=[1, 2], y_cm=[3, 4]), ("point",), "cm"),
        (rows(nose_x_pixels=[1, 2], nose_y_pixels=[3, 4]), ("nose",), "px"),
        (rows(left_ear_x=[1, 2], left_ear_y=[3, 4]), ("left_ear",), "px"),
    ],
)
def test_names_of_points_and_units(tmp_path, table, keypoints, unit):
    table.to_csv(tmp_path / "a.csv", index=False)
    tracks = io.read(tmp_path / "a.csv")
    assert (tracks.keypoints, tracks.unit) == (keypoints, unit)
    assert tracks.points[:, 0, 0].tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    ("columns", "times"),
    [
        ({"time": [0.5, 0.75, 1.25]}, [0.5, 0.75, 1.25]),
        ({"time_ms": [500, 750, 1250]}, [0.5, 0.75, 1.25]),
        ({"frame": [0, 1, 3], "time": [0.5, 0.75, 1.25]}, [0.5, 0.75, 1.0, 1.25]),
        ({"frame": [0, 1, 3]}, np.arange(4) / 30),
        ({"": [0, 1, 2]}, np.arange(3) / 30),
    ],
    ids=["seconds", "milliseconds", "both", "frames", "neither"],
)
def test_frames_and_times(tmp_path, columns, times):
    tracks = io.read(wide(tmp_path / "box.csv", **columns))
    np.testing.assert_allclose(tracks.times, times)
    seen = [0, 1, 3] if len(times) == 4 else [0, 1, 2]
    np.testing.assert_array_equal(tracks.points[seen], ONE)
    assert np.isnan(np.delete(tracks.points, seen, 0)).all()


def test_other_columns_of_one_animal_are_labels_of_its_frames(tmp_path):
    tracks = io.read(wide(tmp_path / "box.csv", behaviour=["rest", "run", "run"], light=[0, 1, 1]))
    assert tracks.labels["behaviour"].tolist() == ["rest", "run", "run"]
    assert tracks.labels["light"].tolist() == [0, 1, 1]


def by_animal():
    """A row for each animal in each frame, the second missing in the first frame."""
    table = [
        {"frame_idx": k, "track": name, "instance.score": 0.9}
        | {f"{p}.{a}": POINTS[k, n, j, i] for j, p in enumerate(NODES) for i, a in enumerate("xy")}
        for k in range(3)
        for n, name in enumerate(NAMES)
        if (k, n) != (0, 1)
    ]
    return pd.DataFrame(table)


def by_point():
    """A row for each point."""
    table = [
        {"video_frame": k, "mouse_id": name, "bodypart": p, "x": POINTS[k, n, j, 0], "y": POINTS[k, n, j, 1]}
        for k in range(3)
        for n, name in enumerate(NAMES)
        for j, p in enumerate(NODES)
        if (k, n) != (0, 1)
    ]
    return pd.DataFrame(table)


@pytest.mark.parametrize("table", [by_animal, by_point])
@pytest.mark.parametrize("shuffled", [False, True])
def test_several_animals(tmp_path, table, shuffled):
    rows = table().sample(frac=1, random_state=1) if shuffled else table()
    rows.to_csv(tmp_path / "a.csv", index=False)
    tracks = io.read(tmp_path / "a.csv")
    expected = POINTS.astype(np.float32).copy()
    expected[0, 1] = np.nan
    order = [tracks.individuals.index(name) for name in NAMES]
    points = [tracks.keypoints.index(name) for name in NODES]
    np.testing.assert_array_equal(tracks.points[:, order][:, :, points], expected)


BAD = {
    "no points": ("a,b\n1,2\n", "nothing that can be opened|name no key point with x and y|no array says"),
    "head alone": ("nose_x,nose_y\n", r"has a header \(nose_x, nose_y\) and no rows"),
    "cut off in the first row": ("nose_x,nose_y,ear_x,ear_y\n1,2", "holds no frame"),
    "half a frame": ("frame,nose_x,nose_y\n0.5,1,2\n", "frame: must be whole numbers"),
    "no frame": ("frame,nose_x,nose_y\nx,1,2\n", "frame: must be whole numbers"),
    "negative frame": ("frame,nose_x,nose_y\n-1,1,2\n3,1,2\n", "frames: have the number -1"),
    "far frame": ("frame,nose_x,nose_y\n0,1,2\n99999999999,1,2\n", "frames: have the number 99,999,999,999"),
    "time goes back": ("time,nose_x,nose_y\n0,1,2\n2,1,2\n1,1,2\n", "times: do not rise"),
    "an animal twice": ("frame,id,x,y\n0,a,1,2\n0,a,3,4\n", "id: names an animal twice"),
    "animals without frames": ("id,x,y\na,1,2\nb,3,4\n", "frame: is missing"),
    "rows too long": ("x,y\n1,2\n1,2,3\n", "cannot be read as Table of poses"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_table_is_refused_in_a_sentence(name, tmp_path):
    text, problem = BAD[name]
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError, match=problem):
        io.read(tmp_path / "a.csv")


def test_cut_and_wrong_cells_are_told(tmp_path):
    (tmp_path / "a.csv").write_text("nose_x,nose_y,ear_x,ear_y\n1,2,3,4\n1,oops,3,4\n5,6,7,8\n5,6")
    tracks = io.read(tmp_path / "a.csv")
    assert tracks.points[:, 0, 0].tolist()[0::2] == [[1, 2], [5, 6]]
    assert np.isnan(tracks.points[1, 0, 0]).all()
    assert {"the last row is cut off and was left out", "1 cells are no numbers and were left empty"} <= {*tracks.notes}


@pytest.mark.parametrize(
    "columns",
    [
        {"frame": [0, 1], "keypoint": ["nose", "nose"], "x": [1, 2], "y": [3, 4]},
        {"frame": [0, 0], "individual": ["ada", "bo"], "nose_x": [1, 2], "nose_y": [3, 4]},
        {"frame": [0, 2], "nose_x": [1, 2], "nose_y": [3, 4]},
    ],
    ids=["a row for each point", "a row for each animal", "frames with gaps"],
)
def test_columns_that_belong_to_no_frame_are_named(tmp_path, columns):
    rows(**columns, scored=[0, 1]).to_csv(tmp_path / "a.csv", index=False)
    assert "not read: scored" in io.read(tmp_path / "a.csv").notes


@pytest.mark.parametrize(
    ("name", "lasts"),
    [
        ("time", 1.0), ("seconds", 1.0), ("time (s)", 1.0), ("time_ms", 1e-3), ("time (ms)", 1e-3), ("ms", 1e-3),
        ("timestamp_us", 1e-6), ("time [µs]", 1e-6), ("t_min", 60.0),
    ],
)  # fmt: skip
def test_times_are_in_the_unit_that_their_name_says(tmp_path, name, lasts):
    rows(**{name: np.arange(4) * 0.5 / lasts, "nose_x": range(4), "nose_y": range(4)}).to_csv(tmp_path / "a.csv")
    np.testing.assert_allclose(io.read(tmp_path / "a.csv").times, np.arange(4) * 0.5)
