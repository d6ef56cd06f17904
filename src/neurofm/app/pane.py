"""One view as any front shows it: what is drawn, and what each gesture of a user does. It knows no window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal

from neurofm.app.pictures.controls import Control, controls
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Points, Scene, Shape, Viewport
from neurofm.app.play import play, step
from neurofm.app.state.checked import become
from neurofm.app.state.link import NONE, among
from neurofm.checks import check_choice
from neurofm.data.ids import Ids
from neurofm.settings import typed
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.session import Session
    from neurofm.app.state.selection import Mode

TURNED = 0.5  # degrees that a picture in three dimensions turns with each pixel
ROOM = 0.1  # share of a range that is left free around what is picked
LEAD = 0.1  # share of a window of time that has passed already where it jumps to a time beyond it

Span = tuple[float, float]
Ranges = tuple[Span, Span]


class Pane:
    """A view of a session.

    Parameters
    ----------
    spec : the view
    session : what it shows
    state : of the view

    Attributes
    ----------
    picture : the scene that was asked for last
    ranges : what is shown along both axes; None for all there is
    moved : signal with the (start, stop) that a time axis was moved to by hand
    shown : signal with the (start, stop) that it is to show, since another was moved
    """

    moved = Signal(float, float)
    shown = Signal(float, float)

    def __init__(self, spec: ViewSpec, session: Session, state: Any) -> None:
        self.spec, self.session, self.state = spec, session, state
        self.picture = Scene("")
        self.ranges: Ranges | None = None
        self._picked: tuple[str, Ids] | None = None  # in the picture before

    # ---- what it shows

    @property
    def time(self) -> bool:
        """Whether its horizontal axis is the one time."""
        return self.spec.axis == "time"

    @property
    def space(self) -> str:
        """What a pick in it is of: "unit", "time", ..."""
        return str(self.spec.hit(self.state, self.session, Shape("box", np.zeros((2, 2))))[0])

    def scene(self, viewport: Viewport) -> Scene:
        """The picture as it is now; all of it, where its horizontal axis has become another."""
        self._follow()
        picture = draw(self.spec, self.state, self.session, viewport)
        if self.ranges is not None and self._turned(picture):
            self.ranges = None
            picture = draw(self.spec, self.state, self.session, replace(viewport, x=None, y=None))
        self.picture = picture
        return picture

    def _follow(self) -> None:
        """Let the view follow a pick that is new."""
        space = self.session.selection.last
        before, self._picked = self._picked, (space, self.session.selection.picked(space))
        if before is not None and space and (before[0] != space or not np.array_equal(before[1], self._picked[1])):
            self.spec.follow(self.state, self.session, space)

    def _turned(self, picture: Scene) -> bool:
        """Whether it shows another map than the picture before, so that the ranges of that mean nothing in it."""
        before = self.picture
        return bool(before.marks and picture.marks and before.x.label != picture.x.label)

    def controls(self) -> tuple[Control, ...]:
        """What its tool bar offers now."""
        return controls(self.spec, self.state, self.session)

    def set(self, values: Mapping[str, Any]) -> None:
        """Set fields of its state, as they came from a control.

        Raises
        ------
        LookupError
            If there is no such field, or no such choice.
        ValueError
            If a value is not of the field's type, or out of its range.
        """
        wanted = typed(values, self.spec.state)
        offered = self.spec.choices(replace(self.state, **wanted), self.session)
        for name, value in wanted.items():
            if name in offered and value not in ("", getattr(self.state, name)):
                check_choice(name.replace("_", " "), value, offered[name])
        become(self.state, replace(self.state, **wanted))

    # ---- picking

    def pick(self, shape: Shape, mode: Mode = "replace") -> bool:
        """Pick what is under a shape; False, and nothing is changed, if there is nothing.

        A front clears the pick then where the mode is "replace", unless the click is half of a double click.
        """
        space, ids = self.spec.hit(self.state, self.session, shape)
        if len(ids):
            self.session.selection.pick(space, ids, mode)
        return bool(len(ids))

    def pick_named(self, name: str, mode: Mode = "replace") -> None:
        """Pick all that the legend calls so."""
        space, column = self.picture.colored
        ids = self.session.where(space, column, name) if column else NONE
        if self.picture.named is not None:
            ids = ids[among(ids, self.picture.named)]
        if len(ids):
            self.session.selection.pick(space, ids, mode)

    def hover(self, shape: Shape) -> str:
        """One line on what is under the mouse; "" if nothing is."""
        space, ids = self.spec.hit(self.state, self.session, shape)
        if not len(ids):
            return self.spec.under(self.state, self.session, shape)
        return self.spec.describe(self.state, self.session, space, int(ids[0]))

    def hover_row(self, row: float) -> str:
        """The same of a row of a table, counted from the top."""
        return self.hover(Shape("point", np.array([[0.5, row]])))

    def grip(self, shape: Shape) -> tuple[int, ...]:
        """The key of what a drag from this point would move; () if it moves nothing."""
        grips = self.picture.grips
        if grips is None or not len(grips.xy):
            return ()
        off = np.abs(grips.xy - shape.xy[0]) / np.maximum(shape.reach, 1e-12)
        near = int(np.hypot(*off.T).argmin())
        return tuple(grips.keys[near].tolist()) if np.hypot(*off[near]) <= 1 else ()

    def drag(self, key: Sequence[int], x: float, y: float) -> None:
        """Put what was gripped there.

        Raises
        ------
        LookupError, ValueError
            If it is gone by now.
        """
        self.spec.drag(self.state, self.session, tuple(map(int, key)), float(x), float(y))

    # ---- looking elsewhere

    def around_pick(self) -> Ranges | None:
        """Ranges around what is picked with some room; None where none of it is drawn as points."""
        picked = self.session.selection.picked
        marks = [mark for mark in self.picture.marks if isinstance(mark, Points)]
        xy = np.concatenate([np.zeros((0, 2)), *(m.xy[np.isin(m.ids, picked(m.space))] for m in marks)])
        if not len(xy):
            return None
        (left, bottom), (right, top) = xy.min(0), xy.max(0)
        return _roomy(left, right), _roomy(bottom, top)

    def fit(self) -> None:
        """Show all."""
        self.ranges = None

    def fit_again(self) -> None:
        """Show all; where all is shown already, the pick."""
        self.ranges = self.around_pick() if self.ranges is None else None

    def move(self, ranges: Ranges) -> None:
        """Show these ranges, to which a user has moved; other time axes follow."""
        self.ranges = ranges
        if self.time:
            self.moved.emit(*ranges[0])

    def follow(self, seconds: float) -> bool:
        """Go along with the one time where it leaves what a time axis shows; True if that had to move."""
        if not self.time or self.ranges is None or self.ranges[0][0] <= seconds <= self.ranges[0][1]:
            return False
        width = self.ranges[0][1] - self.ranges[0][0]
        self.move(((seconds - LEAD * width, seconds + (1 - LEAD) * width), self.ranges[1]))
        return True

    def turn(self, right: float, down: float) -> None:
        """Look at three dimensions from further round, after a drag by so many pixels."""
        self.state.dims = "3-D"
        self.state.azimuth -= TURNED * right
        self.state.elevation = min(max(self.state.elevation + TURNED * down, -90.0), 90.0)

    # ---- time and rows

    def go_to(self, seconds: float) -> None:
        """Move the one time there."""
        self.session.time = seconds

    def step(self, seconds: float = 0.0, frames: float = 0.0) -> None:
        """Move the one time, within what was recorded."""
        step(self.session, seconds, frames)

    def play(self, seconds: float) -> None:
        """Move the one time on, over what is picked if that has times."""
        play(self.session, seconds)

    def sort(self, column: str) -> None:
        """Order a table by a column; once more: the other way round."""
        self.state.descending = self.state.sort_by == column and not self.state.descending
        self.state.sort_by = column

    def activate(self, row: int) -> None:
        """Do what a double click on a row of a table is for.

        Raises
        ------
        DataError
            If what it stands for is gone.
        """
        self.spec.activate(self.state, self.session, row)


def move_together(panes: Iterable[Pane], moved: Pane, start: float, stop: float) -> None:
    """Let all time axes show what was moved to in one of them."""
    for pane in panes:
        if pane is not moved and pane.time:
            pane.shown.emit(start, stop)


def wide(span: Span) -> Span:
    """A range that is not empty."""
    low, high = float(span[0]), float(span[1])
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _roomy(low: float, high: float) -> Span:
    low, high = wide((low, high))
    room = ROOM * (high - low)
    return low - room, high + room
