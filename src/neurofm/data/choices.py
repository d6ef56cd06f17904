"""Choices: what many subjects chose among a few arms, trial by trial, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.data import summary
from neurofm.data.shown import Shown, several
from neurofm.data.source import SESSION, Space, Tie

SUBJECT, TRIAL = "subject", "trial"  # its spaces
LABEL = "label"  # the column of subjects that names them
OWN = ("label", "session", "subject", "trial", "choice")  # columns of tables that are made


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Choices(Shown):
    """Trials of subjects, one subject after the other, each in the order in which it chose.

    Parameters
    ----------
    session : name, unique among what is open
    subjects : a row per subject; column `label` (unique), and whatever is known of each ("age", a true learning rate)
    of : (trial,) row of the subject, ascending
    action : (trial,) arm that was chosen, from 0
    outcomes : (trial, outcome) what came of it; NaN where that is not known
    outcome_names : of its columns ("reward", or "gain" and "loss")
    arms : names of the arms
    number : (trial,) of the trial as the file counts, each once in a subject, or from 1 in each subject
    columns : a row per trial, of what else the file says
    paths, notes : files it came from; what the reader had to mend

    Raises
    ------
    ValueError
        If an arm or a subject is named that is not there, lengths differ, or labels or a subject's numbers repeat.
    """

    kind: ClassVar[str] = "choices"
    clock: ClassVar[str] = ""
    domain: ClassVar[NDArray[np.float64]] = np.zeros((0, 2))

    session: str
    subjects: pd.DataFrame
    of: NDArray[np.int64]
    action: NDArray[np.int64]
    outcomes: NDArray[np.float64]
    outcome_names: tuple[str, ...] = ("reward",)
    arms: tuple[str, ...] = ("0", "1")
    number: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    columns: pd.DataFrame = field(default_factory=pd.DataFrame)
    subject: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.action)
        for name in ("of", "action"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.int64))
        wide = np.asarray(self.outcomes, float).reshape(count, len(self.outcome_names))
        object.__setattr__(self, "outcomes", wide)
        if not len(self.number) and len(self.of) == count:
            object.__setattr__(self, "number", self.place + 1)
        if not len(self.columns.columns):
            object.__setattr__(self, "columns", pd.DataFrame(index=range(count)))
        self._check()

    def _check(self) -> None:
        lengths = {"of": len(self.of), "number": len(self.number), "columns": len(self.columns)}
        for name, length in lengths.items():
            if length != len(self.action):
                raise ValueError(f"{name} of {self.session} has {length} rows for {len(self.action)} trials")
        if LABEL not in self.subjects or self.subjects[LABEL].duplicated().any():
            raise ValueError(f"subjects of {self.session} need a column 'label' in which no name comes twice")
        if len(self.of) and (self.of.min() < 0 or self.of.max() >= len(self.subjects) or (np.diff(self.of) < 0).any()):
            raise ValueError(f"trials of {self.session} must lie one subject after the other, of those in its table")
        if pd.DataFrame({"of": self.of, "number": self.number}).duplicated().any():
            raise ValueError(f"a number of {self.session} comes twice in a subject; leave them out to count from 1")
        outside = (self.action < 0) | (self.action >= len(self.arms))
        if outside.any():
            which = f"trial {outside.argmax()} of {self.session}"
            raise ValueError(f"{which} chose arm {self.action[outside][0]}, of {len(self.arms)}")

    def facts(self) -> dict[str, Any]:
        """Its size in a few words."""
        return {
            "": self.session,
            "subjects": f"{len(self.subjects):,}",
            "trials": f"{len(self.action):,}",
            "arms": several(self.arms),
            "outcomes": several(self.outcome_names),
            "files": several(Path(path).name for path in self.paths),
        }

    @property
    def origin(self) -> str:
        """What a sentence about it begins with."""
        return next(iter(self.paths), self.session)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """(subject,) trials of each."""
        return np.bincount(self.of, minlength=len(self.subjects)).astype(np.int64)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """(subject,) row of each one's first trial."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """(trial,) how many trials its subject had before it."""
        return np.arange(len(self.action)) - self.first[self.of]

    @property
    def late(self) -> NDArray[np.bool_]:
        """(trial,) whether it is in the second half of its subject's."""
        late: NDArray[np.bool_] = self.place >= self.lengths[self.of] // 2
        return late

    @cached_property
    def names(self) -> list[str]:
        """Names of the subjects that are unique among all that is open: `session/label`."""
        return [f"{self.session}/{label}" for label in self.subjects[LABEL]]

    @property
    def trial_names(self) -> list[str]:
        """Names of the trials that are unique among all that is open: `session/label trial 1`."""
        return list(self._trial_table["label"])

    def rows(self, subjects: Iterable[int]) -> NDArray[np.int64]:
        """(trial,) rows of the trials of some subjects, in their order."""
        parts = [np.arange(self.first[k], self.first[k] + self.lengths[k]) for k in subjects]
        return np.concatenate([np.zeros(0, np.int64), *parts])

    def reward(self) -> NDArray[np.float64]:
        """(trial,) the sum of the outcomes; NaN where none is known."""
        known = np.isfinite(self.outcomes)
        return np.where(known.any(1), np.where(known, self.outcomes, 0.0).sum(1), np.nan)

    def spaces(self) -> Mapping[str, Space]:
        """Its subjects and trials."""
        shown = [str(name) for name in self.subjects if name != LABEL]
        return {
            SUBJECT: Space(
                count=len(self.subjects),
                table=self._subject_table,
                telling=(*shown, "win_stay"),
                told={"trials": "{} trials", "win_stay": "win-stay {:.2f}", "lose_shift": "lose-shift {:.2f}"},
            ),
            TRIAL: Space(
                count=len(self.action),
                table=lambda: self._trial_table,
                telling=("choice", *self.outcome_names),
                told={"choice": "chose {}", **{name: f"{name} {{:g}}" for name in self.outcome_names}},
            ),
        }

    def ties(self) -> Iterable[Tie]:
        """The session and its subjects, and subjects and their trials."""
        rows = np.arange(len(self.subjects))
        return (Tie(SESSION, SUBJECT, np.zeros_like(rows), rows), Tie(SUBJECT, TRIAL, self.of, np.arange(len(self.of))))

    def summary(self) -> dict[str, Any]:
        """What `neurofm info` tells."""
        return {
            "path": "+".join(self.paths),
            "kind": self.kind,
            "session": self.session,
            "subjects": len(self.subjects),
            "trials": len(self.action),
            "trials_a_subject": summary.spread(self.lengths.astype(float)),
            "arms": {f"arm {name}": int((self.action == k).sum()) for k, name in enumerate(self.arms)},
            "outcomes": {
                name: summary.spread(column[np.isfinite(column)])
                for name, column in zip(self.outcome_names, self.outcomes.T)
            },
            "columns": [str(name) for name in self.columns],
            "warnings": self.warnings(),
        }

    def warnings(self) -> list[str]:
        """What a user should know before trusting it."""
        short = self.subjects[LABEL][self.lengths < 2].tolist()
        told = [f"{several(short)}: fewer than two trials, so nothing can be said of how they choose"] if short else []
        return [*told, *self.notes]

    def _subject_table(self) -> pd.DataFrame:
        table = self.subjects.assign(session=self.session, trials=self.lengths, **habits(self))
        return table.assign(label=self.names)

    @cached_property
    def _trial_table(self) -> pd.DataFrame:
        who = self.subjects[LABEL].astype(str).to_numpy()[self.of]
        label = np.char.add(np.char.add([f"{self.session}/"], who.astype(str)), " trial ")
        table = self.columns.assign(
            label=np.char.add(label, self.number.astype(str)), session=self.session, subject=who,
            trial=self.number, choice=np.array(self.arms, object)[self.action],
        )  # fmt: skip
        return table.assign(**dict(zip(self.outcome_names, self.outcomes.T)))


def habits(choices: Choices) -> dict[str, NDArray[np.float64]]:
    """(subject,) how each chooses, by name: what people count by hand.

    A trial is won if its reward is above the mean of the subject's. `win_stay` and `lose_shift` are shares of the
    trials after such ones, `repeats` of all; `reward` is the mean, `evenness` the entropy of the arms chosen as a share
    of the largest. NaN where a subject has no such trial.
    """
    reward, of, count = choices.reward(), choices.of, len(choices.subjects)
    mean = _mean(reward, of, count)
    follows = np.flatnonzero(choices.place > 0)
    stays = (choices.action[follows] == choices.action[follows - 1]).astype(float)
    before, whose = reward[follows - 1], of[follows]
    won, lost = before > mean[whose], before <= mean[whose]
    share = np.zeros((count, len(choices.arms)))
    np.add.at(share, (of, choices.action), 1.0)
    share /= np.maximum(share.sum(1, keepdims=True), 1)
    entropy = -np.where(share > 0, share * np.log(np.maximum(share, 1e-12)), 0).sum(1) / np.log(len(choices.arms))
    return {
        "win_stay": _mean(np.where(won, stays, np.nan), whose, count),
        "lose_shift": _mean(np.where(lost, 1 - stays, np.nan), whose, count),
        "repeats": _mean(stays, whose, count),
        "mean_reward": mean,
        "evenness": np.where(choices.lengths > 0, entropy, np.nan),
    }


def _mean(values: NDArray[np.float64], of: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """(subject,) mean of what is known of each; NaN of those of whom nothing is."""
    known = np.isfinite(values)
    total = np.bincount(of[known], values[known], count)
    many = np.bincount(of[known], minlength=count)
    return np.where(many > 0, total / np.maximum(many, 1), np.nan)


def take(choices: Choices, subjects: ArrayLike) -> Choices:
    """Some of the subjects, in their order, with their trials."""
    chosen = np.asarray(subjects, np.int64)
    rows = choices.rows(chosen)
    return _of_rows(choices, rows, np.repeat(np.arange(len(chosen)), choices.lengths[chosen]), chosen)


def part(choices: Choices, chosen: NDArray[np.bool_]) -> Choices:
    """Some of the trials, of all subjects."""
    rows = np.flatnonzero(chosen)
    return _of_rows(choices, rows, choices.of[rows], np.arange(len(choices.subjects)))


def _of_rows(choices: Choices, rows: Any, of: NDArray[np.int64], subjects: Any) -> Choices:
    return Choices(
        session=choices.session, subjects=choices.subjects.iloc[subjects].reset_index(drop=True), of=of,
        action=choices.action[rows], outcomes=choices.outcomes[rows], outcome_names=choices.outcome_names,
        arms=choices.arms, number=choices.number[rows], columns=choices.columns.iloc[rows].reset_index(drop=True),
        paths=choices.paths, notes=choices.notes,
    )  # fmt: skip


def padded(choices: Choices, subjects: ArrayLike | None = None) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Actions (subject, trial) and outcomes (subject, trial, outcome) of some subjects; -1 and NaN behind the last."""
    chosen = np.arange(len(choices.subjects)) if subjects is None else np.asarray(subjects, np.int64)
    lengths, rows = choices.lengths[chosen], choices.rows(chosen)
    inside = np.arange(lengths.max(initial=0)) < lengths[:, None]
    action = np.full(inside.shape, -1, np.int64)
    outcomes = np.full((*inside.shape, len(choices.outcome_names)), np.nan)
    action[inside], outcomes[inside] = choices.action[rows], choices.outcomes[rows]
    return action, outcomes
