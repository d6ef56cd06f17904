"""A video: when each of its frames was shown, and what is in it, decoded when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm import words
from neurofm.data.ids import Ids
from neurofm.data.plausible import Finding
from neurofm.data.shown import Shown, several
from neurofm.data.source import Space, Tie, begun, early

FRAME = "frame"  # its space
TIME = "time"
LATE = 1.5  # times the usual spacing; frames further apart have a gap between them
STEADY = 0.9  # of the frames as far apart as is usual, where others can be missing
FINEST = 1e-6  # seconds between two frames at least
PIXELS = "px"  # the unit of places that can be shown over a video


class Frames(Protocol):
    """Pictures by number: (y, x) of a grey video, (y, x, 3) of one in colour; `white` is the most a pixel can be."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def dtype(self) -> np.dtype[Any]: ...
    @property
    def white(self) -> int: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[NDArray[Any]]: ...
    def __getitem__(self, number: Any) -> NDArray[Any]: ...


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Video(Shown):
    """Frames of one camera.

    Parameters
    ----------
    session : name, unique among what is open
    subject : whom it shows; "" if unknown
    times : (frame,) seconds at which each begins to be shown, rising
    frames : the pictures; `frames[k]` is exactly the one of `times[k]`
    codec : how the file keeps them ("h264")
    clock : of what it moves together with (the `clock` of a recording); that of its file if ""
    zero : second of its clock at which its own second 0 is
    paths : the file it came from
    notes : what the reader had to mend

    Raises
    ------
    ValueError
        If times do not rise, or are not as many as frames.
    """

    kind: ClassVar[str] = "video"

    session: str
    subject: str = ""
    times: NDArray[np.float64]
    frames: Frames
    codec: str = ""
    clock: str = ""
    zero: float = 0.0
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        times = np.asarray(self.times, float)
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "clock", self.clock or next(iter(self.paths), self.session))
        if times.shape != (len(self.frames),):
            raise ValueError(f"{self.session} has {len(self.frames):,} frames, but {len(times):,} times of frames")
        if not np.isfinite(times).all() or not (np.diff(times) > 0).all():
            raise ValueError(f"times of the frames of {self.session} do not rise; sort them, and take out what repeats")

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in pixels, as it is shown."""
        height, width = self.frames.shape[1:3]
        return height, width

    @property
    def rate(self) -> float:
        """Frames a second as a rule; 0 of a single one."""
        return float(1 / np.median(np.diff(self.times))) if len(self.times) > 1 else 0.0

    @cached_property
    def dt(self) -> float:
        """Seconds between the two frames that are closest: no two begin within it."""
        return float(max(np.diff(self.times).min(), FINEST)) if len(self.times) > 1 else 1.0

    def at(self, seconds: ArrayLike) -> NDArray[np.intp]:
        """Numbers of the frames shown at `seconds`."""
        return begun(self.times, seconds, self._early)

    def on_clock(self, clock: str, zero: float = 0.0) -> Video:
        """The same on another clock, on which its own second 0 is `zero`."""
        return replace(self, times=self.times + (zero - self.zero), clock=clock, zero=zero)

    def timed(self, times: ArrayLike) -> Video:
        """The same with other times of its frames, such as those that spikes are recorded by.

        Raises
        ------
        ValueError
            If there are more or fewer than frames, or they do not rise.
        """
        given = np.asarray(times, float)
        more = len(given) - len(self.times)
        if more:
            raise ValueError(
                f"{self.session} has {len(self.times):,} frames but {len(given):,} times were given, "
                f"{abs(more):,} {'more' if more > 0 else 'fewer'}; give one for each frame"
                + (f", such as the first {len(self.times):,} of them" if more > 0 else "")
            )
        return replace(self, times=given, zero=0.0)

    @cached_property
    def _early(self) -> float:
        return early(self.times)

    @property
    def domain(self) -> NDArray[np.float64]:
        """(1, 2) seconds from its first frame to the end of its last; empty if it has none."""
        if not len(self.times):
            return np.zeros((0, 2))
        last = 1 / self.rate if self.rate else self.dt
        return np.array([[self.times[0], self.times[-1] + last]])

    def facts(self) -> dict[str, Any]:
        """Its size in a few words."""
        height, width = self.size
        return {
            "": self.session,
            "subject": self.subject,
            "frames": f"{len(self.times):,}",
            "size": f"{width} x {height}",
            "rate": f"{self.rate:.4g}/s",
            "time": words.duration(float(np.ptp(self.domain))) if len(self.times) else "",
            "codec": self.codec,
            "files": several(Path(path).name for path in self.paths),
        }

    def spaces(self) -> Mapping[str, Space]:
        """Its frames."""
        return self._spaces

    @cached_property
    def _spaces(self) -> dict[str, Space]:
        frames = Space(
            count=len(self.times),
            columns=(TIME,),
            at=self._at,
            label=lambda k: f"{self.session}/frame {k}",
            times=lambda: self.times,
            samples=lambda: [np.arange(len(self.times))],
            telling=(TIME,),
        )
        return {FRAME: frames}

    def ties(self) -> Iterable[Tie]:
        """None but those of time."""
        return ()

    def summary(self) -> dict[str, Any]:
        """What `neurofm info` tells."""
        height, width = self.size
        return {
            "path": "+".join(self.paths),
            "kind": self.kind,
            "session": self.session,
            "subject": self.subject,
            "frames": len(self.times),
            "height": height,
            "width": width,
            "colour": len(self.frames.shape) == 4,
            "bits": 8 * self.frames.dtype.itemsize,
            "codec": self.codec,
            "rate_hz": self.rate,
            "start_s": float(self.times[0]) if len(self.times) else 0.0,
            "duration_s": float(np.ptp(self.domain)) if len(self.times) else 0.0,
            "clock": self.clock,
            "warnings": [*map(str, self.findings()), *self.notes],
        }

    def findings(self) -> Sequence[Finding]:
        """Frames that are missing, where the others come at a steady rate."""
        step = np.diff(self.times)
        usual = float(np.median(step)) if len(step) else 0.0
        late = step[step > LATE * usual]
        if not len(late) or (np.abs(step - usual) < 0.1 * usual).mean() < STEADY:
            return ()
        lost = round(float(late.sum()) / usual) - len(late)
        told = f"are missing in {len(late):,} places, about {lost:,} of them, the longest for {late.max():.3g} s"
        return (Finding(code="gaps", field="frames", sentence=told, remedy="their times are right all the same"),)

    def _at(self, column: str, local: Ids) -> NDArray[np.float64]:
        if column != TIME:
            raise LookupError(f"frames of {self.session} have no '{column}'; they have {TIME}")
        return self.times[local]


def filmed(tracked: Any, videos: Iterable[Video]) -> Video | None:
    """The one in which these places are: of those on their clock the one they came from, else the first; or None."""
    if tracked.unit != PIXELS:
        return None
    beside = [video for video in videos if video.clock == tracked.clock]
    made_from = [video for video in beside if set(video.paths) & set(tracked.paths)]
    return next(iter([*made_from, *beside]), None)
