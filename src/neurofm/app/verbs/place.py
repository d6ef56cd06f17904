"""Place: the axes of a volume, how large its voxels are and where it begins are put right; it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _edits, _options
from neurofm.checks import check_choice
from neurofm.data.volume import UNSCALED, Volume
from neurofm.specs import VerbSpec

UNITS = {"um": 1.0, "nm": 1e-3, "mm": 1e3}  # micrometres


def begin(
    session: Catalog, volume: str, *, axes: str = "zyx", size: Any = (), origin: Any = (), units: str = "um"
) -> None:
    """Say how a volume lies, where its file does not say it or says it wrong.

    Parameters
    ----------
    axes : what its axes are by now, in the order shown: "xyz" where what is taken as z, y, x is x, y, z
    size : of a voxel, one number or those of z, y and x, after that; as it is unless given
    origin : where the middle of the first voxel is, z y x; as it is unless given
    units : of both, um, nm or mm

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
    _edits.put(session, volume, before, after, _edits.action(session, "place", volume, **given))


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
    return [f"session.place({', '.join([repr(action.name), *told])})"]


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
    },
    edits=True,
    code=code,
)
