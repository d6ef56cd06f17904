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
from neurofm.specs import RECORDING


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
    only: Annotated[str, typer.Option(help="Filter of the units that take part, such as 'group == \"good\"'.")] = "",
    set_: Set = None,
    seed: int = 0,
) -> Any:
    """Match units of one animal with those of another: distances, matches, and how sure each is."""
    from neurofm import io
    from neurofm.analysis.animals import animals as check_animals
    from neurofm.app.session import Session
    from neurofm.app.verbs import correspond as verb
    from neurofm.data.matches import Matches
    from neurofm.runs import is_run

    check_suffix(out, written(Matches.kind))
    run, files = (paths[0], paths[1:]) if is_run(paths[0]) else ("", paths)
    sources = open_sources(files)
    names = animal or [source.session for source in sources]
    options = read_plain(set_) | ({"run": run} if run else {})
    with usage():
        check_animals(sources, names)
        way, method, options = verb.chosen(sources, by or ("learned" if run else ""), method, level, options)
        pairs = _pairs(known)
    gone = verb.left_out(Session(sources), sources, only)
    with progress("matching") as step:
        told = verb.work(
            step, out.parent, data=[parts(path) for path in files], animals=names, by=way, method=method, level=level,
            called=[source.session for source in sources], known=pairs, left_out=gone, seed=seed, out=str(out),
            **options,
        )  # fmt: skip
    matches: Any = io.read(out)
    summary = matches.summary()
    halves = {name: share for name, share in summary["half_split"].items() if share == share}
    kept = {"matches": told["matches"], "by": matches.by, "says": matches.said, "notes": list(matches.notes)}
    return {"out": str(out), "pairs": told["pairs"], "fdr": matches.level, "half_split": halves, **kept}


@command(show.carried)
def carry(
    one: Annotated[str, typer.Argument(metavar="PATH_A", help="A recording, which the decoder is of.")],
    other: Annotated[str, typer.Argument(metavar="PATH_B", help="Another, which it answers for.")],
    target: Annotated[str, typer.Option(help="Column of the trials that is told; the first that both have.")] = "",
    halves: Annotated[int, typer.Option(min=1, help="Random halves of the other's trials.")] = 10,
    out: Annotated[Path | None, typer.Option(help="Where the table goes (.csv), too.")] = None,
    seed: int = 0,
) -> Any:
    """How well a decoder of one animal answers for another, with labels of the other and without."""
    from neurofm.app.verbs import carry as verb

    if out is not None:
        check_suffix(out, [".csv"])
    sources = open_sources([one, other])
    for source in sources:
        if source.kind != RECORDING:
            raise typer.BadParameter(f"{source.session} is no recording, and a decoder is carried between recordings")
    with usage():
        target = verb.chosen(sources[0], sources[1], target, halves)
    called = [source.session for source in sources]
    with progress("carrying") as step:
        told = verb.work(
            step, Path(), data=[parts(one), parts(other)], called=called, target=target, halves=halves, seed=seed
        )
    if out is not None:
        verb.Carried(**told).table.to_csv(out, index=False)
    return told | ({"out": str(out)} if out is not None else {})


@command(show.located)
def locate(
    atlas: Annotated[str, typer.Argument(metavar="ATLAS", help="Matches, or a graph of several named animals.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="The new animal.")],
    out: Out,
    of: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH...]", help="Of matches: the recordings that they are of.")
    ] = None,
    animal: Annotated[str, typer.Option(help="Which one of a graph of several.")] = "",
    share: Annotated[float, typer.Option(help="Of names that a graph shares with the atlas: those told.")] = 0.2,
    seed: int = 0,
) -> Any:
    """Place a new animal into an atlas of others: of each unit what it is like, and how sure that is."""
    import pandas as pd

    from neurofm.app.session import Session
    from neurofm.app.verbs import locate as verb
    from neurofm.data.matches import LEVEL

    check_suffix(out, [".csv"])
    files = list(dict.fromkeys([atlas, path, *(of or [])]))
    session = Session(open_sources(files))
    into, own = (list(session.sources)[files.index(file)] for file in (atlas, path))
    name = f"{own}/{animal}" if animal else own
    with usage():
        asked = verb.asked(session, name, into, share, seed)
    with progress("placing") as step:
        told = verb.work(step, out.parent, **asked | {"data": [parts(files[k]) for k in _rows(session, asked)]})
    rows = pd.DataFrame(told.pop("columns"))
    rows.to_csv(out, index=False)
    return told | {"out": str(out), "rows": len(rows), "sure": verb.sure(rows), "fdr": LEVEL}


def _rows(session: Any, asked: dict[str, Any]) -> list[int]:
    """Which of what is open is asked for."""
    return [list(session.sources).index(name) for name in asked["called"]]


def _pairs(path: Path | None) -> list[list[str]]:
    """Names of units that are the same, of the first two columns of a table."""
    from neurofm.app.state import user_tables

    if path is None:
        return []
    table = user_tables.read(path).astype(str)
    if table.shape[1] < 2:
        raise ValueError(f"{path} has one column; name a unit of each animal in two")
    return table.iloc[:, :2].to_numpy(object).tolist()
