"""Tracks: where the key points of animals were, frame by frame, and what else was measured or labelled of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm import words
from neurofm.checks import check_choice, check_shape
from neurofm.data import pose, pose_findings, spans, track_columns
from neurofm.data.classes import class_names
from neurofm.data.clock import carried
from neurofm.data.ids import Ids
from neurofm.data.moments import SPEED
from neurofm.data.plausible import Finding
from neurofm.data.series import gaps
from neurofm.data.shown import Shown, several
from neurofm.data.source import CLOCK, SESSION, Space, Tie, begun, early
from neurofm.data.track_columns import CONFIDENCE, At

FRAME, SUBJECT, TRIAL = "frame", "subject", "trial"  # its spaces
AROUND = 2.0  # seconds on each side by which it is judged whether a point is far from its animal
BLOCK = 1 << 15  # frames looked at in one go, so that a memory map stays on disk
BLOCKS = 8  # looked at where there are more


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Tracks(Shown):
    """What was tracked in one session: of each frame a row, of frames without any animal, too.

    Parameters
    ----------
    session : name, unique among what is open
    times : (frame,) seconds, ascending without repeats: when each frame was shown
    points : (frame, individual, keypoint, 2 or 3) x, y and z; NaN where a point was not seen
    keypoints, individuals : names, each unique
    confidence : (frame, individual, keypoint) in 0 to 1; None where the file tells none
    skeleton : pairs of key points that are joined
    features, feature_names : (frame, individual, feature) what else was measured of each, as angles of joints
    labels : (frame,) or (frame, individual) what is known of each, by name
    trials : sequences laid out one after the other, `start` and `stop` in seconds, and what is known of each
    subject : of the session as a whole; "" if unknown
    unit : of points ("px", "mm")
    video : path of the video that they were made from, as the file says it
    timeline : name of the clock that it shares with others; its own if ""
    zero : second of its clock at which its own second 0 is
    paths : the files it came from
    notes : what the reader had to mend, told by `neurofm info`
    doubts : what it had to take for granted, told wherever they are open

    Raises
    ------
    ValueError
        If shapes do not fit each other, times are not ascending, or names repeat.
    """

    kind: ClassVar[str] = "tracks"

    session: str
    times: NDArray[np.float64]
    points: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0, 0, 2), np.float32))
    keypoints: tuple[str, ...] = ()
    individuals: tuple[str, ...] = ()
    confidence: NDArray[np.float32] | None = None
    skeleton: tuple[tuple[int, int], ...] = ()
    features: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0, 0), np.float32))
    feature_names: tuple[str, ...] = ()
    labels: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    trials: pd.DataFrame | None = None
    subject: str = ""
    unit: str = "px"
    video: str = ""
    timeline: str = ""
    zero: float = 0.0
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        frames, animals = len(self.times), len(self.individuals)
        if not len(self.keypoints):
            object.__setattr__(self, "points", np.zeros((frames, animals, 0, 2), np.float32))
        if not len(self.feature_names):
            object.__setattr__(self, "features", np.zeros((frames, animals, 0), np.float32))
        object.__setattr__(self, "labels", {name: _plain(values) for name, values in self.labels.items()})
        _check_times(self)
        _check_shapes(self)
        _check_names(self)

    def facts(self) -> dict[str, Any]:
        """Its size in a few words, without looking at any point."""
        return {
            "": self.session,
            "subject": self.subject,
            "frames": f"{len(self.times):,}",
            "individuals": several(self.individuals),
            "key points": several(self.keypoints),
            "features": several(self.feature_names),
            "labels": several(self.labels),
            "trials": "" if self.trials is None else f"{len(self.trials):,}",
            "time": words.duration(spans.duration(self.domain)) if len(self.domain) else "",
            "files": several(Path(path).name for path in self.paths),
        }

    @property
    def clock(self) -> str:
        """That of others whose times these are, or its own."""
        return self.timeline or self.session

    @cached_property
    def domain(self) -> NDArray[np.float64]:
        """(k, 2) seconds in which there are frames: of each trial, else between gaps."""
        if self.trials is not None:
            return spans.tidy(self.trials[["start", "stop"]].to_numpy(float))
        if not len(self.times):
            return np.zeros((0, 2))
        holes = gaps(self.times)
        stops = np.r_[holes[:, 0], self.times[-1]] + self.step
        return np.stack([np.r_[self.times[0], holes[:, 1]], stops], 1)

    @cached_property
    def step(self) -> float:
        """Seconds from one frame to the next, as is usual; 0 of one frame alone."""
        return float(np.median(np.diff(self.times))) if len(self.times) > 1 else 0.0

    def follows(self) -> NDArray[np.bool_]:
        """(frame,) whether each follows the one before, and begins neither a trial nor after a gap."""
        return self._follows

    @cached_property
    def _follows(self) -> NDArray[np.bool_]:
        follows = np.r_[False, np.diff(self.times) <= pose.LATE * self.step][: len(self.times)]
        begins = np.searchsorted(self.times, self._trials["start"].to_numpy(float))
        follows[begins[begins < len(follows)]] = False
        return follows

    def timed(self, times: ArrayLike, *, clock: str = "") -> Tracks:
        """The same with other times of its frames, such as those that spikes are recorded by, and on another's clock.

        Raises
        ------
        ValueError
            If there are more or fewer than frames, or they do not rise.
        """
        given = np.asarray(times, float)
        if given.shape != self.times.shape:
            raise ValueError(f"{self.session} has {len(self.times):,} frames but {given.size:,} times were given")
        return self._at_times(given, carried(self._trial_times(), self.times, given), clock or self.timeline, 0.0)

    def on_clock(self, clock: str, zero: float = 0.0) -> Tracks:
        """The same on another clock, on which its own second 0 is `zero`."""
        later = zero - self.zero
        return self._at_times(self.times + later, self._trial_times() + later, clock, zero)

    def retimed(self, before: NDArray[np.float64], after: NDArray[np.float64], zero: float) -> Tracks:
        """The same along with frames that are shown no longer `before` but `after`."""
        times = carried(self.times, before, after)
        return self._at_times(times, carried(self._trial_times(), before, after), self.timeline, zero)

    def only(self, individual: str) -> Tracks:
        """The same of one of its animals alone.

        Raises
        ------
        LookupError
            If there is no such animal.
        """
        check_choice("individual", individual, self.individuals)
        k = [self.individuals.index(individual)]
        labels = {name: values[:, k] if values.ndim == 2 else values for name, values in self.labels.items()}
        sure = None if self.confidence is None else self.confidence[:, k]
        own: dict[str, Any] = {"individuals": (individual,), "labels": labels, "confidence": sure}
        return replace(self, points=self.points[:, k], features=self.features[:, k], **own)

    def _at_times(self, times: NDArray[np.float64], edges: NDArray[np.float64], clock: str, zero: float) -> Tracks:
        trials = self.trials
        trials = None if trials is None else trials.assign(start=edges[:, 0], stop=edges[:, 1])
        return replace(self, times=times, trials=trials, timeline=clock, zero=zero)

    def between(self, start: float, stop: float) -> Tracks:
        """The frames in [start, stop) seconds, with trials that are whole in them, uncopied; ValueError without any."""
        part = slice(*np.searchsorted(self.times, [start, stop]).tolist())
        if part.start >= part.stop:
            raise ValueError(f"{self.session} has no frame from {start:g} to {stop:g} s; choose other seconds")
        trials, edges = self.trials, self._trial_times()
        whole = (edges[:, 0] >= start) & (edges[:, 1] <= stop)
        cut: dict[str, Any] = {key: getattr(self, key)[part] for key in ("times", "points", "features")}
        cut |= {} if self.confidence is None else {"confidence": self.confidence[part]}
        cut |= {} if trials is None else {"trials": trials[whole].reset_index(drop=True)}
        cut |= {"labels": {name: values[part] for name, values in self.labels.items()}}
        name = f"{self.session} {start:g}-{stop:g} s"
        return replace(self, session=name, timeline=self.clock, paths=(), **cut)

    def frame_at(self, seconds: float) -> int | None:
        """The frame that is shown at a time; None where none is near."""
        if not len(self.times):
            return None
        frame = int(begun(self.times, seconds, self._early))
        return frame if abs(self.times[frame] - seconds) <= max(pose.LATE * self.step, 1e-9) else None

    @cached_property
    def _early(self) -> float:
        return early(self.times)

    def strays_at(self, frame: int) -> NDArray[np.bool_]:
        """(individual, keypoint) whether it is far from its animal, as that is held in the seconds around."""
        first, last = np.searchsorted(self.times, self.times[frame] + np.array([-AROUND, AROUND]))
        return pose.strays(np.asarray(self.points[first:last]))[frame - first]

    def blocks(self) -> Iterator[slice]:
        """Stretches of frames by which all are judged, few enough to be looked at at once: some of many hours."""
        begins = np.arange(0, len(self.times), BLOCK)
        some = begins[np.linspace(0, len(begins) - 1, min(len(begins), BLOCKS)).astype(int)]
        return (slice(int(a), min(int(a) + BLOCK, len(self.times))) for a in some)

    def spaces(self) -> Mapping[str, Space]:
        """Its frames, its animals and, where it has any, trials."""
        return self._spaces

    @cached_property
    def _spaces(self) -> dict[str, Space]:
        spaces = {
            FRAME: Space(
                count=len(self.times),
                columns=tuple(self._columns),
                curves=tuple(self._curves),
                units=track_columns.units(self),
                at=self._at,
                label=lambda local: f"{self.session}/{FRAME} {local}",
                times=lambda: self.times,
                samples=lambda: [np.arange(len(self.times), dtype=np.int64)],
                telling=(*(name for name in self._columns if name in self.labels), CLOCK),
            ),
            SUBJECT: Space(
                count=len(self.individuals),
                table=lambda: self._subjects,
                told={"seen": "in {:.0%} of frames", SPEED: f"{{:.1f}} {self.unit}/s"},
            ),
        }
        if self.trials is not None:
            classes = tuple(class_names(self.trials))
            spaces[TRIAL] = Space(
                count=len(self.trials), table=self._trial_table, times=self._trial_times, telling=classes
            )
        return spaces

    def ties(self) -> Iterable[Tie]:
        """The session and its animals."""
        rows = np.arange(len(self.individuals))
        return (Tie(SESSION, SUBJECT, np.zeros_like(rows), rows),)

    def summary(self) -> dict[str, Any]:
        """What `neurofm info` tells: frames, animals, key points, spans and warnings."""
        return {
            "kind": self.kind,
            "path": "+".join(self.paths),
            "session": self.session,
            "subject": self.subject,
            "frames": len(self.times),
            "rate_hz": 1 / self.step if self.step else 0.0,
            "duration_s": spans.duration(self.domain) if len(self.domain) else 0.0,
            "individuals": list(self.individuals),
            "keypoints": list(self.keypoints),
            "unit": self.unit,
            "seen_share": dict(zip(self.individuals, self._subjects["seen"].tolist())),
            "features": list(self.feature_names),
            "labels": list(self.labels),
            "trials": 0 if self.trials is None else len(self.trials),
            "video": self.video,
            "warnings": [*map(str, self.findings()), *self.notes],
            "findings": [vars(one) for one in self.findings()],
        }

    def findings(self) -> Sequence[Finding]:
        """What in it cannot be so, or should be known before anything is learned from it."""
        return self._findings

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        return (*self.doubts, *pose_findings.of_tracks(self))

    # ---- what is known of the things in it

    @cached_property
    def _columns(self) -> dict[str, At]:
        return track_columns.columns(self)

    @cached_property
    def _curves(self) -> dict[str, At]:
        return track_columns.curves(self)

    def speed(self, local: Ids, individual: int | None = None) -> NDArray[np.float32]:
        """(frame, individual) of these frames: how fast each moved since the one before; NaN where nobody knows.

        Of one individual alone where that is given.
        """
        who = slice(None) if individual is None else slice(individual, individual + 1)
        before = np.maximum(local - 1, 0)
        seconds = self.times[local] - self.times[before]
        moved = pose.displacement(self.points[before, who], self.points[local, who])
        return pose.per_second(np.linalg.norm(moved, axis=-1), seconds, self._follows[local])

    def _at(self, column: str, local: Ids) -> NDArray[Any]:
        at = self._columns.get(column) or self._curves.get(column)
        if at is None:
            raise LookupError(f"frames have no '{column}'; they have {', '.join(self._columns)}")
        return np.asarray(at(np.asarray(local, np.int64)))

    @cached_property
    def _subjects(self) -> pd.DataFrame:
        """A row for each animal: in which share of frames it was seen, how fast it was, and how sure that is.

        Of many hours by some of the frames.
        """
        table = pd.DataFrame({"label": [f"{self.session}/{name}" for name in self.individuals]})
        table = table.assign(session=self.session, subject=list(self.individuals))
        frames = np.arange(len(self.times))
        points = self.points if self.keypoints else self.features[..., None]
        seen = [np.isfinite(points[part]).all(-1).any(-1) for part in self.blocks()]
        table["seen"] = _over(seen, len(self.individuals))
        if self.keypoints:
            table[SPEED] = _over([self.speed(frames[part]) for part in self.blocks()], len(self.individuals))
        if self.confidence is not None and self.keypoints:
            sure = [pose.mean(self.confidence[part], 2) for part in self.blocks()]
            table[CONFIDENCE] = _over(sure, len(self.individuals))
        return table

    def _trial_table(self) -> pd.DataFrame:
        trials = self._trials
        label = [f"{self.session}/{TRIAL} {k}" for k in range(len(trials))]
        return trials.assign(label=label, session=self.session, duration=trials["stop"] - trials["start"])

    def _trial_times(self) -> NDArray[np.float64]:
        return self._trials[["start", "stop"]].to_numpy(float)

    @property
    def _trials(self) -> pd.DataFrame:
        return pd.DataFrame(columns=["start", "stop"]) if self.trials is None else self.trials


def _check_times(tracks: Tracks) -> None:
    times = tracks.times
    if times.ndim != 1 or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise ValueError(f"frames of {tracks.session} need ascending times in seconds, one for each")
    if tracks.trials is not None and not {"start", "stop"} <= set(tracks.trials):
        raise ValueError(f"trials of {tracks.session} need start and stop, got {list(tracks.trials)}")


def _check_shapes(tracks: Tracks) -> None:
    """Raise ValueError where an array says something of other frames, animals or points than there are."""
    check_shape("points", tracks.points, "frame individual keypoint axis")
    shape = (len(tracks.times), len(tracks.individuals), len(tracks.keypoints))
    wanted: dict[str, tuple[Any, Iterable[tuple[int, ...]]]] = {
        "points": (tracks.points, [(*shape, 2), (*shape, 3)]),
        "features": (tracks.features, [(*shape[:2], len(tracks.feature_names))]),
    }
    if tracks.confidence is not None:
        wanted[CONFIDENCE] = tracks.confidence, [shape]
    wanted |= {f"label '{name}'": (values, [shape[:1], shape[:2]]) for name, values in tracks.labels.items()}
    for name, (array, shapes) in wanted.items():
        if array.shape not in shapes:
            fitting = " or ".join(map(str, shapes))
            raise ValueError(f"{name} of {tracks.session} must have the shape {fitting}, got {array.shape}")


def _check_names(tracks: Tracks) -> None:
    for what, names in (("individuals", tracks.individuals), ("keypoints", tracks.keypoints)):
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two {what} of {tracks.session} are called {twice!r}; rename one")
    joined = {k for pair in tracks.skeleton for k in pair}
    if joined and not joined <= set(range(len(tracks.keypoints))):
        raise ValueError(f"the skeleton of {tracks.session} joins key point {max(joined)} of {len(tracks.keypoints)}")


def _plain(values: Any) -> NDArray[Any]:
    """Labels as numbers or words; "" where a word is missing."""
    values = np.asarray(values)
    if values.dtype.kind != "O":
        return values
    return np.array(["" if pd.isna(word) else str(word) for word in values.ravel()], str).reshape(values.shape)


def _over(parts: Sequence[Any], width: int) -> NDArray[np.float64]:
    """(individual,) means over all frames of values (frame, individual) that come in parts."""
    total, count = np.zeros(width), np.zeros(width)
    for part in parts:
        total += np.nansum(part, axis=0)
        count += np.isfinite(part).sum(0)
    return np.divide(total, count, out=np.full(width, np.nan), where=count > 0)
