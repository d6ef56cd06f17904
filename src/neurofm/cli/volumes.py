"""Commands about volumes: coarser levels of them, and how they lie."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from neurofm import show
from neurofm.cli.arguments import Out, check_suffix, open_source, read_numbers, usage
from neurofm.cli.call import command
from neurofm.cli.progress import progress
from neurofm.cli.results import written
from neurofm.errors import NeuroFMError


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
    numbers = {name: read_numbers(name, text) or [] for name, text in (("size", size), ("origin", origin))}
    with usage():
        session.place(source.session, axes=axes, units=units, **numbers)
    io.write(session.sources[source.session], out)
    return {"out": str(out), "rows": 1, "space": "volume", "metrics": {}}


def _volume(path: str) -> Any:
    from neurofm.data.volume import Volume

    source = open_source(path)
    if not isinstance(source, Volume):
        raise NeuroFMError(f"{path} is no volume")
    return source
