"""Cells of a volume of labels: which labels are meant, and the tables of cells and of regions that come of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from neurofm.analysis import apart
from neurofm.analysis import cells as measured
from neurofm.analysis.cells import EVERYWHERE, On, Step, silent
from neurofm.checks import check_choice
from neurofm.data.cells import CELL, REGION, Cells
from neurofm.data.volume import UNSCALED, Pyramid, Volume

NOTHING = ("nothing", "background", "bg", "none", "empty", "outside", "other", "rest", "clear")  # names of no thing
LOW, HIGH = ([f"{axis}_{end}" for axis in "zyx"] for end in ("low", "high"))


def labels_of(volume: Volume, label: str = "") -> str:
    """Which labels hold the cells: those named, those called so or with a class called so, else the first.

    Raises
    ------
    LookupError
        If it has no such labels, or none at all.
    """
    if label or not volume.labels:
        check_choice("labels", label, volume.labels)
        return label
    named = [name for name in volume.labels if _called(volume, name) or name == CELL]
    classed = [name for name in volume.labels if _class(volume, name)]
    return next(iter((*named, *classed)), next(iter(volume.labels)))


def class_of(volume: Volume, label: str, of: str = "") -> int:
    """The number of the class that cells are of; 0 where each number of the labels is a cell by itself.

    Of labels that name one thing alone, be there nothing, such as a background, beside it, that is the class.

    Raises
    ------
    LookupError
        If no number is called so.
    """
    if not of:
        return _class(volume, label)
    names = {name: number for number, name in volume.names.get(label, {}).items()}
    if of in names:
        return names[of]
    if of.isdecimal():
        return int(of)
    check_choice("class", of, names)
    return 0


def measure(
    volume: Volume, label: str, of: int, out: Any, *, least: int = 1, split: bool = False,
    image: Pyramid | None = None, regions: tuple[Volume, str] | None = None, step: Step = silent,
) -> Cells:  # fmt: skip
    """Cells of a volume's labels, with regions that hold them.

    Parameters
    ----------
    of : the class that cells are connected pieces of; 0 where each number is a cell
    out : array of the shape of the labels that takes and gives boxes, for numbers of the cells; not touched where each
        number is a cell already and none is to be split
    least : voxels of a cell
    split : whether cells that touch are cut apart
    image : grey values
    regions : a volume and which of its labels tell regions
    """
    pyramid = volume.labels[label]
    voxels, spacing, flat = pyramid.levels[0], pyramid.spacing[0], pyramid.shape[0] == 1
    numbers: Any = voxels
    if of:
        measured.connected(voxels, of, out, least=least, step=_share(step, 0.0, 0.4))
        numbers = out
    elif split:
        for box in measured.blocks(voxels):
            out[box] = voxels[box]
        numbers = out
    grey = None if image is None else On(image, pyramid)
    if split:
        rough = measured.measure(numbers, spacing, pyramid.origin, least=least)
        apart.split(numbers, rough, spacing, image=grey, step=_share(step, 0.4, 0.6))
    where = None if regions is None else On(regions[0].labels[regions[1]], pyramid)
    given: dict[str, Any] = {"image": grey, "regions": where, "least": least, "step": _share(step, 0.6, 0.8)}
    table = measured.measure(numbers, spacing, pyramid.origin, **given)
    names = {} if regions is None else regions[0].names.get(regions[1], {})
    held = _regions(volume, label, table, where, names, float(np.prod(spacing[int(flat) :])), _share(step, 0.8, 1.0))
    boxes = np.stack([table[LOW].to_numpy(float), table[HIGH].to_numpy(float)], 1)
    boxes = (boxes - 0.5) * spacing + pyramid.origin
    table = table.assign(region=_named(table[REGION], names, told=regions is not None)).drop(columns=[*LOW, *HIGH])
    return Cells(
        session=f"{volume.session} cells", subject=volume.subject, cells=table,
        boxes=boxes, regions=held, labels=label, unit=volume.unit, notes=(_cut(grey),) if split else (),
    )  # fmt: skip


def _cut(grey: On | None) -> str:
    """By what cells were cut apart: with an image there are others than without."""
    by = "their shape alone, as no image was given" if grey is None else "their shape and the image"
    return f"cells that touch were cut apart by {by}"


def _class(volume: Volume, label: str) -> int:
    """The class that is called cell, or else the only one that is something; 0 if there is none."""
    names = {number: name.strip().lower() for number, name in volume.names.get(label, {}).items()}
    things = [number for number, name in names.items() if number and name not in NOTHING]
    return _called(volume, label) or (things[0] if len(things) == 1 else 0)


def _called(volume: Volume, label: str) -> int:
    """The class that is called cell; 0 if none is."""
    names = volume.names.get(label, {})
    return next((n for n, name in names.items() if n and name.strip().lower() in (CELL, f"{CELL}s")), 0)


def _regions(
    volume: Volume, label: str, table: pd.DataFrame, where: On | None, names: Any, each: float, step: Step
) -> pd.DataFrame:
    """What each region holds: its cells, and the shares of the classes that the labels tell apart."""
    counts = measured.counted(volume.labels[label].levels[0], where, step=step)
    voxels, classes = counts.sum(axis=1), volume.names.get(label, {})
    shares = {f"{classes[n]} share": counts[n] / voxels if n in counts else 0.0 * voxels for n in classes if n > 0}
    flat = volume.labels[label].shape[0] == 1
    rows = measured.by_region(table, voxels, each, flat=flat, shares=pd.DataFrame(shares, index=voxels.index))
    if volume.unit == UNSCALED:  # nobody said how many of them a millimetre has
        extent = "mm2" if flat else "mm3"
        rows[extent] = voxels.reindex(rows.index)
        rows = rows.rename(columns={extent: "voxels"}).drop(columns="density")
    told = _named(pd.Series(rows.index), names, told=where is not None)
    return rows.reset_index(drop=True).assign(region=told)[[REGION, *rows.columns]]


def _named(numbers: pd.Series, names: Any, *, told: bool) -> list[str]:
    """What regions are called; "" for none."""
    if not told:
        return [EVERYWHERE] * len(numbers)
    return ["" if n == 0 else names.get(int(n), str(n)) for n in numbers]


def _share(step: Step, begin: float, end: float) -> Step:
    return lambda done, words: step(begin + (end - begin) * done, words)
