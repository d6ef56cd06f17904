"""Moments of a source: which there are, and how long each lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from neurofm.app.state.link import among, tidy, union
from neurofm.data import spans
from neurofm.data.embedding import Embedding
from neurofm.data.ids import SHIFT, Ids, moments, pack, seconds, unpack
from neurofm.data.prediction import Prediction
from neurofm.data.source import Source, start, stop
from neurofm.words import thing, things

ALONE = 0.05  # seconds on each side of a moment whose spacing nobody knows
GRID = 0.1  # seconds between moments where none are shown


def shown(
    number: int, source: Source, space: str, embeddings: Iterable[Embedding], predictions: Iterable[Prediction]
) -> list[Ids]:
    """Sorted ids in a space that has no table: those of all that is shown together (else samples), of each, samples."""
    drawn = [e.ids for e in embeddings if e.space == space]
    drawn += [p.ids for p in predictions if p.session == source.session and p.space == space]
    each = [tidy(ids[unpack(ids)[0] == number]) for ids in drawn]
    held = source.spaces().get(space)
    samples = [pack(number, local) for local in held.samples()] if held is not None and held.samples else []
    return [union(*([ids for ids in each if len(ids)] or map(tidy, samples))), *each, *samples]


def between(number: int, source: Source, ids: Ids, span: tuple[float, float]) -> Ids:
    """Moments in [start, stop) seconds: those that are known, else one every 0.1 s."""
    if not len(ids):
        ids = pack(number, np.arange(0, round((stop(source) - start(source)) * 1e6), round(GRID * 1e6)))
    first, last = np.searchsorted(ids, pack(number, np.maximum(moments(span, start(source)), 0)))
    return ids[first:last]


def check(ids: Ids, space: str, sources: Mapping[int, Source], shown: Callable[[int, str], Sequence[Ids]]) -> None:
    """Raise LookupError if an id of a space that has no table is of no source, or beyond all that it shows."""
    holders = {k: source for k, source in sources.items() if space in source.spaces()}
    inside, told = np.zeros(len(ids), bool), []
    for k, source in holders.items():
        first, last = int(pack(k, 0)), int(pack(k, _last(source, shown(k, space)[0])))
        inside |= (ids >= first) & (ids <= last)
        told.append(f"{first} to {last} ({source.session})")
    if not inside.all():
        words = f"there are {', '.join(told)}" if told else f"nothing that is open has {things(space)}"
        raise LookupError(f"no {thing(space)} has the id {ids[~inside][0]}; {words}")


def _last(source: Source, shown: Ids) -> int:
    """The largest local id that can be meant; any where a source has neither a clock nor shows anything."""
    ends = [round((stop(source) - start(source)) * 1e6), *unpack(shown[-1:])[1].tolist()]
    return max(ends) or (1 << SHIFT) - 1


def around(number: int, source: Source, sets: Sequence[Ids], ids: Ids) -> spans.SpanArray:
    """(k, 2) seconds around moments, each as long as moments of the first set that holds it are apart."""
    left = ids[unpack(ids)[0] == number]
    pieces = []
    for moments_of_one in sets:
        here = among(left, moments_of_one)
        alone = len(moments_of_one) < 2
        half = ALONE if alone else 0.5005 * float(np.median(np.diff(moments_of_one))) / 1e6
        pieces.append(_widened(left[here], source, half))
        left = left[~here]
    return spans.tidy(np.concatenate([*pieces, _widened(left, source, ALONE)]))


def _widened(ids: Ids, source: Source, half: float) -> spans.SpanArray:
    centre = seconds(unpack(ids)[1], start(source))
    return np.stack([centre - half, centre + half], 1)
