"""Statistics of texture: what can be said of a picture without a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neurofm.data.target import CLASSES
from neurofm.words import MAIN

PERCENTS = (1, 5, 25, 50, 75, 95, 99)
SCALES = (0.7, 1.5, 3.0, 6.0)  # pixels


def textures(images: NDArray[Any]) -> NDArray[np.float64]:
    """(patch, statistic) of pictures (patch, y, x).

    Mean, spread and percentiles of grey values; at four scales the spread of a band of detail and how it is skewed,
    the mean slope, how much of it lies along one direction, and the spread of curvature.
    """
    return np.array([_texture(image.astype(float)) for image in images]).reshape(len(images), -1)


def _texture(image: NDArray[np.float64]) -> NDArray[np.float64]:
    told = [image.mean(), image.std(), *np.percentile(image, PERCENTS)]
    before = image
    for scale in SCALES:
        soft = ndimage.gaussian_filter(image, scale)
        band = before - soft
        y, x = np.gradient(soft)
        yy, xx, xy = (y * y).mean(), (x * x).mean(), (x * y).mean()
        spread = band.std() + 1e-6
        told += [np.log(spread), (band**3).mean() / spread**3, (band**4).mean() / spread**4]
        told += [np.hypot(y, x).mean(), np.hypot(yy - xx, 2 * xy) / (yy + xx + 1e-6)]
        told += [ndimage.laplace(soft).std()]
        before = soft
    return np.array(told)


def by_texture(
    images: NDArray[Any], area: NDArray[np.int64], judged: NDArray[Any], penalty: float = 1.0
) -> NDArray[np.int64]:
    """(patch,) areas by logistic regression on statistics of the texture."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=1 / penalty, max_iter=2000))
    return np.asarray(fitted.fit(textures(images), area).predict(textures(judged)))


def marks(truth: NDArray[np.int64], said: NDArray[np.int64]) -> dict[str, float]:
    """Share of patches that are right, and the mean over areas of F1."""
    from sklearn.metrics import f1_score

    right = float((truth == said).mean())
    return {MAIN[CLASSES]: right, "f1": float(f1_score(truth, said, average="macro", labels=np.unique(truth)))}
