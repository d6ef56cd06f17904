"""Which units of one animal are like which of another: distances, pairs, how sure each is, and types of all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis.animals import SPLITS, Anchored, Animal, Prepared, Way
from neurofm.analysis.cells import Step, silent
from neurofm.analysis.confidence import Gauge, gauge, scaled
from neurofm.analysis.groups import types
from neurofm.analysis.likeness import way_of, ways_of
from neurofm.analysis.matching import METHODS
from neurofm.analysis.pairing import pairs, rated
from neurofm.analysis.selected import merged, without
from neurofm.checks import check_choice, number
from neurofm.data.matches import LEVEL, Matches
from neurofm.errors import DataError
from neurofm.words import counted

Named = tuple[str, str]
COLUMNS = "units"  # field that is wrong where nobody measured what a way compares, which is no news
USUAL = "mutual"  # the method unless another is asked for
MANY = 500  # units from which a slow way is not tried unless it is asked for


@dataclass(frozen=True, eq=False)
class Judged:
    """A way, and how well units are found again by it between halves of each animal's own data."""

    by: str
    way: Way
    prepared: Prepared
    gauges: tuple[Gauge, ...]

    @property
    def found(self) -> float:
        """Mean share of units that are found again; -1 where there are no halves."""
        mean = float(np.mean([gauge.found for gauge in self.gauges]))
        return mean if np.isfinite(mean) else -1.0


def correspond(
    animals: Sequence[Animal], *, by: str = "", method: str = "", level: float = LEVEL, known: Iterable[Named] = (),
    left_out: Collection[str] = (), seed: int = 0, step: Step = silent, **options: Any,
) -> Matches:  # fmt: skip
    """Units of animals that are alike, and how sure that is.

    Parameters
    ----------
    by : one of `neurofm.analysis.likeness.WAYS`, or several ("rates + position"); "" for the one by which units are
        found again best between halves of each animal's own data
    method : one of `METHODS`; "mutual" if ""
    level : false-discovery rate up to which a pair is called a match
    known : pairs of names of units that a user says are the same: they are kept, take no part in the competition, and
        feed ways that can use them; two of one animal are one cell that was sorted twice, and are taken together
    left_out : names of units that take no part
    step : told how far it is
    options : of the ways; where there are several, `weights` of each

    Returns
    -------
    Matches "A, B", with distances of which 1 is that of a unit and itself by noise alone, where halves tell it; a row
    for each unit of the earlier animal and its best in the later one, and for each pair of the method; the types of all
    units; and in its notes how the way was chosen.

    Raises
    ------
    DataError
        If the animals share nothing that the way could compare.
    LookupError
        If there is no such way, method, option or unit.
    ValueError
        If there are less than two animals, their kinds differ, names come twice, or a value makes no sense.
    """
    method = method or USUAL
    _check(animals, method, level)
    animals, known, together = merged(animals, [(str(a), str(b)) for a, b in known])
    given = _given(animals, known)
    judged, notes = _choose(animals, by, options, known, left_out, seed, step)
    prepared, first = judged.prepared, np.cumsum([0, *(len(animal.names) for animal in animals)])
    distances, tables, used = {}, [], [prepared.used(k) for k in range(len(animals))]
    for i, j in _couples(len(animals)):
        step(0.9, f"matching {animals[i].label} and {animals[j].label}")
        gauges = judged.gauges[i], judged.gauges[j]
        away = scaled(prepared.whole(i, j), *gauges)
        distances[i, j] = np.where(used[i][:, None] & used[j], away, np.float32(np.nan))
        kept = prepared.known(i, j).tolist() if isinstance(prepared, Anchored) else given.get((i, j), [])
        table = pairs(away, *gauges, used[i], used[j], method, kept)
        if isinstance(prepared, Anchored):
            table = rated(table, prepared.sure(i, j))
        tables.append(table.assign(a=table["a"] + first[i], b=table["b"] + first[j]))
    profiles, names = _profiles(prepared, animals), [animal.label for animal in animals]
    units = pd.DataFrame({"label": [name for animal in animals for name in animal.names]})
    return Matches(
        session=", ".join(names), space=judged.way.space, by=judged.by, method=method, level=level, seed=seed,
        animals=pd.DataFrame(
            {"label": names, **{n: [getattr(g, n) for g in judged.gauges] for n in ("found", "chance")}}
        ),
        units=units.assign(group=types(profiles, np.concatenate(used))),
        animal=np.repeat(np.arange(len(animals)), np.diff(first)), pairs=pd.concat(tables, ignore_index=True),
        distances=distances, profiles=profiles, features=prepared.features, conditions=prepared.conditions,
        options=prepared.told,
        paths=tuple(dict.fromkeys(path for animal in animals for path in animal.source.paths)),
        notes=(*notes, *together, *prepared.notes, *_unused(animals, used, judged.way.space)),
    )  # fmt: skip


def judge(
    name: str, animals: Sequence[Animal], options: Mapping[str, Any], *, known: Sequence[Named] = (),
    left_out: Collection[str] = (), seed: int = 0, step: Step = silent,
) -> Judged:  # fmt: skip
    """A way with the gauge of each animal; of the options those that it takes."""
    way = way_of(name, animals)
    own = {key: value for key, value in options.items() if key in way.options}
    own |= {"known": known} if "known" in way.options else {}
    prepared = without(way.prepare(animals, seed=seed, step=step, **own), animals, left_out)
    gauges = []
    for k, animal in enumerate(animals):
        step(k / len(animals), f"{name}: looking for units of {animal.label} in halves of its data")
        gauges.append(gauge(prepared, k, splits=way.splits, seed=seed))
    return Judged(name, way, prepared, tuple(gauges))


def _choose(
    animals: Sequence[Animal], by: str, options: Mapping[str, Any], known: Sequence[Named], left_out: Collection[str],
    seed: int, step: Step,
) -> tuple[Judged, list[str]]:  # fmt: skip
    """The way that is asked for, or else the best, and what was found of each."""
    ways = {name: way_of(name, animals) for name in ([by] if by else ways_of(animals))}
    takes = {key for way in ways.values() for key in way.options} - {"known"}
    for key in options:
        check_choice("option", key, takes)
    tried, notes, failed, most = [], list[str](), dict[str, DataError](), max(len(animal.names) for animal in animals)
    for k, (name, way) in enumerate(ways.items()):
        if not by and "run" in way.options and not options.get("run"):
            continue  # features are those of a run, and none is named
        if not by and way.splits < SPLITS and most > MANY:
            notes.append(f"not by {name}, which takes long for {counted(most, way.space)}; ask for it by its name")
            continue
        try:
            asked: dict[str, Any] = {"known": known, "left_out": left_out, "seed": seed}
            tried.append(judge(name, animals, options, step=_part(step, k, len(ways)), **asked))
        except DataError as error:
            if by:
                raise
            failed[name] = error
    notes += [f"not by {name}: {error}" for name, error in failed.items() if error.field != COLUMNS or not tried]
    if not tried:
        raise DataError(animals[0].label, "", "; ".join(notes) or "can be compared in no way")
    best = max(tried, key=lambda one: one.found)  # the first of equals
    if not by:
        told = ", ".join(f"{one.by} {one.found:.0%}" if one.found >= 0 else f"{one.by} unknown" for one in tried)
        notes.insert(0, f"by {best.by}, which finds units again best between halves of each animal's own data: {told}")
    return best, notes


def _check(animals: Sequence[Animal], method: str, level: float) -> None:
    if len(animals) < 2:
        raise ValueError(f"two animals or more are needed, got {len(animals)}")
    kinds = sorted({animal.source.kind for animal in animals})
    if len(kinds) > 1:
        raise ValueError(f"animals must be of one kind of data, got {' and '.join(kinds)}")
    labels = [animal.label for animal in animals]
    names = [name for animal in animals for name in animal.names]
    for what, every in (("animals", labels), ("units", names)):
        twice = pd.Series(every, dtype=object)[pd.Series(every, dtype=object).duplicated()]
        if len(twice):
            raise ValueError(f"two {what} are called '{twice.iloc[0]}'; give each a name of its own")
    for animal in animals:
        if not animal.names:
            raise DataError(animal.label, "units", "are missing, so there is nothing to match; open it with its spikes")
    check_choice("method", method, METHODS)
    if not 0 < number("level", level) < 1:
        raise ValueError(f"level must be between 0 and 1, got {level:g}")


def _couples(count: int) -> Iterator[tuple[int, int]]:
    return ((i, j) for i in range(count) for j in range(i + 1, count))


def _given(animals: Sequence[Animal], known: Sequence[Named]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Known pairs by the animals that they are of, as rows of the units of each."""
    place = {name: (k, row) for k, animal in enumerate(animals) for row, name in enumerate(animal.names)}
    given: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for pair in known:
        for name in pair:
            if name not in place:
                raise LookupError(f"no unit '{name}' in {', '.join(animal.label for animal in animals)}")
        (i, a), (j, b) = sorted(place[name] for name in pair)
        if i == j:
            raise ValueError(f"'{pair[0]}' and '{pair[1]}' are of one animal; a pair is of two")
        given.setdefault((i, j), []).append((a, b))
    for (i, j), rows in given.items():
        for k, own in zip((i, j), zip(*rows)):
            if len(set(own)) < len(own):
                row = max(own, key=own.count)
                raise ValueError(f"'{animals[k].names[row]}' is in two known pairs with {animals[i + j - k].label}")
    return given


def _profiles(prepared: Prepared, animals: Sequence[Animal]) -> NDArray[np.float32]:
    return np.concatenate([prepared.profile(k) for k in range(len(animals))])


def _unused(animals: Sequence[Animal], used: Sequence[NDArray[np.bool_]], space: str) -> Iterator[str]:
    """Whose units could not be judged, or have none of their own animal to be told from."""
    for animal, kept in zip(animals, used):
        left = int((~kept).sum())
        if left:
            yield f"{counted(left, space)} of {len(kept)} of {animal.label} cannot be judged, and are left out"
        if kept.sum() == 1:
            yield f"{animal.label} has one {space} that can be judged, so that it is found again says nothing"


def _part(step: Step, k: int, count: int) -> Step:
    """How far one of several ways is, as a share of the first nine tenths."""
    return lambda fraction, text: step(0.9 * (k + fraction) / count, text)
