"""Cells: what labels of a volume say is a cell is measured, and becomes a table of cells and of regions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import registry
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import VERBS, Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.volumes import fits, volumes
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs import open as opening
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data.cells import CELL, REGION, Cells
from neurofm.data.volume import Volume
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

CLASS = ("label", "of")  # options that say what a cell is
NONE = "none"  # no regions, although there are some


def begin(
    session: Catalog, volume: str = "", *, label: str = "", of: str = "", least: int = 1, split: bool = False,
    regions: str = "",
) -> Job:  # fmt: skip
    """Measure the cells of a volume's labels in the background; a table of them, and of regions, is opened.

    Measured again of the same class, they take the place of those of before, unless these were mended meanwhile.

    Parameters
    ----------
    volume : name; the first with labels if ""
    label : which of its labels; those that tell of cells if ""
    of : name or number of the class that cells are connected pieces of; if "" the one called cell, or the only one
        beside nothing (background), or each number of the labels by itself where none is called so; that also if "0"
    least : voxels of a cell; smaller ones are left out
    split : whether cells that touch each other are cut apart, by their shape and by what the image shows
    regions : volume whose labels tell the regions; one that is there if "", none if "none"

    Raises
    ------
    LookupError
        If there is no such volume, label, class or region.
    ValueError
        If the least size is no whole number from 1 on.
    """
    options = asked(session, volume, label=label, of=of, least=least, split=split, regions=regions)
    name = options.pop("volume")
    arguments = plan(session, name, **options)
    place = session.folder / "cells"
    taken = (f"{name} {k}".removesuffix(" 1") for k in range(1, 10_000))
    free = next(one for one in taken if not (place / f"{one}.zarr").exists())
    arguments |= {"numbers": str((place / f"{free}.zarr").resolve())}
    action = session.actions.add("cells", name, **options)
    return session.jobs.submit("cells", arguments, f"Cells of {name}", action=action)


def asked(session: Catalog, volume: str = "", **options: Any) -> dict[str, Any]:
    """What is meant, all of it checked."""
    from neurofm.analysis import cell_tables

    there = labelled(session)
    if not there:
        raise LookupError("no volume with labels is open; segment one, or open its labels")
    name = volume or next(iter(there))
    check_choice("volume with labels", name, there)
    label = cell_tables.labels_of(there[name], options["label"])
    cell_tables.class_of(there[name], label, options["of"])
    least = options["least"]
    if isinstance(least, bool) or not isinstance(least, int) or least < 1:
        raise ValueError(f"least must be a whole number of voxels from 1 on, got {least!r}")
    if options["regions"] not in ("", NONE):
        check_choice("volume of regions", options["regions"], there)
    return {"volume": name, **options, "label": label}


def plan(session: Catalog, volume: str, *, regions: str, **options: Any) -> dict[str, Any]:
    """What the worker is handed: files of the volume, of its image and of regions."""
    there = volumes(session)
    shown = there[volume]
    imaged = [
        name for name, one in there.items() if one.image is not None and (one is shown or fits(session, shown, one))
    ]
    own = {regions: there[regions]} if regions in there else {volume: shown, **there} if regions != NONE else {}
    around = [name for name, one in own.items() if _regions(one) and (regions in own or _near(one, shown))]
    return {
        "data": session.files([volume])[0],
        "image": session.files(imaged[:1]),
        "regions": session.files(around[:1]),
        **options,
    }


def work(
    step: Step, folder: Path, *, data: Paths, image: list[Paths], regions: list[Paths], numbers: str, label: str,
    of: str = "", least: int = 1, split: bool = False,
) -> Plain:  # fmt: skip
    """The file of the cells and, where they had no numbers yet, a volume of these."""
    from neurofm import io
    from neurofm.analysis import cell_tables
    from neurofm.io import _label_store

    (volume,) = read([data])
    where = [(one, _regions(one)) for one in read(regions)]
    grey = next((one.image for one in read(image)), None)
    number = cell_tables.class_of(volume, label, of)
    store = None
    if number or split:
        like = volume.labels[label]
        store = _label_store.create(
            Path(numbers), like.shape, label=CELL, names={}, dtype="uint32", spacing=like.spacing[0],
            origin=like.origin, unit=volume.unit,
        )  # fmt: skip
    given: dict[str, Any] = {"least": least, "split": split, "image": grey, "regions": next(iter(where), None)}
    cells = cell_tables.measure(volume, label, number, store, step=step, **given)
    if store is not None:
        cells = replace(cells, volume=numbers, labels=CELL)
    out = io.write(cells, folder / "cells.h5")
    return {"out": str(out), "cells": len(cells.cells), "numbers": "" if store is None else numbers}


def took(session: Catalog, job: Job) -> None:
    """Open the cells and, where they got numbers, the volume of these; the action says how they came about."""
    from neurofm import io

    if job.state != "done":
        return _jobs.give_up(session, job)
    cells: Any = io.read_native(job.result["out"], Cells.kind)
    again = _again(session, job.action)
    if job.result["numbers"]:
        _add(session, io.read(job.result["numbers"]), f"{job.action.name} cell numbers", again)
    else:
        source = session.sources.get(job.action.name)
        cells = replace(cells, volume=next(iter(source.paths), "") if source is not None else "")
    _add(session, replace(cells, paths=()), cells.session, again)
    return None


def labelled(session: Catalog) -> dict[str, Volume]:
    """Volumes that have labels."""
    return {name: one for name, one in volumes(session).items() if one.labels}


def code(action: Action, script: Script) -> list[str]:
    plain = {"label": "", "of": "", "least": 1, "split": False, "regions": ""}
    told = {name: value for name, value in action.options.items() if value != plain[name]}
    return [f"session.cells({action.name!r}{''.join(f', {name}={value!r}' for name, value in told.items())}).wait()"]


def _again(session: Catalog, action: Action) -> bool:
    """Whether the same class of the same labels was measured before, and no other."""
    every = session.actions.all("cells", action.name)
    before = every[: next((k for k, one in enumerate(every) if one is action), len(every))]
    return bool(before) and all(one.options.get(k, "") == action.options.get(k, "") for one in before for k in CLASS)


def _add(session: Catalog, source: Any, wanted: str, again: bool) -> None:
    """Open what was measured; what was measured before, and was not mended meanwhile, goes for it."""
    before, home = session.sources.get(wanted), str((session.folder / "cells").resolve())
    ours = before is not None and type(before) is type(source) and all(path.startswith(home) for path in before.paths)
    mended = any(one.name == wanted and registry.get(VERBS, one.kind).edits for one in session.actions)
    if again and ours and not mended:
        session.sources[wanted] = replace(source, session=wanted)
        session.selection.forget(session.number(wanted))
        return session.tell("source", wanted)
    names = (wanted, *(f"{wanted} {k}" for k in range(2, len(session.sources) + 3)))
    free = next(name for name in names if name not in session.sources)
    name = opening.add(session, replace(source, session=free))
    session.actions.drop(session.actions.last("open", name))
    return None


def _regions(volume: Volume) -> str:
    """Which of its labels tell regions; "" if none do."""
    return REGION if REGION in volume.labels else ""


def _near(one: Volume, shown: Volume) -> bool:
    """Whether two are at one place, so that the one can tell where things of the other are."""
    (low, high), (begin, end) = one.whole.box, shown.whole.box
    return one is shown or bool((high > begin).all() and (low < end).all() and one.unit == shown.unit)


OPTIONS: dict[str, Any] = {
    "label": Field.text, "of": Field.text, "least": _options.whole, "split": Field.flag, "regions": Field.text,
}  # fmt: skip
SPEC = VerbSpec(begin=begin, options=OPTIONS, code=code, work=work, took=took)
