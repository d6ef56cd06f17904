"""SLEAP: projects and predictions (.slp), and what it exports for analysis (.h5)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurofm.data.placed import Placed
from neurofm.data.shown import several
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io import _amend
from neurofm.io._hdf5 import array, decoded, text
from neurofm.io._poses import ALONE, Poses, tracks
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

PARTS = ("frames", "instances", "points", "pred_points")  # of a project
EXPORTED = ("tracks", "node_names", "track_names")  # of an export
READ = {
    *PARTS, *EXPORTED, "metadata", "tracks_json", "suggestions_json", "sessions_json", "point_scores", "edge_inds",
    "edge_names", "instance_scores", "tracking_scores", "track_occupancy", "labels_path", "provenance",
}  # fmt: skip
USER, BODY = 0, 1  # made by hand, not predicted; a line of the body, not between twins
CENTRED = 1.1  # version from which (0, 0) is the centre of a pixel, not its corner
ORDERS = ("track axis node frame", "frame node axis track")  # of an export; the second where it was not turned

Json = Mapping[str, Any]


def accepts(path: Path) -> bool:
    """Whether it has the parts of a project or of an export."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return set(PARTS) <= set(file) or set(EXPORTED) <= set(file)


def read(path: Path) -> Tracks:
    """Points of each track; where a frame was corrected by hand, as it was corrected."""
    with h5py.File(path) as file:
        exported = set(EXPORTED) <= set(file)
        missing = set() if exported else set(PARTS) - set(file)
        if missing:
            raise DataError(path, min(missing), "is missing; it is no file of SLEAP, or damaged")
        poses = _export(path, file) if exported else _project(path, file)
        poses.notes += left_out(name for name in file if name not in READ and not name.startswith("video"))
        return tracks(path, poses)


def amend(path: Path, before: Tracks, placed: Sequence[Placed]) -> None:
    """Put points into the instance of their frame and track; where a frame has none, that is refused."""
    for one in placed:
        if not np.isfinite(before.points[one.frame, one.individual]).any():
            name = before.individuals[one.individual]
            raise _amend.refused(path, f"frame {one.frame:,} has no instance of {name}")
    with h5py.File(path, "r+") as file:
        (_amend_export if set(EXPORTED) <= set(file) else _amend_project)(path, file, before, placed)


def _amend_export(path: Path, file: Any, before: Tracks, placed: Sequence[Placed]) -> None:
    axes = _order(path, file)
    rest = [axis for axis in axes if axis != "axis"]
    for one in placed:
        at: dict[str, Any] = {"frame": one.frame, "track": one.individual, "node": one.keypoint}
        said = _amend.numbers(before, one)
        for k, axis in enumerate(_amend.AXES[: before.points.shape[-1]]):
            file["tracks"][tuple((at | {"axis": k})[name] for name in axes)] = said[axis]
        if before.confidence is not None:
            file["point_scores"][tuple(at[name] for name in rest)] = said[_amend.LIKELIHOOD]


def _amend_project(path: Path, file: Any, before: Tracks, placed: Sequence[Placed]) -> None:
    held = _held(path, file)
    by_hand = held.instances["instance_type"][held.rows] == USER
    shift = 0.5 if held.version < CENTRED else 0.0
    for one in placed:
        mine = np.flatnonzero((held.numbers == one.frame) & (held.slots == one.individual))
        mine = mine[by_hand[mine]] if by_hand[mine].any() else mine
        row = held.rows[mine[-1]]  # as `read` takes it
        table = file["points" if held.instances["instance_type"][row] == USER else "pred_points"]
        said = _amend.numbers(before, one)
        values = {"x": said["x"] + shift, "y": said["y"] + shift, "visible": bool(one.place)}
        at = int(held.instances["point_id_start"][row]) + one.keypoint
        _put(path, table, at, values | {"score": said[_amend.LIKELIHOOD]})


def _put(path: Path, table: Any, at: int, values: Mapping[str, float]) -> None:
    """Put numbers into a row of a table, of those columns that it has."""
    if table.dtype.names:
        row = table[at]
        for name in set(values) & set(table.dtype.names):
            row[name] = values[name]
        table[at] = row
    else:
        names = list(_json(path, table.name.strip("/"), table.attrs["field_names"]))
        for name in set(values) & set(names):
            table[at, names.index(name)] = values[name]


@dataclass(frozen=True, kw_only=True)
class _Held:
    """Instances of a project: the row of each, the frame it is in, and whose it is (-1 if corrected by hand)."""

    frames: dict[str, NDArray[Any]]
    instances: dict[str, NDArray[Any]]
    rows: NDArray[np.intp]
    numbers: NDArray[np.int64]
    slots: NDArray[np.intp]
    individuals: tuple[str, ...]
    chosen: int
    videos: list[str]
    version: float
    notes: list[str]


def _held(path: Path, file: Any) -> _Held:
    frames, instances = (_columns(path, file[part]) for part in PARTS[:2])
    videos = [_video(_json(path, "videos_json", one)) for one in decoded(file["videos_json"][()])]
    version = float(file["metadata"].attrs.get("format_id", 1.0))
    chosen, notes = _chosen(frames, videos)
    rows, numbers = _rows(path, frames, instances, chosen)
    names = [str(_json(path, "tracks_json", one)[1]) for one in decoded(file["tracks_json"][()]) if str(one).strip()]
    slots, individuals, told = _slots(instances, rows, names)
    notes += told
    return _Held(
        frames=frames, instances=instances, rows=rows, numbers=numbers, slots=slots, individuals=individuals,
        chosen=chosen, videos=videos, version=version, notes=notes,
    )  # fmt: skip


def _project(path: Path, file: Any) -> Poses:
    held = _held(path, file)
    instances, individuals, videos = held.instances, held.individuals, held.videos
    user, predicted = (_columns(path, file[part]) for part in PARTS[2:])
    about = _json(path, "metadata", file["metadata"].attrs["json"])
    keypoints, skeleton, notes = _skeleton(path, about)
    notes += held.notes
    kept = held.slots >= 0
    rows, slots = held.rows[kept], held.slots[kept]
    numbers, row = np.unique(held.numbers[kept], return_inverse=True)
    places = np.full((len(numbers), len(individuals), len(keypoints), 3), np.nan, np.float32)
    by_hand = instances["instance_type"][rows] == USER
    for table, mine in ((predicted, ~by_hand), (user, by_hand)):  # by hand last, over what was predicted there
        first, last = (instances[f"point_id_{edge}"][rows[mine]].astype(np.int64) for edge in ("start", "end"))
        places[row[mine], slots[mine]] = _points(path, table, first, last, len(keypoints))
    points = places[..., :2] - (0.5 if held.version < CENTRED else 0.0)
    return Poses(
        keypoints=keypoints,
        individuals=individuals,
        points=points,
        confidence=None if by_hand.all() else places[..., 2],
        frames=numbers,
        video=videos[held.chosen] if videos else "",
        more={"skeleton": skeleton},
        notes=notes,
    )


def _columns(path: Path, dataset: Any) -> dict[str, NDArray[Any]]:
    """A table by column; newer files keep it as a matrix, with names beside."""
    values = array(path, dataset)
    if values.dtype.names:
        return {name: values[name] for name in values.dtype.names}
    names = _json(path, dataset.name.strip("/"), dataset.attrs["field_names"])
    return {str(name): values[:, k] for k, name in enumerate(names)}


def _json(path: Path, field: str, stored: Any) -> Any:
    try:
        return json.loads(text(stored))
    except ValueError as error:
        raise DataError(path, field, f"is no JSON ({error}); the file is damaged") from error


def _skeleton(path: Path, about: Json) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...], list[str]]:
    """Names of the nodes in the order of their points, which node is joined to which, and what is told."""
    skeletons, nodes = about.get("skeletons", []), about.get("nodes", [])
    if not skeletons:
        raise DataError(path, "metadata", "holds no skeleton; label a frame in SLEAP first")
    order = [int(node["id"]) for node in skeletons[0]["nodes"]]
    kinds = list(_kinds(skeletons[0]["links"]))
    joined = [link for link, kind in zip(skeletons[0]["links"], kinds) if kind == BODY]
    skeleton = tuple((order.index(int(link["source"])), order.index(int(link["target"]))) for link in joined)
    notes = [f"has {len(skeletons)} skeletons; the first was taken"] if len(skeletons) > 1 else []
    return tuple(str(nodes[k]["name"]) for k in order), skeleton, notes


def _kinds(links: list[Json]) -> Iterator[int]:
    """What each link is: said where a kind comes first, and by the number of that later."""
    told: list[int] = []
    for link in links:
        kind = link.get("type", {})
        if "py/reduce" in kind:
            told.append(int(kind["py/reduce"][1]["py/tuple"][0]))
            yield told[-1]
        else:
            number = int(kind.get("py/id", 1))
            yield told[number - 1] if number <= len(told) else number


def _video(one: Json) -> str:
    """Its path; of pictures kept in the file itself, that of the video they are from."""
    backend = one.get("backend", {})
    name = str(backend.get("filename") or one.get("filename") or "")
    return _video(one["source_video"]) if name == "." and "source_video" in one else name


def _chosen(frames: Mapping[str, NDArray[Any]], videos: list[str]) -> tuple[int, list[str]]:
    """Which video is taken: the one with most frames; others run beside it and have no place on its clock."""
    numbers, counts = np.unique(frames["video"].astype(int), return_counts=True)
    if not len(numbers):
        return 0, []
    chosen = int(numbers[counts.argmax()])
    if len(numbers) == 1:
        return chosen, []
    others = [Path(videos[k]).name if k < len(videos) else str(k) for k in numbers if k != chosen]
    return chosen, [f"labels {len(numbers)} videos; the one with most frames was taken, not {several(others)}"]


def _rows(
    path: Path, frames: Mapping[str, NDArray[Any]], instances: Mapping[str, NDArray[Any]], video: int
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Instances of a video, and the number of the frame that each is in."""
    mine = frames["video"].astype(int) == video
    first, last = (frames[f"instance_id_{edge}"][mine].astype(np.int64) for edge in ("start", "end"))
    count = last - first
    if (count < 0).any() or (last > len(instances["frame_id"])).any():
        raise DataError(path, "frames", "name instances that are not there; the file is damaged")
    rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last)] or [np.zeros(0, np.intp)])
    numbers = np.repeat(frames["frame_idx"][mine].astype(np.int64), count)
    return rows, numbers


def _slots(
    instances: Mapping[str, NDArray[Any]], rows: NDArray[np.intp], names: list[str]
) -> tuple[NDArray[np.intp], tuple[str, ...], list[str]]:
    """Which individual each instance is: its track; without one, in the order in which a frame holds them.

    -1 of those that were predicted and then corrected by hand; the corrected one takes their track.
    """
    ids, frame = instances["instance_id"][rows].astype(np.int64), instances["frame_id"][rows].astype(np.int64)
    source, track = instances["from_predicted"][rows].astype(np.int64), instances["track"][rows].astype(np.int64)
    row_of = {int(id): k for k, id in enumerate(ids)}
    corrected = [(k, row_of[int(source[k])]) for k in np.flatnonzero(source >= 0) if int(source[k]) in row_of]
    for k, predicted in corrected:
        track[k] = track[k] if track[k] >= 0 else track[predicted]
    tracked = sorted(set(track[track >= 0].tolist()))
    slots = np.searchsorted(tracked, track) if tracked else np.zeros(len(track), np.intp)
    slots[track < 0] = -1
    slots[[predicted for _, predicted in corrected]] = -1
    placed: dict[int, int] = {}
    loose = np.setdiff1d(np.flatnonzero(track < 0), [predicted for _, predicted in corrected])
    for k in loose.astype(int):
        placed[frame[k]] = placed.get(frame[k], -1) + 1
        slots[k] = len(tracked) + placed[frame[k]]
    extra = max(placed.values(), default=-1) + 1
    named = [names[k] if k < len(names) else f"track {k}" for k in tracked]
    others = [ALONE] if not tracked and extra == 1 else [f"{ALONE} {k + 1}" for k in range(extra)]
    told = f"{len(loose):,} instances have no track and are numbered as they come in each frame"
    return slots, tuple(_apart([*named, *others])), [told] if len(others) > 1 else []


def _apart(names: list[str]) -> list[str]:
    """Names, each once."""
    return [name if names.index(name) == k else f"{name} #{k}" for k, name in enumerate(names)]


def _points(
    path: Path, table: Mapping[str, NDArray[Any]], first: NDArray[np.int64], last: NDArray[np.int64], count: int
) -> NDArray[np.float32]:
    """(instance, keypoint, 3) x, y and confidence; NaN where it was not seen."""
    wrong = (last - first != count) | (last > len(table["x"])) | (first < 0)
    if wrong.any():
        held = (last - first)[wrong][0]
        raise DataError(path, "points", f"hold {held} points of an instance with {count}; the file is damaged")
    at = first[:, None] + np.arange(count)
    score = table["score"][at] if "score" in table else np.ones(at.shape)
    places = np.stack([table["x"][at], table["y"][at], score], -1)
    return np.where(table["visible"][at].astype(bool)[..., None], places, np.nan).astype(np.float32)


def _export(path: Path, file: Any) -> Poses:
    """Places and scores of all tracks over all frames."""
    nodes, names = _named(path, file)
    places, axes = array(path, file["tracks"]), _order(path, file)
    points = places.transpose([axes.index(axis) for axis in ("frame", "track", "node", "axis")])
    scores = _scores(path, file, axes, points.shape[:3])
    edges = array(path, file["edge_inds"]).astype(int) if "edge_inds" in file else np.zeros((0, 2), int)
    edges = edges.T if edges.shape[0] == 2 and edges.shape[-1] != 2 else edges
    joined = tuple((int(a), int(b)) for a, b in edges.reshape(-1, 2)) if edges.size else ()
    video = text(file["video_path"]) if "video_path" in file else ""
    individuals = tuple(_apart([name or f"track {k}" for k, name in enumerate(names)])) or (ALONE,)
    more = {"skeleton": joined}
    return Poses(keypoints=nodes, individuals=individuals, points=points, confidence=scores, video=video, more=more)


def _named(path: Path, file: Any) -> tuple[tuple[str, ...], ...]:
    """Nodes and tracks of an export."""
    return tuple(tuple(map(str, array(path, file[key]).ravel())) for key in EXPORTED[1:])


def _order(path: Path, file: Any) -> list[str]:
    """What each axis of the places of an export is."""
    (nodes, names), shape = _named(path, file), file["tracks"].shape
    order = next((o for o in ORDERS if _fits(shape, o, len(nodes), len(names))), "")
    if not order:
        problem = f"are {shape}, no places of {len(names)} tracks of {len(nodes)} nodes; export them again"
        raise DataError(path, "tracks", problem)
    return order.split()


def _fits(shape: tuple[int, ...], order: str, nodes: int, names: int) -> bool:
    sizes = dict(zip(order.split(), shape))
    return len(shape) == 4 and sizes["axis"] in (2, 3) and sizes["node"] == nodes and sizes["track"] == max(names, 1)


def _scores(path: Path, file: Any, axes: list[str], shape: tuple[int, ...]) -> NDArray[Any] | None:
    if "point_scores" not in file:
        return None
    rest = [axis for axis in axes if axis != "axis"]
    scores = array(path, file["point_scores"]).transpose([rest.index(axis) for axis in ("frame", "track", "node")])
    return scores if scores.shape == shape else None


SPEC = ReaderSpec(
    title="SLEAP", patterns=("*.slp", "*.analysis.h5"), accepts=accepts, read=read, kind="tracks", amend=amend
)
