"""What commands do with cells: the front asks for the class and the least size, and the session does the rest."""

from __future__ import annotations

from typing import Any

from neurofm.app.command import Command, Context, Host
from neurofm.app.options import Option
from neurofm.app.verbs.cells import labelled

ASKED = (
    Option(name="least", kind="int", default=20, low=1, called="fewest voxels of a cell",
           words="Smaller pieces are left out"),
    Option(name="split", kind="bool", default=False, called="cut cells that touch",
           words="One label that looks like several round things becomes several"),
)  # fmt: skip


def can_measure(context: Context) -> bool:
    """Whether it is a volume with labels."""
    return context.name in labelled(context.session)


def ask_measure(context: Context, host: Host) -> None:
    """Ask for the least size of a cell and whether those that touch are split, and measure them."""

    def measure(asked: dict[str, Any]) -> None:
        host.session.cells(context.name, **asked)
        host.show("jobs")

    host.ask_form(f"Measure cells of {context.name}", ASKED, measure)


# fmt: off
COMMANDS = (
    Command(name="cells", title="Measure cells…", on=("source",), offered=can_measure, do=ask_measure),
)
# fmt: on
