"""What commands do with cells: the front asks for the class and the least size, and the session does the rest."""

from __future__ import annotations

from neurofm.app.command import Command, Context, Host
from neurofm.app.verbs.cells import labelled

SPLIT = "split"


def can_measure(context: Context) -> bool:
    """Whether it is a volume with labels."""
    return context.name in labelled(context.session)


def ask_measure(context: Context, host: Host) -> None:
    """Ask for the least size of a cell and whether those that touch are split, and measure them."""

    def measure(text: str) -> None:
        least, split = _meant(text)
        host.session.cells(context.name, least=least, split=split)
        host.show("jobs")

    host.ask_name(f"Voxels of a cell at least; 20 {SPLIT} also cuts those that touch", "20", measure)


def _meant(text: str) -> tuple[int, bool]:
    first, *more = text.lower().replace(",", " ").replace(" and ", " ").split() or [""]
    if not first.isdecimal() or more not in ([], [SPLIT]):
        raise ValueError(f"give a number of voxels, or that and {SPLIT}, such as '20' or '20 {SPLIT}', got '{text}'")
    return int(first), bool(more)


# fmt: off
COMMANDS = (
    Command(name="cells", title="Measure cells…", on=("source",), offered=can_measure, do=ask_measure),
)
# fmt: on
