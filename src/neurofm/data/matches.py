"""Matches: which units of one animal are like which of another, how like, and how sure one can be of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.shown import Shown, several
from neurofm.data.source import Alike, Space, Tie
from neurofm.words import counted, things

MATCH = "match"  # its space
LEVEL = 0.1  # false-discovery rate up to which a pair is called a match, unless another is asked for
TOLD = ("distance", "rank", "margin", "q")  # columns of pairs that say how sure each is


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Matches(Shown):
    """Units of several animals, how far they are from each other, and which of them are alike.

    "Units" stands for whatever is matched: units of recordings, or nodes of graphs. Being alike says that they do
    alike, never that they are the same.

    Parameters
    ----------
    session : name, unique among what is open
    space : what is matched, "unit" or "node"
    animals : a row an animal, recording or probe, column `label`; `found` and `chance`, the share of its units that
        are nearest to themselves between halves of its own data, and the share by chance, NaN where unknown
    units : a row a unit, one animal after the other: `label`, as its source's table has it, unique; `group`, which
        type of like units it is of, "" for none; and whatever else is known
    animal : (unit,) row of its animal, ascending
    pairs : a row for each unit and the best for it in another animal: `a` and `b`, rows of units, that of the earlier
        animal first; `distance`; `rank` of b for a, 1 for the nearest; `margin`, by which share the next is farther;
        `q`, the least false-discovery rate at which it is called a match, NaN where none can be told; `given`, whether
        a user said so
    distances : by rows (i, j) of animals, i < j, (unit of i, unit of j); NaN of units that cannot be judged
    profiles : (unit, feature) what distances are of, for pictures; no column where there is none
    features : name of each, such as "target 3, 100 ms"; those of one condition lie beside each other
    conditions : of how many features each condition has, by its name; empty where there are none
    by, method, seed : how distances came about, how pairs were chosen, and what was drawn
    options : of the way that distances came about, such as `conditions`, the column of the trials, and `bin` (s)
    level : false-discovery rate up to which a pair is called a match
    paths, notes : files it came from; what could not be used, and why

    Raises
    ------
    ValueError
        If lengths differ, or a pair names a unit that is not there.
    """

    kind: ClassVar[str] = "matches"
    clock: ClassVar[str] = ""
    domain: ClassVar[NDArray[np.float64]] = np.zeros((0, 2))

    session: str
    space: str
    animals: pd.DataFrame
    units: pd.DataFrame
    animal: NDArray[np.int64]
    pairs: pd.DataFrame
    distances: Mapping[tuple[int, int], NDArray[np.float32]]
    profiles: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    features: tuple[str, ...] = ()
    conditions: Mapping[str, int] = field(default_factory=dict)
    by: str = ""
    method: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    level: float = LEVEL
    seed: int = 0
    subject: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        set_, count = object.__setattr__, len(self.units)
        for name in ("animals", "units", "pairs"):
            set_(self, name, getattr(self, name).reset_index(drop=True))
        set_(self, "animal", np.asarray(self.animal, np.int64))
        profiles = np.asarray(self.profiles, np.float32)
        set_(self, "profiles", profiles if len(profiles) == count else np.zeros((count, 0), np.float32))
        set_(self, "distances", {tuple(pair): np.asarray(d, np.float32) for pair, d in self.distances.items()})
        self._check()

    def _check(self) -> None:
        count, name = len(self.units), self.session
        if len(self.animal) != count or (np.diff(self.animal) < 0).any():
            raise ValueError(f"units of {name} must lie one animal after the other, each with its row")
        if self.units["label"].duplicated().any():
            raise ValueError(f"units of {name} need labels of which none comes twice")
        sizes = np.bincount(self.animal, minlength=len(self.animals))
        if len(sizes) != len(self.animals):
            raise ValueError(f"units of {name} name animal {len(sizes) - 1}, of {len(self.animals)}")
        for (i, j), distance in self.distances.items():
            if not 0 <= i < j < len(sizes) or distance.shape != (sizes[i], sizes[j]):
                raise ValueError(f"distances {i}, {j} of {name} do not fit its animals: {distance.shape}")
        ends = self.pairs[["a", "b"]].to_numpy(np.int64)
        if ends.size and not 0 <= ends.min() <= ends.max() < count:
            raise ValueError(f"a pair of {name} names unit {ends.max()}, of {count}")
        if (self.animal[ends[:, 0]] >= self.animal[ends[:, 1]]).any():
            raise ValueError(f"a pair of {name} is not of an earlier and of a later animal")
        if len(self.features) != self.profiles.shape[1] or sum(self.conditions.values()) not in (0, len(self.features)):
            raise ValueError(f"profiles of {name} need a name for each feature, and conditions that cover them")

    def facts(self) -> dict[str, Any]:
        """Whom it matches, and how many were matched."""
        return {
            "": self.session,
            "animals": several(self.animals["label"]),
            things(self.space): f"{len(self.units):,}",
            "by": self.by,
            "matches": f"{int(self.matched.sum()):,} at {self.level:.0%} false",
        }

    @property
    def origin(self) -> str:
        """What a sentence about it begins with."""
        return next(iter(self.paths), self.session)

    @cached_property
    def matched(self) -> NDArray[np.bool_]:
        """(pair,) which are called matches, or were said to be by a user."""
        q = self.pairs["q"].to_numpy(float)
        matched: NDArray[np.bool_] = (q <= self.level) | self.pairs["given"].to_numpy(bool)
        return matched

    def rows(self, animal: int) -> NDArray[np.int64]:
        """Rows of the units of one animal."""
        return np.flatnonzero(self.animal == animal)

    def distance(self, one: int, other: int) -> NDArray[np.float32] | None:
        """(unit of one, unit of other) how far they are from each other; None where that was not measured."""
        if (one, other) in self.distances:
            return self.distances[one, other]
        back = self.distances.get((other, one))
        return None if back is None else back.T

    def spaces(self) -> Mapping[str, Space]:
        """Pairs, each of two things of other sources."""
        ends = self.pairs[["a", "b"]].to_numpy(np.int64)
        return {
            MATCH: Space(
                count=len(self.pairs), table=self._table, telling=("match",),
                told={"distance": "distance {:.3g}", "q": "false-discovery rate {:.2g}"},
                named={self.space: lambda: self.units["label"].to_numpy(object)[ends]},
            )
        }  # fmt: skip

    def ties(self) -> Iterable[Tie | Alike]:
        """Units that are matched lead to each other."""
        ends = self.pairs.loc[self.matched, ["a", "b"]].to_numpy(np.int64)
        return (Alike(self.space, self.units["label"].to_numpy(object)[ends]),)

    def summary(self) -> dict[str, Any]:
        """What `neurofm info` tells."""
        found = dict(zip(self.animals["label"].astype(str), self.animals["found"].astype(float).round(4)))
        return {
            "path": "+".join(self.paths),
            "kind": self.kind,
            "session": self.session,
            "of": self.space,
            "animals": list(map(str, self.animals["label"])),
            things(self.space): len(self.units),
            "by": self.by,
            "pairs": len(self.pairs),
            "matches": int(self.matched.sum()),
            "fdr": self.level,
            "half_split": {name: float(share) for name, share in found.items()},
            "says": self.said,
            "warnings": list(self.notes),
        }

    @cached_property
    def said(self) -> str:
        """What can be trusted, in words."""
        given = self.pairs["given"].to_numpy(bool)
        count, judged = int((self.matched & ~given).sum()), int((~given).sum())
        least = 1 / max(judged, 1)
        kinds = things(self.space)
        if self.pairs["q"].isna().all():
            told = "How sure these pairs are cannot be told, so none is called a match; see the notes"
        elif not count and least > self.level:
            few = f"Of {counted(judged, 'pair')} none can be told to be better than chance at {self.level:.0%}"
            told = f"{few}; take a level above {least:.0%}"
        elif not count:
            told = f"No pair is better than chance at a false-discovery rate of {self.level:.0%}"
        else:
            wrong = f"about {round(self.level * count):,} of them are expected to be wrong"
            called = f"{count:,} match" if count == 1 else f"{count:,} matches"
            told = f"{called} at a false-discovery rate of {self.level:.0%}: {wrong}"
        told += f", and {given.sum():,} were known" if given.any() else ""
        gauge = [
            f"{label} finds {found:.0%} of its own {kinds} again (chance {chance:.1%})"
            for label, found, chance in zip(*(self.animals[name] for name in ("label", "found", "chance")))
            if np.isfinite(found)
        ]
        return ". ".join([told, *gauge[:3]]) + "."

    def _table(self) -> pd.DataFrame:
        label = self.units["label"].astype(str).to_numpy(object)
        one, other = label[self.pairs["a"]], label[self.pairs["b"]]
        names = self.animals["label"].astype(str).to_numpy(object)
        return pd.DataFrame(
            {
                "label": [f"{self.session}/{a} = {b}" for a, b in zip(one, other)],
                "session": self.session,
                "one": one,
                "other": other,
                "animals": [f"{names[i]}, {names[j]}" for i, j in zip(*(self.animal[self.pairs[k]] for k in "ab"))],
                **{name: self.pairs[name].to_numpy(float) for name in TOLD},
                "match": np.where(self.pairs["given"], "given", np.where(self.matched, "match", "unsure")),
            }
        )
