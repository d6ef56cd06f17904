"""GraphML and GML, read by networkx: attributes of nodes and edges become columns."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from neurofm.data.graph import Graph
from neurofm.errors import DataError
from neurofm.io._file import head
from neurofm.io._graph_objects import of_networkx
from neurofm.specs import ReaderSpec

LOOKED = 1 << 12  # bytes
GML = re.compile(rb"(?:\s*#[^\n]*\n|\s*Creator[^\n]*\n|\s*Version[^\n]*\n)*\s*graph\s*\[", re.IGNORECASE)


def accepts(path: Path) -> bool:
    """Whether it begins as one of them."""
    start = head(path, LOOKED)
    return b"<graphml" in start or GML.match(start) is not None


def read(path: Path) -> Graph:
    """The graph; both directions of edges that have none."""
    try:
        import networkx as nx
    except ImportError as error:
        raise DataError(path, "", "reading GraphML needs networkx; pip install 'napari-neurofm[graph]'") from error
    if b"<graphml" in head(path, LOOKED):
        return of_networkx(path, nx.read_graphml(path))
    return of_networkx(path, _gml(nx, path))


def _gml(nx: Any, path: Path) -> Any:
    """Nodes by their labels or, where these are missing or come twice, by their numbers."""
    try:
        return nx.read_gml(path)
    except nx.NetworkXError as error:
        if "label" not in str(error):
            raise
        return nx.read_gml(path, label="id")


SPEC = ReaderSpec(title="GraphML and GML", patterns=("*.graphml", "*.gml"), accepts=accepts, read=read, kind="graph")
