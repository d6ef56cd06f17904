"""The network of style: causal, blind to the names of arms, and with spaces of three time scales."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.special import logsumexp
from torch.testing import assert_close

from neurofm.batch import Batch
from neurofm.models.bandit_style import LEAST, PARTS, Config, Style


def batch(trials=40, subjects=3, arms=3, outcomes=1, columns=0, seed=0):
    torch.manual_seed(seed)
    arrays = {
        "action": torch.randint(0, arms, (subjects, trials)),
        "outcomes": torch.randint(0, 2, (subjects, trials, outcomes)).float(),
        "arms": torch.tensor(arms),
        "columns": torch.randn(subjects, trials, columns),
    }
    return Batch(arrays, {})


def changed(given, **arrays):
    return Batch({**given.arrays, **arrays}, {})


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return Style(Config(), 1).eval()


def test_a_choice_is_told_from_what_came_before_it_alone(net):
    given, at = batch(), 20
    other = given["action"].clone()
    other[:, at] = (other[:, at] + 1) % 3
    later = changed(given, action=other)
    assert_close(net(later).prediction[:, : at + 1], net(given).prediction[:, : at + 1])
    assert (net(later).prediction[:, at + 1] != net(given).prediction[:, at + 1]).any()


def test_order_of_arms_changes_nothing_but_the_order(net):
    given, order = batch(), torch.tensor([2, 0, 1])
    turned = changed(given, action=order[given["action"]])
    assert_close(net(turned).prediction[..., order], net(given).prediction, atol=1e-5, rtol=1e-5)
    long = net.config.long
    one, other = (net.latents(x, "long") for x in (given, turned))
    assert_close(one[..., :long], other[..., :long], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("arms", [2, 4])
def test_any_number_of_arms_will_do(net, arms):
    assert net(batch(arms=arms)).prediction.shape == (3, 40, arms)


def test_trials_behind_the_last_are_inert(net):
    given = batch()
    action, outcomes = given["action"].clone(), given["outcomes"].clone()
    action[:, 25:], outcomes[:, 25:] = -1, float("nan")
    short = changed(given, **{name: given[name][:, :25] for name in ("action", "outcomes", "columns")})
    assert_close(net(changed(given, action=action, outcomes=outcomes)).prediction[:, :25], net(short).prediction)


@pytest.mark.parametrize("far", [1.0, 1e3])
def test_slopes_are_finite_where_subjects_are_shorter_and_choices_certain(far):
    net, given = Style(Config(), 1).train(), batch()
    with torch.no_grad():
        net.usual.mul_(far)
    given["action"][0, 17:], given["outcomes"][0, 17:] = -1, float("nan")
    loss = net.loss(net(given), given)
    loss.backward()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)


def test_spaces_differ_in_how_far_they_look_back(net):
    given = batch(trials=200)
    other = changed(given, action=torch.cat([(given["action"][:, :100] + 1) % 3, given["action"][:, 100:]], 1))
    gone = {part: (net.latents(given, part) - net.latents(other, part)).abs().amax((0, 2)) for part in PARTS}
    assert gone["recent"][106:].max() == 0  # five trials
    assert gone["long"][200] > 1e-3  # all of them


def test_weights_are_those_of_a_regression_with_a_prior(net):
    rng, n = np.random.default_rng(0), net.config.reasons + 3
    reasons, true = rng.normal(size=(1, 300, 3, n)), rng.normal(size=n) * 0.4
    logit = reasons @ true + rng.gumbel(size=(1, 300, 3))
    chosen = np.eye(3)[logit.argmax(-1)]
    usual, sure = (x.detach().double().numpy() for x in net._usual(torch.zeros(n)))

    def surprise(weights):
        said = reasons[0] @ weights
        logs = (said * chosen[0]).sum(-1) - logsumexp(said, -1)
        return -logs.sum() + 0.5 * (sure * (weights - usual) ** 2).sum()

    wanted = minimize(surprise, usual).x
    evidence = net.evidence(*(torch.as_tensor(x, dtype=torch.float32) for x in (reasons, chosen)))
    said = net.believed(evidence)[0].detach().numpy()
    np.testing.assert_allclose(said[0], usual, atol=1e-5)  # before anything is known
    np.testing.assert_allclose(said[-1], wanted, atol=0.1)


def test_stops_while_it_learns_say_nearly_the_same(net):
    torch.manual_seed(2)
    given = batch(trials=43)
    fine, coarse = net.spaces(given), Style.spaces(net.train(), given)
    net.eval()
    assert coarse.weights.shape[1] == 1 + 9
    assert_close(coarse.weights[:, 8], fine.weights[:, 40], atol=0.05, rtol=0.1)


@pytest.mark.parametrize("trials", [1, 2, 5, 2 * LEAST])
def test_short_sessions_can_be_learned_from(trials):
    net, given = Style(Config(), 1), batch(trials=trials, subjects=2)
    loss = net.loss(net(given), given)
    loss.backward()
    assert torch.isfinite(loss)
    assert all(torch.isfinite(weight.grad).all() for weight in net.parameters() if weight.grad is not None)


def test_trials_without_a_choice_do_not_spoil_what_is_learned():
    net, given = Style(Config(), 1), batch(trials=99)
    given.arrays["action"][:, ::7] = -1
    net.loss(net(given), given).backward()
    assert all(torch.isfinite(weight.grad).all() for weight in net.parameters() if weight.grad is not None)


def test_missing_outcomes_are_as_the_mean(net):
    given = batch()
    unknown, mean = torch.full_like(given["outcomes"], float("nan")), net.mean.expand_as(given["outcomes"])
    assert_close(*(net(changed(given, outcomes=x)).prediction for x in (unknown, mean)))


def test_outcomes_apart_and_none_at_all_are_read():
    for outcomes in (0, 2):
        net = Style(Config(), outcomes)
        assert net(batch(outcomes=outcomes)).prediction.isfinite().all()


def test_further_columns_tell_of_a_subject_and_foretell_no_choice(net):
    given = batch(columns=2)
    given["columns"][0, 11:, 0] = float("nan")
    own = net.latents(given, "long")
    mean, spread = own[0, :, -4:].unflatten(-1, (2, 2)).unbind(1)
    known = given["columns"][0, :11, 0]
    assert_close(mean[[0, 11, 40], 0], torch.stack([torch.zeros(()), known.sum() / 12, known.sum() / 12]))
    assert_close(spread[40, 0], ((known.square().sum() + 1) / 12 - (known.sum() / 12) ** 2).log())
    none = changed(given, columns=given["columns"][..., :0])
    assert_close(net.latents(none, "long"), own[..., :-4])
    assert_close(net(none).prediction, net(given).prediction)
