"""What commands do with cells: the front asks for the class and the least size, and the session does the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurofm.app.command import Command, Context, Host
from neurofm.app.options import Option
from neurofm.app.verbs.cells import labelled
from neurofm.data.volume import UNSCALED

EACH = "each number by itself"
ASKED = (
    Option(name="least", kind="int", default=20, low=1, called="fewest voxels of a cell",
           words="Smaller pieces are left out"),
)  # fmt: skip
SPLIT = Option(name="split", kind="bool", default=True, called="cut cells that touch",
               words="One label that looks like several round things becomes several")  # fmt: skip
CUBES = "cut cells that touch (as if voxels were cubes: their size is not known)"


def can_measure(context: Context) -> bool:
    """Whether it is a volume with labels."""
    return context.name in labelled(context.session)


def ask_measure(context: Context, host: Host) -> None:
    """Ask for the least size of a cell and whether those that touch are split, and measure them."""

    from neurofm.analysis import cell_tables

    volume = labelled(context.session)[context.name]
    label = cell_tables.labels_of(volume)
    names = {name: number for number, name in volume.names.get(label, {}).items() if number}
    own = cell_tables.class_of(volume, label)
    usual = next((name for name, number in names.items() if number == own), EACH)
    of = Option(name="of", kind="choice", default=usual, choices=(*names, EACH), called="a cell is a piece of",
                words="Connected voxels of this class are a cell, or all voxels of one number")  # fmt: skip

    def measure(asked: dict[str, Any]) -> None:
        told = asked | ({"of": "0" if asked["of"] == EACH else asked["of"]} if names else {})
        host.session.cells(context.name, **told)
        table = host.session.view("table")
        table.of, table.filter = "", ""  # it follows what comes of this
        host.show("table")

    known = volume.unit != UNSCALED
    split = replace(SPLIT, default=usual != EACH, called=SPLIT.called if known else CUBES)
    host.ask_form(f"Measure cells of {context.name}", (*([of] if names else []), *ASKED, split), measure)


# fmt: off
COMMANDS = (
    Command(name="cells", title="Measure cells…", on=("source",), offered=can_measure, do=ask_measure),
)
# fmt: on
