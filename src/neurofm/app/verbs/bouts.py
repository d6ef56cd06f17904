"""Bouts: the rows of an embedding are clustered, and each while in one cluster becomes a bout of behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurofm import checks
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs import open as opening
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice, number
from neurofm.data.embedding import Embedding, apart
from neurofm.data.ethogram import Ethogram
from neurofm.data.ids import unpack
from neurofm.data.source import when
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

MOST = 1000  # clusters


def begin(
    session: Catalog, embedding: str | Sequence[str] = "", *, count: int = 0, shortest: float = 0.5, seed: int = 0
) -> Job:
    """Cluster the rows of an embedding over time, in the background; each source gets an ethogram of them.

    Parameters
    ----------
    embedding : its name; the newest whose rows have times if ""; or names of several, each of one animal, whose bouts
        then stand in one ethogram
    count : clusters; as many as tell its rows apart best if 0
    shortest : seconds that a bout lasts at least

    Raises
    ------
    LookupError
        If there is no embedding whose rows have times.
    ValueError
        If there cannot be so many clusters, or bouts so short.
    """
    seed = checks.seed(seed)
    names = [embedding] if isinstance(embedding, str) else list(embedding)
    names = [name for name in names if name] or timed(session)[-1:]
    if not names:
        raise LookupError("no embedding has rows with a time; embed moments or frames of a recording first")
    for name in names:
        check_choice("embedding", name, session.embeddings)
    if count != 0 and not 2 <= count <= MOST:
        raise ValueError(f"count must be 2 to {MOST} clusters, or 0 for as many as tell rows apart, got {count}")
    if not number("shortest", shortest, "a number of seconds") >= 0:
        raise ValueError(f"shortest must be a number of seconds from 0 on, got {shortest}")
    for name in names:
        if name not in timed(session):
            raise ValueError(f"rows of '{name}' have no times; choose an embedding of moments or frames")
    whose = [session.embeddings[name].individual for name in names]
    if len(set(whose)) < len(whose):
        raise ValueError("embeddings whose bouts are found together must be of one animal each, and of another each")
    options: dict[str, Any] = {"count": count, "shortest": float(shortest), "seed": seed}
    every = [session.embeddings[name] for name in names]
    data = session.files(list(dict.fromkeys(one for shown in every for one in _names(session, shown))))
    arguments = {"embedding": [_kept(session, shown) for shown in every], "data": data, **options}
    options |= {"others": names[1:]} if names[1:] else {}
    action = session.actions.add("bouts", names[0], **options)
    return session.jobs.submit("bouts", arguments, f"Bouts of {names[0]}", action=action)


def work(
    step: Step,
    folder: Path,
    *,
    embedding: list[str],
    data: list[Paths],
    count: int = 0,
    shortest: float = 0.5,
    seed: int = 0,
) -> Plain:
    """An ethogram of each source, in files of their own kind."""
    from neurofm import io
    from neurofm.analysis.bouts import ethograms
    from neurofm.data import store
    from neurofm.errors import DataError

    rows = []
    for path in embedding:
        loaded = store.load(path)
        if not isinstance(loaded, Embedding):
            raise DataError(path, "kind", "is a prediction, which has no clusters; choose an embedding")
        rows.append(loaded)
    made = ethograms(rows, read(data), count=count, shortest=shortest, seed=seed, step=step)
    files = [io.write(one, folder / f"bouts {k}.ethogram") for k, one in enumerate(made)]
    return {"out": [str(file) for file in files], "bouts": sum(len(one.bouts) for one in made)}


def took(session: Catalog, job: Job) -> None:
    """Open them; how they came about stands in the job's own action, if the script can do it again."""
    from neurofm import io

    if job.state != "done":
        return _jobs.give_up(session, job)
    names = {job.action.name, *job.action.options.get("others", ())}
    again = names <= {action.name for action in session.actions if action.kind == "embed"}
    for file in job.result["out"]:
        source: Any = io.read_native(file, Ethogram.kind)
        name = opening.add(session, replace(source, session=_free(session, source.session), paths=()))
        session.actions.drop(session.actions.last("open", name) if again else None)
    session.actions.drop(None if again else job.action)
    return None


def timed(session: Catalog) -> list[str]:
    """Embeddings whose rows have a time."""
    return [name for name, shown in list(session.embeddings.items()) if len(shown.ids) and _has_times(session, shown)]


def siblings(session: Catalog, embedding: str) -> list[str]:
    """Embeddings that differ from it in nothing but the animal that they are of, itself among them."""
    shown = session.embeddings[embedding]
    own, individual = apart(shown.part)
    if not individual:
        return []
    there = session.embeddings.items()
    alike = {name: one for name, one in there if (one.run, one.space) == (shown.run, shown.space) and one.individual}
    return [name for name, one in alike.items() if apart(one.part)[0] == own]


def code(action: Action, script: Script) -> list[str]:
    names = [action.name, *action.options.get("others", ())]
    if any(script.variable(name) is None for name in names):
        return []
    options = "".join(f", {name}={value!r}" for name, value in action.options.items() if name != "others")
    return [f"session.bouts({names if names[1:] else action.name!r}{options}).wait()"]


def _has_times(session: Catalog, shown: Embedding) -> bool:
    (number,), local = unpack(shown.ids[:1])
    source = session.numbered().get(int(number))
    return source is not None and when(source, shown.space, local) is not None


def _names(session: Catalog, shown: Embedding) -> list[str]:
    """Sources that its rows are of."""
    there = session.numbered()
    return [there[n].session for n in np.unique(unpack(shown.ids)[0]).tolist()]


def _kept(session: Catalog, shown: Embedding) -> str:
    """Where the worker reads it."""
    from neurofm.data import store

    numbered = replace(shown, sessions=tuple(session.numbers))
    return str(store.save(numbered, session.folder / ".bouts" / f"{shown.name}.npz"))


def _free(session: Catalog, name: str) -> str:
    """A name that is not taken: "ada bouts", "ada bouts 2", ..."""
    names = (name, *(f"{name} {k}" for k in range(2, len(session.sources) + 3)))
    return next(free for free in names if free not in session.sources)


OPTIONS: dict[str, Any] = {
    "count": lambda field: field.whole(0, MOST),
    "shortest": lambda field: Field.number(field, 0.0),
    "seed": _options.whole,
    "others": _options.names,
}
SPEC = VerbSpec(begin=begin, options=OPTIONS, optional=("others",), code=code, work=work, took=took)
