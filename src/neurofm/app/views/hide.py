"""Hide and predict: what a model fills in where units, a region or seconds are hidden from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.colors import Color
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Line, Scene, Shape, Spans, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.verbs import hide
from neurofm.app.verbs.hide import WHEN, Hiding
from neurofm.app.views import _bands
from neurofm.data.ids import Ids, unpack
from neurofm.data.prediction import HIDES, Prediction
from neurofm.data.recording import TIME, Recording
from neurofm.data.series import gaps
from neurofm.data.spans import stretches
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

TITLE = "Hide and predict"
MOST = 6  # units at once
TALL = 30  # pixels that a unit needs
AROUND = 3.0  # seconds before and after what was hidden


@evented
@dataclass
class State:
    """What is hidden, and how it is shown.

    Parameters
    ----------
    what : is hidden: the picked units, the region they are in, the rest (all but their region), or a time
    run : that fills in; the newest that can if ""
    recording : name; the one that something is picked in, else the first, if ""
    smooth : seconds, standard deviation of the Gaussian over the measured spikes
    """

    what: str = HIDES[0]
    run: str = ""
    recording: str = ""
    smooth: Annotated[float, {"min": 0.0, "max": 2.0}] = 0.1


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """A band for each of some hidden units: measured in ink, predicted in orange; else what to do to see them."""
    try:
        hiding = hide.wanted(session, state.run, state.recording, state.what)
        prediction = hide.result(session, hiding)
        if prediction is None:
            return _ask(session, hiding)
    except LookupError as problem:
        return Scene(TITLE, message=_sentence(problem), action="train" if session.recordings else "open")
    except ValueError as problem:
        return Scene(TITLE, message=_sentence(problem))
    return _picture(state, session, session.recordings[hiding.recording], prediction, viewport)


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Moments under the shape; under a point the nearest."""
    recording = session.recording(state.recording)
    prediction = _shown(state, session)
    name = prediction.session if prediction is not None else "" if recording is None else recording.session
    if not name:
        return TIME, NONE
    low, high = float(shape.xy[:, 0].min()), float(shape.xy[:, 0].max())
    if shape.kind != "point":
        return TIME, session.moments(name, low, high)
    return TIME, session.moment(name, low, shape.reach[0])


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The moment under the mouse: `rat 12.345 s · unit 3 4.1 Hz, predicted 3.8 · ...`."""
    said, prediction = words(session, space, id), _shown(state, session)
    if (
        prediction is None
        or space != TIME
        or session.number(prediction.session) != unpack(id)[0]
        or not len(prediction.times)
    ):
        return said
    at = session.recordings[prediction.session].start + int(unpack(id)[1]) / 1e6
    row = int(np.abs(prediction.times - at).argmin())
    for k in _some(prediction, MOST):
        measured, predicted = _smooth(prediction, k, state.smooth)[row], prediction.values[row, k]
        said += f" · {prediction.names[k]} {measured:.1f} Hz, predicted {predicted:.1f}"
    return said


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Recordings, and runs that can fill in."""
    return {"what": HIDES, "recording": ("", *session.recordings), "run": ("", *hide.able(session))}


def _shown(state: State, session: Catalog) -> Prediction | None:
    try:
        return hide.result(session, hide.wanted(session, state.run, state.recording, state.what))
    except (LookupError, ValueError):
        return None


def _sentence(problem: Exception) -> str:
    text = str(problem)
    return text[:1].upper() + text[1:]


# ---- before it is computed


def _ask(session: Catalog, hiding: Hiding) -> Scene:
    """What to pick, or a button that hides what is picked, or how far that is."""
    if hiding.missing:
        return Scene(TITLE, message=_sentence(ValueError(hiding.missing)))
    hidden, job = hiding.words(session.recordings[hiding.recording]), hide.job_of(session, hiding)
    if job is not None and not job.over:
        return Scene(TITLE, message=f"{hiding.run} fills in {hidden} …")
    if job is not None and job.state == "failed":
        return Scene(TITLE, message=_sentence(ValueError(job.error)), action="hide")
    return Scene(TITLE, message=f"Hide {hidden} and see what {hiding.run} fills in", action="hide")


# ---- what was filled in


def _picture(state: State, session: Catalog, recording: Recording, prediction: Prediction, viewport: Viewport) -> Scene:
    span = _extent(recording, prediction)
    x = viewport.x or span
    rows = _some(prediction, max(min(MOST, viewport.height // TALL), 1))
    bands = [_band(prediction, k, state.smooth) for k in rows]
    marks: tuple[Spans | Line, ...] = _shades(session, recording, prediction, x, viewport.width)
    legend = [("measured", colors.ink(dark=viewport.dark)), ("predicted", colors.PREDICTED)]
    legend += [(mark.name, _solid(mark.color)) for mark in marks if isinstance(mark, Spans)]
    for place, k in enumerate(rows):
        marks += _lines(prediction, k, state.smooth, (bands, place), x, viewport)
    return Scene(
        f"{TITLE}{_score(prediction)}",
        marks,
        Axis("Time", "s", span),
        Axis("Rate", "Hz", (0.0, 1.0), _ticks(bands)),
        cursor=session.time,
        legend=tuple(legend),
        note=_note(prediction, rows),
    )


def _some(prediction: Prediction, most: int) -> NDArray[np.intp]:
    """Columns of the units to show: all, or from the best to the worst evenly chosen, in this order."""
    bits = np.array([_bits(prediction, name) for name in prediction.names])
    order = np.argsort(-np.where(np.isfinite(bits), bits, -np.inf), kind="stable")
    if len(order) <= most:
        return order
    scored = order[: max(int(np.isfinite(bits).sum()), most)]
    return scored[np.linspace(0, len(scored) - 1, most).round().astype(np.intp)]


def _band(prediction: Prediction, k: int, sigma: float) -> _bands.Band:
    """From 0 Hz up to what nearly all of both curves stay below."""
    top = max(_bands.limits(_smooth(prediction, k, sigma))[1], _bands.limits(prediction.values[:, k])[1])
    bits = _bits(prediction, prediction.names[k])
    said = f"{round(bits, 2) + 0.0:.2f} bits" if np.isfinite(bits) else "no spike"  # and not -0.00
    return _bands.Band(f"{prediction.names[k]} · {said}", "Hz", 0.0, max(top, 1.0))


def _height(bands: Sequence[_bands.Band], place: int, rates: NDArray[np.floating]) -> NDArray[np.floating]:
    """Where rates of one band are drawn; the stack reaches from 0 to 1, so that a zoom suits however many there are."""
    return (len(bands) - 1 - place + 0.06 + 0.86 * np.clip(rates / bands[place].high, 0, 1)) / len(bands)


def _ticks(bands: Sequence[_bands.Band]) -> tuple[tuple[float, str], ...]:
    """The name of each band at its middle, and how far it reaches at its top."""
    ticks = []
    for place, band in enumerate(bands):
        middle, high = _height(bands, place, np.array([band.high / 2, band.high])).tolist()
        ticks += [(middle, band.label), (high, f"{band.high:.{0 if band.high >= 10 else 1}f}")]
    return tuple(ticks)


def _lines(
    prediction: Prediction,
    k: int,
    sigma: float,
    where: tuple[Sequence[_bands.Band], int],
    x: tuple[float, float],
    viewport: Viewport,
) -> tuple[Line, ...]:
    """Predicted, broad, and on it measured, thin, so that both show where they agree."""
    (bands, place), lines = where, []
    curves = (
        (prediction.values[:, k], colors.PREDICTED, 2.5, "predicted"),
        (_smooth(prediction, k, sigma), colors.ink(dark=viewport.dark), 1.0, "measured"),
    )
    for values, color, pen, how in curves:
        across, up = _bands.decimate(prediction.times, values, x, max(viewport.width, 1))
        lines.append(Line(across, _height(bands, place, up), color, pen, f"{prediction.names[k]} {how}"))
    return tuple(lines)


def _smooth(prediction: Prediction, k: int, sigma: float) -> NDArray[np.floating]:
    """(time,) measured rate of one unit in Hz under a Gaussian, nothing of it over a gap between trials."""
    return remember(
        prediction,
        ("smooth", int(k), round(sigma, 4)),
        lambda: _smoothed(prediction.times, prediction.truth[:, k], sigma),
    )


def _smoothed(times: NDArray[np.float64], values: NDArray[Any], sigma: float) -> NDArray[np.floating]:
    from scipy.ndimage import gaussian_filter1d

    width = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    if sigma < width / 4:
        return values
    after = np.searchsorted(times, gaps(times)[:, 0]) + 1
    both = np.split(np.stack([values, np.ones(len(values))], 1).astype(float), after)
    total, share = np.concatenate([gaussian_filter1d(p, sigma / width, axis=0, mode="constant") for p in both]).T
    return total / share  # what lies beyond the ends of a trial has no say


def _shades(
    session: Catalog, recording: Recording, prediction: Prediction, x: tuple[float, float], width: int
) -> tuple[Spans, ...]:
    """What was hidden if that is a time, else the time that the run was not trained on; and picked moments."""
    if prediction.hides == WHEN:
        hidden = remember(prediction, "hidden", lambda: stretches(prediction.times, prediction.held_out))
        return (Spans(_bands.shade(hidden, x, width), colors.HELD_OUT, "hidden"),)
    run, shades = session.runs.get(Path(prediction.run).name), []
    apart = np.zeros((0, 2)) if run is None else run.spans(recording.session, "test")
    if len(apart):
        shades.append(Spans(_bands.shade(apart, x, width), colors.HELD_OUT, "held out"))
    picked = session.spans_of(session.selection.picked(TIME), recording.session)
    if len(picked):
        shades.append(Spans(_bands.shade(picked, x, width), colors.PICKED, "picked"))
    return tuple(shades)


def _extent(recording: Recording, prediction: Prediction) -> tuple[float, float]:
    """What "fit" shows: the whole recording, or what was hidden with a little around it."""
    if prediction.hides != WHEN or not prediction.held_out.any():
        return recording.start, recording.stop
    first, last = prediction.times[np.flatnonzero(prediction.held_out)[[0, -1]]].tolist()
    room = max(AROUND, 0.3 * (last - first))
    return max(first - room, recording.start), min(last + room, recording.stop)


def _bits(prediction: Prediction, name: str) -> float:
    """Bits per spike of one unit, in held-out trials if anything is hidden there; NaN if it did not fire."""
    return prediction.metrics.get(_measured_on(prediction) + f"bits_{name}", np.nan)


def _measured_on(prediction: Prediction) -> str:
    return "held_out_" if "held_out_bits_per_spike" in prediction.metrics else ""


def _score(prediction: Prediction) -> str:
    """Bits per spike of all where it was hidden, and what that was measured on."""
    apart = _measured_on(prediction)
    bits = prediction.metrics.get(f"{apart}bits_per_spike")
    return "" if bits is None else f" · {'held out' if apart else 'where trained'} {bits:.2f} bits per spike"


def _note(prediction: Prediction, rows: NDArray[np.intp]) -> str:
    """Whose rates these are, how many of how many, and how good they are."""
    total = len(prediction.names)
    what = {WHEN: "units judged", "rest": "units, seen from their own region"}.get(prediction.hides, "hidden units")
    count = f"{total} {what}" if len(rows) == total else f"{len(rows)} of {total} {what}, from the best to the worst"
    return " · ".join([prediction.session, Path(prediction.run).name, count]) + _score(prediction)


def _solid(color: Color) -> Color:
    return np.array([*color[:3], 255], np.uint8)


SPEC = ViewSpec(
    title=TITLE, state=State, scene=scene, hit=hit, describe=describe, choices=choices, axis="time",
    needs=Recording.kind, invitation="Open a recording to hide some of it from a model", order=3,
)  # fmt: skip
