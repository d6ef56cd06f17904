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


@command(show.correspondence)
def correspond(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="[RUN] PATH...", help="Recordings, or a graph of several animals; a run to match by."),
    ],
    out: Out,
    by: Annotated[
        str, typer.Option(help="rates, rate shape, transport, wiring, ...; what tells best if not said.")
    ] = "",
    method: Annotated[str, typer.Option(help="nearest, mutual, hungarian or partial.")] = "",
    level: Annotated[float, typer.Option(help="False-discovery rate up to which a pair is called a match.")] = 0.1,
    animal: Annotated[
        list[str] | None, typer.Option(help="One of a graph's; may be repeated. All if not said.")
    ] = None,
    known: Annotated[Path | None, typer.Option(help="Table (.csv) with two columns: units that are the same.")] = None,
    set_: Set = None,
    seed: int = 0,
) -> Any:
    """Match units of one animal with those of another: distances, matches, and how sure each is."""
    from neurofm import io
    from neurofm.app.verbs import correspond as verb
    from neurofm.data.matches import Matches
    from neurofm.runs import is_run

    check_suffix(out, written(Matches.kind))
    run, files = (paths[0], paths[1:]) if is_run(paths[0]) else ("", paths)
    sources = open_sources(files)
    names = animal or [source.session for source in sources]
    options = read_plain(set_) | ({"run": run} if run else {})
    with usage():
        way, method, options = verb.chosen(sources, by or ("learned" if run else ""), method, level, options)
        pairs = _pairs(known)
    with progress("matching") as step:
        told = verb.work(
            step, out.parent, data=[parts(path) for path in files], animals=names, by=way, method=method, level=level,
            called=[source.session for source in sources], known=pairs, seed=seed, out=str(out), **options,
        )  # fmt: skip
    matches: Any = io.read(out)
    summary = matches.summary()
    halves = {name: share for name, share in summary["half_split"].items() if share == share}
    kept = {"matches": told["matches"], "by": matches.by, "says": matches.said, "notes": list(matches.notes)}
    return {"out": str(out), "pairs": told["pairs"], "fdr": matches.level, "half_split": halves, **kept}


def _pairs(path: Path | None) -> list[list[str]]:
    """Names of units that are the same, of the first two columns of a table."""
    from neurofm.app.state import user_tables

    if path is None:
        return []
    table = user_tables.read(path).astype(str)
    if table.shape[1] < 2:
        raise ValueError(f"{path} has one column; name a unit of each animal in two")
    return table.iloc[:, :2].to_numpy(object).tolist()
