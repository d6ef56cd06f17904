"""Answers of several decoders: how each says what a whole trial was, and what our models say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neurofm.analysis import decode
from neurofm.analysis.binned import Data, Floats
from neurofm.analysis.decode import NINE, ONE, TWO, WHOLE

Key = tuple[str, str]  # decoder, and what it is shown

POOLED = {ONE: f"{WHOLE}, bin by bin", TWO: f"{WHOLE}, two by two", WHOLE: f"{WHOLE}, one answer"}
ALL = "ours together"


def variants(answers: Mapping[Key, Floats], data: Data) -> dict[Key, Floats]:
    """The answers of our models, of all of them together, and of both for whole trials."""
    return with_pools({**answers, **together(answers, data, list(dict.fromkeys(shown for _, shown in answers)))}, data)


def together(answers: Mapping[Key, Floats], data: Data, shown: Sequence[str]) -> dict[Key, Floats]:
    """The mean answer of all that are shown the same; of classes the geometric mean."""
    means = {}
    for each in shown:
        parts = [x for (_, how), x in answers.items() if how == each]
        if len(parts) < 2:
            continue
        mean = np.mean([np.log(np.maximum(x, decode.LEAST)) for x in parts] if data.classes else parts, 0)
        means[ALL, each] = np.exp(mean) / np.exp(mean).sum(1, keepdims=True) if data.classes else mean
    return means


def with_pools(answers: Mapping[Key, Floats], data: Data) -> dict[Key, Floats]:
    """Also the classes of whole trials, by what a decoder says of each of their bins."""
    if not data.classes:
        return dict(answers)
    first = np.searchsorted(data.trial, data.trial)
    split = {key: x for key, x in answers.items() if key[1] in POOLED and not np.allclose(x, x[first])}
    return {**answers, **{(name, POOLED[shown]): decode.pooled(x, data.trial) for (name, shown), x in split.items()}}


def kind(key: Key) -> str:
    """What a decoder is shown, however it sees it: "whole trial" also where it goes bin by bin."""
    return key[1].split(",")[0]


def _order(key: Key) -> tuple[int, str]:
    return [ONE, TWO, NINE, WHOLE].index(kind(key)), key[1]
