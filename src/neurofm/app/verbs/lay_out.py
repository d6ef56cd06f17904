"""Lay out: nodes of a graph get places near those that they are connected to, and latents of where they stand in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurofm import checks
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.results import show
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data.embedding import Embedding
from neurofm.data.graph import NODE, Graph, apart
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

METHOD = "layout"


def begin(session: Catalog, graph: str = "", *, seed: int = 0, idle: bool = False) -> Job:
    """Lay out a graph in the background; where its nodes lie becomes the map of an embedding.

    Its values are what edges alone tell of each node, without any label: degrees, walks that return, and vectors of the
    Laplacian (see `neurofm.transforms.structure`), of each subject by itself.

    Parameters
    ----------
    graph : name; the first that is open if ""
    idle : True if nobody asked for it: it makes way for all other work

    Raises
    ------
    LookupError
        If there is no such graph, or it has no nodes.
    """
    seed = checks.seed(seed)
    there = graphs(session)
    if not there:
        raise LookupError("no graph is open; open one, or connect units, cells or labels")
    name = graph or next(iter(there))
    check_choice("graph", name, there)
    if not len(there[name].nodes):
        raise LookupError(f"'{name}' has no nodes; open another")
    action = session.actions.add("lay_out", name, seed=seed)
    arguments = {"data": session.files([name]), "seed": seed}
    return session.jobs.submit("lay_out", arguments, f"Layout of {name}", action=action, idle=idle)


def work(step: Step, folder: Path, *, data: list[Paths], seed: int = 0) -> Plain:
    """Where its nodes lie and stand, as `.npz`."""
    from neurofm.analysis import layouts
    from neurofm.transforms.structure import WIDTH, structure

    (graph,) = read(data)
    xy = layouts.layout(graph, seed=seed, step=step)
    values = np.zeros((len(xy), WIDTH), np.float32)
    for k, one in enumerate(apart(graph)):
        values[graph.of == k] = structure(one.edges, len(one.nodes), one.strength())
    np.savez(folder / "layout.npz", xy=xy, values=values)
    return {"out": str(folder / "layout.npz")}


def took(session: Catalog, job: Job) -> None:
    """Show them, unless the graph is gone or another by now."""
    graph = graphs(session).get(job.action.name)
    if job.state != "done" or graph is None:
        return _jobs.give_up(session, job)
    with np.load(job.result["out"]) as file:
        xy, values = file["xy"], file["values"]
    if len(xy) != len(graph.nodes):
        return _jobs.give_up(session, job)
    laid = Embedding(
        name=f"{graph.session} {METHOD}", space=NODE, ids=np.arange(len(xy)), values=values, xy=xy, method=METHOD,
        labels=tuple(graph.names), sessions=(graph.session,),
    )  # fmt: skip
    show(session, laid)
    return None


def of(session: Catalog, graph: str) -> Embedding | None:
    """Where the nodes of a graph were laid out."""
    return session.embeddings.get(f"{graph} {METHOD}")


def graphs(session: Catalog) -> dict[str, Graph]:
    """Graphs that are open, by name."""
    return {name: source for name, source in list(session.sources.items()) if isinstance(source, Graph)}


def code(action: Action, script: Script) -> list[str]:
    return [f"session.lay_out({action.name!r}, seed={action.options['seed']!r}).wait()"]


SPEC = VerbSpec(begin=begin, options={"seed": _options.whole}, code=code, work=work, took=took)
