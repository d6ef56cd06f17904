"""Trace: behaviour as measured and as decoded, over time: series of recordings, features and points of tracks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.colors import Color
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Line, Scene, Shape, Spans, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.views import _bands, _traced
from neurofm.app.views._traced import Traced
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.moments import MOST
from neurofm.data.prediction import Prediction
from neurofm.data.recording import TIME, Recording
from neurofm.data.source import Source, lasting, start, stop, when
from neurofm.data.spans import SpanArray, stretches, tidy
from neurofm.specs import ViewSpec
from neurofm.words import main_score

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog


@evented
@dataclass
class State:
    """What the trace shows.

    Parameters
    ----------
    recording : name, or that of another source that measures over time; the one that was opened or chosen last if ""
    series : name; what was decoded last, else the first, if ""
    feature : name; all of them stacked if ""
    run : whose decoding is shown; the newest if ""
    """

    recording: str = ""
    series: str = ""
    feature: str = ""
    run: str = ""


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Measured in ink, decoded in orange, held-out stretches shaded."""
    source, prediction, name = _shown(state, session)
    if source is None:
        return Scene("Trace", message="Nothing that is open was measured over time; open a file", action="open")
    names = _features(state, source, prediction, name)
    if not names:
        return Scene("Trace", message=f"{source.session} has no behaviour; open a file that holds it", action="open")
    traced = _traced.of(source).get(name) or _traced.truth(prediction)
    x = viewport.x or (start(source), stop(source))
    marks = _shades(session, source, (prediction, traced), x, viewport.width)
    bands = [_band(source, prediction, (name, traced), feature) for feature in names]
    rows = np.zeros(0, np.intp) if traced is None else traced.rows(x)
    for k, feature in enumerate(names):
        marks += _lines((prediction, traced), feature, rows, (bands, k), x, viewport)
    legend = [("measured", colors.ink(dark=viewport.dark))] if traced is not None else []
    if prediction is not None:
        legend += [("decoded", colors.PREDICTED)]
        legend += [("held out", _solid(colors.HELD_OUT))] if prediction.held_out.any() else []
    every = prediction.names if prediction is not None else () if traced is None else traced.names
    some = f"the first {len(names)} of {len(every)}" if not state.feature and len(names) < len(every) else ""
    told = (source.session, name, some, *_outcome(prediction), _left_out(rows))
    return Scene(
        _title(prediction),
        marks,
        Axis("Time", "s", (start(source), stop(source))),
        _bands.axis(bands, viewport.height),
        cursor=session.time,
        legend=tuple(legend),
        note=" · ".join(part for part in told if part),
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Moments (or frames) under the shape; under a point the nearest."""
    source, prediction, name = _shown(state, session)
    if source is None:
        return TIME, NONE
    low, high = float(shape.xy[:, 0].min()), float(shape.xy[:, 0].max())
    traced = _traced.of(source).get(name) or _traced.truth(prediction)
    if traced is not None and traced.space != TIME:
        rows = _under(traced.times, low, high, shape)
        return traced.space, pack(session.number(source.session), rows) if traced.ids is None else traced.ids[rows]
    if shape.kind != "point":
        return TIME, session.moments(source.session, low, high)
    return TIME, session.moment(source.session, low, shape.reach[0])


def _under(times: NDArray[np.float64], low: float, high: float, shape: Shape) -> NDArray[np.intp]:
    """Rows between two times; of a point the row nearest to it."""
    reach = shape.reach[0] if shape.kind == "point" else 0.0
    rows = np.arange(*np.searchsorted(times, [low - reach, high + reach]))
    if shape.kind != "point" or not len(rows):
        return rows
    return rows[[np.abs(times[rows] - low).argmin()]]


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The moment under the mouse: `rat 12.345 s · x 41.2, decoded 39.8 cm`."""
    source, prediction, name = _shown(state, session)
    said = words(session, space, id)
    time = None if source is None else when(source, space, np.asarray(unpack(id)[1]).reshape(1))
    if source is None or time is None:
        return said
    traced = _traced.of(source).get(name) or _traced.truth(prediction)
    for feature in _features(state, source, prediction, name):
        parts = []
        if traced is not None and feature in traced.names:
            near = traced.rows((float(time[0]), float(time[0])))
            parts.append(f"{np.interp(time, traced.times[near], traced.values(feature, near))[0]:.3g}")
        if prediction is not None and len(prediction.times):
            value = np.interp(time, prediction.times, prediction.values[:, prediction.names.index(feature)])[0]
            parts.append(f"decoded {value:.3g}")
        said += f" · {feature} {', '.join(parts)}"
    return said


def _shown(state: State, session: Catalog) -> tuple[Source | None, Prediction | None, str]:
    """The source, the newest prediction of what is shown, and which series that is."""
    source = _source(state, session)
    if source is None:
        return None, None, ""
    decoded = [p for p in _decoded(session, source.session) if state.series in ("", p.target)]
    decoded = [p for p in decoded if _run(p) == state.run] or decoded
    if decoded:
        return source, decoded[-1], decoded[-1].target
    there = _traced.of(source)
    return source, None, state.series if state.series in there else next(iter(there), "")


def _source(state: State, session: Catalog) -> Source | None:
    """That which was chosen, else the last one that measures anything over time, recordings before others."""
    there = _timed(session)
    if state.recording in there:
        return there[state.recording]
    shown = [name for name, source in there.items() if _traced.of(source) or _decoded(session, name)]
    recordings = [name for name in shown if isinstance(there[name], Recording)]
    return there.get(session.latest(recordings or shown)) or session.recording()


def _timed(session: Catalog) -> dict[str, Source]:
    there = list(session.sources.items())
    return {name: source for name, source in there if isinstance(source, Recording) or _traced.of(source)}


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """What is measured over time, its curves, and runs that decoded it."""
    source = _source(state, session)
    there, shown = _traced.of(source), _shown(state, session)[2]
    features = there[shown].names if shown in there else ()
    runs = dict.fromkeys(_run(p) for p in _decoded(session, "" if source is None else source.session))
    offered = {"recording": tuple(_timed(session)), "series": tuple(there), "feature": features, "run": tuple(runs)}
    return {name: ("", *known) for name, known in offered.items()}


def _decoded(session: Catalog, name: str) -> list[Prediction]:
    """Predictions of a source over time but those of what was hidden, which have a view of their own."""
    return [p for p in list(session.predictions.values()) if p.session == name and not p.hides]


def _run(prediction: Prediction) -> str:
    return Path(prediction.run).name


def _features(state: State, source: Source, prediction: Prediction | None, name: str) -> tuple[str, ...]:
    traced = _traced.of(source).get(name)
    names = prediction.names if prediction is not None else () if traced is None else traced.names
    return (state.feature,) if state.feature in names else names[:MOST]


def _band(source: Source, prediction: Prediction | None, of: tuple[str, Traced | None], feature: str) -> _bands.Band:
    name, traced = of
    if traced is not None and feature in traced.names:
        everywhere, held = traced.rows((-np.inf, np.inf)), source if traced.ids is None else prediction
        limits = remember(held, ("limits", name, feature), lambda: _bands.limits(traced.values(feature, everywhere)))
        return _bands.Band(feature, traced.unit(feature), *limits)
    values = np.zeros(0) if prediction is None else prediction.values[:, prediction.names.index(feature)]
    return _bands.Band(feature, prediction.unit if prediction else "", *_bands.limits(values))


def _lines(
    of: tuple[Prediction | None, Traced | None],
    feature: str,
    rows: NDArray[np.intp],
    where: tuple[list[_bands.Band], int],
    x: tuple[float, float],
    viewport: Viewport,
) -> tuple[Line, ...]:
    """Decoded, broad, and on it measured, thin, so that both show where they agree."""
    (prediction, traced), (bands, k) = of, where
    curves = []
    if prediction is not None:
        values = prediction.values[:, prediction.names.index(feature)]
        curves.append((prediction.times, values, colors.PREDICTED, 2.5, "decoded"))
    if traced is not None and feature in traced.names:
        measured = traced.times[rows], traced.values(feature, rows)
        curves.append((*measured, colors.ink(dark=viewport.dark), 1.0, "measured"))
    lines = []
    for times, values, color, pen, how in curves:
        across, up = _bands.decimate(times, values, x, max(viewport.width, 1))
        lines.append(Line(across, _bands.place(bands, k, up), color, pen, f"{feature} {how}"))
    return tuple(lines)


def _shades(
    session: Catalog,
    source: Source,
    of: tuple[Prediction | None, Traced | None],
    x: tuple[float, float],
    width: int,
) -> tuple[Spans | Line, ...]:
    prediction, traced = of
    shades = []
    if prediction is not None and prediction.held_out.any():
        apart = remember(prediction, "held out", lambda: stretches(prediction.times, prediction.held_out))
        shades.append(Spans(_bands.shade(apart, x, width), colors.HELD_OUT, "held out"))
    picked = _picked(session, source, TIME if traced is None else traced.space)
    if len(picked):
        shades.append(Spans(_bands.shade(picked, x, width), colors.PICKED, "picked"))
    return tuple(shades)


def _picked(session: Catalog, source: Source, space: str) -> SpanArray:
    """(k, 2) seconds of what is picked."""
    ids = session.selection.picked(space)
    if space == TIME:
        return session.spans_of(ids, source.session)
    times = source.spaces()[space].times
    number, local = unpack(ids)
    mine = local[number == session.number(source.session)]
    return np.zeros((0, 2)) if times is None or not len(mine) else tidy(lasting(times())[mine])


def _left_out(rows: NDArray[np.intp]) -> str:
    """What is told of rows that are so many that not all were looked at."""
    every = int(rows[1] - rows[0]) if len(rows) > 1 else 1
    return f"one in {every:,} of its times" if every > 1 else ""


def _title(prediction: Prediction | None) -> str:
    return " · ".join(["Trace", *_outcome(prediction)[1:]])


def _outcome(prediction: Prediction | None) -> list[str]:
    """Which run, and how well it does where it was not trained."""
    if prediction is None:
        return []
    score = main_score(prediction.metrics)
    return [_run(prediction), *([f"held out {score}"] if score else [])]


def _solid(color: Color) -> Color:
    return np.array([*color[:3], 255], np.uint8)


SPEC = ViewSpec(
    title="Trace",
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    choices=choices,
    axis="time",
    needs="clock",
    invitation="Open a recording, or tracks, to see behaviour over time",
    order=2,
)
