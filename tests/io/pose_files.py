"""Tiny files of poses, in each layout that programs write, from the same places of two animals' two points."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd

POINTS = np.arange(24, dtype=float).reshape(3, 2, 2, 2) + 10  # frame, individual, keypoint, axis
SURE = np.linspace(0.5, 1, 12).reshape(3, 2, 2)
NAMES, NODES = ("ada", "bo"), ("snout", "tailbase")
POINTS[1, 1, 0] = np.nan


def columns(coords: Sequence[str] = ("x", "y", "likelihood"), names: Sequence[str] = NAMES) -> pd.MultiIndex:
    """Heads of the columns, as DeepLabCut has them; of one animal if that is all there is."""
    alone = len(names) == 1
    tuples = [("net", *([] if alone else [n]), p, c) for n in names for p in NODES for c in coords]
    return pd.MultiIndex.from_tuples(
        tuples, names=["scorer", *([] if alone else ["individuals"]), "bodyparts", "coords"]
    )


def frame(coords: Sequence[str] = ("x", "y", "likelihood"), names: Sequence[str] = NAMES) -> pd.DataFrame:
    """The table that DeepLabCut writes."""
    parts = {"x": POINTS[..., 0], "y": POINTS[..., 1], "likelihood": SURE, "z": POINTS[..., 0] * 2}
    values = np.stack([parts[c] for c in coords], -1)[:, : len(names)]
    return pd.DataFrame(values.reshape(3, -1), columns=columns(coords, names))


def appended(table: pd.DataFrame, path: Path, protocol: int = 0) -> Path:
    """As pandas writes a table to HDF5 that rows can be added to, names of columns pickled."""
    index = table.index.to_numpy()
    index = index if index.dtype.kind == "i" else index.astype("S")
    rows = np.zeros(len(table), [("index", index.dtype), ("values_block_0", "<f8", (table.shape[1],))])
    rows["index"], rows["values_block_0"] = index, table.to_numpy()
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = np.bytes_(b"frame_table")
        stored = group.create_dataset("table", data=rows)
        stored.attrs["NROWS"] = len(table)
        names = pickle.dumps(list(table.columns), protocol)
        stored.attrs["values_block_0_kind"] = np.void(names) if protocol else np.bytes_(names)
    return path


def fixed(table: pd.DataFrame, path: Path) -> Path:
    """As pandas writes a table to HDF5 once for all, each level of names an array and the codes of it."""
    with h5py.File(path, "w") as file:
        group = file.create_group("keypoints")
        group.attrs.update({"pandas_type": np.bytes_(b"frame"), "nblocks": 1})
        for key, axis in (("axis1", table.index), ("block0_items", table.columns)):
            multi = isinstance(axis, pd.MultiIndex)
            group.attrs[f"{key}_variety"] = np.bytes_(b"multi" if multi else b"regular")
            if not multi:
                values = axis.to_numpy()
                group[key] = values if values.dtype.kind == "i" else values.astype("S")
                continue
            group.attrs[f"{key}_nlevels"] = axis.nlevels
            for k, (level, codes) in enumerate(zip(axis.levels, axis.codes)):
                group[f"{key}_level{k}"] = level.to_numpy().astype("S")
                group[f"{key}_label{k}"] = np.asarray(codes, np.int8)
        group["block0_values"] = table.to_numpy()
    return path


def skeleton(order: Sequence[int] = (1, 0)) -> dict[str, Any]:
    """A skeleton whose nodes are listed in one order and used in another, with a line of the body and one of twins."""
    twins = {"py/reduce": [{"py/type": "EdgeType"}, {"py/tuple": [2]}]}
    body = {"py/reduce": [{"py/type": "EdgeType"}, {"py/tuple": [1]}]}
    links = [
        {"source": order[0], "target": order[1], "type": twins}, {"source": order[0], "target": order[1], "type": body},
        {"source": order[1], "target": order[0], "type": {"py/id": 1}},
    ]  # fmt: skip
    listed = [{"name": name} for _, name in sorted(zip(order, NODES))]
    return {"skeletons": [{"nodes": [{"id": k} for k in order], "links": links}], "nodes": listed}


INSTANCE = (("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8"), ("skeleton", "u4"), ("track", "i4"),
            ("from_predicted", "i8"), ("score", "f4"), ("point_id_start", "u8"), ("point_id_end", "u8"))  # fmt: skip
FRAME = (("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8"), ("instance_id_start", "u8"),
         ("instance_id_end", "u8"))  # fmt: skip
PLACE = (("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?"))


def slp(
    path: Path,
    instances: Sequence[tuple[int, int, int, int, Any]],
    *,
    tracks: Sequence[str] = NAMES,
    videos: Sequence[str] = ("box.mp4",),
    version: float = 1.2,
    matrices: bool = False,
    about: dict[str, Any] | None = None,
) -> Path:
    """A project of SLEAP.

    Parameters
    ----------
    instances : of each the video, the frame, the track (-1 for none), whether it was predicted (1), corrects another
        (minus the number of that, minus 1) or neither (0), and its points (keypoint, 2)
    """
    frames, rows, places = [], [], {0: [], 1: []}
    for k, (video, number, track, how, points) in enumerate(instances):
        if not frames or frames[-1][1:3] != (video, number):
            frames.append((len(frames), video, number, k, k))
        frames[-1] = (*frames[-1][:4], k + 1)
        kind, held = int(how == 1), places[int(how == 1)]
        first = len(held)
        held += [(x, y, not np.isnan(x), False, *([0.9] if kind else [])) for x, y in np.asarray(points, float)]
        rows.append((k, kind, len(frames) - 1, 0, track, -1 - how if how < 0 else -1, 1.0, first, len(held)))
    tables = {
        "frames": np.array(frames, list(FRAME)), "instances": np.array(rows, list(INSTANCE)),
        "points": np.array(places[0], list(PLACE)), "pred_points": np.array(places[1], [*PLACE, ("score", "f8")]),
    }  # fmt: skip
    with h5py.File(path, "w") as file:
        for name, table in tables.items():
            if matrices:
                values = np.array([tuple(map(float, row)) for row in table.tolist()]).reshape(
                    len(table), len(table.dtype)
                )
                file[name] = values
                file[name].attrs["field_names"] = json.dumps(table.dtype.names)
            else:
                file[name] = table
        file["videos_json"] = np.array([json.dumps({"backend": {"filename": name}}) for name in videos], "S")
        file["tracks_json"] = np.array([json.dumps([0, name]) for name in tracks], "S")
        group = file.create_group("metadata")
        group.attrs["format_id"] = version
        group.attrs["json"] = json.dumps(about or skeleton())
    return path


def predicted() -> list[tuple[int, int, int, int, Any]]:
    """An instance of each animal in each frame."""
    return [(0, k, n, 1, POINTS[k, n]) for k in range(3) for n in range(2)]


def export(path: Path, turned: bool = True, **more: Any) -> Path:
    """What SLEAP exports for analysis."""
    with h5py.File(path, "w") as file:
        file["tracks"] = POINTS.transpose(1, 3, 2, 0) if turned else POINTS.transpose(0, 2, 3, 1)
        file["point_scores"] = SURE.transpose(1, 2, 0) if turned else SURE.transpose(0, 2, 1)
        file["node_names"], file["track_names"] = np.array(NODES, "S"), np.array(NAMES, "S")
        file["edge_inds"] = np.array([[0, 1]])
        file["video_path"] = "C:\\videos\\box.mp4"
        for key, value in more.items():
            del file[key]
            file[key] = value
    return path


def sequences(path: Path, *, annotated: bool = True, protocol: int = 4) -> Path:
    """Two sequences as the challenge has them: of three mice with twelve points, 90 and 60 frames."""
    rng = np.random.default_rng(0)
    held: dict[str, Any] = {}
    for k, (name, count) in enumerate((("AB1", 90), ("CD2", 60))):
        held[name] = {"keypoints": rng.integers(1, 800, (count, 3, 12, 2)).astype(np.int32)}
        if annotated:
            held[name]["annotations"] = np.stack([np.arange(count) % 2, np.full(count, k)]).astype(float)
    whole = {"sequences": held} | ({"vocabulary": ["chases", "lights"]} if annotated else {})
    return pickled(path, np.array(whole, object), protocol)


def pickled(path: Path, array: Any, protocol: int = 4) -> Path:
    """An `.npy` file whose content is pickled, as numpy does with what is no numbers."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": ()})
        pickle.dump(array, file, protocol)
    return path


def nwb(path: Path, *, units: bool = False) -> Path:
    """As ndx-pose lays it out: an estimation for each animal, a series for each point, and a skeleton for both."""
    text = h5py.string_dtype()
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.7.0"
        file["general/session_id"], file["general/subject/subject_id"] = "day 1", "mice"
        behaviour = file.create_group("processing/behavior")
        bones = behaviour.create_group("Skeletons/bones")
        bones.attrs["neurodata_type"] = "Skeleton"
        bones["nodes"], bones["edges"] = np.array([*NODES, "ear"], text), np.array([[0, 1], [1, 2]], np.uint8)
        for n, name in enumerate(NAMES):
            one = behaviour.create_group(name)
            one.attrs["neurodata_type"] = "PoseEstimation"
            one["bones"], one["original_videos"] = h5py.SoftLink(bones.name), np.array(["box.mp4"], text)
            for p, node in reversed(list(enumerate(NODES))):  # names in a file are sorted, whatever their order was
                series = one.create_group(f"PoseEstimationSeries{node.title()}")
                series.attrs["neurodata_type"] = "PoseEstimationSeries"
                series["data"], series["confidence"] = POINTS[:, n, p] / 2, SURE[:, n, p]
                series["data"].attrs.update({"unit": "pixels", "conversion": 2.0})
                series["timestamps"] = [0.5, 0.75, 1.25]
        if units:
            file.create_group("units")
    return path


def wide(path: Path, names: str = "{point}_{what}", mark: str = ",", **columns: Any) -> Path:
    """A plain table of one animal, each column called as `names` says."""
    parts = {"x": POINTS[:, 0, :, 0], "y": POINTS[:, 0, :, 1], "likelihood": SURE[:, 0]}
    table = {names.format(point=p, what=w): v[:, k] for w, v in parts.items() for k, p in enumerate(NODES)}
    pd.DataFrame(columns | table).to_csv(path, sep=mark, index=False, decimal="," if mark == ";" else ".")
    return path
