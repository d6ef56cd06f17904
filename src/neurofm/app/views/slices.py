"""Slices: one plane of a volume, with what its voxels are labelled as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal
from weakref import WeakKeyDictionary, ref

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.pictures.late import Late
from neurofm.app.pictures.layers.volume import limits
from neurofm.app.pictures.scene import Axis, Image, Points, Scene, Shape, Viewport
from neurofm.app.state.link import NONE
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.volume import AXES, UNSCALED, VOXEL, Pyramid, Volume
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

Span = tuple[float, float]
MOST = 100_000  # voxels that a shape picks at most
MARKED = 2_000  # picked voxels that are drawn
_late: WeakKeyDictionary[Catalog, WeakKeyDictionary[Pyramid, Late]] = WeakKeyDictionary()
_contrast: WeakKeyDictionary[Pyramid, tuple[float, float] | None] = WeakKeyDictionary()


@evented
@dataclass
class State:
    """What the slice shows.

    Parameters
    ----------
    volume : name; the first that is open if ""
    across : the axis that the plane lies across
    depth : share of the way along it, in percent
    labels : which of them lie on it; none if "none"
    opacity : of the labels, in percent
    """

    volume: str = ""
    across: Literal["z", "y", "x"] = "z"
    depth: Annotated[float, {"min": 0.0, "max": 100.0}] = 50.0
    labels: str = ""
    opacity: Annotated[int, {"min": 0, "max": 100}] = 40


@dataclass(frozen=True)
class _Cut:
    """Where a plane lies: its own axes, and the place along the one across, in micrometres."""

    across: int
    up: int
    right: int
    place: float


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """The plane, at the scale of the pixels; a coarser one until it is read."""
    volume = _shown(state, session)
    if volume is None:
        return Scene("Slices", message="Open a volume to see it", action="open")
    cut = _cut(state, volume.whole)
    extent = _extents(volume.whole, cut)
    spans = tuple(_inside(span, whole) for span, whole in zip((viewport.y, viewport.x), extent))
    marks: list[Image | Points] = []
    told = []
    if volume.image is not None:
        grey, box, late = _plane(session, volume.image, cut, spans, viewport)
        told += late
        if grey is not None:
            marks.append(_image(_grey(grey, volume.image), *box))
    name = _label(state, volume)
    legend: tuple[Any, ...] = ()
    if name:
        numbers, box, late = _plane(session, volume.labels[name], cut, spans, viewport)
        told += late
        if numbers is not None:
            rgba, legend = _coloured(volume, name, numbers, state.opacity)
            marks.append(_image(rgba, *box))
    marks += _picked(session, volume, cut)
    unit = "voxels" if volume.unit == UNSCALED else "µm"
    x, y = Axis(AXES[cut.right], unit, extent[1]), Axis(f"{AXES[cut.up]} from below", unit, extent[0])
    return Scene(
        "Slices", tuple(marks), x, y,
        legend=legend, note=_note(volume, cut, unit, name), warning=next(iter(told), ""), equal=True,
    )  # fmt: skip


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """The voxel under a point, or those of the plane that a shape holds, as many as are told apart."""
    volume = _shown(state, session)
    if volume is None:
        return VOXEL, NONE
    cut, whole = _cut(state, volume.whole), volume.whole
    places = _point(whole, cut, shape) if shape.kind == "point" else _covered(whole, cut, shape)
    voxels = volume.at(places)
    return VOXEL, pack(session.number(volume.session), np.unique(voxels[voxels >= 0]))


def _point(pyramid: Pyramid, cut: _Cut, shape: Shape) -> NDArray[np.float64]:
    """(1, 3) the place under a point."""
    return _places(pyramid, cut, np.asarray(shape.xy[:1], float))


def _covered(pyramid: Pyramid, cut: _Cut, shape: Shape) -> NDArray[np.float64]:
    """(voxel, 3) middles of the voxels of the plane that a shape holds; every so many of those that are too many."""
    corners = _places(pyramid, cut, np.asarray(shape.xy, float))
    step, begin = pyramid.spacing[0], pyramid.origin
    low = np.maximum(np.ceil((corners.min(0) - begin) / step - 1e-9), 0).astype(int)
    high = np.minimum(np.floor((corners.max(0) - begin) / step + 1e-9), np.array(pyramid.shape) - 1).astype(int)
    count = max(high[cut.up] - low[cut.up] + 1, 0) * max(high[cut.right] - low[cut.right] + 1, 0)
    every = max(1, int(np.ceil(np.sqrt(count / MOST))))
    rows = [np.arange(low[k], high[k] + 1, every) if k != cut.across else low[k : k + 1] for k in range(3)]
    rows[cut.across] = np.rint((corners[:1, cut.across] - begin[cut.across]) / step[cut.across])
    places = np.stack(np.meshgrid(*rows, indexing="ij"), -1).reshape(-1, 3) * step + begin
    if shape.kind == "box":
        return places
    from matplotlib.path import Path

    around = Path(corners[:, [cut.right, cut.up]])
    return places[around.contains_points(places[:, [cut.right, cut.up]])]


def _places(pyramid: Pyramid, cut: _Cut, xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """(point, 3) where points of the picture are."""
    places = np.empty((len(xy), 3))
    places[:, cut.across], places[:, cut.right] = cut.place, xy[:, 0]
    places[:, cut.up] = _flipped(pyramid, cut, xy[:, 1])
    return places


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Volumes that are open, and the labels of the one that is shown."""
    volume = _shown(state, session)
    return {"volume": ("", *_volumes(session)), "labels": ("", "none", *(volume.labels if volume else ()))}


def _volumes(session: Catalog) -> dict[str, Volume]:
    return {name: source for name, source in list(session.sources.items()) if isinstance(source, Volume)}


def _shown(state: State, session: Catalog) -> Volume | None:
    there = _volumes(session)
    return there.get(state.volume) or next(iter(there.values()), None)


def _label(state: State, volume: Volume) -> str:
    if state.labels in volume.labels:
        return state.labels
    return "" if state.labels == "none" else next(iter(volume.labels), "")


def _cut(state: State, pyramid: Pyramid) -> _Cut:
    across = AXES.index(state.across)
    up, right = (k for k in range(3) if k != across)
    row = round(min(max(state.depth, 0.0), 100.0) / 100 * (pyramid.shape[across] - 1))
    return _Cut(across, up, right, float(pyramid.origin[across] + row * pyramid.spacing[0, across]))


def _extents(pyramid: Pyramid, cut: _Cut) -> tuple[Span, Span]:
    """What the plane covers, upwards and to the right."""
    step, begin = pyramid.spacing[0], pyramid.origin
    return tuple(  # type: ignore[return-value]
        (float(begin[k] - step[k] / 2), float(begin[k] + (pyramid.shape[k] - 0.5) * step[k]))
        for k in (cut.up, cut.right)
    )


def _flipped(pyramid: Pyramid, cut: _Cut, value: Any) -> Any:
    """Places along the axis that points down in a volume and up in a picture, either way."""
    low, high = _extents(pyramid, cut)[0]
    return low + high - value


def _inside(span: Span | None, whole: Span) -> Span:
    if span is None:
        return whole
    low, high = max(span[0], whole[0]), min(span[1], whole[1])
    return (low, high) if low < high else whole


Read = tuple[NDArray[Any] | None, tuple[Span, Span], list[str]]


def _plane(session: Catalog, pyramid: Pyramid, cut: _Cut, spans: tuple[Span, ...], viewport: Viewport) -> Read:
    """Numbers (up, right) of a plane where it is looked at, the box they cover, and what could not be read."""
    (bottom, top), right = spans
    up = tuple(sorted((_flipped(pyramid, cut, bottom), _flipped(pyramid, cut, top))))
    pixel = max((up[1] - up[0]) / max(viewport.height, 1), (right[1] - right[0]) / max(viewport.width, 1))
    number = pyramid.level(pixel, (cut.up, cut.right))
    exact, box = _request(pyramid, number, cut, up, right)
    late = _of(session, pyramid)
    picture, key = _got(late, pyramid, number, exact)
    failed = [f"{late.failed[key]}"] if key in late.failed else _broken(pyramid.levels[number])
    if picture is None and number < len(pyramid.levels) - 1:
        last = len(pyramid.levels) - 1
        rough, box = _request(pyramid, last, cut, *_extents(pyramid, cut))
        picture, _ = _got(late, pyramid, last, rough)
    return picture, box, failed or ([] if picture is not None else ["It is being read ..."])


def _broken(voxels: Any) -> list[str]:
    """What was black as it could not be read, and why."""
    bad: dict[str, str] = getattr(voxels, "bad", {})
    return [f"What could not be read is black, such as {box} ({why})" for box, why in bad.items()][:1]


def _request(pyramid: Pyramid, number: int, cut: _Cut, up: Any, right: Any) -> tuple[tuple[Any, ...], Any]:
    """What to read of a level, and the box (up, right) that this covers in the picture."""
    step, begin, shape = pyramid.spacing[number], pyramid.offset(number), pyramid.levels[number].shape
    parts: list[Any] = [0, 0, 0]
    parts[cut.across] = int(
        np.clip(np.rint((cut.place - begin[cut.across]) / step[cut.across]), 0, shape[cut.across] - 1)
    )
    covered = {}
    for axis, span in ((cut.up, up), (cut.right, right)):
        low = int(np.clip(np.floor((span[0] - begin[axis]) / step[axis] + 0.5), 0, shape[axis] - 1))
        high = int(np.clip(np.ceil((span[1] - begin[axis]) / step[axis] + 0.5), low + 1, shape[axis]))
        parts[axis] = slice(low, high)
        covered[axis] = (begin[axis] + (low - 0.5) * step[axis], begin[axis] + (high - 0.5) * step[axis])
    down = tuple(sorted(float(_flipped(pyramid, cut, edge)) for edge in covered[cut.up]))
    return tuple(parts), (covered[cut.right], down)


def _got(late: Late, pyramid: Pyramid, number: int, parts: tuple[Any, ...]) -> tuple[NDArray[Any] | None, Any]:
    voxels = pyramid.levels[number]
    key = (number, *((p.start, p.stop) if isinstance(p, slice) else p for p in parts))
    return (voxels[parts] if getattr(voxels, "instant", False) else late.get(key, lambda: voxels[parts])), key


def _of(session: Catalog, pyramid: Pyramid) -> Late:
    """What was read of an image for a session, which is told of what comes late."""
    here = _late.setdefault(session, WeakKeyDictionary())
    if pyramid not in here:
        here[pyramid] = Late()
        here[pyramid].ready.connect(_teller(session))
    return here[pyramid]


def _teller(session: Catalog) -> Any:
    """Has what shows it drawn again."""
    there = ref(session)

    def tell(key: object) -> None:
        alive = there()
        if alive is not None:
            alive.time_changed.emit(alive.time)

    return tell


def _image(rgba: NDArray[np.uint8], x: Span, y: Span) -> Image:
    return Image(rgba[::-1], x, y)


def _grey(plane: NDArray[Any], pyramid: Pyramid) -> NDArray[np.uint8]:
    """(up, right, 4) between the grey values that are black and white in the first plane that was seen."""
    if _contrast.get(pyramid) is None:
        _contrast[pyramid] = limits(plane)
    low, high = _contrast[pyramid] or (0.0, 1.0)
    rgba = np.full((*plane.shape, 4), 255, np.uint8)
    rgba[..., :3] = (np.clip((plane - low) / (high - low), 0, 1) * 255)[..., None]
    return rgba


def _coloured(
    volume: Volume, name: str, numbers: NDArray[Any], opacity: int
) -> tuple[NDArray[np.uint8], tuple[tuple[str, Any], ...]]:
    """A colour for each number, none where there is no label, and the names of those that have one."""
    table = colors.OKABE_ITO
    rgba = np.zeros((*numbers.shape, 4), np.uint8)
    rgba[..., :3] = table[(numbers.astype(np.int64) - 1) % len(table)]
    rgba[..., 3] = np.where(numbers > 0, round(opacity * 2.55), 0)
    known = volume.names.get(name, {})
    there = [n for n in sorted(known) if n > 0] if len(known) <= 12 else []
    return rgba, tuple((known[n], np.append(table[(n - 1) % len(table)], np.uint8(255))) for n in there)


def _picked(session: Catalog, volume: Volume, cut: _Cut) -> list[Points]:
    """Picked voxels on the plane."""
    ids = session.selection.picked(VOXEL)
    number, local = unpack(ids)
    own = local[number == session.number(volume.session)]
    if not len(own):
        return []
    places = volume.place(own)
    on = np.flatnonzero(np.abs(places[:, cut.across] - cut.place) <= volume.spacing[cut.across] / 2)[:MARKED]
    if not len(on):
        return []
    xy = np.stack([places[on, cut.right], _flipped(volume.whole, cut, places[on, cut.up])], 1)
    color = np.broadcast_to(colors.PREDICTED, (len(on), 4))
    return [Points(VOXEL, pack(session.number(volume.session), own[on]), xy, color, 5.0)]


def _note(volume: Volume, cut: _Cut, unit: str, name: str) -> str:
    rows = volume.whole.shape[cut.across]
    row = round((cut.place - volume.whole.origin[cut.across]) / volume.spacing[cut.across])
    labels = f" · {name}" if name else ""
    return f"{volume.session} · {AXES[cut.across]} {cut.place:,.1f} {unit} (plane {row:,} of {rows:,}){labels}"


SPEC = ViewSpec(
    title="Slices",
    state=State,
    scene=scene,
    hit=hit,
    describe=lambda state, session, space, id: words(session, space, id),
    choices=choices,
    needs=Volume.kind,
    invitation="Open a volume to look into it",
    place="tab of tuning",
)
