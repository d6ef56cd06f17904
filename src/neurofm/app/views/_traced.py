"""What can be drawn over time: series of a source, or the columns of what it holds frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.app.memory import remember
from neurofm.data.ids import Ids
from neurofm.data.moments import MOST
from neurofm.data.prediction import Prediction
from neurofm.data.recording import TIME
from neurofm.data.series import Series
from neurofm.data.source import CLOCK, Source, Space
from neurofm.words import things

ROWS = 200_000  # looked at for one picture: of many hours every so manieth
BLOCK = 1 << 15  # looked at at once


@dataclass(frozen=True, eq=False, kw_only=True)
class Traced:
    """Named curves over the same times.

    Parameters
    ----------
    space : of what is picked at a time
    times : (row,) rising seconds
    names : of the curves
    units : in which each is measured
    values : (name, rows) -> values at these rows
    ids : of the rows; None where they are all that there are in that space
    """

    space: str
    times: NDArray[np.float64]
    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Callable[[str, Any], NDArray[Any]]
    ids: Ids | None = None

    def rows(self, view: tuple[float, float]) -> NDArray[np.intp]:
        """Those that are in view and the ones beside, every so manieth where they are too many."""
        first, last = np.searchsorted(self.times, view)
        first, last = max(int(first) - 1, 0), min(int(last) + 1, len(self.times))
        return np.arange(first, last, -(-max(last - first, 1) // ROWS))

    def unit(self, name: str) -> str:
        """Of one curve."""
        return self.units[self.names.index(name)] if name in self.names else ""


def of(source: Source | None) -> dict[str, Traced]:
    """Curves of a source by name; none of one that measures nothing over time."""
    return {} if source is None else dict(remember(source, "traced", lambda: _of(source)))


def truth(prediction: Prediction | None) -> Traced | None:
    """What a prediction says was measured, where nothing else of the source holds that; None if it says nothing."""
    if prediction is None or prediction.kind != "values" or not np.isfinite(prediction.times).all():
        return None
    return remember(prediction, "truth", lambda: _of_truth(prediction))


def _of_truth(prediction: Prediction) -> Traced | None:
    if not np.isfinite(prediction.truth).any():
        return None

    def values(name: str, rows: Any) -> NDArray[Any]:
        return prediction.truth[:, prediction.names.index(name)][rows]

    names, units = prediction.names, (prediction.unit,) * len(prediction.names)
    return Traced(
        space=prediction.space, times=prediction.times, names=names, units=units, values=values, ids=prediction.ids
    )


def _of(source: Source) -> dict[str, Traced]:
    series: Mapping[str, Any] = getattr(source, "series", {})
    traced = {name: _of_series(one) for name, one in series.items() if 0 < len(one.names) <= MOST}
    for name, space in source.spaces().items():
        times = None if space.times is None or space.at is None else space.times()
        if times is not None and times.ndim == 1 and len(times):
            traced |= _of_columns(name, space, times)
    return traced


def _of_series(series: Series) -> Traced:
    def values(name: str, rows: Any) -> NDArray[Any]:
        return series.values[:, series.names.index(name)][rows]

    units = (series.unit,) * len(series.names)
    return Traced(space=TIME, times=series.times, names=tuple(series.names), units=units, values=values)


def _of_columns(space: str, held: Space, times: NDArray[np.float64]) -> dict[str, Traced]:
    """Columns of numbers, together those whose names begin alike: of "ada.speed" what stands before the point."""
    groups: dict[str, dict[str, str]] = {}
    for column in (*held.columns, *held.curves):
        if column != CLOCK and _numbers(held, column):
            before, _, last = column.rpartition(".")
            groups.setdefault(before or things(space), {})[last] = column
    return {name: _of_group(space, held, times, group) for name, group in groups.items()}


def _of_group(space: str, held: Space, times: NDArray[np.float64], group: Mapping[str, str]) -> Traced:
    return Traced(
        space=space,
        times=times,
        names=tuple(group),
        units=tuple(held.units.get(last, "") for last in group),
        values=lambda name, rows: _values(held, group[name], rows),
    )


def _numbers(held: Space, column: str) -> bool:
    return _at(held)(column, np.zeros(1, np.int64)).dtype.kind in "fiub"


def _at(held: Space) -> Callable[[str, Any], NDArray[Any]]:
    if held.at is None:
        raise LookupError("these things have no columns")
    return held.at


def _values(held: Space, column: str, rows: Any) -> NDArray[Any]:
    """Values at rows, looked up a block at a time."""
    at = partial(_at(held), column)
    blocks: Iterable[Any] = (rows[k : k + BLOCK] for k in range(0, max(len(rows), 1), BLOCK))
    return np.concatenate([np.asarray(at(block), np.float32) for block in blocks])
