"""What a user has at hand: files of every kind, runs that have seen them, and jobs that are done at once."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

import neurofm as nf
from neurofm import io, registry
from neurofm.app.session import Session
from neurofm.data import Recording
from neurofm.errors import NeuroFMError
from neurofm.synthetic import bandits, quadrupeds
from neurofm.synthetic.demo import demo
from neurofm.synthetic.phantoms import Plan, phantom
from neurofm.synthetic.triplets import triplets
from neurofm.synthetic.videos import numbered
from tests.app.conftest import FakeJobs
from tests.small import squares_of_two

VERBS = "neurofm.app.verbs"
SETTINGS = {"steps": 2, "dim": 16}


class AtOnce(FakeJobs):
    """Jobs that this process has done by the time they are submitted."""

    def submit(self, task: str, arguments: dict[str, Any], *how: Any, **more: Any) -> Any:
        job = super().submit(task, arguments, *how, **more)
        job.wait = lambda: True
        try:
            result = registry.get(VERBS, task).work(lambda *_, **__: None, _folder(), **arguments)
        except NeuroFMError as error:
            job.error = str(error)
            self.end(job, "failed")
        else:
            self.end(job, **result)
        return job


def _folder() -> Path:
    """A new one beside what is cached, which goes with it."""
    cache = Path(os.environ["XDG_CACHE_HOME"])
    cache.mkdir(parents=True, exist_ok=True)
    return Path(mkdtemp(dir=cache))


def world(folder: Path) -> SimpleNamespace:
    """Two animals in files, and runs that have seen both: one decodes, the other fills in what is hidden."""
    cam = io.write(numbered(12, rate=1.0), folder / "cam.mp4")
    paw = next(iter(demo(duration=20.0)[1].series.values()))
    walk = io.write(Recording(session="walk", series={"paw": paw}), folder / "walk.h5")
    ada, bo = (io.write(recording, folder / f"{recording.session}.h5") for recording in demo(duration=20.0))
    run = nf.train("poyo", [ada, bo], folder / "run-1", settings=SETTINGS, device="cpu")
    fills = nf.train("mtm", [ada, bo], folder / "run-2", settings=SETTINGS | {"stitch": 16, "depth": 1}, device="cpu")
    walkers = io.write(quadrupeds.session(12, frames=90, name="walkers"), folder / "walkers.tracks.h5")
    walks = nf.train("bams", walkers, folder / "run-3", settings={"steps": 2, "width": 8}, device="cpu")
    people = io.write(bandits.population(6, trials=12, session="people"), folder / "people.h5")
    styles = nf.train("bandit_style", people, folder / "run-4", settings={"steps": 2}, device="cpu")
    brain = io.write(phantom(Plan(shape=(16, 32, 64), areas=(1,)), session="brain"), folder / "brain.volume.h5")
    sees = nf.train("unet", brain, folder / "run-5", settings={"steps": 2, "width": 8, "edge": 16}, device="cpu")
    two = io.write(squares_of_two(512), folder / "two.volume.h5")
    knows = nf.train("region_net", two, folder / "run-6", settings={"steps": 2, "edge": 64}, device="cpu")
    mice = io.write(triplets(1, np.random.default_rng(5), frames=90, session="own"), folder / "own.tracks.h5")
    slab = io.write(phantom(Plan(shape=(24, 40, 64)), session="slab"), folder / "slab.volume.h5")
    deep = folder / "deep.npy"
    np.save(deep, np.arange(2 * 9 * 700, dtype=np.uint16).reshape(2, 9, 700))
    return SimpleNamespace(
        ada=ada, bo=bo, cam=cam, run=run, fills=fills, walkers=walkers, walks=walks, people=people, styles=styles,
        mice=mice, walk=walk, deep=deep, brain=brain, sees=sees, slab=slab, two=two,
        knows=knows,
    )  # fmt: skip


def same(a: Session, b: Session, *, views: bool = True) -> None:
    """Equal in all that is kept, or in all that a script makes again."""
    assert list(a.sources) == list(b.sources)
    assert [a.number(name) for name in a.sources] == [b.number(name) for name in b.sources]
    assert set(a.runs) <= set(b.runs)
    assert set(a.decoders) == set(b.decoders)
    for verb in ("probe", "compare_choosers", "carry"):
        assert set(a.results.get(verb, ())) == set(b.results.get(verb, ()))
    assert set(a.embeddings) == set(b.embeddings)
    for name, embedding in a.embeddings.items():
        assert np.array_equal(embedding.ids, b.embeddings[name].ids)
        assert embedding.method == b.embeddings[name].method
        assert (embedding.umap is None) == (b.embeddings[name].umap is None)
        assert np.abs(embedding.values - b.embeddings[name].values).max() < 1e-6
    assert set(a.predictions) == set(b.predictions)
    for name, prediction in a.predictions.items():
        assert prediction.hides == b.predictions[name].hides
        assert np.nanmax(np.abs(prediction.values - b.predictions[name].values)) < 1e-5
    assert a.selection.spaces() == b.selection.spaces()
    for space in a.selection.spaces():
        assert np.array_equal(a.selection.picked(space), b.selection.picked(space))
    assert list(a.groups.values()) == list(b.groups.values())
    for space in ("unit", "trial", "session", "bout"):
        pd.testing.assert_frame_equal(a.table(space), b.table(space), check_dtype=False)
    assert a.time == b.time
    assert not views or a.views == b.views
