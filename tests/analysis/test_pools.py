"""Answers of several decoders put together."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis import pools
from neurofm.analysis.decode import ONE, TWO, WHOLE
from tests.analysis.conftest import HELD


def test_models_together_say_what_most_of_them_are_sure_of(data):
    count, right = len(data.trial), data.answer
    sure, unsure, wrong = (np.full((count, 2), 0.5) + p * (right - 0.5) for p in (0.9, 0.1, -0.5))
    answers = pools.together(
        {("a", ONE): sure, ("b", ONE): unsure, ("c", ONE): wrong, ("d", TWO): wrong}, data, [ONE, TWO]
    )
    assert list(answers) == [(pools.ALL, ONE)]
    np.testing.assert_allclose(answers[pools.ALL, ONE].sum(1), 1)
    assert data.score(answers[pools.ALL, ONE], data.of(HELD)) == 1.0


@pytest.mark.parametrize("shown", [ONE, TWO, WHOLE])
def test_a_pool_is_the_product_of_what_is_said_of_the_bins_of_a_trial(data, shown):
    said = np.random.default_rng(0).dirichlet([1.0, 1.0], len(data.trial))
    pooled = pools.with_pools({("a", shown): said}, data)["a", pools.POOLED[shown]]
    for trial in np.unique(data.trial):
        product = said[data.trial == trial].prod(0)
        wanted = np.broadcast_to(product / product.sum(), pooled[data.trial == trial].shape)
        np.testing.assert_allclose(pooled[data.trial == trial], wanted, rtol=1e-6)


def test_an_answer_that_is_the_same_in_all_bins_of_a_trial_needs_no_pool(data):
    said = np.random.default_rng(0).dirichlet([1.0, 1.0], 20)[data.trial]
    assert list(pools.with_pools({("a", WHOLE): said}, data)) == [("a", WHOLE)]


@pytest.mark.parametrize(("how", "kind"), [(ONE, ONE), *((how, shown) for shown, how in pools.POOLED.items())])
def test_the_kind_of_an_answer_is_what_is_shown_however_it_is_seen(how, kind):
    assert pools.kind(("a", how)) == (kind if how == ONE else WHOLE)
