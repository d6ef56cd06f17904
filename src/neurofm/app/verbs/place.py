"""Place: the axes of a volume, how large its voxels are and where it begins are put right; it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.volumes import fits, volumes
from neurofm.app.verbs import _edits, _options
from neurofm.app.verbs.share_clock import along_code
from neurofm.checks import check_choice
from neurofm.data.cells import Cells
from neurofm.data.volume import AXES, UNSCALED, Volume
from neurofm.specs import VerbSpec
from neurofm.words import a_kind

UNITS = {"um": 1.0, "nm": 1e-3, "mm": 1e3}  # micrometres


def begin(
    session: Catalog, volume: str, *, axes: str = "zyx", size: Any = (), origin: Any = (), units: str = "um",
    along: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Say how a volume lies, where its file does not say it or says it wrong.

    Labels that lie on its image, and cells that were measured in it or in them, go along.

    Parameters
    ----------
    axes : what its axes are by now, in the order shown: "xyz" where what is taken as z, y, x is x, y, z
    size : of a voxel, one number or those of z, y and x, after that; as it is unless given
    origin : where the middle of the first voxel is, z y x; as it is unless given
    units : of both, um, nm or mm
    along : names of what goes along; what lies on its image unless given

    Raises
    ------
    LookupError
        If there is no such volume, or no such units.
    ValueError
        If the axes are no order of x, y and z, or a size is not positive.
    """
    there = {name: source for name, source in session.sources.items() if isinstance(source, Volume)}
    check_choice("volume", volume, there)
    check_choice("units", units, UNITS)
    before = there[volume]
    given: dict[str, Any] = {
        "axes": axes,
        "size": _numbers("size", size),
        "origin": _numbers("origin", origin),
        "units": units,
    }
    after = placed(before, **given)
    moved = _moved(session, volume, after, axes, _on(session, volume) if along is None else along)
    done = _edits.action(session, "place", volume, **given, along=list(moved) if moved or along is not None else None)
    _edits.put(session, volume, before, after, done, moved)


def _on(session: Catalog, volume: str) -> list[str]:
    """Labels that lie on the image of a volume, and cells that were measured in any of these.

    Cells of labels that are open no more, or came back as a copy without a file, lie in the only image that is open.
    """
    there: dict[str, Any] = dict(session.sources)
    labels = [name for name, one in there.items() if isinstance(one, Volume) and _lies_on(session, one, there[volume])]
    files = {path for name in (volume, *labels) for path in there[name].paths}
    known = {path for one in volumes(session).values() for path in one.paths}
    images = [one for one in volumes(session).values() if one.image is not None]
    alone = images == [there[volume]]
    cells = {name: one for name, one in there.items() if isinstance(one, Cells)}
    own = [name for name, one in cells.items() if one.volume in files]
    lost = [name for name, one in cells.items() if alone and one.volume not in known and _inside(one, there[volume])]
    return [*labels, *own, *lost]


def _inside(cells: Cells, image: Volume) -> bool:
    """Whether all cells lie in an image, and are of no other subject."""
    if cells.unit != image.unit or (cells.subject and image.subject and cells.subject != image.subject):
        return False
    low, high = image.whole.box
    return bool((cells.places >= low).all() and (cells.places <= high).all())


def _lies_on(session: Catalog, one: Volume, image: Volume) -> bool:
    """Whether labels are of the voxels of a volume, and of no other image as well."""
    if one is image or one.image is not None or one.unit != image.unit or not np.allclose(one.spacing, image.spacing):
        return False
    if image.image is None:
        return one.whole.shape == image.whole.shape and np.allclose(one.whole.origin, image.whole.origin)
    return [other for other in volumes(session).values() if fits(session, one, other)] == [image]


def _moved(session: Catalog, volume: str, after: Volume, axes: str, along: Sequence[str]) -> dict[str, Volume | Cells]:
    """What goes along, by name, as it lies then."""
    image: Any = session.sources[volume]
    turned = image if axes == "zyx" else image.turned(axes)
    order = [axes.index(axis) for axis in AXES]
    low, begin, factor = turned.whole.origin, after.whole.origin, after.spacing / turned.spacing
    moved: dict[str, Volume | Cells] = {}
    for name in along:
        check_choice("source", name, session.sources)
        one: Any = session.sources[name]
        if isinstance(one, Cells):
            moved[name] = one.placed(order, factor, low, begin, after.unit, flat=after.flat)
        elif isinstance(one, Volume):
            there = one if axes == "zyx" else one.turned(axes)
            first = begin + (there.whole.origin - low) * factor
            moved[name] = there.scaled(there.spacing * factor, first, after.unit)
        else:
            raise ValueError(f"'{name}' holds {a_kind(one.kind)}, which lies in no volume; leave it out of along=")
    return moved


def placed(volume: Volume, *, axes: str, size: Sequence[float], origin: Sequence[float], units: str) -> Volume:
    """The volume so."""
    if axes == "zyx" and not len(size) and not len(origin):
        raise ValueError(f"say what is to be put right of {volume.session}: axes, the size of a voxel, or the origin")
    turned = volume if axes == "zyx" else volume.turned(axes)
    if not len(size) and len(origin) and volume.unit == UNSCALED:
        raise ValueError(f"nobody knows how large the voxels of {volume.session} are; give their size, too")
    if not len(size) and not len(origin):
        return turned
    steps = turned.spacing if not len(size) else np.array(size) * UNITS[units]
    return turned.scaled(steps, np.array(origin) * UNITS[units] if len(origin) else None)


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    usual = {"axes": "zyx", "size": [], "origin": [], "units": "um"}
    told = [f"{key}={o[key]!r}" for key, value in usual.items() if o[key] != value]
    return [f"session.place({', '.join([repr(action.name), *told])}{along_code(action)})"]


def _numbers(name: str, given: Any) -> list[float]:
    """None, one or three."""
    try:
        numbers = [float(n) for n in np.atleast_1d(np.asarray(given, float)).ravel()]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers, got {given!r}") from error
    if len(numbers) not in (0, 1, 3) or not np.isfinite(numbers).all():
        raise ValueError(f"{name} must be one number, or three in the order z y x, got {given!r}")
    return numbers


SPEC = VerbSpec(
    begin=begin,
    options={
        "axes": Field.text,
        "size": _options.several(Field.number),
        "origin": _options.several(Field.number),
        "units": _options.choice(*UNITS),
        "along": _options.several(Field.text),
    },
    optional=("along",),
    edits=True,
    code=code,
)
