"""Group: things are given a name, by which they keep their colour and can be picked again."""

from __future__ import annotations

from dataclasses import replace

from numpy.typing import ArrayLike

from neurofm.app.script import Script
from neurofm.app.state import groups
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.groups import Group
from neurofm.app.state.link import tidy
from neurofm.app.state.log import Action
from neurofm.app.verbs import _options
from neurofm.checks import check_choice
from neurofm.data.ids import SPACES
from neurofm.specs import VerbSpec


def begin(session: Catalog, name: str = "", space: str = "", ids: ArrayLike | None = None) -> Group:
    """Give things a name, by which they keep their colour and can be picked again: those picked unless given.

    Raises
    ------
    ValueError
        If there is nothing to name.
    """
    space = space or session.selection.last
    named = session.selection.picked(space) if ids is None else tidy(ids)
    if not len(named):
        raise ValueError("nothing is picked; pick the units, moments or trials that are to be a group first")
    check_choice("space", space, SPACES)
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
        If the new name is taken.
    """
    check_choice("group", name, session.groups)
    if new in session.groups:
        raise ValueError(f"there is a group called '{new}' already; choose another name")
    renamed = [replace(group, name=new) if key == name else group for key, group in session.groups.items()]
    session.edit("group", "groups", new, {group.name: group for group in renamed})


def pick(session: Catalog, name: str) -> None:
    """Pick what is in a group."""
    check_choice("group", name, session.groups)
    session.selection.pick(session.groups[name].space, session.groups[name].ids)


def current(session: Catalog) -> list[Action]:
    """The groups that there are now."""
    return [
        Action(kind="group", name=g.name, options={"space": g.space, "ids": g.ids}) for g in session.groups.values()
    ]


def code(action: Action, script: Script) -> list[str]:
    ids = script.ids(action.options["ids"])
    return [f"session.group({action.name!r}, {action.options['space']!r}, {ids})"]


def _others(session: Catalog, name: str) -> dict[str, Group]:
    return {key: group for key, group in session.groups.items() if key != name}


SPEC = VerbSpec(
    begin=begin,
    options={"space": _options.choice(*SPACES), "ids": _options.several(_options.whole)},
    code=code,
    current=current,
)
