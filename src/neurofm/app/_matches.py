"""What commands do with animals side by side: units are matched, a decoder is carried over, an atlas is looked up."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurofm.app.command import Command, Context, Host
from neurofm.app.options import Option
from neurofm.app.verbs import carry as carrying
from neurofm.app.verbs import locate as locating
from neurofm.app.views import _alike
from neurofm.data.graph import Graph
from neurofm.data.ids import unpack
from neurofm.data.matches import MATCH, Matches
from neurofm.data.recording import Recording
from neurofm.settings import plain

AUTO = "auto"


def others(context: Context) -> list[str]:
    """What units of a source can be matched with: other recordings or graphs, and its own animals."""
    session, name = context.session, context.name
    own: Any = session.sources.get(name)
    if not isinstance(own, Recording | Graph) or not _many(own):
        return []
    beside = [n for n, one in session.sources.items() if n != name and type(one) is type(own) and _many(one)]
    several = isinstance(own, Graph) and len(own.subjects) > 1
    return [*(["one another"] if several else []), *beside]


def correspond(context: Context, host: Host) -> None:
    """Match their units by what tells best, and show what comes of it."""
    _begin(context, host, "", {})


def match_units(context: Context, host: Host) -> None:
    """Match the units of the two recordings that were current last."""
    names = [name for name, one in context.session.recordings.items() if len(one.units)]
    one = context.session.latest(names)
    other = context.session.latest(name for name in names if name != one)
    _begin(Context(session=context.session, kind="source", name=one, other=other), host, "", {})


def ask_correspond(context: Context, host: Host) -> None:
    """Ask by what and how they are matched, then do it."""
    from neurofm.analysis.likeness import WAYS

    def begin(asked: dict[str, Any]) -> None:
        _begin(context, host, "" if asked["by"] == AUTO else asked["by"], _options(asked["options"]))

    kind = context.session.sources[context.name].kind
    ways = tuple(name for name, way in WAYS.items() if getattr(way.takes, "kind", "") == kind)
    asked = (
        Option(name="by", kind="choice", default=AUTO, choices=(AUTO, *ways), called="alike in",
               words="What makes units of two animals alike; auto takes what tells best"),
        Option(name="options", kind="str", default="", words="Such as conditions=target, bin=0.1"),
    )  # fmt: skip
    host.ask_form(f"Match units of {context.name} with {context.other}", asked, begin)


def others_to_carry_to(context: Context) -> list[str]:
    """Other recordings whose trials share a column of conditions."""
    recordings = context.session.recordings
    own = recordings.get(context.name)
    if own is None or not len(own.units):
        return []
    return [n for n, one in recordings.items() if n != context.name and len(one.units) and carrying.shared(own, one)]


def carry(context: Context, host: Host) -> None:
    """Carry a decoder over, and show the table that fills once that is done."""
    host.session.carry(context.name, context.other)
    _show_rows(host, "carried")


def atlases(context: Context) -> list[str]:
    """Matches and graphs of several animals into which its units can be placed."""
    session, own = context.session, context.session.sources.get(context.name)
    there = [name for name, one in session.sources.items() if isinstance(one, Matches | Graph)]
    return [name for name in there if isinstance(own, Recording | Graph) and locating.fits(session, context.name, name)]


def locate(context: Context, host: Host) -> None:
    """Place its units into an atlas, and show the table that fills once that is done."""
    host.session.locate(context.name, context.other)
    _show_rows(host, "located")


def can_match_again(context: Context) -> bool:
    """Whether two units are picked, or pairs of them."""
    return bool(_picked(context))


def match_again(context: Context, host: Host) -> None:
    """Match once more, with the picked pairs as known for sure beside those that were."""
    from neurofm.analysis.likeness import AND, WAYS

    matches: Any = _alike.shown("", context.session)
    label = matches.units["label"].astype(str)
    before = matches.pairs.loc[matches.pairs["given"].astype(bool), ["a", "b"]].to_numpy(np.int64).tolist()
    pairs = [tuple(pair) for pair in (*before, *_picked(context))]
    known = [[label.iloc[a], label.iloc[b]] for a, b in dict.fromkeys(pairs)]
    names = [str(name) for name in matches.animals["label"]]
    takes = {"weights"} | {name for by in matches.by.split(AND) for name in WAYS[by.strip()].options}
    asked = [action.options for action in context.session.actions if action.kind == "correspond"]
    only = {"only": asked[-1]["only"]} if asked and "only" in asked[-1] else {}
    options = {name: value for name, value in matches.options.items() if value not in ("", 0) and name in takes}
    host.session.correspond(
        *names,
        by=matches.by,
        method=matches.method,
        level=matches.level,
        known=known,
        seed=matches.seed,
        **only,
        **options,
    )
    host.show("jobs")


def _picked(context: Context) -> list[tuple[int, int]]:
    """Rows of the units of picked pairs; of two picked units where no pair of them is."""
    matches = _alike.shown("", context.session)
    if matches is None:
        return []
    number, local = unpack(context.session.selection.picked(MATCH))
    rows = local[number == context.session.number(matches.session)]
    units = np.sort(_alike.asked(context.session, matches))
    if len(units) == 2:  # of one animal, a cell that was sorted twice
        return [(int(units[0]), int(units[1]))]
    return [(int(a), int(b)) for a, b in matches.pairs[["a", "b"]].to_numpy(np.int64)[rows]]


def _show_rows(host: Host, word: str) -> None:
    """Show the newest of what a verb left in the table."""
    table = host.session.view("table")
    table.of, table.recording = word, ""
    host.show("table")


def _begin(context: Context, host: Host, by: str, options: dict[str, Any]) -> None:
    names = [context.name] if context.other == "one another" else [context.name, context.other]
    host.session.correspond(*names, by=by, **options)
    host.show("jobs")


def _options(text: str) -> dict[str, Any]:
    """Those of "conditions=target, bin=0.1"."""
    options: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, mark, value = part.partition("=")
        if not mark:
            raise ValueError(f"give options as key=value, such as conditions=target, got '{part}'")
        options[key.strip()] = plain(value.strip())
    return options


def _many(source: Any) -> bool:
    """Whether it has any units or nodes."""
    return bool(len(source.units) if isinstance(source, Recording) else len(source.nodes))


# fmt: off
COMMANDS = (
    Command(name="correspond", title="Match units with {other}", on=("source",), others=others, do=correspond),
    Command(name="ask_correspond", title="Match units with {other} by…", on=("source",), others=others,
            do=ask_correspond),
    Command(name="match_units", title="Match units", do=match_units),
    Command(name="carry", title="Carry a decoder to {other} (minutes)", on=("source",), others=others_to_carry_to,
            do=carry),
    Command(name="locate", title="Place into {other}", on=("source",), others=atlases, do=locate),
    Command(name="match_again", title="Match again, the picked pair as known", on=("view",), offered=can_match_again,
            do=match_again),
)
# fmt: on
