"""What commands do with bouts: the front asks for a name or a number, and the session does the rest."""

from __future__ import annotations

from neurofm.app.command import Command, Context, Host
from neurofm.app.verbs.bouts import siblings, timed
from neurofm.app.verbs.relabel import ethograms
from neurofm.app.verbs.share_clock import others
from neurofm.data.ethogram import BOUT

AUTO, SHORTEST = "auto", 0.5


def can_find(context: Context) -> bool:
    """Whether rows of an embedding have times."""
    return context.name in timed(context.session)


def ask_find(context: Context, host: Host) -> None:
    """Ask how many clusters there are to be and how long bouts last, and find them."""
    ask_find_in(context.name if context.kind == "embedding" else "", host)


def can_find_each(context: Context) -> bool:
    """Whether the same was embedded of other animals, too."""
    return can_find(context) and len(siblings(context.session, context.name)) > 1


def ask_find_each(context: Context, host: Host) -> None:
    """The same for each animal, with clusters that they share."""
    ask_find_in(siblings(context.session, context.name), host)


def ask_find_in(embedding: str | list[str], host: Host) -> None:
    """Ask how many clusters there are to be and how long bouts last, and find them in an embedding, or in several."""

    def find(text: str) -> None:
        try:
            count, shortest = _numbers(text)
            host.session.bouts(embedding, count=count, shortest=shortest)
        except (ValueError, LookupError) as error:
            return host.refuse(error)
        return host.show("ethogram")

    host.ask_name("Clusters (or auto), and seconds that a bout lasts at least", f"{AUTO}, {SHORTEST}", find)


def can_compare(context: Context) -> bool:
    """Whether there are two groups, and bouts."""
    return len(context.session.groups) > 1 and bool(ethograms(context.session))


def compare(context: Context, host: Host) -> None:
    """Show what differs in bouts between two groups."""
    context.session.view("table").of = "behavior"
    host.show("table")


def any_picked(context: Context) -> bool:
    """Whether bouts are picked."""
    return bool(len(context.session.selection.picked(BOUT)))


def ask_name(context: Context, host: Host) -> None:
    """Ask what the picked bouts are; those of a name that is there already join it."""
    host.ask_name("Name of the picked bouts", _named(context), lambda name: _relabel(host, name))


def ask_split(context: Context, host: Host) -> None:
    """Ask what the picked bouts are from the time line on; one that lasts then is cut."""
    time = host.session.time
    host.ask_name(f"Name of the picked bouts after {time:.2f} s", "", lambda name: _relabel(host, name, start=time))


def clocks(context: Context) -> list[str]:
    """Sources on whose clock another could be put."""
    return others(context.session, context.name)


def ask_zero(context: Context, host: Host) -> None:
    """Ask when on the other clock its own second 0 is, and put it there."""

    def move(text: str) -> None:
        try:
            host.session.share_clock(context.name, context.other, zero=float(text or 0))
        except (ValueError, LookupError) as error:
            host.refuse(error)

    host.ask_name(f"Second of {context.other} at which its own second 0 is", "0", move)


def _relabel(host: Host, name: str, *, start: float | None = None) -> None:
    try:
        host.session.relabel(name, start=start)
    except (ValueError, LookupError) as error:
        host.refuse(error)


def _named(context: Context) -> str:
    """What the picked bouts are called, if all are called alike."""
    session = context.session
    names = set(session.values(BOUT, "behavior", session.selection.picked(BOUT)).tolist())
    return str(names.pop()) if len(names) == 1 else ""


def _numbers(text: str) -> tuple[int, float]:
    """Clusters (0 for auto) and seconds."""
    first, _, second = text.partition(",")
    try:
        count = 0 if first.strip().lower() in ("", AUTO) else int(first)
        return count, float(second) if second.strip() else SHORTEST
    except ValueError:
        told = f"give a number of clusters and seconds, such as '5, 0.5' or 'auto, 1', got '{text}'"
        raise ValueError(told) from None


# fmt: off
COMMANDS = (
    Command(name="name_bouts", title="Name the picked bouts…", on=("view",), offered=any_picked,
            do=ask_name, palette="Name the picked NeuroFM bouts..."),
    Command(name="split_bouts", title="Split them at the time line…", on=("view",), offered=any_picked,
            do=ask_split),
    Command(name="compare_bouts", title="Compare bouts of groups", on=("group", "view"), offered=can_compare,
            do=compare, palette="Compare bouts of NeuroFM groups"),
)
# fmt: on
