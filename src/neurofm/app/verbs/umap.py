"""UMAP: an embedding is drawn as a map that keeps near rows near."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.results import show
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs._work import Plain, Step
from neurofm.checks import check_choice
from neurofm.data.embedding import Embedding
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def begin(session: Catalog, embedding: str, *, dims: int = 2, seed: int = 0) -> Job:
    """Draw an embedding by UMAP as soon as that is computed."""
    from neurofm.data import store

    check_choice("embedding", embedding, session.embeddings)
    file = store.save(session.embeddings[embedding], session.folder / ".maps" / f"{embedding}.npz")
    action = session.actions.add("umap", embedding, dims=dims, seed=seed)
    arguments = {"embedding": str(file), "dims": dims, "seed": seed}
    return session.jobs.submit("umap", arguments, f"UMAP of {embedding}", action=action)


def work(step: Step, folder: Path, *, embedding: str, dims: int = 2, seed: int = 0, out: str = "") -> Plain:
    """The embedding in a file with a UMAP in place of its map, turned as the old map lies, as `.npz`."""
    from neurofm import projection
    from neurofm.data import store
    from neurofm.errors import DataError

    before = store.load(embedding)
    if not isinstance(before, Embedding):
        raise DataError(embedding, "kind", "is a prediction, which has no map; choose an embedding")
    xy = projection.umap(before.values, dims, seed=seed, step=step)
    if xy.shape == before.xy.shape:
        xy = projection.align(xy, before.xy)
    return {"out": str(store.save(replace(before, xy=xy, method="UMAP"), out or folder / "embedding.npz"))}


def took(session: Catalog, job: Job) -> None:
    """Show the map, unless its embedding is gone."""
    from neurofm.data import store

    if job.state != "done":
        return _jobs.give_up(session, job)
    mapped = store.load(job.result["out"])
    if isinstance(mapped, Embedding) and mapped.name in session.embeddings:
        show(session, mapped)
    return None


def code(action: Action, script: Script) -> list[str]:
    name = script.variable(action.name)
    if name is None:
        return []
    script.imports |= {"from dataclasses import replace", "from neurofm.projection import align, umap"}
    xy = f"umap({name}.values, {action.options['dims']!r}, seed={action.options.get('seed', 0)!r})"
    xy = f"align({xy}, {name}.xy)" if action.options["dims"] == 2 else xy
    return [f"{name} = replace({name}, xy={xy}, method='UMAP')", f"session.add({name})"]


SPEC = VerbSpec(
    begin=begin,
    options={"dims": lambda field: field.whole(2, 3), "seed": _options.whole},
    code=code,
    work=work,
    took=took,
)
