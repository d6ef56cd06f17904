"""What commands do with volumes: how they lie, coarser levels of them, what could not be read, and a public one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.app.command import Command, Context, Host
from neurofm.app.options import Option
from neurofm.app.state import volumes
from neurofm.app.verbs import map_regions as naming
from neurofm.app.verbs.segment import segments
from neurofm.app.views import slices
from neurofm.data.plausible import findings
from neurofm.data.volume import AXES, Volume

BRAIN = "s3://bossdb-open-data/prasad/prasad2020/image"
SLICES = "slices"  # the view
AROUND = 32  # planes before and behind the one that is seen
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

    def put(asked: dict[str, Any]) -> None:
        size = [asked[axis] for axis in AXES]
        context.session.place(context.name, axes=asked["axes"], units=asked["units"], size=size)

    orders = tuple("".join(order) for order in permutations(AXES))
    sizes = (
        Option(name=axis, kind="float", default=float(step), low=0.0, called=f"voxel along {axis}")
        for axis, step in zip(AXES, volume.spacing)
    )
    asked = (
        Option(name="axes", kind="choice", default="zyx", choices=orders, called="axes as they are in the file",
               words="The slowest first: planes, rows, columns"),
        *sizes,
        Option(name="units", kind="choice", default="um", choices=("um", "nm", "mm"), called="in"),
    )  # fmt: skip
    host.ask_form(f"Axes and voxels of {context.name}", asked, put)


def try_again(context: Context, host: Host) -> None:
    """Read what could not be read once more."""
    from neurofm.app.state.volumes import again

    count = again(context.session)
    host.tell("It is read again" if count else "All that was looked at could be read")


def open_public(context: Context, host: Host) -> None:
    """Open the public brain, and the labels of its areas."""
    for address in (BRAIN, AREAS):
        host.open(f"precomputed://{address}")


# ---- what a run says of voxels


def where(context: Context) -> str:
    """The volume with an image that was clicked, or that a view shows; "" if it is none."""
    if context.kind == "source":
        return context.name if _has_image(context.session.sources.get(context.name)) else ""
    if not is_slices(context):
        return ""
    volume = slices.shown(context.session.view(context.name), context.session)
    return volume.session if volume is not None and _has_image(volume) else ""


def sees(context: Context) -> list[str]:
    """Runs that say what voxels of what was clicked are; of a run that does, the volumes."""
    return _others(context, segments)


def maps(context: Context) -> list[str]:
    """The same of runs that name the regions of patches."""
    return _others(context, naming.maps)


def say(context: Context, host: Host, *, verb: str) -> None:
    """Of all of a volume."""
    _say(context, host, verb, None)


def say_sight(context: Context, host: Host, *, verb: str) -> None:
    """Of what is seen of it, with planes around."""
    volume: Any = context.session.sources[where(context)]
    corners = _sight(context, host, volume.session)
    _say(context, host, verb, None if corners is None else _thick(volume, volumes.spans(volume, corners)))


def say_pick(context: Context, host: Host, *, verb: str) -> None:
    """Of a box around what is picked of it."""
    volume: Any = context.session.sources[where(context)]
    corners = volumes.around_pick(context.session, volume)
    if corners is not None:
        _say(context, host, verb, volumes.spans(volume, corners))


def can_say_pick(context: Context) -> bool:
    """Whether anything of it is picked."""
    volume = volumes.volumes(context.session).get(where(context))
    return volume is not None and volumes.around_pick(context.session, volume) is not None


def _others(context: Context, can: Callable[[Any, str], bool]) -> list[str]:
    session = context.session
    if context.kind == "run":
        images = [name for name, source in list(session.sources.items()) if _has_image(source)]
        return images if images and can(session, context.name) else []
    return [name for name in list(session.runs) if can(session, name)] if where(context) else []


def _commands(verb: str, title: str, others: Callable[[Context], list[str]]) -> tuple[Command, ...]:
    """A verb of a run and a volume: of what is in view, around the pick, and of all."""
    on = "source", "view"
    given: dict[str, Any] = {"others": others}
    return (
        Command(name=f"{verb}_sight", title=f"{title} what is in view with {{other}}", on=on, **given,
                do=partial(say_sight, verb=verb)),
        Command(name=f"{verb}_pick", title=f"{title} a box around the pick with {{other}}", on=on, **given,
                offered=can_say_pick, do=partial(say_pick, verb=verb)),
        Command(name=verb, title=f"{title} all of it with {{other}}", on=on, **given, do=partial(say, verb=verb)),
        Command(name=f"{verb}_by", title=f"{title} {{other}}", on=("run",), **given, do=partial(say, verb=verb)),
    )  # fmt: skip


def _say(context: Context, host: Host, verb: str, box: list[list[int]] | None) -> None:
    run, name = (context.name, context.other) if context.kind == "run" else (context.other, where(context))
    corners = _sight(context, host, name)
    volume: Any = context.session.sources[name]
    near = None if corners is None else [(low + high) // 2 for low, high in volumes.spans(volume, corners)]
    getattr(context.session, verb)(run, name, box, near=near)
    host.show("jobs")


def _sight(context: Context, host: Host, name: str) -> NDArray[np.float64] | None:
    """(2, 3) corners of what is seen of a volume: in the view that was clicked, else on the canvas, else in Slices."""
    session = context.session
    if context.kind == "view":
        return slices.sight(session.view(context.name), session, host.ranges(context.name))
    canvas = host.canvas(name)
    for view, state in () if canvas is not None else list(session.views.items()):
        shown = slices.shown(state, session) if view.split(" ")[0] == SLICES else None
        if shown is not None and shown.session == name:
            return slices.sight(state, session, host.ranges(view))
    return canvas


def _thick(volume: Volume, box: list[list[int]]) -> list[list[int]]:
    """A plane with others before and behind it, so that cells are whole."""
    return [
        [max(low - AROUND, 0), min(low + AROUND, count)] if high - low == 1 else [low, high]
        for (low, high), count in zip(box, volume.whole.shape)
    ]


def _has_image(source: Any) -> bool:
    return isinstance(source, Volume) and source.image is not None


def is_slices(context: Context) -> bool:
    """Whether the view that was clicked shows slices."""
    return context.name.split(" ")[0] == SLICES and bool(context.session.sources)


# fmt: off
COMMANDS = (
    *_commands("segment", "Segment", sees),
    *_commands("map_regions", "Map the regions of", maps),
    Command(name="place", title="Axes and size of voxels…", on=("source",), offered=is_volume, do=ask_place),
    Command(name="coarsen", title="Make coarser levels", on=("source",), offered=wants_levels, do=coarsen),
    Command(name="try_again", title="Read again what could not be read", on=("view",), offered=is_slices,
            do=try_again),
    Command(name="open_public", title="A public mouse brain in X-rays (needs a network)", do=open_public),
)
# fmt: on
