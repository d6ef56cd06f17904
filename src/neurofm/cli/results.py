"""Where results go: tables, anndata and NWB, with what leads back to the sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm.errors import NeuroFMError
from neurofm.words import a_kind

if TYPE_CHECKING:
    from neurofm.data import Embedding, Prediction
    from neurofm.data.ethogram import Ethogram
    from neurofm.data.source import Source

TABLES = (".npz", ".parquet")
EMBEDDINGS = (*TABLES, ".csv", ".h5ad")


def save_embedding(embedding: Embedding, sources: Sequence[Source], out: Path) -> None:
    """Latents, map and ids; for people and for anndata with all that is known of each row."""
    from neurofm.data import store

    if out.suffix in TABLES:
        store.save(embedding, out, **_places(embedding, sources))
        return
    from neurofm.app import export
    from neurofm.app.session import Session

    session = Session(sources)
    export.embedding(session, session.add(embedding), out)


def read_embedding(path: Path) -> Embedding:
    """An embedding from a file."""
    from neurofm.data import Embedding, store
    from neurofm.errors import DataError

    embedding = store.load(path)
    if not isinstance(embedding, Embedding):
        raise DataError(path, "kind", "is a prediction; name an embedding, or the folder of a run")
    return embedding


def embed_each(run: Any, sources: Sequence[Source], of: str, part: str) -> list[Embedding]:
    """An embedding for each animal of the sources, those of equal name in one."""
    from neurofm.data.embedding import of_one

    whose = {source.session: tuple(getattr(source, "individuals", ())) for source in sources}
    names = dict.fromkeys(name for names in whose.values() for name in names)
    if not names:
        raise NeuroFMError(f"{sources[0].session} does not tell animals apart; leave --each out")
    having = {name: [source for source in sources if name in whose[source.session]] for name in names}
    return [run.embed(having[name], of, part=of_one(name, part)) for name in names]


def written(kind: str) -> list[str]:
    """Suffixes of the files that can be written of a kind of source."""
    from neurofm.io import _readers

    return _readers.written(kind)


def save_bouts(ethograms: Sequence[Ethogram], out: Path) -> dict[str, Any]:
    """One as it is called; of several each under the name of its source behind that."""
    from neurofm import io

    names = [out] if len(ethograms) == 1 else [out.with_stem(f"{out.stem} {one.clock}") for one in ethograms]
    for one, name in zip(ethograms, names):
        io.write(one, name)
    behaviors = {name for one in ethograms for name in one.behaviors}
    count = sum(len(one.bouts) for one in ethograms)
    told = {"out": ", ".join(map(str, names)), "rows": count, "space": "bout", "metrics": {"clusters": len(behaviors)}}
    return told | {"notes": list(ethograms[0].notes)}


def save_predictions(predictions: Sequence[Prediction], out: Path) -> None:
    """One as it is; several as one table that says of each row which source it is of."""
    from dataclasses import replace

    import numpy as np

    from neurofm.data import store
    from neurofm.data.ids import pack, unpack

    if len(predictions) == 1:
        store.save(predictions[0], out)
        return
    rows: dict[str, Any] = {
        n: np.concatenate([getattr(p, n) for p in predictions]) for n in ("times", "values", "truth", "held_out")
    }
    ids = np.concatenate([pack(k, unpack(p.ids)[1]) for k, p in enumerate(predictions)])
    session = np.repeat([p.session for p in predictions], [len(p.ids) for p in predictions])
    kind = {"kind": "predictions"} if out.suffix == ".npz" else {}
    store.save(replace(predictions[0], ids=ids, metrics={}, **rows), out, session=session, **kind)


def write_nwb(predictions: Sequence[Prediction], sources: Sequence[Source], out: Path) -> None:
    """What was decoded of one source over time, on its clock."""
    from neurofm import io
    from neurofm.data import Recording, Series

    if len(predictions) > 1:
        raise NeuroFMError(f"{out} can hold one recording and there are {len(predictions)}; predict them one by one")
    (p,), (source,) = predictions, sources
    if not len(source.domain):
        without = f"{source.session} holds {a_kind(source.kind)}, which has none"
        raise NeuroFMError(f"{out} is for what has a time, and {without}; choose {' or '.join(TABLES)}")
    series = {f"{p.target}_decoded": Series(p.times, p.values, p.names, p.unit)}
    about: dict[str, Any] = {"session": p.session, "subject": source.subject, "domain": source.domain}
    io.write(Recording(series=series, **about), out)


def _places(embedding: Embedding, sources: Sequence[Source]) -> dict[str, Any]:
    """Of each row the source it is of and, where it was at a moment, its seconds there."""
    import numpy as np

    from neurofm.data.ids import unpack
    from neurofm.data.source import when

    number, local = unpack(embedding.ids)
    times = np.full(len(number), np.nan)
    for k, source in enumerate(sources):
        here = number == k
        seconds = when(source, embedding.space, local[here])
        times[here] = np.nan if seconds is None else seconds
    session = np.array([source.session for source in sources])[number]
    return {"session": session} | ({"time": times} if np.isfinite(times).any() else {})
