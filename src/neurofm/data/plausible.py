"""What a recording says that cannot be so, or that a score should not be taken from unawares.

One pass looks at everything beside everything: clocks of the parts, rates, and what was measured. Another kind of
source tells of its own by a method `findings`, if it has anything to tell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data import clock, motion, sentinels, spans
from neurofm.data.clock import Misfit, Span
from neurofm.data.series import Series, Spikes
from neurofm.errors import DataError

SPIKES, UNITS, DOMAIN, INVALID = "spikes", "units", "domain", "invalid_times"  # fields beside series and intervals
ENOUGH = 50  # spikes from which clocks can be compared
FEWEST = {"series": 10, "intervals": 5}  # samples and rows from which another zero is more than chance
SPARSE, SLOW, FAST = 0.1, 0.01, 200.0  # spikes a second of the unit in the middle
MOST_SHARE, LOUD, TIMES = 0.5, 50.0, 20.0  # of all spikes, Hz, and times the unit in the middle, of one unit alone
WIDER = 30.0  # times that the same behaviour spreads in one recording as in another


class Recording(Protocol):
    """What is looked at of a `neurofm.data.Recording`."""

    @property
    def session(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def spikes(self) -> Spikes: ...
    @property
    def units(self) -> pd.DataFrame: ...
    @property
    def series(self) -> Mapping[str, Series]: ...
    @property
    def intervals(self) -> Mapping[str, pd.DataFrame]: ...
    @property
    def domain(self) -> NDArray[np.float64]: ...
    def rates(self) -> NDArray[np.float64]: ...
    def findings(self) -> Sequence[Finding]: ...


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is not as it should be.

    Parameters
    ----------
    code : of its kind ("clock", "still")
    field : name of the series or intervals that it is about; "spikes", "units", "domain"
    sentence : what was seen, to be read after the field
    remedy : what can be done about it
    """

    code: str
    field: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.field} {self.sentence}; {self.remedy}"


def findings(source: Any) -> list[Finding]:
    """What a source has to tell of itself; nothing where its kind tells nothing."""
    return list(source.findings()) if hasattr(source, "findings") else []


def of_recording(recording: Recording) -> list[Finding]:
    """All that is found in a recording, clocks first."""
    clocks = [_clock(field, *each) for field, each in misfits(recording).items()]
    by_clock = [] if clocks else [*_outside(recording), *_rates(recording)]
    measured = [one for name, series in recording.series.items() for one in _series(name, series)]
    return [*clocks, *_invalid(recording), *_tables(recording), *by_clock, *measured]


def misfits(recording: Recording) -> dict[str, tuple[Misfit, str]]:
    """By field, what is wrong with its clock, and where it runs and where what it is compared with does."""
    times, unit = recording.spikes.times, recording.spikes.unit
    if len(times) < ENOUGH:
        return {}
    own = (float(times[0]), float(times[-1]))
    units = len(np.unique(unit[: 1 << 20]))
    sparse = len(times) / max(units, 1) / max(own[1] - own[0], 1e-9) < SPARSE
    wrong: dict[str, tuple[Misfit, str]] = {}
    for name, part, numbered, count in _parts(recording):
        misfit = clock.misfit(part, own, numbered=numbered, sparse=sparse)
        if misfit is not None and (count or "zero" not in misfit.looks):
            a, b = (own, part) if misfit.spikes else (part, own)
            other = name if misfit.spikes else "the spikes"
            wrong.setdefault(SPIKES if misfit.spikes else name, (misfit, f"{_when(a)}, and {other} {_when(b)}"))
    return wrong


def check_clocks(recording: Recording, fields: Collection[str]) -> None:
    """Refuse to learn from parts that are on another clock than the spikes."""
    for one in recording.findings():
        if one.code == "clock" and one.field in fields:
            raise DataError(recording.origin, one.field, f"{one.sentence}; {one.remedy}")


def about(sources: Sequence[Any], target: str = "") -> list[str]:
    """What should be known before a model learns a target from some sources, each with its name if there are several.

    What is found in series that are not learned is left out.
    """
    several = {s.session: findings(s) for s in sources}
    others = {s.session: set(getattr(s, "series", ())) - {target} for s in sources}
    told = [(name, one) for name, each in several.items() for one in each if one.field not in others[name]]
    own = [f"{name}: {one}" if len(sources) > 1 else str(one) for name, one in told]
    return [*own, *(str(one) for one in pooled([s for s in sources if hasattr(s, "series")], target))]


def pooled(recordings: Sequence[Recording], name: str) -> list[Finding]:
    """Whether the same behaviour seems to be in another unit in one recording than in another."""
    series = {r.session: r.series[name] for r in recordings if name in r.series}
    spread = {session: _spread(one) for session, one in series.items()}
    spread = {session: width for session, width in spread.items() if width > 0}
    if len(spread) < 2:
        return []
    low, high = min(spread, key=spread.__getitem__), max(spread, key=spread.__getitem__)
    ratio, units = spread[high] / spread[low], {series[s].unit for s in (low, high)} - {""}
    if ratio < WIDER:
        return []
    told = f" (in {series[high].unit or 'no unit'} and {series[low].unit or 'no unit'})" if units else ""
    remedy = "each is learned and told in its own unit; give both the same, to compare them"
    return [_finding("unit", name, f"spreads {ratio:,.0f} times as wide in {high} as in {low}{told}", remedy)]


def _finding(code: str, field: str, sentence: str, remedy: str) -> Finding:
    return Finding(code=code, field=field, sentence=sentence, remedy=remedy)


def _clock(field: str, misfit: Misfit, where: str) -> Finding:
    return _finding("clock", field, f"{where}, {misfit.looks}", misfit.remedy)


def _parts(recording: Recording) -> Iterator[tuple[str, Span, bool, bool]]:
    """Name, first and last second, whether times are numbers without a gap, and whether there are many, of each part.

    The domain is one of them where it is not made from the others.
    """
    for name, one in recording.series.items():
        if len(one.times) > 1:
            numbered = bool((np.diff(one.times[:1000]) == 1).all())
            yield name, _span(one.times), numbered, len(one.times) >= FEWEST["series"]
    for name, table in recording.intervals.items():
        edges = _edges(table)
        if len(edges):
            yield name, (edges.min(), edges.max()), False, len(edges) >= FEWEST["intervals"] and name != INVALID
    domain = vars(recording).get(DOMAIN)
    if domain is not None and len(domain):
        yield DOMAIN, (float(domain[0, 0]), float(domain[-1, 1])), False, True


def _edges(table: pd.DataFrame) -> Any:
    edges = table[["start", "stop"]].to_numpy(float)
    return edges[np.isfinite(edges).all(1)]


def _span(times: Any) -> Span:
    return float(times[0]), float(times[-1])


def _when(span: Span) -> str:
    return f"from {span[0]:,.1f} to {span[1]:,.1f} s"


def _invalid(recording: Recording) -> Iterator[Finding]:
    """What of the time is marked as invalid."""
    table = recording.intervals.get(INVALID)
    pieces = spans.tidy([] if table is None else _edges(table))
    if len(pieces):
        words = f"mark {spans.duration(pieces):,.1f} s in {len(pieces)} stretches"
        yield _finding("invalid", INVALID, words, "they are left out of training and scores")


def _outside(recording: Recording) -> Iterator[Finding]:
    """Spikes outside of the time in which the recording ran, but for those at invalid times."""
    count, table = len(recording.spikes), recording.intervals.get(INVALID)
    ran = spans.union(recording.domain, [] if table is None else _edges(table))
    inside = sum(len(recording.spikes.between(a, b)) for a, b in ran)
    if count >= ENOUGH and inside < count / 2:
        words = f"holds {inside:,} of {count:,} spikes"
        yield _finding("outside", DOMAIN, words, "see when units were observed, and whether that is in seconds")


def _tables(recording: Recording) -> Iterator[Finding]:
    """Intervals whose clock starts again."""
    for name, table in recording.intervals.items():
        begins = table["start"].to_numpy(float)
        edges = clock.restarts(begins[np.isfinite(begins)])
        if len(edges):
            words = f"start again at {begins[edges[0]]:,.1f} s, in row {edges[0]} of {len(begins)}"
            yield _finding("restart", name, words, "save each stretch as a recording of its own")


def _rates(recording: Recording) -> Iterator[Finding]:
    """Units that fire as none do."""
    rates = recording.rates()
    fires = rates[rates > 0]
    if len(fires) < 5 or len(recording.spikes) < ENOUGH:
        return
    middle, loudest = float(np.median(fires)), int(np.argmax(rates))
    if not SLOW <= middle <= FAST:
        words = f"fire {middle:.2g} Hz in the middle"
        yield _finding("rate", UNITS, words, "see whether their times are in seconds, and what the recording's span is")
    share = float(rates[loudest] / rates.sum())
    if share > MOST_SHARE and rates[loudest] > max(LOUD, TIMES * middle):
        label = recording.units["label"].iloc[loudest]
        words = f"'{label}' fires {share:.0%} of all spikes, at {rates[loudest]:,.0f} Hz"
        yield _finding("artefact", UNITS, words.replace("%", " %"), "if that is an artefact, leave the unit out")


def _series(name: str, series: Series) -> Iterator[Finding]:
    """Numbers that stand for not seen, stretches without any change, and angles that wrap."""
    if series.values.shape[1] > sentinels.MOST_FEATURES:
        return
    _, words = sentinels.without(series.values)
    for word in words:
        yield _finding("sentinel", name, f"has a mark: {word}", "give it as NaN")
    for begin, end in motion.still(series):
        share = (end - begin) / (series.times[-1] - series.times[0])
        until = "on" if end == series.times[-1] else f"to {end:,.0f} s"
        remedy = "that is left out of training, scores and tuning curves"
        yield _finding("still", name, f"stands still from about {begin:,.0f} s {until}, {_part(share)}", remedy)
    for feature, column in zip(series.names, series.values.T):
        period = sentinels.wraps(column)
        if period:
            words_of = f"'{feature}' is an angle that jumps by {period:.4g} where it wraps"
            yield _finding("angle", name, words_of, "each jump counts as an error; decode its sine and cosine instead")


def _part(share: float) -> str:
    """How much of a session that is."""
    return f"which is {'half' if 0.45 <= share <= 0.55 else f'{share:.0%}'.replace('%', ' %')} of the session"


def _spread(series: Series) -> float:
    values = sentinels.without(series.values)[0]
    values = values[np.isfinite(values).all(1)]
    return float(values.std(0).max()) if len(values) else 0.0
