"""Group: things are given a name, by which they keep their colour and can be picked again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from neurofm.app.script import Script
from neurofm.app.state import groups
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.groups import Group
from neurofm.app.state.link import tidy
from neurofm.app.state.log import Action
from neurofm.app.verbs import _options
from neurofm.checks import check_choice, check_text
from neurofm.data.ids import SPACES, Ids, unpack
from neurofm.specs import VerbSpec


def begin(session: Catalog, name: str = "", space: str = "", ids: Any = None) -> Group:
    """Give things a name, by which they keep their colour and can be picked again: those picked unless given.

    Parameters
    ----------
    ids : ids, names ("rat/17"), a mask, or rows of `session.table(space)`

    Raises
    ------
    ValueError, LookupError
        If there is nothing to name, or no such thing.
    """
    check_text("name", name)
    space = space or session.selection.last
    if space or ids is not None:
        check_choice("space", space, SPACES)
    named = session.selection.picked(space) if ids is None else tidy(session.ids(ids, space))
    if not len(named):
        raise ValueError("nothing is picked; pick the units, moments or trials that are to be a group first")
    group = Group(name or groups.free_name(session.groups), space, named)
    session.edit("group", "groups", group.name, {**_others(session, group.name), group.name: group})
    return group


def ungroup(session: Catalog, name: str) -> None:
    """Forget the name of a group."""
    check_choice("group", name, session.groups)
    session.edit("group", "groups", name, _others(session, name))


def rename(session: Catalog, name: str, new: str) -> None:
    """Call a group by another name; it keeps its colour.

    Raises
    ------
    ValueError
        If the new name is taken, or none.
    """
    check_choice("group", name, session.groups)
    check_text("name", new)
    if not new.strip():
        raise ValueError("a group needs a name, got an empty one")
    if new in session.groups:
        raise ValueError(f"there is a group called '{new}' already; choose another name")
    renamed = [replace(group, name=new) if key == name else group for key, group in session.groups.items()]
    session.edit("group", "groups", new, {group.name: group for group in renamed})


def pick(session: Catalog, name: str) -> None:
    """Pick what is in a group, and open."""
    check_choice("group", name, session.groups)
    group = session.groups[name]
    session.selection.pick(group.space, _open(session, group))


def current(session: Catalog) -> list[Action]:
    """The groups that there are now, of what is open."""
    parts = {group.name: _open(session, group) for group in session.groups.values()}
    return [
        Action(kind="group", name=name, options={"space": session.groups[name].space, "ids": ids})
        for name, ids in parts.items()
        if len(ids)
    ]


def code(action: Action, script: Script) -> list[str]:
    ids = script.ids(action.options["ids"])
    return [f"session.group({action.name!r}, {action.options['space']!r}, {ids})"]


def _open(session: Catalog, group: Group) -> Ids:
    """What a group holds of sources that are open."""
    return group.ids[np.isin(unpack(group.ids)[0], list(session.numbered()))]


def _others(session: Catalog, name: str) -> dict[str, Group]:
    return {key: group for key, group in session.groups.items() if key != name}


SPEC = VerbSpec(
    begin=begin,
    options={"space": _options.choice(*SPACES), "ids": _options.several(_options.whole)},
    code=code,
    current=current,
)
