"""A net: nodes with a few numbers each, in regions, and edges between them; nothing in it has a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from neurofm.data.source import Space, Tie

NODE, REGION = "node", "region"


@dataclass(frozen=True, eq=False, kw_only=True)
class Net:
    """Nodes and edges.

    Parameters
    ----------
    x : (node, feature)
    y : (node,) what is to be told of each
    edges : (2, edge) rows of nodes
    region : (node,) the region that each is in, by its row
    """

    kind: ClassVar[str] = "net"
    session: str
    x: np.ndarray
    y: np.ndarray
    edges: np.ndarray
    region: np.ndarray
    subject: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    clock: ClassVar[str] = ""
    domain: ClassVar[np.ndarray] = np.zeros((0, 2))

    def spaces(self):
        nodes = Space(
            count=len(self.x), table=self._nodes, telling=("region",), told={"region": "{}", "degree": "{} edges"}
        )
        return {NODE: nodes, REGION: Space(count=int(self.region.max()) + 1, table=self._regions)}

    def ties(self):
        return (Tie(NODE, REGION, np.arange(len(self.x)), self.region),)

    def summary(self):
        return {
            "kind": self.kind, "session": self.session, "subject": self.subject, "path": "+".join(self.paths),
            "nodes": len(self.x), "edges": self.edges.shape[1], "warnings": list(self.notes),
        }  # fmt: skip

    def _nodes(self):
        label = [f"{self.session}/node {k}" for k in range(len(self.x))]
        degree = np.bincount(self.edges.ravel(), minlength=len(self.x))
        region = [f"R{k}" for k in self.region]
        return pd.DataFrame({"label": label, "session": self.session, "degree": degree, "region": region})

    def _regions(self):
        count = int(self.region.max()) + 1
        label = [f"{self.session}/R{k}" for k in range(count)]
        nodes = np.bincount(self.region, minlength=count)
        return pd.DataFrame({"label": label, "session": self.session, "nodes": nodes})
