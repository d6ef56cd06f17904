"""Commands about graphs: things that are connected, and who is like whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neurofm import show
from neurofm.cli.arguments import Out, Set, check_suffix, open_sources, parts, read_plain, usage
from neurofm.cli.call import command
from neurofm.cli.progress import progress
from neurofm.cli.results import read_embedding, written


@command(show.written)
def connect(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="A file; or an embedding (.npz) and the files it is of.")
    ],
    out: Out,
    by: Annotated[
        str,
        typer.Option(help="correlation, trials, contact, distance, latent distance, class, half-hop; the usual."),
    ] = "",
    set_: Set = None,
) -> Any:
    """Connect units, trials, cells, labels or rows of an embedding; leaves a graph whose nodes lead back to them."""
    from neurofm import io
    from neurofm.app.session import Session
    from neurofm.app.verbs import connect as verb
    from neurofm.data.graph import NODE, Graph

    check_suffix(out, written(Graph.kind))
    rows = len(paths) > 1 and paths[0].endswith(".npz")
    if len(paths) > 1 and not rows:
        raise typer.BadParameter("give one file (A+B are parts of one), or an embedding (.npz) and what it is of")
    session = Session(open_sources(paths[rows:]))
    name = session.add(read_embedding(Path(paths[0]))) if rows else next(iter(session.sources))
    thing: Any = session.embeddings[name] if rows else session.sources[name]
    with usage():
        way, options = verb.asked(name, thing, by, read_plain(set_))
    given: dict[str, Any] = {"embedding": verb.kept(session, thing)} if rows else {}
    with progress("connecting") as step:
        data: list[Any] = [parts(path) for path in paths[rows:]]
        told = verb.work(step, out.parent, data=data, by=way, out=str(out), **given, **options)
    graph: Any = io.read(out)
    notes = [*graph.notes, *map(str, graph.findings())]
    return {"out": str(out), "rows": told["nodes"], "space": NODE, "metrics": {"edges": told["edges"]}, "notes": notes}
