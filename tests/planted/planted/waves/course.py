"""How models learn from waves: frames are split by seconds, to tell the wind."""

from __future__ import annotations

import numpy as np

from neurofm.data import spans
from neurofm.data.split import Split
from planted.rows import RowsCourse
from planted.waves import FRAME, Wave


class FramesCourse(RowsCourse):
    takes, of, target, note = Wave, FRAME, "wind", "frames, not spikes"

    def split(self, source, rng):
        edges = np.linspace(*source.domain[0], 11)
        pieces = rng.permutation(np.stack([edges[:-1], edges[1:]], 1))
        return Split(*(spans.tidy(part) for part in (pieces[3:], pieces[:1], pieces[1:3])))

    def given(self, source):
        return source.heights

    def asked(self, source):
        return source.wind

    def times(self, source):
        return source.times

    def rows_of(self, run, source, name):
        return np.flatnonzero(spans.inside(source.times, run.spans(source.session, name)))


SPEC = FramesCourse()
