"""Close: a source goes, and what is about it only."""

from __future__ import annotations

from contextlib import suppress

from neurofm import registry
from neurofm.app.script import Script
from neurofm.app.state.catalog import VERBS, Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.results import rows_of
from neurofm.data.ids import unpack
from neurofm.specs import VerbSpec


def begin(session: Catalog, name: str) -> None:
    """Let go of a source and of what is about it only."""
    number = session.number(name)
    with suppress(OSError, LookupError):  # neither a full disk nor a kind that has no files must keep it open
        session.files([name])  # where the script finds it
    del session.sources[name]
    session.actions.add("close", name)
    for key in [k for k, p in session.predictions.items() if p.session == name]:
        del session.predictions[key]
    for verb, results in session.results.items():
        if registry.get(VERBS, verb).result.of_source:
            results.pop(name, None)
    for key, embedding in list(session.embeddings.items()):
        rest = unpack(embedding.ids)[0] != number
        if rest.any():
            session.embeddings[key] = rows_of(embedding, rest)
        else:
            del session.embeddings[key]
    session.numbers[number] = ""
    session.tell("source", name)
    session.selection.forget(number)


def code(action: Action, script: Script) -> list[str]:
    return [f"session.close({action.name!r})"]


SPEC = VerbSpec(begin=begin, options={}, code=code)
