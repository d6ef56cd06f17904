"""What commands do with bouts: the front asks for a name or a number, and the session does the rest."""

from __future__ import annotations

from functools import partial
from typing import Any

from neurofm.app.command import Command, Context, Host
from neurofm.app.options import Option
from neurofm.app.verbs.bouts import siblings, timed
from neurofm.app.verbs.relabel import ethograms, shown
from neurofm.app.verbs.share_clock import others
from neurofm.app.views import latent
from neurofm.data.ethogram import BOUT
from neurofm.data.ids import Ids, unpack

VIEW = "ethogram"
ASKED = (
    Option(name="count", kind="int", default=0, low=0, high=100, called="kinds of bouts (0: as many as tell most)",
           words="Clusters into which all moments are put"),
    Option(name="shortest", kind="float", default=0.5, low=0.0, called="shortest bout (s)",
           words="What lasts less joins the bout before it"),
)  # fmt: skip


def can_find(context: Context) -> bool:
    """Whether rows of an embedding, or of the one that a latent space shows, have times."""
    return _embedding(context) in timed(context.session)


def _embedding(context: Context) -> str:
    """Name of the embedding that was clicked, or that a latent space shows; "" of any other view."""
    if context.kind != "view":
        return context.name
    state = context.session.view(context.name)
    there = latent.shown(state, context.session) if isinstance(state, latent.State) else None
    return "" if there is None else there.name


def ask_find(context: Context, host: Host) -> None:
    """Ask how many clusters there are to be and how long bouts last, and find them."""
    ask_find_in(_embedding(context), host)


def can_find_each(context: Context) -> bool:
    """Whether the same was embedded of other animals, too."""
    return can_find(context) and len(siblings(context.session, context.name)) > 1


def ask_find_each(context: Context, host: Host) -> None:
    """The same for each animal, with clusters that they share."""
    ask_find_in(siblings(context.session, context.name), host)


def ask_find_in(embedding: str | list[str], host: Host) -> None:
    """Ask how many clusters there are to be and how long bouts last, and find them in an embedding, or in several."""

    def find(asked: dict[str, Any]) -> None:
        host.session.bouts(embedding, **asked)
        host.show("ethogram")

    host.ask_form("Find bouts", ASKED, find)


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
    of, ids = _meant(context)
    names = set(context.session.values(BOUT, "behavior", ids).tolist())
    alike = str(names.pop()) if len(names) == 1 else ""
    host.ask_name(f"Name of the picked bouts{of}", alike, partial(host.session.relabel, bouts=ids))


def ask_split(context: Context, host: Host) -> None:
    """Ask what the picked bouts are from the time line on; one that lasts then is cut."""
    time, (of, ids) = host.session.time, _meant(context)
    asked = f"Name of the picked bouts{of} after {time:.2f} s"
    host.ask_name(asked, "", partial(host.session.relabel, bouts=ids, start=time))


def clocks(context: Context) -> list[str]:
    """Sources on whose clock another could be put."""
    return others(context.session, context.name)


def ask_zero(context: Context, host: Host) -> None:
    """Ask when on the other clock its own second 0 is, and put it there."""

    def move(text: str) -> None:
        host.session.share_clock(context.name, context.other, zero=float(text or 0))

    host.ask_name(f"Second of {context.other} at which its own second 0 is", "0", move)


def _meant(context: Context) -> tuple[str, Ids]:
    """The picked bouts that the ethogram shows, and in words of which it is, where there are several; else all."""
    session = context.session
    picked = session.selection.picked(BOUT)
    view = context.name if context.kind == "view" and context.name.startswith(VIEW) else VIEW
    one = shown(session, session.view(view).ethogram)
    here = picked[:0] if one is None else picked[unpack(picked)[0] == session.number(one.session)]
    if one is None or not len(here):
        return "", picked
    return f" of {one.session}" if len(ethograms(session)) > 1 else "", here


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
