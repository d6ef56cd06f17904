"""What is open, as the short list that every front shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurofm import registry
from neurofm.app.state.catalog import VERBS, Catalog
from neurofm.app.state.volumes import fits, volumes
from neurofm.data.plausible import findings
from neurofm.data.source import Source
from neurofm.data.spans import duration
from neurofm.data.volume import Volume
from neurofm.words import OF, counted, outcome, things

UNSCALED = "unscaled"  # code of the finding that nothing says how large voxels are
TITLES = {"source": "Recordings", "run": "Runs", "embedding": "Maps", "group": "Groups", "table": "Tables"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that is open.

    Parameters
    ----------
    kind, name : as in `command.Context`
    words : about it, beyond its name
    notes : to be read when asked for
    warnings : to be read at once
    """

    kind: str
    name: str
    words: str
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def opened(session: Catalog) -> list[Row]:
    """A row for each thing that is open, kind by kind."""
    return [
        *_sources(session),
        *_runs(session),
        *_maps(session),
        *_groups(session),
        *_tables(session),
        *_results(session),
    ]


def title(kind: str) -> str:
    """What several things of a kind are called in the list; results of a verb as the verb says."""
    return TITLES[kind] if kind in TITLES else str(registry.get(VERBS, kind).result.title)


def head(kind: str) -> str:
    """What stands before the name of one, in a list without titles; "" where the name says it."""
    one = TITLES[kind].removesuffix("s") if kind in TITLES else title(kind)
    return "" if kind == "source" else one.lower()


def words(source: Source) -> str:
    """How much is in a source: "96 units · 33 min"; "128 × 250 × 250" of what has no table."""
    tabled = ((name, space.count) for name, space in source.spaces().items() if space.table is not None)
    name, count = next(tabled, ("", None))
    counts = [counted(count, name)] if count is not None else [_size(source)]
    return " · ".join([*filter(None, counts), *([lasts(source.domain)] if len(source.domain) else [])])


def lasts(domain: NDArray[np.float64]) -> str:
    """How long something is, and in how many pieces that was recorded: "33 min", "87 s in 159 pieces"."""
    pieces = f" in {len(domain):,} pieces" if len(domain) > 1 else ""
    return minutes(duration(domain)) + pieces


def _size(source: Source) -> str:
    told = source.summary()
    sizes = told.get("shape") or [told[name] for name in ("width", "height") if name in told]
    return " × ".join(map(str, sizes))


def minutes(seconds: float) -> str:
    """How long something is: "33 min", "90 s"."""
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"


def _sources(session: Catalog) -> Iterator[Row]:
    for name, source in list(session.sources.items()):
        said = UNSCALED if isinstance(source, Volume) and _lies(session, source) else ""
        warnings = tuple(str(one) for one in findings(source) if one.code != (said or None))
        yield Row(kind="source", name=name, words=words(source), notes=tuple(source.notes), warnings=warnings)


def _lies(session: Catalog, labels: Volume) -> bool:
    """Whether it is labels of an image that is open, of which the size of voxels is told."""
    images = [one for one in volumes(session).values() if one.image is not None and one is not labels]
    return labels.image is None and any(fits(session, labels, image) for image in images)


def _runs(session: Catalog) -> Iterator[Row]:
    for name, run in list(session.runs.items()):
        yield Row(kind="run", name=name, words=outcome({OF: run.of} | dict(run.metrics)))


def _maps(session: Catalog) -> Iterator[Row]:
    for name, embedding in list(session.embeddings.items()):
        drawn = dict.fromkeys(filter(None, (embedding.method, "" if embedding.umap is None else "UMAP")))
        about = " · ".join(filter(None, (counted(len(embedding.ids), embedding.space), ", ".join(drawn))))
        yield Row(kind="embedding", name=name, words=about)


def _groups(session: Catalog) -> Iterator[Row]:
    for place, (name, group) in enumerate(list(session.groups.items()), 1):
        notes = (f"Press {place} to pick it",) if place < 10 else ()
        yield Row(kind="group", name=name, words=counted(len(group.ids), group.space), notes=notes)


def _tables(session: Catalog) -> Iterator[Row]:
    for name, table in list(session.user_tables.items()):
        yield Row(kind="table", name=name, words=f"columns of {things(table.space)}", notes=(str(table.path),))


def _results(session: Catalog) -> Iterator[Row]:
    for verb, results in list(session.results.items()):
        for name, result in list(results.items()):
            yield Row(kind=verb, name=name, words=registry.get(VERBS, verb).result.words(result))
