"""What commands do with volumes: how they lie, coarser levels of them, what could not be read, and a public one."""

from __future__ import annotations

import re
from typing import Any

from neurofm.app.command import Command, Context, Host
from neurofm.data.plausible import findings
from neurofm.data.volume import UNSCALED, Volume

BRAIN = "s3://bossdb-open-data/prasad/prasad2020/image"
AREAS = "s3://bossdb-open-data/prasad/prasad_analysis/roi_labels"


def is_volume(context: Context) -> bool:
    """Whether a volume was clicked."""
    return isinstance(context.session.sources.get(context.name), Volume)


def wants_levels(context: Context) -> bool:
    """Whether coarser levels would help."""
    source = context.session.sources.get(context.name)
    return isinstance(source, Volume) and any(one.code == "no levels" for one in findings(source))


def coarsen(context: Context, host: Host) -> None:
    """Make them."""
    try:
        context.session.coarsen(context.name)
    except ValueError as error:
        return host.refuse(error)
    return host.show("jobs")


def ask_place(context: Context, host: Host) -> None:
    """Ask for the order of the axes and the size of a voxel."""
    volume: Any = context.session.sources[context.name]

    def put(text: str) -> None:
        try:
            context.session.place(context.name, **told(text))
        except (ValueError, LookupError) as error:
            host.refuse(error)

    size = " ".join(f"{step:g}" for step in volume.spacing)
    unit = "" if volume.unit == UNSCALED else " um"
    host.ask_name("What its axes are, and the size of a voxel along z y x (um, nm or mm)", f"zyx {size}{unit}", put)


def told(text: str) -> dict[str, Any]:
    """Axes, size and unit from what was typed, such as "xyz 2 1.17 1.17 um" or "1.17".

    Raises
    ------
    ValueError
        If it is something else.
    """
    match = re.fullmatch(r"\s*([a-z]{3}\b)?([-+\d.e,\s]*)([a-zµ]*)\s*", text.lower())
    if match is None:
        raise ValueError(f"'{text}' is no order of axes with the size of a voxel; write it such as zyx 2 1.17 1.17 um")
    axes, numbers, unit = match.groups()
    given: dict[str, Any] = {"axes": axes or "zyx", "units": (unit or "um").replace("µ", "u")}
    try:
        return given | {"size": [float(n) for n in numbers.replace(",", " ").split()]}
    except ValueError as error:
        raise ValueError(f"the size of a voxel must be numbers, got '{numbers.strip()}'") from error


def try_again(context: Context, host: Host) -> None:
    """Read what could not be read once more."""
    from neurofm.app.state.volumes import again

    count = again(context.session)
    host.tell("It is read again" if count else "All that was looked at could be read")


def open_public(context: Context, host: Host) -> None:
    """Open the public brain, and the labels of its areas."""
    for address in (BRAIN, AREAS):
        host.open(f"precomputed://{address}")


def is_slices(context: Context) -> bool:
    """Whether the view that was clicked shows slices."""
    return context.name.split(" ")[0] == "slices" and bool(context.session.sources)


# fmt: off
COMMANDS = (
    Command(name="place", title="Axes and size of voxels…", on=("source",), offered=is_volume, do=ask_place),
    Command(name="coarsen", title="Make coarser levels", on=("source",), offered=wants_levels, do=coarsen),
    Command(name="try_again", title="Read again what could not be read", on=("view",), offered=is_slices,
            do=try_again),
    Command(name="open_public", title="A public mouse brain in X-rays (needs a network)", do=open_public),
)
# fmt: on
