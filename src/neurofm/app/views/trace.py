"""Trace: behaviour as measured and as decoded, over time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from psygnal import evented

from neurofm.app import colors
from neurofm.app.colors import Color
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Line, Scene, Shape, Spans, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.views import _bands
from neurofm.data.ids import Ids, unpack
from neurofm.data.moments import MOST
from neurofm.data.prediction import Prediction
from neurofm.data.recording import TIME, Recording
from neurofm.data.spans import stretches
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
    recording : name; the first that is open if ""
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
    recording, prediction, name = _shown(state, session)
    if recording is None:
        return Scene("Trace")
    names = _features(state, recording, prediction, name)
    if not names:
        return Scene("Trace", message=f"{recording.session} has no behaviour; open a file that holds it", action="open")
    x = viewport.x or (recording.start, recording.stop)
    marks = _shades(session, recording, prediction, x, viewport.width)
    bands = [_band(recording, prediction, name, feature) for feature in names]
    for k, feature in enumerate(names):
        marks += _lines(recording, prediction, (name, feature), (bands, k), x, viewport)
    legend = [("measured", colors.ink(dark=viewport.dark))]
    if prediction is not None:
        legend += [("decoded", colors.PREDICTED)]
        legend += [("held out", _solid(colors.HELD_OUT))] if prediction.held_out.any() else []
    return Scene(
        _title(prediction),
        marks,
        Axis("Time", "s", (recording.start, recording.stop)),
        _bands.axis(bands, viewport.height),
        cursor=session.time,
        legend=tuple(legend),
        note=" · ".join(part for part in (recording.session, name, *_outcome(prediction)) if part),
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Moments under the shape; under a point the nearest."""
    recording = _shown(state, session)[0]
    if recording is None:
        return TIME, NONE
    low, high = float(shape.xy[:, 0].min()), float(shape.xy[:, 0].max())
    if shape.kind != "point":
        return TIME, session.moments(recording.session, low, high)
    return TIME, session.moment(recording.session, low, shape.reach[0])


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The moment under the mouse: `rat 12.345 s · x 41.2, decoded 39.8 cm`."""
    recording, prediction, name = _shown(state, session)
    said = words(session, space, id)
    if recording is None or space != TIME:
        return said
    at = [recording.start + int(unpack(id)[1]) / 1e6]
    for feature in _features(state, recording, prediction, name):
        parts = []
        if name in recording.series and feature in recording.series[name].names:
            series = recording.series[name]
            parts.append(f"{series.at(at)[0, series.names.index(feature)]:.3g}")
        if prediction is not None and len(prediction.times):
            value = np.interp(at, prediction.times, prediction.values[:, prediction.names.index(feature)])[0]
            parts.append(f"decoded {value:.3g}")
        said += f" · {feature} {', '.join(parts)}"
    return said


def _shown(state: State, session: Catalog) -> tuple[Recording | None, Prediction | None, str]:
    """The recording, the newest prediction of what is shown, and which series that is."""
    recording = session.recording(state.recording)
    if recording is None:
        return None, None, ""
    decoded = [p for p in _decoded(session, recording.session) if state.series in ("", p.target)]
    decoded = [p for p in decoded if _run(p) == state.run] or decoded
    if decoded:
        return recording, decoded[-1], decoded[-1].target
    small = [name for name, series in recording.series.items() if len(series.names) <= MOST]
    return recording, None, state.series or next(iter(small), "")


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Recordings, their behaviour, and runs that decoded it."""
    recording, names = session.recording(state.recording), tuple(session.recordings)
    series = {} if recording is None else recording.series
    small = tuple(name for name, s in series.items() if len(s.names) <= MOST)
    shown = _shown(state, session)[2]
    features = series[shown].names if shown in small else ()
    here = "" if recording is None else recording.session
    runs = dict.fromkeys(_run(p) for p in _decoded(session, here))
    offered = {"recording": names, "series": small, "feature": features, "run": tuple(runs)}
    return {name: ("", *known) for name, known in offered.items()}


def _decoded(session: Catalog, name: str) -> list[Prediction]:
    """Predictions of a recording but those of what was hidden, which have a view of their own."""
    return [p for p in list(session.predictions.values()) if p.session == name and not p.hides]


def _run(prediction: Prediction) -> str:
    return Path(prediction.run).name


def _features(state: State, recording: Recording, prediction: Prediction | None, name: str) -> tuple[str, ...]:
    measured = recording.series[name].names if name in recording.series else ()
    names = prediction.names if prediction is not None else measured
    return (state.feature,) if state.feature in names else names[:MOST]


def _band(recording: Recording, prediction: Prediction | None, name: str, feature: str) -> _bands.Band:
    if name in recording.series and feature in recording.series[name].names:
        series = recording.series[name]
        column = series.values[:, series.names.index(feature)]
        low, high = remember(recording, ("limits", name, feature), lambda: _bands.limits(column))
        return _bands.Band(feature, series.unit, low, high)
    values = np.zeros(0) if prediction is None else prediction.values[:, prediction.names.index(feature)]
    return _bands.Band(feature, prediction.unit if prediction else "", *_bands.limits(values))


def _lines(
    recording: Recording,
    prediction: Prediction | None,
    what: tuple[str, str],
    where: tuple[list[_bands.Band], int],
    x: tuple[float, float],
    viewport: Viewport,
) -> tuple[Line, ...]:
    """Decoded, broad, and on it measured, thin, so that both show where they agree."""
    (name, feature), (bands, k) = what, where
    curves = []
    if prediction is not None:
        values = prediction.values[:, prediction.names.index(feature)]
        curves.append((prediction.times, values, colors.PREDICTED, 2.5, "decoded"))
    series = recording.series.get(name)
    if series is not None and feature in series.names:
        values = series.values[:, series.names.index(feature)]
        curves.append((series.times, values, colors.ink(dark=viewport.dark), 1.0, "measured"))
    lines = []
    for times, values, color, pen, how in curves:
        across, up = _bands.decimate(times, values, x, max(viewport.width, 1))
        lines.append(Line(across, _bands.place(bands, k, up), color, pen, f"{feature} {how}"))
    return tuple(lines)


def _shades(
    session: Catalog, recording: Recording, prediction: Prediction | None, x: tuple[float, float], width: int
) -> tuple[Spans | Line, ...]:
    shades = []
    if prediction is not None and prediction.held_out.any():
        apart = remember(prediction, "held out", lambda: stretches(prediction.times, prediction.held_out))
        shades.append(Spans(_bands.shade(apart, x, width), colors.HELD_OUT, "held out"))
    picked = session.spans_of(session.selection.picked(TIME), recording.session)
    if len(picked):
        shades.append(Spans(_bands.shade(picked, x, width), colors.PICKED, "picked"))
    return tuple(shades)


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
    needs=Recording.kind,
    invitation="Open a recording to see its behaviour",
    order=2,
)
