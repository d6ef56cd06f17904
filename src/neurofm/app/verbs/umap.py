"""UMAP: an embedding gets a map that keeps near rows near, beside the one it has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurofm import checks
from neurofm.app.memory import remember
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.results import rows_of, show
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs._work import Plain, Step
from neurofm.checks import check_choice
from neurofm.data.embedding import Embedding
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def begin(session: Catalog, embedding: str, *, dims: int = 2, seed: int = 0, idle: bool = False) -> Job:
    """Give an embedding a UMAP beside the map it has, as soon as that is computed.

    Parameters
    ----------
    idle : True if nobody asked for it: it makes way for all other work

    Raises
    ------
    LookupError
        If there is no such embedding.
    ValueError
        If it has too few rows, rows that do not spread, or rows that are not finite.
    """
    from neurofm.data import store

    seed = checks.seed(seed)
    check_choice("embedding", embedding, session.embeddings)
    shown = session.embeddings[embedding]
    lack = lacks(shown, dims)
    if lack:
        raise ValueError(lack)
    file = store.save(shown, session.folder / ".maps" / f"{embedding}.npz")
    action = session.actions.add("umap", embedding, dims=dims, seed=seed)
    arguments = {"embedding": str(file), "dims": dims, "seed": seed}
    job = session.jobs.submit("umap", arguments, f"UMAP of {embedding}", action=action, idle=idle)
    session.changed.emit("job", embedding)  # the view says so
    return job


def work(step: Step, folder: Path, *, embedding: str, dims: int = 2, seed: int = 0, out: str = "") -> Plain:
    """The embedding in a file with a UMAP, turned as its map lies, as `.npz`."""
    from neurofm import projection
    from neurofm.data import store
    from neurofm.errors import DataError

    before = store.load(embedding)
    if not isinstance(before, Embedding):
        raise DataError(embedding, "kind", "is a prediction, which has no map; choose an embedding")
    drawn = projection.umap(before.values, dims, seed=seed, step=step)
    drawn = projection.align(drawn, projection.pca(before.values, dims))
    return {"out": str(store.save(replace(before, umap=drawn), out or folder / "embedding.npz"))}


def lacks(embedding: Embedding, dims: int) -> str:
    """Why an embedding can have no UMAP, in a sentence; "" where it can."""
    from neurofm import projection

    def make() -> str:
        bad = int((~np.isfinite(embedding.values)).any(1).sum())
        if bad:
            return f"UMAP needs rows that are finite, {bad} of {len(embedding.values)} are not; leave them out first"
        return projection.umap_lacks(projection.pca(embedding.values, dims))

    return remember(embedding, ("lacks", dims), make)


def job_of(session: Catalog, embedding: str) -> Job | None:
    """The newest job that makes the UMAP of an embedding."""
    jobs = [job for job in session.jobs if job.task == "umap" and job.action.name == embedding]
    return jobs[-1] if jobs else None


def took(session: Catalog, job: Job) -> None:
    """Show the map, unless its embedding is gone or another by now."""
    from neurofm.data import store

    if job.state != "done":
        return _jobs.give_up(session, job)
    mapped, there = store.load(job.result["out"]), session.embeddings.get(job.action.name)
    if there is None or not isinstance(mapped, Embedding):
        return _jobs.give_up(session, job)
    mapped = rows_of(mapped, np.isin(mapped.ids, there.ids))  # a source may have been closed meanwhile
    if not np.array_equal(mapped.ids, there.ids) or not np.array_equal(mapped.values, there.values):
        return _jobs.give_up(session, job)
    show(session, replace(there, umap=mapped.umap))
    return None


def code(action: Action, script: Script) -> list[str]:
    name = script.variable(action.name)
    if name is None:
        return []
    script.imports |= {"from dataclasses import replace", "from neurofm.projection import align, pca, umap"}
    dims, seed = action.options["dims"], action.options.get("seed", 0)
    drawn = f"align(umap({name}.values, {dims!r}, seed={seed!r}), pca({name}.values, {dims!r}))"
    return [f"{name} = replace({name}, umap={drawn})", f"session.add({name})"]


SPEC = VerbSpec(
    begin=begin,
    options={"dims": lambda field: field.whole(2, 3), "seed": _options.whole},
    code=code,
    work=work,
    took=took,
)
