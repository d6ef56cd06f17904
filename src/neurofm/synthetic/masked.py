"""X-ray slices painted over masks that people drew: real forms, in grey values with known truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neurofm.data.structures import AXON, CELL, KINDS, VESSEL
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.synthetic.phantoms import ALONG, blurred, painted, waves

LABEL = "structure"


def pictures(masks: Volume, seed: int = 0, *, noise: float = 10.0, draws: int = 1, dark: float = 0.0) -> Volume:
    """Planes of grey values for planes of masks, each painted so many times.

    Parameters
    ----------
    masks : volume of single planes with the labels "structure", numbered as `neurofm.data.structures.KINDS`
    noise : sd of the noise of each pixel, in grey values
    draws : pictures of each plane; shades, texture and noise are others in each
    dark : share of the way from the grey of vessels to that of cells
    """
    planes = np.concatenate([masks.labels[LABEL].levels[0][:, :, :]] * draws)
    rng = np.random.default_rng([seed, 1])
    grey = np.stack([_picture(plane, rng, noise, dark) for plane in planes])
    spacing = masks.spacing
    return Volume(
        session=masks.session, image=Pyramid((Held(grey),), spacing), labels={LABEL: Pyramid((Held(planes),), spacing)},
        names={LABEL: KINDS},
    )  # fmt: skip


def _picture(plane: NDArray[np.uint8], rng: np.random.Generator, noise: float, dark: float) -> NDArray[np.uint8]:
    tone = np.zeros(plane.shape)
    for kind in (VESSEL, CELL):
        things, count = ndimage.label(plane == kind, np.ones((3, 3)))
        tone += np.r_[0.0, rng.normal(size=count)][things]
    grain = [_soft(rng.standard_normal(plane.shape), scale) for scale in (1.5, 0.7)]
    y, x = plane.shape
    stripes = np.zeros(1)
    if (plane == AXON).any():
        stripes = waves(int(rng.integers(1 << 31)), 5, ((0, 1), (0, y), (0, x)), (ALONG, 1.5, 1.5))[0]
    grey = blurred(painted(plane, tone, stripes, grain, dark)) + noise * rng.standard_normal(plane.shape)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def _soft(drawn: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    soft = ndimage.gaussian_filter(drawn, scale)
    return np.asarray(soft / soft.std())
