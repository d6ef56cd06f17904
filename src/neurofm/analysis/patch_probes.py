"""What linear probes read of a volume's labels from latents of patches, beside what they read without a network.

Probes are fitted to patches of the blocks that the run learned from and judged on blocks that were held out: areas by
balanced logistic regression and weighted F1, numbers (`neurofm.analysis.readouts`) by ridge regression and R².
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis.probes import Rows, random, read, split_of
from neurofm.analysis.readouts import names_of, readouts
from neurofm.checks import check_choice
from neurofm.data.patches import PATCH, Patches, gather
from neurofm.data.volume import Volume
from neurofm.errors import DataError
from neurofm.training.course import check_takes
from neurofm.training.courses.patches import latents_of
from neurofm.training.run import Run
from neurofm.training.textures import textures

PARTS = 50  # of PCA of the pictures

Array = NDArray[Any]


def table(
    run: Run, volume: Volume, labels: Sequence[str] = (), *, seed: int = 0, step: Callable[..., None] | None = None
) -> pd.DataFrame:
    """What probes read of each label from each set of features, a row each, as `neurofm.analysis.probes.table` does.

    Parameters
    ----------
    labels : read-outs of its labels; all that say anything if none
    seed : of the network with random weights

    Raises
    ------
    DataError, LookupError
        If the volume has no such labels, or none that can be judged.
    """
    check_takes(run.spec, volume)
    where = (*volume.paths, volume.session)[0]
    there = names_of(volume)
    if not there:
        raise DataError(where, "labels", "tell neither areas nor cells, vessels or axons; open labels with such names")
    for name in labels:
        check_choice("label", name, there)
    rows, corners = look(run, volume, seed=seed, step=step)
    told = readouts(volume, corners, run.config["config"]["edge"])
    lines = []
    for name in labels or there:
        lines += [
            {"label": name, "of": PATCH, **line}
            for line in read(rows, told[name], classes=told[name].dtype.kind == "U")
        ]
    if not lines:
        raise DataError(where, "labels", "are alike in all patches of the blocks; take smaller patches or more blocks")
    return pd.DataFrame(lines)


def look(
    run: Run, volume: Volume, *, seed: int = 0, step: Callable[..., None] | None = None
) -> tuple[Rows, NDArray[np.int64]]:
    """Patches side by side in the blocks to learn from and in those held out, with all features, and their corners."""
    edge, split = run.config["config"]["edge"], split_of(run, volume)
    learned, judged = (_patches(volume, blocks, edge) for blocks in (split.train, split.test))
    images = np.concatenate([learned.images, judged.images])
    is_learned = np.arange(len(images)) < len(learned.images)
    if step:
        step(0.3, "reading patches")
    features: dict[str, Array] = {
        "network": latents_of(run.model, images),
        "random weights": latents_of(random(run, seed), images),
        "texture": textures(images),
        f"PCA of {PARTS}": _pca(images, is_learned),
        "mean and sd": np.stack([images.mean((1, 2)), images.std((1, 2))], 1),
    }
    rows = Rows(np.arange(len(images)), features, is_learned, ~is_learned)
    return rows, np.concatenate([learned.corners, judged.corners])


def _patches(volume: Volume, blocks: Array, edge: int) -> Patches:
    return gather(volume, "", blocks[:, 0].astype(np.int64), edge, 0.0)


def _pca(images: Array, learned: NDArray[np.bool_]) -> Array:
    from sklearn.decomposition import PCA

    flat = images.reshape(len(images), -1).astype(np.float32)
    count = min(PARTS, flat.shape[1], int(learned.sum()))
    return np.asarray(PCA(count, svd_solver="randomized", random_state=0).fit(flat[learned]).transform(flat))
