"""Slices: one plane of a volume, what its voxels are labelled as, and the things that lie in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.colors import Coloring
from neurofm.app.describe import describe as words
from neurofm.app.pictures import probable
from neurofm.app.pictures.scene import Axis, Image, Line, Points, Scene, Shape, Viewport
from neurofm.app.state import volumes
from neurofm.app.state.link import NONE, among
from neurofm.app.state.volumes import Labels
from neurofm.app.views import _planes
from neurofm.app.views._bands import downwards
from neurofm.app.views._planes import Cut, Span
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.volume import AXES, UNSCALED, VOXEL, Pyramid, Volume
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

MOST = 100_000  # voxels that a shape picks at most
MARKED = 2_000  # picked things that are drawn
GREY = 128  # of a picture that labels lie over, in the key
FEW = 50  # picked voxels that are drawn as points
NAMED = 12  # names of labels that a legend has room for
ALL, NO_LABELS = "all", "none"


@evented
@dataclass
class State:
    """What the slice shows.

    Parameters
    ----------
    volume : name; the one that was opened or chosen last if ""
    across : the axis that the plane lies across
    depth : share of the way along it, in percent
    labels : which of them lie on it; the newest if "", "all" or "none"
    opacity : of the labels, in percent
    color_by : a column of the things that labels number; each number has a colour of its own if ""
    pick : what a gesture picks; things that lie in the volume if "", and its voxels where there are none
    """

    volume: str = ""
    across: Literal["z", "y", "x"] = "z"
    depth: Annotated[float, {"min": 0.0, "max": 100.0}] = 50.0
    labels: str = ""
    opacity: Annotated[int, {"min": 0, "max": 100}] = 40
    color_by: str = ""
    pick: str = ""


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """The plane, at the scale of the pixels; a coarser one until it is read."""
    volume = shown(state, session)
    if volume is None:
        return Scene("Slices", message="Open a volume to see it", action="open")
    cut, layers = _cut(state, volume), _layers(state, session, volume)
    spans = tuple(_planes.inside(span, whole) for span, whole in zip((viewport.y, viewport.x), cut.extents))
    images, told = _images(session, volume, layers, cut, spans, viewport, state)
    unit = "voxels" if volume.unit == UNSCALED else "µm"
    y = downwards(AXES[cut.up], unit, cut.extents[0], sum(cut.extents[0]), spans[0])
    x = Axis(AXES[cut.right], unit, cut.extents[1])
    marks = (*images, *_voxels(session, volume, cut), *_things(session, volume, cut))
    colored = _legend(state, session, volume, layers, dark=viewport.dark)
    return Scene(
        "Slices", marks, x, y, note=_note(volume, cut, unit, layers), warning=next(iter(told), ""), equal=True,
        **colored,
    )  # fmt: skip


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """What is under a point, or all of the plane that a shape holds; of voxels as many as are told apart."""
    volume = shown(state, session)
    if volume is None:
        return VOXEL, NONE
    space, cut = _space(state, session, volume), _cut(state, volume)
    if space != VOXEL:
        return _things_in(session, volume, space, cut, shape)
    whole = volume.whole
    places = cut.places(np.asarray(shape.xy[:1], float)) if shape.kind == "point" else _covered(whole, cut, shape)
    voxels = volume.at(places)
    return VOXEL, pack(session.number(volume.session), np.unique(voxels[voxels >= 0]))


def held(
    session: Catalog, volume: Volume, across: int, places: NDArray[np.float64], kind: Literal["point", "box", "lasso"]
) -> tuple[str, Ids]:
    """What a shape on a plane of a volume holds, by its corners z y x; things as the view picks them, else voxels."""
    depth = _depth(volume, across, places[0, across])
    views = (view for name, view in list(session.views.items()) if isinstance(view, State))
    pick = next((view.pick for view in views), "")
    state = State(volume=volume.session, across=AXES[across], depth=depth, pick=pick)  # type: ignore[arg-type]
    return hit(state, session, Shape(kind, _cut(state, volume).xy(places)))


def follow(state: State, session: Catalog, space: str) -> None:
    """Go to the plane of the nearest thing that is picked, unless one is on the plane that is shown."""
    volume = shown(state, session)
    if volume is not None:
        across = AXES.index(state.across)
        place = elsewhere(session, volume, across, _cut(state, volume).place, space)
        state.depth = state.depth if place is None else _depth(volume, across, place)


def go_to(state: State, volume: Volume, across: int, where: float) -> None:
    """Show the plane through a place along an axis, if it is that axis which planes lie across."""
    here = place(state, volume, across)
    if here is not None and abs(where - here) > volume.spacing[across] / 2:
        state.depth = _depth(volume, across, where)


def place(state: State, volume: Volume, across: int) -> float | None:
    """Where the plane lies along an axis, in the volume's unit; None if it lies across another."""
    return _cut(state, volume).place if AXES[across] == state.across else None


def elsewhere(session: Catalog, volume: Volume, across: int, place: float, space: str) -> float | None:
    """Along an axis, where the nearest picked thing of a volume lies, if none is on the plane through a place."""
    if space not in volumes.things(session, volume):
        return None
    ids, boxes = volumes.boxes(session, volume, space)
    own = boxes[among(ids, session.selection.picked(space))][:, :, across]
    middles = own.mean(1)
    if not np.isfinite(middles).any() or ((own[:, 0] <= place) & (place < own[:, 1])).any():
        return None
    return float(middles[np.nanargmin(np.abs(middles - place))])


def outlined(session: Catalog, volume: Volume, most: int) -> NDArray[np.float64]:
    """(box, 2, 3) corners of picked things of a volume that no number of its labels marks, so many at most."""
    parts = [np.zeros((0, 2, 3))]
    for space, holders in volumes.things(session, volume).items():
        if all(one.numbers is None for _, one in holders):
            ids, boxes = volumes.boxes(session, volume, space)
            parts.append(boxes[among(ids, session.selection.picked(space))])
    return np.concatenate(parts)[:most]


def described(state: State, session: Catalog, space: str, id: int) -> str:
    """Its label; of a voxel also what is there, as far as that is read."""
    volume, told = shown(state, session), words(session, space, id)
    if space != VOXEL or volume is None:
        return told
    return " · ".join([told, *_values(session, volume, volume.place(np.array([unpack(id)[1]]))[0])])


def under(state: State, session: Catalog, shape: Shape) -> str:
    """What is at a point where no thing lies."""
    volume = shown(state, session)
    if volume is None:
        return ""
    (place,) = _cut(state, volume).places(np.asarray(shape.xy[:1], float))
    return " · ".join(_values(session, volume, place))


def _values(session: Catalog, volume: Volume, place: NDArray[np.float64]) -> list[str]:
    """The grey value at a place, and what each of the labels says, as far as that is read."""
    grey = None if volume.image is None else _planes.number_at(session, volume.image, place)
    values = [] if grey is None else [f"{grey:g}"]
    for labels in volumes.labels(session, volume).values():
        number = _planes.number_at(session, labels.pyramid, place)
        likely = probable.words(labels.pyramid, place)
        if number or likely:
            values.append(f"{labels.title}: {likely or labels.volume.name(labels.name, int(number or 0))}")
    return values


def shown(state: State, session: Catalog) -> Volume | None:
    """The chosen volume, else of those that have an image, or else of all, the one that was current last."""
    there = volumes.volumes(session)
    grey = [name for name, volume in there.items() if volume.image is not None]
    return there.get(state.volume) or there.get(session.latest(grey or there))


def sight(state: State, session: Catalog, ranges: tuple[Span, Span] | None) -> NDArray[np.float64] | None:
    """(2, 3) corners z y x of the part of the plane between ranges to the right and upwards; None without a volume."""
    volume = shown(state, session)
    if volume is None:
        return None
    cut = _cut(state, volume)
    up, right = (_planes.inside(span, whole) for span, whole in zip((ranges or (None, None))[::-1], cut.extents))
    return np.sort(cut.places(np.stack([right, up], -1)), axis=0)


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Volumes that are open, the labels of the one that is shown, and what lies in it."""
    volume = shown(state, session)
    labels = () if volume is None else tuple(volumes.labels(session, volume))
    things = () if volume is None else _spaces(session, volume)
    both = (ALL,) if len(labels) > 1 else ()
    there = tuple(volumes.volumes(session))
    on = [] if volume is None else _layers(state, session, volume)
    of = [volumes.numbered(session, volume, one)[0] for one in on] if volume is not None else []
    columns = dict.fromkeys(column for space in of if space for column in session.columns(space))
    return {
        "volume": ("", *there), "labels": ("", *both, NO_LABELS, *labels), "color_by": ("", *columns),
        "pick": ("", VOXEL, *things),
    }  # fmt: skip


def _layers(state: State, session: Catalog, volume: Volume) -> list[Labels]:
    """The labels that are drawn, from the lowest up."""
    there = volumes.labels(session, volume)
    if state.labels == NO_LABELS:
        return []
    if state.labels == ALL:
        return list(there.values())
    newest = [one for one in there.values() if one.volume is not volume][-1:] or list(there.values())[:1]
    return [there[state.labels]] if state.labels in there else newest


def _depth(volume: Volume, across: int, place: float) -> float:
    """The share of the way along an axis, in percent."""
    row = (place - volume.whole.origin[across]) / volume.spacing[across]
    return float(np.clip(100 * row / max(volume.whole.shape[across] - 1, 1), 0, 100))


def _space(state: State, session: Catalog, volume: Volume) -> str:
    there = _spaces(session, volume)
    return state.pick if state.pick in (VOXEL, *there) else next(iter(there), VOXEL)


def _spaces(session: Catalog, volume: Volume) -> tuple[str, ...]:
    """Spaces of which something lies in it."""
    there = volumes.things(session, volume)
    return tuple(space for space in there if len(volumes.boxes(session, volume, space)[0]))


def _cut(state: State, volume: Volume) -> Cut:
    return _planes.cut(AXES.index(state.across), state.depth, volume.whole)


def _images(
    session: Catalog, volume: Volume, layers: list[Labels], cut: Cut, spans: tuple[Span, ...], viewport: Viewport,
    state: State,
) -> tuple[list[Image], list[str]]:  # fmt: skip
    """The grey plane and labels over it, as far as they are read, and what is to be said of that."""
    images, told = [], list[str]()
    if volume.image is not None:
        numbers, box, late = _planes.plane(session, volume.image, cut, spans, viewport)
        told += late
        if numbers is not None:
            images.append(_planes.image(_planes.grey(numbers, volume.image), *box))
    for labels in layers:
        numbers, box, late = _planes.plane(session, labels.pyramid, cut, spans, viewport)
        told += late
        if numbers is not None:
            lit = volumes.lit(session, volume, labels)
            known, coloring = colouring(state, session, volume, labels, dark=viewport.dark)
            rgba = _planes.coloured(numbers, state.opacity, lit, (known, coloring.rgba))
            images.append(_planes.image(rgba, *box))
    return images, told


def colouring(
    state: State, session: Catalog, volume: Volume, labels: Labels, *, dark: bool
) -> tuple[NDArray[np.int64], Coloring]:
    """Numbers of labels and their colours, by the column that is chosen; none where that says nothing of them."""
    space, ids, numbers = volumes.numbered(session, volume, labels)
    if not state.color_by or not space or state.color_by not in session.columns(space):
        return NONE, colors.plain(0, dark=dark)
    return numbers, session.colors(state.color_by, space, ids, dark=dark)


def _legend(state: State, session: Catalog, volume: Volume, layers: list[Labels], *, dark: bool) -> dict[str, Any]:
    """What colours mean: the column that is chosen, else names of labels, if they are few."""
    for labels in layers:
        numbers, coloring = colouring(state, session, volume, labels, dark=dark)
        if len(numbers):
            space = volumes.numbered(session, volume, labels)[0]
            named = {"colored": (space, state.color_by)} if coloring.legend else {}
            return {"legend": coloring.legend, "scale": coloring.scale, **named}
    rows: list[tuple[str, Any]] = []
    for labels in layers:
        names = labels.volume.names.get(labels.name, {})
        rows += [(names[n], _over_grey(colors.label(n), volume, state.opacity)) for n in sorted(names) if n > 0]
    return {"legend": tuple(rows) if len(rows) <= NAMED else ()}


def _over_grey(color: NDArray[np.uint8], volume: Volume, opacity: int) -> NDArray[np.uint8]:
    """A colour as it is seen over the picture of a volume."""
    share = 1.0 if volume.image is None else opacity / 100
    return np.r_[np.rint(share * color[:3] + (1 - share) * GREY), 255].astype(np.uint8)


def _covered(pyramid: Pyramid, cut: Cut, shape: Shape) -> NDArray[np.float64]:
    """(voxel, 3) middles of the voxels of the plane that a shape holds; every so many of those that are too many."""
    corners = cut.places(np.asarray(shape.xy, float))
    step, begin = pyramid.spacing[0], pyramid.origin
    low = np.maximum(np.ceil((corners.min(0) - begin) / step - 1e-9), 0).astype(int)
    high = np.minimum(np.floor((corners.max(0) - begin) / step + 1e-9), np.array(pyramid.shape) - 1).astype(int)
    count = max(high[cut.up] - low[cut.up] + 1, 0) * max(high[cut.right] - low[cut.right] + 1, 0)
    every = max(1, int(np.ceil(np.sqrt(count / MOST))))
    rows = [np.arange(low[k], high[k] + 1, every) if k != cut.across else low[k : k + 1] for k in range(3)]
    rows[cut.across] = np.rint((corners[:1, cut.across] - begin[cut.across]) / step[cut.across])
    places = np.stack(np.meshgrid(*rows, indexing="ij"), -1).reshape(-1, 3) * step + begin
    return places if shape.kind == "box" else places[_within(corners, places, cut)]


def _within(corners: NDArray[np.float64], places: NDArray[np.float64], cut: Cut) -> NDArray[np.bool_]:
    """(place,) which are inside a lasso."""
    from matplotlib.path import Path

    around = Path(corners[:, [cut.right, cut.up]])
    return np.asarray(around.contains_points(places[:, [cut.right, cut.up]]))


def _things_in(session: Catalog, volume: Volume, space: str, cut: Cut, shape: Shape) -> tuple[str, Ids]:
    """The thing under a point; else those of the plane whose middle a shape holds, or the ones around a small shape."""
    ids, boxes = volumes.boxes(session, volume, space)
    on = cut.crosses(boxes[:, 0], boxes[:, 1])
    ids, boxes = ids[on], boxes[on]
    corners = cut.places(np.asarray(shape.xy, float))
    seen = [cut.up, cut.right]
    if shape.kind != "point":
        middle, (low, high) = boxes.mean(1), (corners.min(0), corners.max(0))
        inside = ((middle[:, seen] >= low[seen]) & (middle[:, seen] <= high[seen])).all(1)
        if shape.kind == "lasso":
            inside &= _within(corners, middle, cut)
        if inside.any():
            return space, np.unique(ids[inside])
    point = corners.mean(0)
    around = np.flatnonzero(((boxes[:, 0] <= point) & (point < boxes[:, 1]))[:, seen].all(1))
    if not len(around):
        return space, NONE
    for labels in volumes.labels(session, volume).values():
        number = _planes.number_at(session, labels.pyramid, point)
        named = volumes.labelled(session, volume, labels, int(number)) if number else ("", NONE)
        if named[0] == space:
            return named
    size = np.prod(boxes[around, 1] - boxes[around, 0], axis=1)
    return space, ids[around[[int(size.argmin())]]]


def _voxels(session: Catalog, volume: Volume, cut: Cut) -> list[Points | Image]:
    """Picked voxels on the plane: a veil over many, a point on each of a few."""
    number, local = unpack(session.selection.picked(VOXEL))
    own = local[number == session.number(volume.session)]
    places = volume.place(own)
    step = volume.spacing / 2
    on = np.flatnonzero(cut.crosses(places - step, places + step))
    if len(on) > FEW:
        return [_planes.veil(cut.xy(places[on]), 2 * step[[cut.right, cut.up]])]
    color = np.broadcast_to(colors.PREDICTED, (len(on), 4))
    ids = pack(session.number(volume.session), own[on])
    return [Points(VOXEL, ids, cut.xy(places[on]), color, 5.0)] if len(on) else []


def _things(session: Catalog, volume: Volume, cut: Cut) -> list[Points | Line]:
    """Boxes around the picked things that the plane goes through, with a point in the middle of each."""
    marks: list[Points | Line] = []
    for space in volumes.things(session, volume):
        picked = session.selection.picked(space)
        ids, boxes = volumes.boxes(session, volume, space) if len(picked) else (NONE, np.zeros((0, 2, 3)))
        on = np.flatnonzero(among(ids, picked) & cut.crosses(boxes[:, 0], boxes[:, 1]))[:MARKED]
        if len(on):
            corner = cut.xy(boxes[on])  # (box, 2, 2)
            x, y = corner[:, [0, 1, 1, 0, 0], 0], corner[:, [0, 0, 1, 1, 0], 1]
            gap = np.full((len(on), 1), np.nan)
            ink = np.broadcast_to(colors.PREDICTED, (len(on), 4))
            marks.append(Line(np.hstack([x, gap]).ravel(), np.hstack([y, gap]).ravel(), colors.PREDICTED))
            marks.append(Points(space, ids[on], corner.mean(1), ink, 4.0))
    return marks


def _note(volume: Volume, cut: Cut, unit: str, layers: list[Labels]) -> str:
    rows = volume.whole.shape[cut.across]
    row = round((cut.place - volume.whole.origin[cut.across]) / volume.spacing[cut.across])
    named = f" · {', '.join(labels.title for labels in layers)}" if layers else ""
    return f"{volume.session} · {AXES[cut.across]} {cut.place:,.1f} {unit} (plane {row + 1:,} of {rows:,}){named}"


SPEC = ViewSpec(
    title="Slices",
    state=State,
    scene=scene,
    hit=hit,
    describe=described,
    under=under,
    follow=follow,
    choices=choices,
    needs=Volume.kind,
    invitation="Open a volume to look into it",
    place="tab of tuning",
)
