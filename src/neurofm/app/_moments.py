"""Moments of a recording: which there are, how long each lasts, and which trial each is in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from neurofm.app.link import Link, among, ranges, tidy, union
from neurofm.data import spans
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids, moments, pack, seconds, unpack
from neurofm.data.prediction import Prediction
from neurofm.data.recording import Recording

MOST = 12  # a series with more features is no behaviour but an image or LFP
ALONE = 0.05  # seconds on each side of a moment whose spacing nobody knows


def known(
    number: int, recording: Recording, embeddings: Iterable[Embedding], predictions: Iterable[Prediction]
) -> list[Ids]:
    """Sorted moments: those of all latents and predictions together (else samples), then of each, then samples."""
    found = [e.ids for e in embeddings if e.space == "time"]
    found += [p.ids for p in predictions if p.session == recording.session]
    found = [tidy(ids[unpack(ids)[0] == number]) for ids in found]
    small = [s for s in recording.series.values() if len(s.names) <= MOST]
    samples = [s.times[s.times >= recording.start] for s in small]
    more = [pack(number, moments(times, recording.start)) for times in samples]
    shown = [ids for ids in found if len(ids)]
    return [union(*(shown or map(tidy, more))), *found, *more]


def between(number: int, recording: Recording, shown: Ids, span: tuple[float, float]) -> Ids:
    """Moments in [start, stop) seconds: those shown, else one every 0.1 s."""
    if not len(shown):
        shown = pack(number, np.arange(0, round((recording.stop - recording.start) * 1e6), 100_000))
    first, last = np.searchsorted(shown, pack(number, np.maximum(moments(span, recording.start), 0)))
    return shown[first:last]


def around(number: int, recording: Recording, sources: Sequence[Ids], ids: Ids) -> spans.SpanArray:
    """(k, 2) seconds around moments, each as long as moments like it are apart."""
    left = ids[unpack(ids)[0] == number]
    found = []
    for source in sources:
        here = among(left, source)
        half = 0.5005 * float(np.median(np.diff(source))) / 1e6 if len(source) > 1 else ALONE
        found.append(_widened(left[here], recording, half))
        left = left[~here]
    return spans.tidy(np.concatenate([*found, _widened(left, recording, ALONE)]))


def in_trials(number: int, recording: Recording, shown: Ids) -> Link:
    """Ties between trials and the moments in them."""
    edges = recording.intervals["trials"][["start", "stop"]].to_numpy(float)
    edges = np.clip(np.nan_to_num(edges, nan=recording.start), recording.start, None)
    first, last = np.searchsorted(shown, pack(number, moments(edges, recording.start))).T
    last = np.maximum(first, last)
    row = np.repeat(np.arange(len(edges)), last - first)
    return Link("trial", "time", pack(number, row), shown[ranges(first, last)])


def _widened(ids: Ids, recording: Recording, half: float) -> spans.SpanArray:
    centre = seconds(unpack(ids)[1], recording.start)
    return np.stack([centre - half, centre + half], 1)
