"""Compare bouts: what animals of two groups do otherwise, each animal counting once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import pandas as pd

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _options, compare
from neurofm.checks import check_choice
from neurofm.data.ethogram import BOUT, SUBJECT, Ethogram
from neurofm.data.ids import Ids, unpack
from neurofm.data.source import SESSION, Source, lasting
from neurofm.data.spans import SpanArray, tidy
from neurofm.specs import RowSpec, VerbSpec
from neurofm.words import things

ANIMALS = ("", SUBJECT, SESSION)  # by what they are told apart
WHOLE = (SESSION, SUBJECT)  # of which all time is meant

Part = tuple[Ethogram, str, SpanArray | None]  # whose bouts, of which animal, and when


def begin(
    session: Catalog, first: str, second: str, *, animals: Literal["", "subject", "session"] = ""
) -> pd.DataFrame:
    """What differs in bouts of behaviour between two groups, animal by animal, the surest first.

    Of each behaviour its share of time, bouts a minute and seconds a bout, and what follows it, by permutation of
    animals (see `analysis.budgets.differences`). Groups are of sessions, of subjects, or of trials, whose time is
    meant; bouts are those of ethograms in them, or on their clock. Animals in both groups are compared with themselves.

    Parameters
    ----------
    animals : whether those of one name are one animal in whatever "session", or another in each; if "" they are one
        animal where each session is of one subject, and not all are of the same

    Raises
    ------
    LookupError, ValueError
        If there is no such group, or a group holds no bouts, or an animal twice at once.
    """
    check_choice("animals", animals, ANIMALS)
    table = contrast(session, first, second, animals).copy()
    options: dict[str, Any] = {"first": first, "second": second} | ({"animals": animals} if animals else {})
    if not any(action.kind == "compare_bouts" and action.options == options for action in session.actions):
        session.actions.add("compare_bouts", f"{first}, {second}", **options)
    return table


def contrast(session: Catalog, first: str, second: str, animals: str = "") -> pd.DataFrame:
    """The same for a picture of it, which leaves no line in the script; not to be changed."""
    for name in (first, second):
        check_choice("group", name, session.groups)
    return session.remember(("compare_bouts", first, second, animals), lambda: _made(session, (first, second), animals))


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    animals = f", animals={o['animals']!r}" if "animals" in o else ""
    return [f"print(session.compare_bouts({o['first']!r}, {o['second']!r}{animals}).to_string())"]


def _made(session: Catalog, names: tuple[str, str], animals: str) -> pd.DataFrame:
    from neurofm.analysis import budgets

    space, ids = compare.apart(session, *names)
    sides = [_parts(session, name, space, own) for name, own in zip(names, ids)]
    _check_alike([part for side in sides for part in side])
    called = _called([part for side in sides for part in side], animals)
    tables = []
    for name, side in zip(names, sides):
        _check_once(name, side, called)
        parts = [(called[one.session, who], budgets.budget(one, who, within)) for one, who, within in side]
        tables.append(budgets.table(parts))
    return budgets.differences(*tables)


def _parts(session: Catalog, name: str, space: str, ids: Ids) -> list[Part]:
    """Whose bouts are meant by a group, and when."""
    number, local = unpack(ids)
    parts: dict[tuple[str, str], Part] = {}
    for n, source in session.numbered().items():
        own = local[number == n]
        if len(own):
            parts |= {(one.session, who): (one, who, at) for one, who, at in _of(session, source, space, own)}
    if not parts:
        raise ValueError(f"nothing in '{name}' has bouts; open tables of bouts, or find bouts in an embedding")
    return list(parts.values())


def _of(session: Catalog, source: Source, space: str, own: Ids) -> Iterator[Part]:
    """Of some things in a source, the animals of ethograms, and when."""
    within = None if space in WHOLE else _when(source, space, own)
    subjects = None
    if space == SUBJECT:
        table = source.spaces()[space].table
        subjects = set() if table is None else set(table()["subject"].to_numpy()[own].tolist())
    for one in _ethograms(session, source):
        yield from ((one, who, within) for who in one.subjects if subjects is None or who in subjects)


def _when(source: Source, space: str, own: Ids) -> SpanArray:
    """Seconds of things that last."""
    held = source.spaces()[space]
    if space == BOUT or held.times is None or held.times().ndim == 1:
        what = things(space)
        raise ValueError(f"{what} do not say how long each animal was looked at; group sessions, subjects or trials")
    return tidy(lasting(held.times())[own])


def _ethograms(session: Catalog, source: Source) -> list[Ethogram]:
    """Itself, or the one on its clock."""
    if isinstance(source, Ethogram):
        return [source]
    there = [one for one in list(session.sources.values()) if isinstance(one, Ethogram) and one.clock == source.clock]
    if len(there) > 1:
        names = " and ".join(one.session for one in there)
        raise ValueError(f"'{source.session}' has bouts of {names}; group those that are meant, not '{source.session}'")
    return there


def _check_alike(parts: Sequence[Part]) -> None:
    """Refuse clusters that only have the same names."""
    origins: dict[str, set[str]] = {}
    for one, _, _ in parts:
        for name, origin in one.bouts.groupby("behavior")["origin"].unique().items():
            origins.setdefault(str(name), set()).update(o for o in origin if o.startswith("clusters of "))
    for name, several in origins.items():
        if len(several) > 1:
            of = " and ".join(sorted(several))
            raise ValueError(f"'{name}' is of {of}, which number them apart; find bouts of all animals at once")


def _called(parts: Sequence[Part], animals: str) -> dict[tuple[str, str], str]:
    """What the animal of each ethogram and subject is called; equal names are one animal."""
    if not animals:
        whose = {one.session: one.subjects for one, _, _ in parts}
        named = {who for _, who, _ in parts}
        told = all(len(each) == 1 for each in whose.values()) and "" not in named and len(named) > 1
        animals = SUBJECT if told else SESSION
    by_name = animals == SUBJECT
    return {
        (one.session, who): who if by_name and who else " ".join(filter(None, (one.clock, who)))
        for one, who, _ in parts
    }


def _check_once(name: str, parts: Sequence[Part], called: dict[tuple[str, str], str]) -> None:
    """Refuse an animal whose bouts of one time are there twice."""
    seen: dict[tuple[str, str], str] = {}
    for one, who, _ in parts:
        before = seen.setdefault((one.clock, called[one.session, who]), one.session)
        if before != one.session:
            of = called[one.session, who]
            raise ValueError(f"'{name}' holds two ethograms of {of}, {before} and {one.session}; keep one of them")


# ---- how the table shows it


def _frame(state: Any, session: Catalog) -> pd.DataFrame:
    names = compare.pair(state, session)
    if names is None:
        return pd.DataFrame()
    try:
        return contrast(session, *names)
    except ValueError:
        return pd.DataFrame()


def _missing(state: Any, session: Catalog) -> tuple[str, str]:
    names = compare.pair(state, session)
    if names is None:
        return "Pick sessions or subjects in the table and press G, once for each condition, to compare bouts", "open"
    try:
        contrast(session, *names)
    except ValueError as error:
        return str(error)[:1].upper() + str(error)[1:], "open"
    return "There are no bouts to compare", "open"


def _note(state: Any, session: Catalog) -> str:
    names = compare.pair(state, session)
    return "" if names is None else f" of {names[0]} (a) and {names[1]} (b), animal by animal"


def _choices(state: Any, session: Catalog) -> dict[str, tuple[str, ...]]:
    names = ("", *session.groups)
    return {"a": names, "b": names}


SPEC = VerbSpec(
    begin=begin,
    options={"first": Field.text, "second": Field.text, "animals": _options.choice(*ANIMALS)},
    optional=("animals",),
    code=code,
    last=True,
    stands=compare.stands,
    rows={"behavior": RowSpec(title="differences", frame=_frame, missing=_missing, note=_note, choices=_choices)},
)
