"""Many picks and jobs in one window: its memory stays where it was (`make soak`: 1,000 picks and 50 jobs)."""

from __future__ import annotations

import gc
import os

import numpy as np
import psutil
import pytest

pytestmark = [pytest.mark.gui, pytest.mark.slow]
FULL = bool(os.environ.get("NEUROFM_SOAK"))
PICKS, JOBS, GROWTH = (1000, 50, 1.05) if FULL else (60, 2, 1.15)


def test_memory_stays_flat_over_picks_and_jobs(arranged, qtbot):
    from neurofm.data import Embedding

    session, rng = arranged.session, np.random.default_rng(0)
    ids = session.table("unit").index.to_numpy()
    values = rng.normal(size=(len(ids), 6))
    made = Embedding(
        name="made", space="unit", ids=ids, values=values, xy=values[:, :2], sessions=tuple(session.recordings)
    )
    session.add(made)
    latent = arranged.widget("latent")
    qtbot.waitUntil(lambda: bool(latent.scene.marks))

    def work(picks: int, jobs: int) -> float:
        """MB of this process after so many of both."""
        for k in range(picks):
            session.selection.pick("unit", rng.choice(ids, 20, replace=False))
            session.time = 1.0 + k % 18
            if k % 10 == 0:
                qtbot.waitUntil(lambda: not latent._due.isActive())
        for _ in range(jobs):
            job = session.umap("made")
            qtbot.waitUntil(lambda job=job: job.over, timeout=120_000)
            assert job.state == "done", job.error
        qtbot.wait(200)
        gc.collect()
        return psutil.Process().memory_info().rss / 1e6

    before = work(PICKS // 10 + 50, max(JOBS // 10, 1))
    after = work(PICKS, JOBS)
    assert after < GROWTH * before, f"{before:.0f} MB became {after:.0f} MB"
    print(f"{before:.0f} MB became {after:.0f} MB")  # noqa: T201
