"""Connect: things that are open become a graph, whose nodes lead back to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs import open as opening
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice, number
from neurofm.data.embedding import Embedding
from neurofm.data.graph import Graph
from neurofm.data.ids import unpack
from neurofm.errors import NeuroFMError
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

SHARES = ("level", "alpha", "p")  # options that are at most 1


def begin(session: Catalog, name: str, by: str = "", **options: Any) -> Job:
    """Make a graph of things of a source or an embedding in the background, and open it.

    Parameters
    ----------
    name : of a source or an embedding
    by : "correlation" of units' spike counts, "trials" in which the same units fire, "contact" of bodies of labels,
        "distance" of cells, "latent distance" of rows of an embedding, "class" of nodes that become one, or "half-hop",
        which puts slow nodes into edges; the first that it has things for if ""
    options : `bin` (s), `level` (share of pairs connected by chance) and `seed` of correlation; `count` of neighbours;
        `within` (um) of distance; `label` of contact; `column` of class; `alpha`, `p` and `seed` of half-hop

    Raises
    ------
    LookupError
        If there is no such source or embedding, or it has nothing that can be so connected.
    ValueError
        If an option is none of that way, or is no number from 0 on.
    """
    check_choice("source or embedding", name, {**session.sources, **session.embeddings})
    thing: Any = session.embeddings.get(name) or session.sources[name]
    by, given = asked(name, thing, by, options)
    names = _sources_of(session, thing) if isinstance(thing, Embedding) else [name]
    rows = {"embedding": kept(session, thing)} if isinstance(thing, Embedding) else {}
    action = session.actions.add("connect", name, by=by, **given)
    arguments = {"data": session.files(names), "by": by, **rows, **given}
    return session.jobs.submit("connect", arguments, f"Graph of {name} by {by}", action=action)


def asked(name: str, thing: Any, by: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The way to connect things that is meant, and its options, those that are not given as they usually are."""
    from neurofm.analysis import connecting

    there = connecting.ways_of(thing)
    if not there:
        raise LookupError(f"nothing of '{name}' can be connected; choose a recording, labels, cells or an embedding")
    by = by or there[0]
    check_choice("way to connect", by, there)
    usual = connecting.WAYS[by].options
    for option, value in options.items():
        check_choice(f"option of '{by}'", option, usual)
        if not isinstance(usual[option], str) and not number(option, value, "a number") >= 0:
            raise ValueError(f"{option} must be a number from 0 on, got {value}")
        if option in SHARES and value > 1:
            raise ValueError(f"{option} must be a share from 0 to 1, got {value}")
        if option == "bin" and not value:
            raise ValueError("bin must be more than 0 s")
    return by, {option: type(one)(options.get(option, one)) for option, one in usual.items()}


def work(
    step: Step, folder: Path, *, data: list[Paths], by: str, embedding: str = "", out: str = "", **options: Any
) -> Plain:
    """The graph in a file of its own kind."""
    from neurofm import io
    from neurofm.analysis import connecting
    from neurofm.data import store

    way, sources = connecting.WAYS[by], read(data)
    step(0.0, f"connecting by {by}")
    things = (store.load(embedding), sources) if embedding else sources[:1]
    try:
        graph = way.make(*things, step=step, **options)
    except (ValueError, LookupError) as error:  # of the data
        raise NeuroFMError(str(error)) from error
    file = io.write(graph, Path(out) if out else folder / "graph.graph.h5")
    return {"out": str(file), "nodes": len(graph.nodes), "edges": graph.edges.shape[1]}


def took(session: Catalog, job: Job) -> None:
    """Open the graph; how it came about stands in the job's own action, if the script can do it again."""
    from neurofm import io

    if job.state != "done":
        return _jobs.give_up(session, job)
    graph: Any = io.read_native(job.result["out"], Graph.kind)
    if graph.volume and graph.volume in job.arguments["data"][0]:  # a copy, where the volume has no file
        there = session.sources.get(job.action.name)
        graph = replace(graph, volume=next(iter(there.paths), "") if there is not None else graph.volume)
    names = (graph.session, *(f"{graph.session} {k}" for k in range(2, len(session.sources) + 3)))
    free = next(name for name in names if name not in session.sources)
    name = opening.add(session, replace(graph, session=free, paths=()))
    made = {action.name for action in session.actions if action.kind == "embed"}
    again = job.action.name in session.sources or job.action.name in made
    session.actions.drop(session.actions.last("open", name) if again else job.action)
    return None


def code(action: Action, script: Script) -> list[str]:
    options = "".join(f", {name}={value!r}" for name, value in action.options.items())
    return [f"session.connect({action.name!r}{options}).wait()"]


def _sources_of(session: Catalog, shown: Embedding) -> list[str]:
    there = session.numbered()
    return [there[number].session for number in np.unique(unpack(shown.ids)[0]).tolist()]


def kept(session: Catalog, shown: Embedding) -> str:
    """Where the worker reads it."""
    from neurofm.data import store

    return str(store.save(shown, session.folder / ".graphs" / f"{shown.name}.npz"))


OPTIONS: dict[str, Any] = {
    "by": Field.text, "bin": Field.number, "level": Field.number, "within": Field.number, "count": _options.whole,
    "seed": _options.whole, "label": Field.text, "column": Field.text, "alpha": Field.number, "p": Field.number,
}  # fmt: skip
SPEC = VerbSpec(begin=begin, options=OPTIONS, optional=tuple(OPTIONS), code=code, work=work, took=took)
