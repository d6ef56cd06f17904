"""A recording: spikes, the units that fired them, behaviour and intervals, on one clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm import registry, words
from neurofm.data import moments, outward, plausible, spans, summary
from neurofm.data.bins import SLACK
from neurofm.data.classes import class_names
from neurofm.data.ids import Ids, seconds
from neurofm.data.ids import moments as moment_ids
from neurofm.data.plausible import Finding
from neurofm.data.series import Series, Spikes, gaps
from neurofm.data.shown import Shown, several
from neurofm.data.source import SESSION, Space, Tie

UNIT, TIME, TRIAL = "unit", "time", "trial"  # its spaces
TRIALS = "trials"  # the intervals that are trials
TAKEN = {name: f"{name}_{TRIALS}" for name in ("label", "session", "duration")}  # columns that every trial has from us

COPY = re.compile("[0-9a-f]{32}[.]h5")  # how `io.save_cached` names a copy
BLOCK = 1 << 20  # spikes looked at in one go, so that a memory map stays on disk


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Recording(Shown):
    """One session of one subject.

    Parameters
    ----------
    session : name, unique among what is open
    subject : animal or person; "" if unknown
    spikes : of all units
    units : a row per unit; column `label` (unique), and `region` and others where known
    series : behaviour by name, in seconds on the spikes' clock
    intervals : tables by name ("trials"), each with `start` and `stop` in seconds and other columns
    domain : (k, 2) seconds in which the recording ran
    paths : the files it came from
    notes : what the reader had to mend, told by `neurofm info`

    Raises
    ------
    ValueError
        If times are not sorted, a spike names a unit that is not there, or labels repeat.
    """

    kind: ClassVar[str] = "recording"

    session: str
    subject: str = ""
    spikes: Spikes = field(default_factory=lambda: Spikes(np.zeros(0), np.zeros(0, np.int32)))
    units: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"label": pd.Series(dtype=str)}))
    series: Mapping[str, Series] = field(default_factory=dict)
    intervals: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    domain: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, table in self.intervals.items():
            if not {"start", "stop"} <= set(table):
                raise ValueError(f"intervals '{name}' of {self.session} need start and stop, got {list(table)}")
        domain = spans.tidy(self.domain) if len(self.domain) else _extent(self)
        object.__setattr__(self, "domain", spans.subtract(domain, _invalid(self)))
        if "label" not in self.units:
            raise ValueError(f"units of {self.session} need a column 'label', got {list(self.units)}")
        if self.units["label"].duplicated().any():
            raise ValueError(f"units of {self.session} share the label {self.units['label'].mode()[0]!r}")
        for a in range(0, len(self.spikes), BLOCK):
            times, unit = self.spikes.times[a : a + BLOCK + 1], self.spikes.unit[a : a + BLOCK]
            if (np.diff(times) < 0).any():
                raise ValueError(f"spike times of {self.session} are not sorted; use clean_spikes")
            if unit.min() < 0 or unit.max() >= len(self.units):
                raise ValueError(f"spikes of {self.session} name unit {unit.max()} of {len(self.units)}")

    def facts(self) -> dict[str, Any]:
        """Its size in a few words, without looking at any spike."""
        return {
            "": self.session,
            "subject": self.subject,
            "units": f"{len(self.units):,}",
            "spikes": f"{len(self.spikes):,}",
            "time": words.duration(spans.duration(self.domain)) if len(self.domain) else "",
            "series": several(self.series),
            "intervals": several(f"{name} ({len(table):,})" for name, table in self.intervals.items()),
            "files": several(Path(path).name for path in self.paths),
            "notes": "; ".join(self.notes),
        }

    @property
    def start(self) -> float:
        """First second of the domain."""
        return float(self.domain[0, 0]) if len(self.domain) else 0.0

    @property
    def stop(self) -> float:
        """Last second of the domain."""
        return float(self.domain[-1, 1]) if len(self.domain) else 0.0

    @property
    def origin(self) -> str:
        """What a sentence about it begins with: its first file, or its name where that is but a copy in the cache."""
        path = next(iter(self.paths), self.session)
        return self.session if COPY.fullmatch(Path(path).name) else path

    @cached_property
    def unit_names(self) -> list[str]:
        """Names that are unique among all recordings: `session/label`."""
        return [f"{self.session}/{label}" for label in self.units["label"]]

    def rates(self) -> NDArray[np.float64]:
        """(unit,) spikes per second over the domain; NaN where no spike of any unit is known."""
        return self._rates.copy()

    @cached_property
    def _rates(self) -> NDArray[np.float64]:
        if not len(self.spikes):
            return np.full(len(self.units), np.nan)
        counts = sum((self._counts(self.spikes.between(a, b)) for a, b in self.domain), np.zeros(len(self.units)))
        return counts / max(spans.duration(self.domain), 1e-9)

    def _counts(self, spikes: Spikes) -> NDArray[np.float64]:
        """(unit,) how many of the spikes are of each unit."""
        counts = np.zeros(len(self.units))
        for a in range(0, len(spikes), BLOCK):
            counts += np.bincount(spikes.unit[a : a + BLOCK], minlength=len(self.units))
        return counts

    def gaps(self, name: str) -> NDArray[np.float64]:
        """(gap, 2) stretches of the domain in which a series has no sample."""
        holes = gaps(self.series[name].times)
        return holes[spans.inside(holes.mean(1), self.domain)]

    @property
    def clock(self) -> str:
        """Its own: recordings run apart unless files say otherwise."""
        return self.session

    @property
    def trials(self) -> pd.DataFrame | None:
        """A row per trial with `start` and `stop` in seconds; None if it has none."""
        return self.intervals.get(TRIALS)

    def spaces(self) -> Mapping[str, Space]:
        """Its units, moments and, where it has any, trials."""
        return self._spaces

    @cached_property
    def _spaces(self) -> dict[str, Space]:
        spaces = {
            UNIT: Space(
                count=len(self.units),
                table=self._unit_table,
                telling=("region",),
                told={"region": "{}", "rate": "{:.4g} Hz"},
                units={"rate": "Hz"},
            ),
            TIME: Space(
                columns=moments.columns(self.series, self.trials),
                at=self._at,
                label=self._moment,
                samples=self._samples,
                telling=(moments.TIME,),
            ),
        }
        trials = self.trials
        if trials is not None:
            classes = tuple(TAKEN.get(name, name) for name in class_names(trials))
            spaces[TRIAL] = Space(count=len(trials), table=self._trial_table, times=self._trial_times, telling=classes)
        return spaces

    def ties(self) -> Iterable[Tie]:
        """The session and its units."""
        rows = np.arange(len(self.units))
        return (Tie(SESSION, UNIT, np.zeros_like(rows), rows),)

    def summary(self) -> dict[str, Any]:
        """What `neurofm info` tells: ids, spans, units, series, gaps and warnings."""
        holes = {name: self.gaps(name).tolist() for name in self.series}
        return {
            "path": "+".join(self.paths),
            "kind": self.kind,
            "session": self.session,
            "subject": self.subject,
            "units": len(self.units),
            "ids": self.units["label"].tolist(),
            "spikes": len(self.spikes),
            "regions": summary.counts(self.units, "region"),
            "start_s": self.start,
            "stop_s": self.stop,
            "duration_s": spans.duration(self.domain) if len(self.domain) else 0.0,
            "spans": len(self.domain),
            "rate_hz": summary.spread(self.rates()),
            "series": {name: summary.about(one) for name, one in self.series.items()},
            "intervals": {name: len(table) for name, table in self.intervals.items()},
            "gaps": {name: pieces for name, pieces in holes.items() if pieces},
            "warnings": self.warnings(),
            "findings": [vars(one) for one in self.findings()],
        }

    def findings(self) -> Sequence[Finding]:
        """What in it cannot be so, or should be known before a score is taken from it."""
        return self._findings

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        return tuple(plausible.of_recording(self))

    def warnings(self) -> list[str]:
        """What a user should know of this recording before trusting it."""
        told = [*map(str, self.findings()), *self.notes]
        silent = int((self._counts(self.spikes) == 0).sum())
        if silent and not len(self.spikes):
            told.append(f"no spikes are known of its {silent} units")
        elif silent:
            told.append(f"{silent} of {len(self.units)} units never fire")
        for name, series in self.series.items():
            holes = self.gaps(name)
            if len(holes):
                told.append(f"{name}: {len(holes)} gaps, the longest {np.diff(holes).max():.1f} s")
            late = len(self.spikes) and self.spikes.times[-1] - series.times[-1] if len(series.times) else 0
            if late > 1:
                told.append(f"{name} ends {late:.1f} s before the last spike")
        return told

    # ---- for other libraries

    def to_frame(self, *, dt: float | None = None) -> pd.DataFrame:
        """Its spikes: a row for each with `time` in seconds and the label of its `unit`.

        Parameters
        ----------
        dt : seconds of a bin; the frame is then (bin, unit) counts, indexed by the second at which each bin begins
        """
        labels = self.units["label"].astype(str)
        if dt is not None:
            return outward.counts(self.spikes, labels.tolist(), self.domain, dt)
        return self.spikes.to_frame().assign(unit=labels.to_numpy()[self.spikes.unit])

    def to_xarray(self, *, dt: float | None = None) -> Any:
        """A Dataset of everything in it; `neurofm.recording` makes this recording of it again.

        Columns that hold no numbers become text, and notes and paths are not in it. A series whose name another part
        has gets a "_" after it, and its name as the attribute `name`.

        Parameters
        ----------
        dt : seconds of a bin; the spikes are then `counts`, (time, unit), in place of `spike_time` and `spike_unit`
        """
        spikes = self.spikes if dt is None else self.to_frame(dt=dt)
        about = {"session": self.session, "subject": self.subject}
        return outward.dataset(spikes, self.units, self.series, self.intervals, self.domain, about)

    def to_pynapple(self) -> dict[str, Any]:
        """Objects of pynapple by the arguments of `neurofm.recording`, which makes this recording of them again.

        `spikes` is a TsGroup with the units table as its metadata; `behaviour` has a TsdFrame for each series; `trials`
        and, by name, other `intervals` are IntervalSets, or tables of pandas where they lie over each other, last no
        time (events) or have no stop, which an IntervalSet cannot hold. Pynapple moves ends that touch the next start
        by 1 µs. A column `rate` of the units is `given_rate`, and units of series, notes and paths are not kept.
        """
        sets = outward.interval_sets(self.intervals)
        held = {"spikes": outward.ts_group(self.spikes, self.units, self.domain)} if len(self.units) else {}
        behaviour = {name: one.to_pynapple() for name, one in self.series.items()}
        about = {"trials": sets.pop(TRIALS, None), "session": self.session, "subject": self.subject}
        return held | {"behaviour": behaviour, "intervals": sets} | about

    def to_nwb(self, path: str | Path | None = None) -> Any:
        """An NWBFile in memory, or the path of the file that was written.

        Raises
        ------
        ImportError
            If pynwb is not installed.
        DataError
            If the file cannot be written.
        """
        if path is not None:
            return registry.get("neurofm.io", "nwb").write(self, path)
        domain = pd.DataFrame(self.domain, columns=["start", "stop"])
        return outward.nwb_file(
            self.session, subject=self.subject, units=self.units, spikes=self.spikes, series=self.series,
            intervals=dict(self.intervals) | {"domain": domain},
        )  # fmt: skip

    # ---- what is known of the things in it

    def _unit_table(self) -> pd.DataFrame:
        table = self.units.assign(session=self.session, subject=self.subject, rate=self.rates())
        return table.assign(label=self.unit_names)

    def _trial_table(self) -> pd.DataFrame:
        trials = self.intervals[TRIALS].rename(columns=TAKEN)
        label = [f"{self.session}/trial {k}" for k in range(len(trials))]
        return trials.assign(label=label, session=self.session, duration=trials["stop"] - trials["start"])

    def _trial_times(self) -> NDArray[np.float64]:
        return self.intervals[TRIALS][["start", "stop"]].to_numpy(float)

    def _at(self, column: str, local: Ids) -> NDArray[Any]:
        return moments.at(column, seconds(local, self.start), self.series, self.trials)

    def _moment(self, local: int) -> str:
        return f"{self.session} {seconds(local, self.start):.3f} s"

    def _samples(self) -> list[Ids]:
        """Local ids of the samples of each small series."""
        small = [one.times for one in self.series.values() if len(one.names) <= moments.MOST]
        return [moment_ids(times[times >= self.start], self.start) for times in small]


def _invalid(recording: Recording) -> NDArray[np.float64]:
    """(k, 2) seconds that the file marks as invalid."""
    table = recording.intervals.get(plausible.INVALID)
    return np.zeros((0, 2)) if table is None else table[["start", "stop"]].dropna().to_numpy(float)


def _extent(recording: Recording) -> NDArray[np.float64]:
    """One span over everything with a time in it that is on the clock of the spikes."""
    wrong = plausible.misfits(recording)
    timed = {plausible.SPIKES: recording.spikes.times} | {name: s.times for name, s in recording.series.items()}
    edges = [(t[0], t[-1]) for name, t in timed.items() if len(t) and name not in wrong]
    tables = {name: table for name, table in recording.intervals.items() if len(table) and name not in wrong}
    edges += [(t["start"].min(), t["stop"].max()) for t in tables.values()]
    edges = [edge for edge in edges if np.isfinite(edge).all()]
    if not edges:
        return np.zeros((0, 2))
    first, last = np.array(edges, float).T
    return np.array([[first.min(), last.max() + 2 * SLACK]])


def merge(parts: Sequence[Recording], session: str = "") -> Recording:
    """One recording from parts that share a clock (spikes and a trajectory, several probes).

    Units of later parts come after those of earlier ones; equal labels get the part's session name in front.
    Equal series or interval names keep the first and say so.
    """
    first = next((p for p in parts if len(p.units)), parts[0])
    offsets = np.cumsum([0, *(len(p.units) for p in parts)])
    times = np.concatenate([p.spikes.times for p in parts])
    unit = np.concatenate([p.spikes.unit + int(k) for p, k in zip(parts, offsets)]).astype(np.int32)
    order = np.argsort(times, kind="stable")
    tables = [p.units for p in parts if len(p.units)]
    units = pd.concat(tables, ignore_index=True) if tables else first.units
    if units["label"].duplicated().any():
        units["label"] = [f"{p.session}/{label}" for p in parts for label in p.units["label"]]
    notes = [n for p in parts for n in p.notes]
    series: dict[str, Series] = {}
    intervals: dict[str, pd.DataFrame] = {}
    for part in parts:
        known = [name for name in (*part.series, *part.intervals) if name in series or name in intervals]
        notes += [f"{name} is in more than one file; the first was kept" for name in known]
        series |= {name: one for name, one in part.series.items() if name not in series}
        intervals |= {name: table for name, table in part.intervals.items() if name not in intervals}
    whole = replace(
        first,
        session=session or first.session,
        subject=next((p.subject for p in parts if p.subject), ""),
        spikes=Spikes(times[order], unit[order]),
        units=units,
        series=series,
        intervals=intervals,
        domain=np.zeros((0, 2)),
        paths=tuple(path for p in parts for path in p.paths),
        notes=tuple(notes),
    )
    return replace(whole, domain=_joined(whole, parts))


def _joined(whole: Recording, parts: Sequence[Recording]) -> NDArray[np.float64]:
    """Seconds in which any part ran that is on the clock of the spikes."""
    wrong, domain = set(plausible.misfits(whole)), np.zeros((0, 2))
    for part in parts:
        held = {*part.series, *part.intervals, *([plausible.SPIKES] if len(part.spikes) else [])}
        if not held & wrong:
            domain = spans.union(domain, part.domain)
    return domain
