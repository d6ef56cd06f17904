"""What picked units respond to: place fields, direction and other curves, and responses to events.

Every sample of a series owns the time nearest to it, at most half the usual spacing into a gap. Rates are the spikes in
owned time over that time, so that gaps, NaN and lost tracking count as neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.checks import check_choice
from neurofm.data import Recording, Series, Spikes, behaviour, motion, spans
from neurofm.data.bins import placed
from neurofm.data.series import gaps

Floats = NDArray[np.floating]
SLOWEST = 0.25  # share of samples whose direction is noise
COARSE = 8  # bins along a side where kinds of tuning are compared
Rows = Sequence[int] | NDArray[np.integer]


def kind(recording: Recording) -> dict[str, str]:
    """Which pictures of tuning the data allow, the most telling first, and the series or intervals each is on.

    Keys are `place`, `direction`, `psth` and `curve`, those that apply.
    """
    filled = {n: s for n, s in recording.series.items() if np.isfinite(s.values).any()}
    kinds = {
        "place": behaviour.place_of(recording.series),
        "direction": behaviour.velocity_of(recording.series),
        "psth": "trials" if len(recording.intervals.get("trials", ())) else "",
        "curve": next((n for n, s in filled.items() if s.values.shape[1] == 1), ""),
    }
    return {k: name for k, name in kinds.items() if name}


def telling(recording: Recording, units: Rows) -> str:
    """The kind of tuning that says most of these units, in the median over them; "" if the data allow none.

    It is measured in bits per spike (Skaggs et al. 1993) over coarse bins, less what as many spikes would seem to carry
    by chance (Panzeri and Treves 1996), so that a map of many bins does not win by noise.
    """
    own = replace(recording, spikes=_fired_by(recording, units, recording.spikes))
    bits = {name: information(own, units, name, on) for name, on in kind(recording).items()}
    middle = {name: float(np.median(b[np.isfinite(b)])) if np.isfinite(b).any() else 0.0 for name, b in bits.items()}
    return max(middle, key=lambda name: middle[name], default="")


def information(recording: Recording, units: Rows, name: str, on: str) -> Floats:
    """(unit,) bits per spike that tell the coarse bin of one kind of tuning, without their bias; NaN for silent units.

    Parameters
    ----------
    units : rows of the units table
    name, on : one of `kind`: what is tuned to, and the series or intervals that hold it
    """
    counts, seconds = _coarsely(recording, units, name, on)
    counts, seconds = counts[:, seconds > 0], seconds[seconds > 0]
    total = counts.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = counts / total[:, None]
        ratio = np.where(share > 0, share / (seconds / seconds.sum()), 1.0)
        bits = (share * np.log2(ratio)).sum(1) - (len(seconds) - 1) / (2 * np.log(2) * total)
    return np.where(total > 0, bits, np.nan)


def place_field(
    recording: Recording, units: Rows, series: str = "position", bins: int = 24, sigma: float = 1.0
) -> tuple[Floats, Floats, Floats]:
    """Rates over the first two features of a series.

    Parameters
    ----------
    units : rows of the units table
    bins : along the longer side; bins are square
    sigma : width of the smoothing, in bins

    Returns
    -------
    rates : (unit, y, x) Hz, NaN where the animal never was
    x edges, y edges : of the bins, in the unit of the series; they span all but the outermost 0.1 % of samples
    """
    values, owned = _samples(recording, series, features=2)
    place, x, y = _squares(values, bins)
    counts, seconds = _tally(recording, units, owned, place, (len(x) - 1) * (len(y) - 1))
    shape = (len(y) - 1, len(x) - 1)
    return _smooth_rates(counts.reshape(-1, *shape), seconds.reshape(shape), sigma), x, y


def direction_curve(
    recording: Recording, units: Rows, series: str = "velocity", bins: int = 16, slowest: float = SLOWEST
) -> tuple[Floats, Floats]:
    """Rates over the direction of a two-dimensional series.

    Parameters
    ----------
    units : rows of the units table
    slowest : share of samples, the slowest ones, that are left out, since their direction is noise

    Returns
    -------
    rates : (unit, bin) Hz, NaN for directions that never were
    centres : (bin,) radians from -pi to pi, counterclockwise from the first feature
    """
    values, owned = _samples(recording, series, features=2)
    place, edges = _directions(values, bins, slowest)
    counts, seconds = _tally(recording, units, owned, place, bins)
    return _rates(counts, seconds), (edges[:-1] + edges[1:]) / 2


def curve_1d(recording: Recording, units: Rows, series: str, feature: int = 0, bins: int = 20) -> tuple[Floats, Floats]:
    """Rates over one feature of a series.

    Returns
    -------
    rates : (unit, bin) Hz, NaN for values that never were
    centres : (bin,) in the unit of the series; the bins span all but the outermost 0.1 % of samples
    """
    values, owned = _samples(recording, series, features=feature + 1)
    place, edges = _steps(values[:, feature], bins)
    counts, seconds = _tally(recording, units, owned, place, bins)
    return _rates(counts, seconds), (edges[:-1] + edges[1:]) / 2


def psth(
    recording: Recording, units: Rows, events: ArrayLike, window: tuple[float, float] = (-0.5, 1.0), bin: float = 0.02
) -> tuple[Floats, Floats]:
    """Rates around events, averaged over them.

    Parameters
    ----------
    units : rows of the units table
    events : (event,) seconds; NaN is skipped
    window : seconds from the event
    bin : seconds

    Returns
    -------
    rates : (unit, bin) Hz, NaN where the recording ran around no event
    centres : (bin,) seconds from the event
    """
    count = max(round((window[1] - window[0]) / bin), 1)
    counts, seconds = _around(recording, units, np.asarray(events, float) + window[0], count, bin)
    return _rates(counts, seconds), window[0] + np.arange(0.5, count) * bin


def occupancy(times: NDArray[np.float64]) -> Floats:
    """(time, 2) seconds that each sample owns: half way to its neighbours, half the usual spacing into a gap."""
    if len(times) < 2:
        return np.stack([times, times], 1)
    step = np.diff(times)
    usual = float(np.median(step))
    half = np.where(np.isin(times[:-1], gaps(times)[:, 0]), usual, step) / 2
    return np.stack([times - np.r_[usual / 2, half], times + np.r_[half, usual / 2]], 1)


def _samples(recording: Recording, name: str, features: int) -> tuple[NDArray[np.floating], Floats]:
    """Values of a series where it is known and does not stand still for long, and the seconds that each owns."""
    check_choice("series", name, recording.series)
    series: Series = recording.series[name]
    if series.values.shape[1] < features:
        raise ValueError(f"series '{name}' needs at least {features} features, has {', '.join(series.names)}")
    good = np.isfinite(series.values[:, :features]).all(1) & spans.inside(series.times, recording.domain)
    good &= ~motion.stands(series)
    return series.values[good, :features], occupancy(series.times)[good]


def _squares(values: NDArray[np.floating], bins: int) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Bin of each sample in the plane, row by row (-1 outside), and the edges along x and y."""
    low, high = _extent(values)
    width = float((high - low).max()) / bins or 1.0
    x, y = (a + width * np.arange(max(int(np.ceil((b - a) / width - 1e-6)), 1) + 1) for a, b in zip(low, high))
    column, row = _bin(values[:, 0], x), _bin(values[:, 1], y)
    return np.where((column >= 0) & (row >= 0), row * (len(x) - 1) + column, -1), x, y


def _directions(values: NDArray[np.floating], bins: int, slowest: float) -> tuple[NDArray[np.int64], Floats]:
    """Bin of each sample's direction (-1 if it is too slow), and the edges."""
    speed = np.hypot(*values.T)
    edges = np.linspace(-np.pi, np.pi, bins + 1)
    return np.where(speed >= _quantile(speed, slowest), _bin(np.arctan2(values[:, 1], values[:, 0]), edges), -1), edges


def _steps(values: NDArray[np.floating], bins: int) -> tuple[NDArray[np.int64], Floats]:
    """Bin of each value (-1 outside), and the edges."""
    low, high = (float(v[0]) for v in _extent(values[:, None]))
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    return _bin(values, edges), edges


def _coarsely(recording: Recording, units: Rows, name: str, on: str) -> tuple[Floats, Floats]:
    """(unit, bin) spikes and (bin,) seconds in the few bins of one kind of tuning."""
    if name == "psth":
        starts = recording.intervals[on]["start"].to_numpy(float)
        return _around(recording, units, starts - 0.5, 2 * COARSE, 0.1)
    values, owned = _samples(recording, on, features=1 if name == "curve" else 2)
    if name == "place":
        return _tally(recording, units, owned, _squares(values, COARSE)[0], (COARSE + 1) ** 2)
    place = _steps(values[:, 0], COARSE)[0] if name == "curve" else _directions(values, COARSE, SLOWEST)[0]
    return _tally(recording, units, owned, place, COARSE)


def _around(recording: Recording, units: Rows, starts: Floats, count: int, bin: float) -> tuple[Floats, Floats]:
    """(unit, bin) spikes and (bin,) seconds in `count` bins from each start on."""
    starts = starts[np.isfinite(starts)]
    seconds = bin * spans.inside(starts[:, None] + np.arange(0.5, count) * bin, recording.domain).sum(0)
    place, unit = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    for start in starts:
        there, fired = placed(recording.spikes, start, bin, count)
        place.append(there)
        unit.append(fired)
    return _count(recording, units, np.concatenate(unit), np.concatenate(place), count), seconds


def _tally(
    recording: Recording, units: Rows, owned: Floats, place: NDArray[np.integer], size: int
) -> tuple[Floats, Floats]:
    """(unit, place) spikes and (place,) seconds of samples that own time and lie in a place (-1: none)."""
    inside = place >= 0
    owned, place = owned[inside], place[inside]
    seconds = np.bincount(place, owned[:, 1] - owned[:, 0], minlength=size).astype(float)
    if not len(owned):
        return np.zeros((len(units), size)), seconds
    spikes = _fired_by(recording, units, recording.spikes.between(owned[0, 0], owned[-1, 1]))
    sample = np.searchsorted(owned[:, 0], spikes.times, "right") - 1
    held = spikes.times < owned[sample, 1]
    return _count(recording, units, spikes.unit[held], place[sample[held]], size), seconds


def _count(
    recording: Recording, units: Rows, unit: NDArray[np.integer], place: NDArray[np.integer], size: int
) -> Floats:
    """(unit, place) spikes of the units asked for."""
    asked, back = np.unique(_rows(recording, units), return_inverse=True)
    lookup = np.full(len(recording.units), -1)
    lookup[asked] = np.arange(len(asked))
    row = lookup[unit]
    wanted = row >= 0
    counts = np.bincount(row[wanted] * size + place[wanted], minlength=len(asked) * size)
    return counts.reshape(len(asked), size)[back].astype(float)


def _rows(recording: Recording, units: Rows) -> NDArray[np.int64]:
    rows = np.asarray(units, np.int64)
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(recording.units):
        raise ValueError(f"units must be rows 0 to {len(recording.units) - 1} of {recording.session}, got {rows}")
    return rows


def _fired_by(recording: Recording, units: Rows, spikes: Spikes) -> Spikes:
    """Only the spikes of these units, so that what follows costs as much as they fire, not as all do."""
    asked = np.zeros(len(recording.units), bool)
    asked[_rows(recording, units)] = True
    theirs = np.flatnonzero(asked[spikes.unit])
    return Spikes(spikes.times[theirs], spikes.unit[theirs])


def _rates(counts: Floats, seconds: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(seconds > 0, counts / seconds, np.nan)


def _smooth_rates(counts: Floats, seconds: Floats, sigma: float) -> Floats:
    """Rates of smoothed spikes over smoothed time: unlike smoothed rates, they trust what was seen for long."""
    from scipy.ndimage import gaussian_filter

    smoothed = gaussian_filter(counts, (0, sigma, sigma), mode="constant")
    rates = _rates(smoothed, gaussian_filter(seconds, sigma, mode="constant"))
    return np.where(seconds > 0, rates, np.nan)


def _bin(values: NDArray[np.floating], edges: Floats) -> NDArray[np.int64]:
    """Bin of each value, the last edge included; -1 outside."""
    rounding = max(1e-6 * (edges[1] - edges[0]), 4 * np.finfo(values.dtype).eps * np.abs(edges).max())
    place = np.searchsorted(edges - rounding, values, "right") - 1
    place = np.where(np.abs(values - edges[-1]) <= rounding, len(edges) - 2, place)
    return np.where((place >= 0) & (place < len(edges) - 1), place, -1)


def _extent(values: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Lowest and highest of each feature without the outermost 0.1 %, which are often lost tracking."""
    if not len(values):
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    low, high = np.quantile(values, [0.001, 0.999], axis=0)
    return low, high


def _quantile(values: NDArray[np.floating], share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else 0.0
