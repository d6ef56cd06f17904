"""A linear answer that is fitted to latents once these are learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

MOST = 20_000  # rows that it is fitted to; more are thinned out evenly
PENALTY = 1.0  # on standardised latents


class Readout(nn.Linear):
    """Logistic regression as a layer, which gradient steps leave alone."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__(inputs, classes)
        self.requires_grad_(False)

    def fit(self, latent: NDArray[Any], classes: NDArray[np.int64]) -> None:
        """Take the weights that say best which of the classes (row,) latents (row, dim) are of."""
        from sklearn.linear_model import LogisticRegression

        rows = np.linspace(0, len(classes) - 1, min(len(classes), MOST)).astype(int)
        present = np.unique(classes[rows])
        if len(present) < 2:
            return
        x = latent[rows].astype(float)
        mean, sd = x.mean(0), x.std(0) + 1e-6
        fitted = LogisticRegression(C=1 / PENALTY, max_iter=1000).fit((x - mean) / sd, classes[rows])
        on = present[1:] if len(present) == 2 else present
        weight, bias = np.zeros(self.weight.shape), np.full(self.bias.shape, -30.0)
        bias[present] = 0.0
        weight[on], bias[on] = fitted.coef_ / sd, fitted.intercept_ - (fitted.coef_ / sd) @ mean
        for place, values in ((self.weight, weight), (self.bias, bias)):
            place.data.copy_(torch.as_tensor(values))

    def probable(self, latent: Tensor) -> Tensor:
        """(row, class) how probable each class is."""
        said: Tensor = self(latent).softmax(-1)
        return said
