"""What animals do next, as it is asked of models, and how well ridge regression says it without a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from neurofm.data.stretches import Floats, Stretches, merge_mean, moving
from neurofm.data.target import VALUES
from neurofm.metrics import r2
from neurofm.words import MAIN

SHOWN = 50_000  # frames that simple ways learn from
CHUNK = 8192  # frames of a stretch looked at in one go
PENALTIES = np.logspace(-2, 5, 8)


def looked(
    every: Stretches, ahead: int, names: Sequence[str]
) -> Iterator[tuple[slice, Floats, Floats, NDArray[np.bool_]]]:
    """Of each piece its frames, what is given with what was before, what is done next of `names`, and who is known."""
    asked = [every.does.index(name) for name in names]
    pieces = (
        (first, a, min(a + CHUNK, last)) for first, last in every.rows.tolist() for a in range(first, last, CHUNK)
    )
    for first, a, b in pieces:
        after = every.next(a, b, ahead)[..., asked]
        given = every.given(max(first, a - ahead + 1), b)
        told = _shown(given[-len(after) :]) & np.isfinite(after).all(-1)
        yield slice(a, b), given, after, told


def _shown(given: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(frame, individual) whether anything is seen of it."""
    return np.asarray(np.isfinite(given).any(-1))


def ridge(learned: Stretches, judged: Stretches, ahead: int, names: Sequence[str]) -> dict[str, float]:
    """R² of ridge regression on the frame, and on its moving mean and spread, without a network.

    It is asked for what a network is asked for: the mean of all animals, in each frame in which any is seen. What is
    missing is taken to be as usual.
    """
    from sklearn.linear_model import RidgeCV

    parts = [
        (_swept(given, after, ahead)[told], after[told])
        for _, given, after, told in looked(learned.few(SHOWN), ahead, names)
    ]
    x, y = (np.concatenate(each).astype(float) for each in zip(*parts))
    if len(x) < 2:
        return {}
    mean, sd = _usual(x)
    model = RidgeCV(PENALTIES).fit(np.nan_to_num((x - mean) / sd), y)
    said, truth = [], []
    for _, given, after, told in looked(judged, ahead, names):
        shown = _swept(given, after, ahead)
        scaled = np.nan_to_num((shown - mean) / sd).reshape(-1, len(mean))
        said.append(merge_mean(model.predict(scaled).reshape(after.shape), _shown(given[-len(after) :])))
        truth.append(merge_mean(after, told))
    if not said:
        return {}
    each = r2(np.concatenate(truth), np.concatenate(said))
    return {f"ridge_{MAIN[VALUES]}": float(np.nanmean(each))} if np.isfinite(each).any() else {}


def _swept(given: Floats, after: Floats, frames: int) -> Floats:
    """What is given, and its moving mean and spread, in the last frames of it."""
    return np.concatenate([given, moving(given, frames)], -1)[-len(after) :]


def _usual(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and sd of each column; 0 and 1 where nothing is known."""
    empty = ~np.isfinite(x).any(0)
    whole = np.where(empty, 0.0, x)
    return np.nanmean(whole, 0), np.where(empty, 1.0, np.nanstd(whole, 0) + 1e-6)
