"""An ethogram: who did what from when to when, on the clock of what it was seen in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.classes import word
from neurofm.data.clock import carried
from neurofm.data.plausible import Finding
from neurofm.data.shown import Shown, several
from neurofm.data.source import Space, Tie
from neurofm.data.spans import SpanArray, duration
from neurofm.data.summary import counts
from neurofm.words import counted

BOUT, SUBJECT = "bout", "subject"  # its spaces
NOBODY = "nobody named"  # as it is shown
NEEDED = ("start", "stop", "behavior")
WORDS = ("behavior", "subject", "origin")  # columns that are there in each
TOUCHING = 1e-6  # seconds between bouts that follow each other at once
ENOUGH = 5  # bouts from which whole numbers are more than chance

Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Ethogram(Shown):
    """Bouts of behaviour of one or more animals.

    Parameters
    ----------
    session : name, unique among what is open
    bouts : a row a bout, sorted by time: `start` and `stop` in seconds (equal for what happens at a moment),
        `behavior`, `subject` ("" if unknown), `origin` (how it came about: who scored it, or what it is clusters of),
        and any others
    subject : whom it is of, where that is one
    clock : whose seconds these are; its own unless given
    zero : second of its clock at which its own second 0 is
    domain : (k, 2) seconds that were looked at; from the first bout to the last unless given
    paths : the files it came from
    notes : what the reader had to mend, and how clusters were chosen

    Raises
    ------
    ValueError
        If a column is missing, or a bout has no name or no finite times, or stops before it starts.
    """

    kind: ClassVar[str] = "ethogram"

    session: str
    bouts: pd.DataFrame
    subject: str = ""
    clock: str = ""
    zero: float = 0.0
    domain: SpanArray = field(default_factory=lambda: np.zeros((0, 2)))
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        column, problem = wrong(self.bouts)
        if problem:
            raise ValueError(f"{column} of {self.session} {problem}")
        object.__setattr__(self, "bouts", _tidy(self.bouts, self.subject))
        object.__setattr__(self, "clock", self.clock or self.session)
        if not len(self.domain) and len(self.bouts):
            whole = [[self.bouts["start"].min(), self.bouts["stop"].max()]]
            object.__setattr__(self, "domain", np.array(whole, float))

    @property
    def behaviors(self) -> tuple[str, ...]:
        """Their names, in the order in which they first came."""
        return tuple(dict.fromkeys(self.bouts["behavior"]))

    @property
    def subjects(self) -> tuple[str, ...]:
        """Names of its animals, sorted; "" of one that nobody named."""
        return tuple(sorted(set(self.bouts["subject"])))

    @property
    def edges(self) -> SpanArray:
        """(bout, 2) seconds of each start and stop."""
        return self.bouts[["start", "stop"]].to_numpy(float)

    def facts(self) -> dict[str, Any]:
        """How many bouts of what."""
        names = several(self.behaviors)
        return {"": self.session, "holds": counted(len(self.bouts), BOUT), "of": names, "subject": self.subject}

    def spaces(self) -> dict[str, Space]:
        """Its bouts and its animals."""
        shown: dict[str, Any] = {"telling": ("behavior",), "told": {"behavior": "{}", "duration": "{:.2f} s"}}
        return {
            BOUT: Space(count=len(self.bouts), table=self._table, times=lambda: self.edges, **shown),
            SUBJECT: Space(count=len(self.subjects), table=self._animals, told={"bouts": "{:,} bouts"}),
        }

    def ties(self) -> tuple[Tie, ...]:
        """Animals and what they did."""
        whose = np.searchsorted(np.array(self.subjects, str), self.bouts["subject"].to_numpy(str)).astype(np.int64)
        return (Tie(SUBJECT, BOUT, whose, np.arange(len(whose))),)

    def findings(self) -> list[Finding]:
        """What in it cannot be so, or only seldom is."""
        return [*_overlaps(self.bouts), *_whole_numbers(self.edges)]

    def summary(self) -> dict[str, Any]:
        """Plain values for `neurofm info`."""
        named = counts(self.bouts, "subject")
        nobody = named.pop("", 0)
        named |= {NOBODY: nobody} if named and nobody else {}
        return {
            "kind": self.kind, "path": "+".join(self.paths), "session": self.session, "subject": self.subject,
            "duration_s": duration(self.domain), "clock": self.clock, "bouts": len(self.bouts),
            "behaviors": counts(self.bouts, "behavior"), "subjects": named,
            "warnings": [*self.notes, *map(str, self.findings())],
        }  # fmt: skip

    def on_clock(self, clock: str, zero: float = 0.0) -> Ethogram:
        """The same on another clock, on which its own second 0 is `zero`."""
        later = zero - self.zero
        note = f"was put on the clock of {clock}" + (f", {zero:+g} s" if zero else "")
        moved = self._at_times(self.edges + later, self.domain + later, zero)
        return replace(moved, clock=clock, notes=(*self.notes, note))

    def retimed(self, before: NDArray[np.float64], after: NDArray[np.float64], zero: float) -> Ethogram:
        """The same along with frames that are shown no longer `before` but `after`."""
        return self._at_times(carried(self.edges, before, after), carried(self.domain, before, after), zero)

    def _at_times(self, edges: SpanArray, domain: SpanArray, zero: float) -> Ethogram:
        bouts = self.bouts.assign(start=edges[:, 0], stop=edges[:, 1])
        return replace(self, bouts=bouts, domain=domain, zero=zero)

    def _table(self) -> pd.DataFrame:
        label = [f"{self.session}/{BOUT} {k}" for k in range(len(self.bouts))]
        own = {"label": label, "session": self.session}
        lasting = self.bouts["stop"] - self.bouts["start"]
        others = self.bouts.drop(columns=[c for c in (*own, "duration") if c in self.bouts])
        return others.assign(duration=lasting, **own)[
            ["label", "session", "subject", "behavior", "start", "stop", "duration", "origin",
             *(c for c in others if c not in (*NEEDED, *WORDS))]
        ]  # fmt: skip

    def _animals(self) -> pd.DataFrame:
        """A row for each, with what is the same in all of its bouts, as the condition that it was in."""
        names, by = list(self.subjects), self.bouts.groupby("subject", sort=True)
        kinds = by.nunique(dropna=False)
        label = [f"{self.session}/{name or 'nobody named'}" for name in names]
        table = pd.DataFrame({"label": label, "session": self.session, "subject": names})
        alike = [c for c in kinds if (kinds[c] == 1).all() and c not in (*NEEDED, *WORDS, *table, "bouts")]
        same = by.first()[alike].reset_index(drop=True)
        return pd.concat([table.assign(bouts=by.size().to_numpy()), same], axis=1)


def wrong(bouts: pd.DataFrame) -> tuple[str, str]:
    """The first column that is not as it must be, and what is wrong with it; "" twice where nothing is."""
    missing = [name for name in NEEDED if name not in bouts]
    if missing:
        return missing[0], f"is missing; there are {several(bouts)}, and a bout needs {', '.join(NEEDED)}"
    for name in ("start", "stop"):
        numbers = pd.to_numeric(bouts[name], errors="coerce")
        bad = np.flatnonzero(~np.isfinite(numbers.to_numpy(float)))
        if len(bad):
            given = str(bouts[name].iloc[bad[0]])[:40]
            return name, f"is {given!r} in row {bad[0] + 1}; give each bout a number of seconds"
    start, stop = (pd.to_numeric(bouts[name]).to_numpy(float) for name in ("start", "stop"))
    back = np.flatnonzero(stop < start)
    if len(back):
        k = int(back[0])
        return "stop", f"comes before start in row {k + 1} ({start[k]:g} to {stop[k]:g} s); are the two swapped?"
    nameless = np.flatnonzero(bouts["behavior"].isna() | (bouts["behavior"].astype(str).str.strip() == ""))
    if len(nameless):
        return "behavior", f"is empty in row {nameless[0] + 1}; name it, or leave the row out"
    return "", ""


def relabel(
    ethogram: Ethogram, to: str, rows: Rows, span: tuple[float, float] = (-np.inf, np.inf)
) -> tuple[Ethogram, tuple[Rows, Rows]]:
    """The same with some bouts called otherwise: renamed, joined to others of that name, or cut.

    What reaches out of the span is cut, and the rest keeps its name. Of what then follows itself at once, with the same
    subject, that becomes one bout which was one before or was called otherwise.

    Parameters
    ----------
    rows : of its bouts
    span : seconds within which they are called so

    Returns
    -------
    ethogram : with as many bouts as come of it
    ties : rows before, and rows now, of what belongs together
    """
    pieces = _cut(ethogram.bouts.assign(_row=np.arange(len(ethogram.bouts))), rows, span)
    middle = pieces[["start", "stop"]].mean(axis=1)
    meant = pieces["_row"].isin(rows) & (middle >= span[0]) & (middle <= span[1])
    pieces = pieces.assign(_before=pieces["behavior"], behavior=pieces["behavior"].mask(meant, to))
    pieces = pieces.sort_values(["start", "stop"], kind="stable", ignore_index=True)
    joined = _joined(pieces)
    stop = pieces.groupby(joined)["stop"].max()
    first = ~pd.Series(joined).duplicated().to_numpy()
    bouts = pieces[first].drop(columns=["_row", "_before"]).assign(stop=stop.to_numpy())
    bouts = bouts.sort_values(["start", "stop"], kind="stable")  # what was joined stops later, and may come later
    ties = pieces["_row"].to_numpy(np.int64), bouts.index.get_indexer(pd.Index(joined)).astype(np.int64)
    return replace(ethogram, bouts=bouts.reset_index(drop=True)), ties


def _tidy(bouts: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Sorted by time, seconds as numbers and words as text."""
    given = {name: bouts[name].astype(object).where(bouts[name].notna(), "") if name in bouts else "" for name in WORDS}
    words = {name: pd.Series(values, index=bouts.index, dtype=object) for name, values in given.items()}
    words = {name: values.astype(str) if name == "origin" else values.map(word) for name, values in words.items()}
    words["subject"] = words["subject"].mask(words["subject"] == "", subject)
    times = {name: pd.to_numeric(bouts[name]).astype(float) for name in ("start", "stop")}
    order = [*NEEDED, "subject", "origin"]
    columns = bouts.rename(columns=str).assign(**times, **words)
    columns = columns[[*order, *(c for c in columns if c not in order)]]
    return columns.sort_values(["start", "stop"], kind="stable", ignore_index=True)


def _cut(bouts: pd.DataFrame, rows: Rows, span: tuple[float, float]) -> pd.DataFrame:
    """The bouts, those of `rows` in pieces where an edge of the span lies in them."""
    for edge in span:
        inside = bouts["_row"].isin(rows) & (bouts["start"] + TOUCHING < edge) & (bouts["stop"] - TOUCHING > edge)
        later = bouts[inside].assign(start=edge)
        bouts = pd.concat([bouts.assign(stop=bouts["stop"].mask(inside, edge)), later], ignore_index=True)
    return bouts


def _joined(pieces: pd.DataFrame) -> Rows:
    """(piece,) the first of the pieces that it becomes one bout with."""
    joined = np.arange(len(pieces))
    for _, same in pieces.groupby(["subject", "behavior"], sort=False):
        rows = same.index.to_numpy()
        apart = same["start"].to_numpy()[1:] - same["stop"].to_numpy()[:-1]
        before, one = same["_before"].to_numpy(), same["_row"].to_numpy()
        goes_on = (np.abs(apart) <= TOUCHING) & ((before[1:] != before[:-1]) | (one[1:] == one[:-1]))
        first = np.flatnonzero(np.r_[True, ~goes_on])
        joined[rows] = rows[first[np.cumsum(np.r_[True, ~goes_on]) - 1]]
    return joined


def _overlaps(bouts: pd.DataFrame) -> list[Finding]:
    """Of one subject: the same behaviour twice at once, and several behaviours at once."""
    again, others, example = 0, 0, ""
    for _, own in bouts.groupby("subject"):
        others += int(_overlapping(own).sum())
        for name, same in own.groupby("behavior"):
            twice = _overlapping(same)
            again += int(twice.sum())
            if twice.any() and not example:
                example = f"{name} at {same['start'].to_numpy()[1:][twice][0]:.2f} s"
    told = []
    if again:
        seen = f"hold {counted(again, BOUT)} that begin while the same behaviour of the same subject still lasts"
        told.append(Finding(code="twice", field="bouts", sentence=f"{seen} ({example})", remedy="join or cut them"))
    if others > again:
        seen = f"hold {counted(others - again, BOUT)} that begin while another behaviour of the same subject lasts"
        remedy = "nothing is to be done where several may be done at once"
        told.append(Finding(code="overlap", field="bouts", sentence=seen, remedy=remedy))
    return told


def _overlapping(bouts: pd.DataFrame) -> NDArray[np.bool_]:
    """(bout after the first,) which begin before all that began earlier have stopped."""
    stops = np.maximum.accumulate(bouts["stop"].to_numpy(float))
    return np.asarray(bouts["start"].to_numpy(float)[1:] < stops[:-1] - TOUCHING)


def _whole_numbers(edges: SpanArray) -> list[Finding]:
    """Times that look as if they were counts of frames or milliseconds."""
    if len(edges) < ENOUGH or (edges % 1 != 0).any() or not (edges % 5 != 0).any():
        return []
    if np.median(np.diff(edges, axis=1)) < ENOUGH:
        return []
    seen = "are whole numbers throughout, as if they were numbers of frames or milliseconds"
    remedy = "if they are, divide them by the frame rate or by 1,000"
    return [Finding(code="unit", field="start and stop", sentence=seen, remedy=remedy)]
