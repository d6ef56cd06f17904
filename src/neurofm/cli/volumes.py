"""Commands about volumes: coarser levels of them, how they lie, labels of their voxels, and cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from neurofm import show
from neurofm.cli.arguments import Out, RunPath, Seed, check_suffix, open_source, parts, read_box, read_numbers, usage
from neurofm.cli.call import command
from neurofm.cli.progress import progress
from neurofm.cli.results import written
from neurofm.errors import NeuroFMError
from neurofm.process import share_cores


@command(show.written)
def coarsen(volume: Annotated[str, typer.Argument(metavar="VOLUME", help="A file, folder or address.")]) -> Any:
    """Make coarser levels of a volume in the cache, so that all of it is seen at once wherever it is opened."""
    from neurofm.io import _levels

    source = _volume(volume)
    with progress("reading") as step, usage():
        bad = _levels.make(source, step)
    kept = open_source(volume)
    notes = [f"black where it could not be read: {box} ({why})" for box, why in bad.items()]
    told = {"out": str(_levels.place(kept.paths[0], "")), "rows": len(kept.whole.levels), "space": "level"}
    return told | {"metrics": {}, "notes": notes}


@command(show.written)
def place(
    volume: Annotated[str, typer.Argument(metavar="VOLUME", help="A file, folder or address.")],
    out: Out,
    axes: Annotated[str, typer.Option(help="What its axes are: xyz where z, y, x are x, y, z.")] = "zyx",
    size: Annotated[str, typer.Option(help="Of a voxel: 1.17, or 2,1.17,1.17 along z y x.")] = "",
    origin: Annotated[str, typer.Option(help="Where the middle of the first voxel is: 0,0,0.")] = "",
    units: Annotated[str, typer.Option(help="Of both: um, nm or mm.")] = "um",
) -> Any:
    """Put the axes and the size of a volume's voxels right: what is written names the voxels where they are."""
    from neurofm import io
    from neurofm.app.session import Session

    source = _volume(volume)
    check_suffix(out, written(source.kind))
    session = Session(source)
    numbers: dict[str, Any] = {
        name: read_numbers(name, text) or [] for name, text in (("size", size), ("origin", origin))
    }
    with usage():
        session.place(source.session, axes=axes, units=units, **numbers)
    io.write(session.sources[source.session], out)
    return {"out": str(out), "rows": 1, "space": "volume", "metrics": {}}


@command(show.written)
def paint(
    volume: Annotated[str, typer.Argument(metavar="VOLUME", help="Whose labels are changed.")],
    edits: Annotated[str, typer.Argument(metavar="EDITS", help="A table of z, y, x and number, or a file of labels.")],
    out: Out,
    label: Annotated[str, typer.Option(help="Which of its labels; the only one if none.")] = "",
    number: Annotated[int | None, typer.Option(min=0, help="For rows that do not say one; 0 erases.")] = None,
) -> Any:
    """Give voxels of a volume's labels other numbers; what is written names the file that the others are in."""
    from neurofm.app.session import Session

    source = _volume(volume)
    check_suffix(out, written(source.kind))
    session = Session(source)
    with usage():
        count = session.paint(source.session, edits, number, label=label)
        session.export(source.session, out)
    return {"out": str(out), "rows": count, "space": "voxel", "metrics": {}}


@command(show.written)
def learn(
    path: Annotated[str, typer.Argument(metavar="VOLUME", help="An image of any size.")],
    strokes: Annotated[str, typer.Argument(metavar="STROKES", help="A table of z, y, x, number, or a file of labels.")],
    out: Out,
    names: Annotated[str, typer.Option(help="What numbers mean: 1=nothing,2=cell; nothing becomes 0.")] = "",
    box: Annotated[str, typer.Option(help="Voxels Z0:Z1,Y0:Y1,X0:X1; all if none.")] = "",
    seed: Seed = 0,
) -> Any:
    """Learn from a few painted voxels what the others are, in seconds; leaves an OME-Zarr of labels."""
    from neurofm.app.session import Session
    from neurofm.app.verbs.learn import work

    source = _volume(path)
    check_suffix(out, (".zarr",))
    spans = read_box(box)
    share_cores()
    session = Session(source)
    with usage():
        session.paint(source.session, label="strokes", names=_names(names))
        session.paint(source.session, strokes, label="strokes")
    with progress("learning") as step, usage():
        came = work(step, out.parent, data=session.files([source.session])[0], label="strokes", place=str(out),
                    box=spans, seed=seed)  # fmt: skip
    return {"out": str(out), "rows": came["boxes"], "space": "box", "metrics": {}, "notes": came["classes"]}


@command(show.cells)
def cells(
    path: Annotated[str, typer.Argument(metavar="VOLUME", help="Of labels: classes, or a number for each cell.")],
    out: Out,
    label: Annotated[str, typer.Option(help="Which of its labels; those that tell of cells if none.")] = "",
    of: Annotated[
        str,
        typer.Option(
            help="The class that cells are pieces of; if none the one called cell, or the only one beside a background."
        ),
    ] = "",
    least: Annotated[int, typer.Option(min=1, help="Voxels of a cell; smaller ones are left out.")] = 1,
    split: Annotated[
        bool, typer.Option("--split", help="Cut cells that touch apart, by shape, and image if given.")
    ] = False,
    image: Annotated[str, typer.Option(help="Volume of grey values at the same place.")] = "",
    regions: Annotated[str, typer.Option(help="Volume whose labels tell regions; its own if there are any.")] = "",
) -> Any:
    """Measure cells: place, size, neighbours and region of each, and what each region holds of them."""
    options: dict[str, Any] = {"label": label, "of": of, "least": least, "split": split}
    return _save_cells(path, out, image=image, regions=regions, **options)


@command(show.written)
def segment(
    run: RunPath,
    path: Annotated[str, typer.Argument(metavar="VOLUME", help="An image of any size.")],
    out: Out,
    box: Annotated[str, typer.Option(help="Voxels Z0:Z1,Y0:Y1,X0:X1; all if none.")] = "",
    probabilities: Annotated[bool, typer.Option("--probabilities", help="Keep those of each class, too.")] = False,
    precision: Annotated[str, typer.Option(help="auto, float32 (equals one pass), bfloat16, float16.")] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what is there and what failed.")] = False,
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="Of dask; its workers do it.")] = "",
) -> Any:
    """Say what each voxel of a volume is; leaves an OME-Zarr of labels, written chunk by chunk."""
    check_suffix(out, (".zarr",))
    spans = read_box(box)
    share_cores()
    from neurofm.app.verbs.segment import work

    with progress("segmenting") as step:
        options: dict[str, Any] = {"probabilities": probabilities, "precision": precision, "resume": resume}
        options["scheduler"] = scheduler
        came = work(step, out.parent, run=str(run), data=parts(path), place=str(out), box=spans, **options)
    return _told(out, came)


@command(show.written)
def map_regions(
    run: RunPath,
    path: Annotated[str, typer.Argument(metavar="VOLUME", help="An image of any size.")],
    out: Out,
    box: Annotated[str, typer.Option(help="Voxels Z0:Z1,Y0:Y1,X0:X1; all if none.")] = "",
    stride: Annotated[int, typer.Option(min=0, help="Voxels from patch to patch; a quarter of one if 0.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what is there and what failed.")] = False,
) -> Any:
    """Say which region each place of a volume is in; leaves an OME-Zarr of labels, with how probable each region is."""
    check_suffix(out, (".zarr",))
    spans = read_box(box)
    share_cores()
    from neurofm.app.verbs.map_regions import work

    with progress("mapping") as step, usage():
        options: dict[str, Any] = {"box": spans, "stride": stride, "resume": resume}
        came = work(step, out.parent, run=str(run), data=parts(path), place=str(out), **options)
    return _told(out, came)


def _told(out: Path, came: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of labels that were written chunk by chunk."""
    left_out = [f"left out, try again with --resume: {place} ({why})" for place, why in came["failed"].items()]
    more = [came["why"]] if "why" in came else []
    if came.get("black"):
        more.append(f"{came['black']:,} chunks of the image are zero everywhere; are they missing there?")
    told = {"out": str(out), "rows": came["chunks"], "space": "chunk", "metrics": {}, "failed": came["failed"]}
    return told | {"notes": [*more, *left_out]}


def _names(text: str) -> dict[int, str]:
    """What numbers mean, from "1=nothing,2=cell"."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not number.strip().isdecimal() or not name.strip() for number, _, name in pairs):
        raise ValueError(f"names are told as 1=nothing,2=cell, got '{text}'")
    return {int(number): name.strip() for number, _, name in pairs}


def _volume(path: str) -> Any:
    from neurofm.data.volume import Volume

    source = open_source(path)
    if not isinstance(source, Volume):
        raise NeuroFMError(f"{path} is no volume")
    return source


def _lies(volume: Any) -> str:
    """How many voxels of what size."""
    size = " x ".join(f"{edge:.4g}" for edge in volume.spacing)
    return f"{' x '.join(map(str, volume.whole.shape))} voxels of {size} {volume.unit}"


def _save_cells(path: str, out: Path, *, image: str, regions: str, **options: Any) -> dict[str, Any]:
    """Cells of a volume in a file, their numbers by voxel beside it, and what regions hold."""
    from neurofm import io
    from neurofm.app.session import Session
    from neurofm.app.verbs import cells as verb
    from neurofm.data.cells import CELL, Cells

    check_suffix(out, written(Cells.kind))
    source = _volume(path)
    if not source.labels:
        raise NeuroFMError(f"{path} holds no labels; join an image and its labels as A+B, or segment it")
    session = Session(source)
    (name,) = session.sources
    around = session.open(regions) if regions else ""
    grey = session.open(image) if image else ""
    with usage():
        asked = verb.asked(session, name, regions=around, **options)
    arguments = verb.plan(session, asked.pop("volume"), **asked)
    if image and not arguments["image"]:
        lies = f"{path} has {_lies(session.sources[name])} and {image} has {_lies(session.sources[grey])}"
        raise NeuroFMError(f"{image} does not lie where the labels do: {lies}; put it right by neurofm place")
    with TemporaryDirectory() as folder, progress("measuring") as step:
        told = verb.work(step, Path(folder), **arguments, numbers=str(out.with_suffix(".zarr")))
        cells: Any = io.read_native(told["out"], Cells.kind)
    io.write(cells, out)
    beside = [f"their numbers by voxel are in {told['numbers']}"] if told["numbers"] else []
    notes = [*beside, *map(str, cells.findings()), *cells.notes]
    report: dict[str, Any] = {"out": str(out), "rows": told["cells"], "space": CELL, "metrics": {}, "notes": notes}
    return report | {"unit": cells.unit, "regions": cells.regions.to_dict("records")}
