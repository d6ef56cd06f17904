"""What runs gave, taken into a session: embeddings and predictions with the session's own ids and names."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neurofm.app.state.catalog import Catalog
from neurofm.data.embedding import Embedding
from neurofm.data.ids import pack, unpack
from neurofm.data.prediction import Prediction

Result = Embedding | Prediction


def add(session: Catalog, result: Result) -> str:
    """Take what somebody made in Python; gives the name it goes by (see `show`).

    Raises
    ------
    ValueError
        If a row of an embedding has latents or a place on the map that are no finite numbers.
    LookupError
        If none of its sources is open, or a row is of nothing in them.
    """
    if isinstance(result, Embedding):
        numbered = _numbered(result, session.numbers, session.sources)
        lost = ~(np.isfinite(numbered.values).all(1) & np.isfinite(numbered.xy).all(1))
        if lost.any():
            words = f"{lost.sum()} of {len(lost)} rows that are not finite numbers, the first is row {lost.argmax()}"
            raise ValueError(f"embedding '{result.name}' has {words}; leave them out")
        session.ids(numbered.ids, numbered.space)
    else:
        session.ids(pack(session.number(result.session), unpack(result.ids)[1]), result.space)
    return show(session, result)


def show(session: Catalog, result: Result) -> str:
    """Take what was made; gives the name it goes by. One of the same name replaces the older.

    Raises
    ------
    LookupError
        If none of its sources is open.
    """
    if isinstance(result, Embedding):
        session.put("embedding", session.embeddings, result.name, _numbered(result, session.numbers, session.sources))
        return result.name
    ids = pack(session.number(result.session), unpack(result.ids)[1])
    session.put("prediction", session.predictions, result.name, replace(result, ids=ids))
    return result.name


def take(session: Catalog, result: Result, run: str) -> None:
    """Take what the job of a run made, under that run's name; a map is turned as the one before it lies."""
    if isinstance(result, Prediction):
        show(session, replace(result, run=run))
        return
    named = result.of_run(run, result.xy)
    show(session, result.of_run(run, _turned(result, session.embeddings.get(named.name))))


def rows_of(embedding: Embedding, chosen: NDArray[np.bool_]) -> Embedding:
    """Some rows of an embedding."""
    if chosen.all():
        return embedding
    labels = tuple(label for label, k in zip(embedding.labels, chosen) if k)
    umap = None if embedding.umap is None else embedding.umap[chosen]
    return replace(
        embedding, ids=embedding.ids[chosen], values=embedding.values[chosen], xy=embedding.xy[chosen], umap=umap,
        labels=labels,
    )  # fmt: skip


def _numbered(embedding: Embedding, numbers: Sequence[str], there: Container[str]) -> Embedding:
    """The embedding with a session's numbers in its ids, without rows of sources that are not open."""
    if not embedding.sessions:
        return embedding
    table = np.array([numbers.index(n) if n in there else -1 for n in embedding.sessions])
    number, local = unpack(embedding.ids)
    new = table[number] if len(number) else number
    if len(new) and (new < 0).all():
        raise LookupError(f"embedding '{embedding.name}' is of {', '.join(embedding.sessions)}, which is not open")
    rows = rows_of(replace(embedding, ids=pack(np.maximum(new, 0), local)), new >= 0)
    return replace(rows, sessions=tuple(numbers))


def _turned(embedding: Embedding, before: Embedding | None) -> NDArray[np.floating]:
    """The map turned as the one before it lies, so that the picture does not jump."""
    from neurofm.projection import align

    if before is None or before.xy.shape != embedding.xy.shape or len(embedding.xy) < 3:
        return embedding.xy
    return align(embedding.xy, before.xy)
