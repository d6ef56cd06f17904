"""How models learn from nets: nodes are split by their numbers."""

from __future__ import annotations

import numpy as np

from neurofm.data.split import Split
from planted.nets import NODE, Net
from planted.rows import RowsCourse


class NodesCourse(RowsCourse):
    takes, of, target, note = Net, NODE, "y", "nodes, not seconds"

    def split(self, source, rng):
        order, tenth = rng.permutation(len(source.x)), len(source.x) // 10
        return Split(np.sort(order[2 * tenth :]), np.sort(order[:tenth]), np.sort(order[tenth : 2 * tenth]))

    def given(self, source):
        return source.x

    def asked(self, source):
        return source.y

    def times(self, source):
        return np.full(len(source.x), np.nan)

    def rows_of(self, run, source, name):
        return run.split(source.session, name).astype(int)


SPEC = NodesCourse()
