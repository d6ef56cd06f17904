"""Tuning: what the picked units respond to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Image, Line, Scene, Shape, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.views._bands import round_numbers
from neurofm.data.behaviour import upward
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.recording import UNIT, Recording
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

INVITATION = "Open a recording with spikes to see what its units respond to"
MOST = 6  # units at once
TUNED = 4  # of the most tuned, where none is picked
FEWEST = 50  # spikes of a unit of which it is known how much it is tuned
MANY = 1_000_000  # spikes, of more the most active units are shown: to look for the most tuned would hold up the window
GAP = 1.12  # widths from one map to the next
TOLD = "tuned"
WINDOW = (-0.5, 1.0)  # seconds around an event

Floats = NDArray[np.floating]


@evented
@dataclass
class State:
    """What the tuning shows.

    Parameters
    ----------
    kind : a map of places, a curve of directions, the response to trials, or a curve of one feature; the one that
        says most of these units, if auto
    recording : name; that of the picked units, else the one that was opened or chosen last, if ""
    """

    kind: Literal["auto", "place", "direction", "psth", "curve"] = "auto"
    recording: str = ""


@dataclass(frozen=True, eq=False)
class Tuning:
    """Rates of units over x, or over a map that is drawn a unit beside the other, y as on the canvas."""

    kind: str
    on: str
    ids: Ids
    rates: Floats  # (unit, x) or (unit, y, x), Hz
    x: Floats
    y: Floats
    upward: bool = True

    @property
    def reach(self) -> tuple[float, float]:
        """Bottom and top of a map in the picture."""
        low, high = float(self.y[0]), float(self.y[-1])
        return (low, high) if self.upward else (-high, -low)


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Maps or curves of the picked units, the most tuned of many, or those of all where none is picked."""
    recording, rows, picked = _units(state, session)
    if recording is None or not len(recording.units):
        return Scene("Tuning", message=INVITATION, action="open")
    tuning = _tuning(state, session, recording, rows)
    if tuning is None:
        message = f"{recording.session} has no behaviour or trials; open them too"
        return Scene("Tuning", message=message, action="join_with")
    note = _note(recording, picked, len(rows), _by(recording))
    names = [str(recording.units["label"].iloc[row]) for row in rows]
    drawn = (_maps if tuning.kind == "place" else _curves)(tuning, names, recording, note)
    if state.kind in ("auto", tuning.kind):
        return drawn
    return replace(drawn, warning=f"{recording.session} has nothing for '{state.kind}'; '{tuning.kind}' is shown")


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Units whose map the shape touches, or whose curve runs through it."""
    recording, rows, _ = _units(state, session)
    tuning = None if recording is None else _tuning(state, session, recording, rows)
    if tuning is None:
        return UNIT, NONE
    low, high = shape.xy.min(0) - shape.reach, shape.xy.max(0) + shape.reach
    if tuning.kind == "place":
        left = tuning.x[0] + np.arange(len(tuning.ids)) * GAP * np.ptp(tuning.x)
        touched = (left <= high[0]) & (left + np.ptp(tuning.x) >= low[0])
        bottom, top = tuning.reach
        touched &= (bottom <= high[1]) & (top >= low[1])
        return UNIT, np.sort(tuning.ids[touched])
    x = np.unique(np.r_[tuning.x[(tuning.x > low[0]) & (tuning.x < high[0])], low[0], high[0]])
    curves = [np.interp(x, tuning.x, rate) for rate in tuning.rates]
    through = [bool(((c >= low[1]) & (c <= high[1])).any()) for c in curves]
    return UNIT, np.sort(tuning.ids[np.array(through, bool)])


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The unit under the mouse."""
    return words(session, space, id)


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Recordings."""
    return {"recording": ("", *session.recordings)}


def _units(state: State, session: Catalog) -> tuple[Recording | None, NDArray[np.intp], int]:
    """The recording, rows of the units to show, the most tuned of many, and how many are picked."""
    number, local = unpack(session.selection.picked(UNIT))
    recording = session.recording(state.recording)
    if not state.recording and len(number):
        recording = next((r for n, r in session.recordings.items() if session.number(n) == number[0]), recording)
    if recording is None:
        return None, np.zeros(0, np.intp), 0
    rows = local[number == session.number(recording.session)]
    among, most = (rows, MOST) if len(rows) else (np.arange(len(recording.units)), TUNED)
    key = ("shown", most, state.kind, *among.tolist())
    return recording, remember(recording, key, lambda: _best(state, recording, among, most)), len(rows)


def _best(state: State, recording: Recording, among: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Some units of many: those whose spikes say most of what they are tuned to, or the most active."""
    from neurofm.analysis.tuning import information, kind, telling

    kinds = kind(recording)
    if len(among) <= most:
        return np.sort(among)
    worth = remember(recording, "rates", recording.rates)[among]
    if kinds and _by(recording) == TOLD:
        chosen = state.kind if state.kind in kinds else telling(recording, among)
        bits = information(recording, among, chosen, kinds[chosen])
        worth = np.where(_fired(recording)[among] >= FEWEST, np.nan_to_num(bits), -1 / (1 + worth))
    return np.sort(among[np.argsort(-worth, kind="stable")[:most]])


def _by(recording: Recording) -> str:
    """By what some of many units are chosen."""
    return TOLD if len(recording.spikes) <= MANY else "active"


def _fired(recording: Recording) -> NDArray[np.int64]:
    """(unit,) spikes."""
    return remember(recording, "fired", lambda: np.bincount(recording.spikes.unit, minlength=len(recording.units)))


def _tuning(state: State, session: Catalog, recording: Recording, rows: NDArray[np.intp]) -> Tuning | None:
    from neurofm.analysis.tuning import kind, telling

    kinds = remember(recording, "kinds", lambda: kind(recording))
    if not kinds or not len(rows):
        return None
    ids = pack(session.number(recording.session), rows)
    auto = state.kind not in kinds
    chosen = remember(recording, ("kind", *ids.tolist()), lambda: telling(recording, rows)) if auto else state.kind
    return remember(recording, (chosen, *ids.tolist()), lambda: _compute(chosen, kinds[chosen], recording, rows, ids))


def _compute(kind: str, on: str, recording: Recording, rows: NDArray[np.intp], ids: Ids) -> Tuning:
    from neurofm.analysis import tuning

    if kind == "place":
        rates, x, y = tuning.place_field(recording, rows, on)
        return Tuning(kind, on, ids, rates, x, y, upward(recording.series[on]))
    if kind == "direction":
        rates, x = tuning.direction_curve(recording, rows, on)
        return Tuning(kind, on, ids, rates, np.degrees(x), x)
    if kind == "psth":
        rates, x = tuning.psth(recording, rows, recording.intervals[on]["start"].to_numpy(float), WINDOW, 0.05)
        return Tuning(kind, on, ids, rates, x, x)
    rates, x = tuning.curve_1d(recording, rows, on)
    return Tuning(kind, on, ids, rates, x, x)


def _maps(tuning: Tuning, names: list[str], recording: Recording, note: str) -> Scene:
    """Place fields in a row, each from 0 to its own peak."""
    width = float(np.ptp(tuning.x))
    marks, ticks = [], []
    for k, (rate, name) in enumerate(zip(tuning.rates, names)):
        left = float(tuning.x[0]) + k * GAP * width
        peak = float(np.nanmax(rate)) if np.isfinite(rate).any() else 0.0
        rgba = colors.amounts(rate.ravel(), limits=(0.0, max(peak, 1e-9))).rgba.reshape(*rate.shape, 4)
        rgba[~np.isfinite(rate)] = 0
        marks.append(Image(rgba if tuning.upward else rgba[::-1], (left, left + width), tuning.reach))
        ticks.append((left + width / 2, f"{name}\n{f'{peak:.0f}' if peak >= 10 else f'{peak:.2g}'} Hz"))
    y, sign = recording.series[tuning.on], 1 if tuning.upward else -1
    ticks_beside = tuple((sign * at, f"{at:g}") for at in round_numbers(float(tuning.y[0]), float(tuning.y[-1])))
    right = float(tuning.x[0]) + (GAP * (len(names) - 1) + 1) * width
    return Scene(
        "Place fields",
        tuple(marks),
        Axis("Unit (peak of the smoothed rate)", "", (float(tuning.x[0]), right), tuple(ticks)),
        Axis(y.names[1], y.unit, tuning.reach, ticks_beside),
        scale=(0.0, 1.0, "share of peak", colors.opaque(colors.VIRIDIS)),
        note=f"{note} · {tuning.rates.shape[2]} x {tuning.rates.shape[1]} bins, smoothed by one",
        equal=True,
    )


def _curves(tuning: Tuning, names: list[str], recording: Recording, note: str) -> Scene:
    ids = np.arange(len(names))
    rgba = np.c_[colors.OKABE_ITO[ids % 7], np.full(len(ids), 255)].astype(np.uint8)
    lines = tuple(Line(tuning.x, rate, c, 1.5, n) for rate, c, n in zip(tuning.rates, rgba, names))
    top = float(np.nanmax(tuning.rates)) if np.isfinite(tuning.rates).any() else 1.0
    x = {
        "direction": Axis(
            f"Direction of {tuning.on}", "°", (-180.0, 180.0), tuple((a, f"{a:g}") for a in range(-180, 181, 90))
        ),
        "psth": Axis("Time from the start of a trial", "s", WINDOW),
    }.get(tuning.kind)
    if x is None:
        series = recording.series[tuning.on]
        x = Axis(series.names[0], series.unit, (float(tuning.x[0]), float(tuning.x[-1])))
    title = {"direction": "Direction tuning", "psth": "Response to trials"}.get(tuning.kind, "Tuning")
    legend = tuple(zip(names, rgba))
    return Scene(title, lines, x, Axis("Rate", "Hz", (0.0, 1.05 * max(top, 1e-9))), legend=legend, note=note)


def _note(recording: Recording, picked: int, shown: int, by: str) -> str:
    if not picked:
        return f"{recording.session} · the most {by} units; pick some to see theirs"
    return recording.session + (f" · the most {by} {shown} of {picked} picked units" if picked > shown else "")


SPEC = ViewSpec(
    title="Tuning", state=State, scene=scene, hit=hit, describe=describe, choices=choices,
    needs=Recording.kind, invitation=INVITATION,
    place="right", order=2,
)  # fmt: skip
