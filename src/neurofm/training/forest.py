"""A random forest on blurs, edges and textures at several scales: what voxels are, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.blank import filled
from neurofm.data.volume import Box
from neurofm.metrics import confusion, overlap
from neurofm.training.lessons import Lesson, around

SCALES = (0.7, 5.0)  # sd of the narrowest and the widest blur, in voxels
SHOWN = 3000  # voxels of each class that it learns from, at most
LEARNED, JUDGED = 2 << 20, 1 << 20  # voxels of the boxes that it learns from and is judged in
TREES, DEEP = 50, 12


def beside(lesson: Lesson, names: Sequence[str], seed: int) -> dict[str, float]:
    """Scores over held-out voxels of a forest that learned from the same part as a network."""
    learned, judged = lesson.boxes("train", LEARNED), lesson.boxes("test", JUDGED)
    forest = fit([(lesson, box) for box in learned], seed)
    counts = sum(judge(forest, lesson, box, len(names)) for box in judged) if forest and judged else np.zeros((1, 1))
    return overlap(np.asarray(counts, np.int64), names)


def fit(shown: Sequence[tuple[Lesson, Box]], seed: int) -> Any:
    """A forest of some voxels of each class in boxes; None where fewer than two classes are told."""
    from sklearn.ensemble import RandomForestClassifier

    rng, x, y = np.random.default_rng(seed), [], []
    most = -(-SHOWN // max(len(shown), 1))
    for lesson, box in shown:
        told = lesson.examples(box).ravel()
        every = (np.flatnonzero(told == k) for k in range(len(lesson.truth.classes)))
        chosen = np.concatenate([rng.permutation(rows)[:most] for rows in every])
        if len(chosen):
            x.append(features(lesson, box)[chosen])
            y.append(told[chosen])
    if not y or len(np.unique(np.concatenate(y))) < 2:
        return None
    forest = RandomForestClassifier(TREES, max_depth=DEEP, class_weight="balanced", random_state=seed)
    return forest.fit(np.concatenate(x), np.concatenate(y))


def judge(forest: Any, lesson: Lesson, box: Box, classes: int) -> NDArray[np.int64]:
    """(class, class) what a forest takes for what in a box."""
    return confusion(lesson.truth(box).ravel(), forest.predict(features(lesson, box)).astype(np.int64), classes)


def features(lesson: Lesson, box: Box) -> NDArray[np.float32]:
    """(voxel, feature) blurs, edges and curvatures at all scales."""
    from skimage.feature import multiscale_basic_features

    wide, inner = around(box, lesson.shape, (1, 1, 1), flat=lesson.flat)
    image = filled(lesson.image(wide))
    low, high = SCALES
    told = multiscale_basic_features(image[0] if lesson.flat else image, sigma_min=low, sigma_max=high)
    told = told[None] if lesson.flat else told
    return np.asarray(told[inner].reshape(-1, told.shape[-1]), np.float32)
