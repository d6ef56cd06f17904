"""What commands do with graphs: things that are open are connected, and nodes laid out."""

from __future__ import annotations

from typing import Any

from neurofm.app.command import Command, Context, Host
from neurofm.app.verbs.lay_out import graphs


def ways(context: Context) -> list[str]:
    """Ways in which things of what was clicked can be connected."""
    from neurofm.analysis import connecting

    session, name = context.session, context.name
    thing: Any = session.embeddings.get(name) if context.kind == "embedding" else session.sources.get(name)
    return [] if thing is None else connecting.ways_of(thing)


def connect(context: Context, host: Host) -> None:
    """Connect them in the way that was chosen, as is usual."""
    host.session.connect(context.name, context.other)
    host.show("jobs")


def is_graph(context: Context) -> bool:
    """Whether it is a graph with nodes."""
    there = graphs(context.session)
    return context.name in there and bool(len(there[context.name].nodes))


def lay_out(context: Context, host: Host) -> None:
    """Lay out its nodes, and show them."""
    host.session.lay_out(context.name)
    host.show("graph")


# fmt: off
COMMANDS = (
    Command(name="connect", title="Graph by {other}", on=("source", "embedding"), others=ways, do=connect),
    Command(name="lay_out", title="Lay out", on=("source",), offered=is_graph, do=lay_out),
)
# fmt: on
