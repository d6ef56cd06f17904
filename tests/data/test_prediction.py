"""A prediction knows whether it filled in what was hidden, and what that was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.data import Prediction, store
from neurofm.data.prediction import HIDDEN, HIDES


def prediction(target, kind):
    rows = np.zeros((2, 1))
    return Prediction(
        session="rat", target=target, times=np.arange(2.0), ids=np.arange(2), values=rows, truth=rows,
        held_out=np.ones(2, bool), names=("a",), kind=kind,
    )  # fmt: skip


@pytest.mark.parametrize("what", HIDES)
def test_filled_in_rates_tell_what_was_hidden(what):
    assert prediction(HIDDEN + what, "rates").hides == what


@pytest.mark.parametrize(
    ("target", "kind"),
    [("rates", "rates"), ("position", "values"), ("hidden state", "values"), ("hidden units", "classes")],
)
def test_any_other_hides_nothing(target, kind):
    assert prediction(target, kind).hides == ""


def test_it_is_of_moments_unless_told(tmp_path):
    given = prediction("position", "values")
    for said, space in ((given, "time"), (replace(given, space="node"), "node")):
        assert said.space == store.load(store.save(said, tmp_path / "p.npz")).space == space
    with pytest.raises(LookupError, match="no space 'wheel'"):
        replace(given, space="wheel")
