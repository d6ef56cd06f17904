"""What tests share: where the real recordings lie, and small ones that are made."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from hypothesis import settings

from neurofm import registry
from neurofm.data import Recording, Spikes, Tracks

settings.register_profile("same every time", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=5_000, deadline=None)  # pytest --hypothesis-profile search
settings.load_profile("same every time")


def _shared_data(name: str) -> Path:
    home = Path(os.environ.get("NEUROFM_DATA", Path(__file__).parents[2] / "shared" / "data"))
    folder = home / name
    if not folder.exists():
        pytest.skip(f"no real data '{name}' in {home}; set NEUROFM_DATA to the folder that holds it")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """`shared_data("rat_ca1_linear_track")` gives that folder of real recordings, or skips the test."""
    return _shared_data


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is kept of files lies in a folder of this run, so that nothing a user or an earlier run kept is met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def planted() -> Iterator[None]:
    """As if the distribution in `tests/planted` were installed, for this process and those that it starts."""
    folder = str(Path(__file__).parent / "planted")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", folder, prepend=os.pathsep)
        registry._points.cache_clear()
        yield
    registry._points.cache_clear()


@pytest.fixture
def started() -> Callable[[], list[psutil.Process | threading.Thread]]:
    """Asks for processes and threads that came in this test: what another left in this process is not counted."""
    others = {*psutil.Process().children(recursive=True), *threading.enumerate()}
    return lambda: [
        one for one in (*psutil.Process().children(recursive=True), *threading.enumerate()) if one not in others
    ]


@pytest.fixture(scope="session")
def reaches() -> Recording:
    """Twenty trials of 0.4 to 0.6 s, half a second apart, to two targets; six units, three for each target."""
    rng = np.random.default_rng(0)
    start = np.arange(20) * 1.1
    trials = pd.DataFrame(
        {"start": start, "stop": start + rng.choice([0.4, 0.5, 0.6], 20), "target": np.arange(20) % 2}
    )
    times, unit = [], []
    for begin, end, target in trials.to_numpy():
        for k in range(6):
            count = rng.poisson((60 if k % 2 == target else 8) * (end - begin))
            times.append(rng.uniform(begin, end, count))
            unit.append(np.full(count, k, np.int32))
    order = np.argsort(np.concatenate(times))
    return Recording(
        session="reaches", spikes=Spikes(np.concatenate(times)[order], np.concatenate(unit)[order]),
        units=pd.DataFrame({"label": list("abcdef")}), intervals={"trials": trials}, domain=[[0.0, 22.0]],
    )  # fmt: skip


@pytest.fixture
def tracks() -> Tracks:
    """Two mice of three points for six frames at 2 Hz in two trials; ada goes right by 3 px a frame, bo rests.

    Of bo nothing is seen in frame 4, and its tail never.
    """
    times = np.array([0.0, 0.5, 1.0, 2.5, 3.0, 3.5])
    points = np.zeros((6, 2, 3, 2), np.float32)
    points[:, 0, :, 0] = [[3 * k, 3 * k + 10, 3 * k + 20] for k in range(6)]
    points[:, 1] = [[50, 50], [60, 50], [70, 50]]
    points[4, 1] = points[:, 1, 2] = np.nan
    return Tracks(
        session="box", times=times, points=points, keypoints=("nose", "back", "tail"), individuals=("ada", "bo"),
        confidence=np.where(np.isnan(points[..., 0]), 0, 0.5).astype(np.float32), skeleton=((0, 1), (1, 2)),
        features=np.arange(12, dtype=np.float32).reshape(6, 2, 1), feature_names=("angle",),
        labels={"light": np.arange(6) > 2, "act": np.array([["rest", "ruñ"]] * 6)}, subject="cage 1", video="box.mp4",
        trials=pd.DataFrame({"start": [0.0, 2.5], "stop": [1.5, 4.0], "strain": ["a/j", "b6"], "n": [1, 2]}),
    )  # fmt: skip
