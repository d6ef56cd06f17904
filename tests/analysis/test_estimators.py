"""Estimators of scikit-learn keep its contract, and give what the models give."""

from __future__ import annotations

import doctest
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import neurofm as nf
from neurofm import NeuroFMDecoder, NeuroFMEmbedding

SMALL = {"steps": 1, "batch": 2, "dim": 16, "depth": 0}
QUICK = {"steps": 1, "batch": 2}
IN_TIME = "bins follow each other in time, and each is answered from those around it"
SHORT = "so few bins cannot be split into what is learned from and what is held out"
ALONE = {"bins": 1}
NOT_ALL = {
    "check_methods_sample_order_invariance": IN_TIME,
    "check_methods_subset_invariance": IN_TIME,
    "check_estimators_nan_inf": SHORT,
    "check_regressor_multioutput": SHORT,
    "check_regressors_no_decision_function": SHORT,
    "check_fit2d_1feature": SHORT,
}


class Decoder(NeuroFMDecoder):
    """Of fractions, which scikit-learn's checks give, and which are no counts."""

    def _recording(self, counts, *more, **given):
        return super()._recording(np.round(counts), *more, **given)


def failing(estimator):
    return {} if estimator.model in ("ridge", "pca") else NOT_ALL


@parametrize_with_checks(
    [
        NeuroFMDecoder(),
        NeuroFMDecoder(settings=ALONE),
        NeuroFMEmbedding(),
        Decoder("poyo", dt=1.0, settings=SMALL, device="cpu"),
    ],
    expected_failed_checks=failing,
)
def test_contract_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def spikes():
    """Counts (time, unit) of units that are tuned to a velocity (time, 2)."""
    rng, time = np.random.default_rng(0), np.arange(1200)
    velocity = np.stack([np.sin(time / 20), np.cos(time / 33)], 1)
    return rng.poisson(np.exp(0.7 * velocity @ rng.normal(size=(2, 10)))), velocity


def test_pipelines_cross_validation_and_searches(spikes):
    counts, velocity = spikes
    folds = KFold(3)
    simple = cross_val_score(NeuroFMDecoder(), counts, velocity, cv=folds)
    assert simple.min() > 0.5
    latents = make_pipeline(NeuroFMEmbedding("pca", settings={"dim": 4}), RidgeCV())
    assert cross_val_score(latents, counts, velocity, cv=folds).min() > 0.5
    filled = make_pipeline(NeuroFMEmbedding("mtm", dt=0.1, settings=QUICK, device="cpu"), RidgeCV())
    assert np.isfinite(cross_val_score(filled, counts, velocity, cv=KFold(2))).all()
    model = NeuroFMDecoder("POYO", dt=0.02, settings=SMALL, device="cpu")
    search = GridSearchCV(model, {"settings__dim": [16, 32]}, cv=KFold(2), error_score="raise").fit(counts, velocity)
    tried = search.best_estimator_
    assert tried.run_.config["config"]["dim"] == search.best_params_["settings__dim"]
    assert model.settings == SMALL  # untouched by the search


def test_ridge_sees_the_bins_around_each_unless_told(spikes):
    counts, velocity = spikes
    alone = cross_val_score(NeuroFMDecoder("Ridge", settings=ALONE), counts, velocity, cv=KFold(3))
    around = cross_val_score(NeuroFMDecoder("Ridge"), counts, velocity, cv=KFold(3))
    assert (around > alone + 0.05).all()
    assert NeuroFMDecoder().fit(counts, velocity).filter_.bins > 1


@pytest.mark.parametrize("model", ["ridge", "poyo"])
@pytest.mark.parametrize("kind", [np.stack, list])
def test_trials_are_answered_trial_by_trial(model, kind, spikes):
    counts, velocity = (kind(np.split(one, 30)) for one in spikes)
    decoder = NeuroFMDecoder(model, **({} if model == "ridge" else {"dt": 0.05, "settings": SMALL, "device": "cpu"}))
    scores = cross_val_score(decoder, counts, velocity, cv=KFold(2, shuffle=True, random_state=0), error_score="raise")
    assert (scores > (0.5 if model == "ridge" else -1)).all()
    fitted = decoder.fit(counts, velocity)
    said = fitted.predict(counts)
    assert type(said) is type(counts)
    assert [one.shape for one in said] == [(40, 2)] * 30
    np.testing.assert_allclose(fitted.predict(counts[3:4])[0], said[3], atol=1e-4 if model == "poyo" else 1e-12)


def test_latents_of_trials_and_their_lengths(spikes):
    counts, velocity = spikes
    ragged = [counts[40 * k : 40 * k + 25 + k % 3] for k in range(30)]
    latents = NeuroFMEmbedding("poyo", dt=0.05, settings=SMALL, device="cpu").fit(
        ragged, [velocity[40 * k : 40 * k + 25 + k % 3] for k in range(30)]
    )
    assert [one.shape for one in latents.transform(ragged)] == [(25 + k % 3, 16) for k in range(30)]
    assert NeuroFMEmbedding("PCA").fit(ragged).transform(ragged)[1].shape == (26, 8)


def test_latents_of_a_trial_are_of_it_alone(spikes):
    counts, velocity = (np.stack(np.split(one, 30)) for one in spikes)
    model = NeuroFMEmbedding("poyo", dt=0.05, settings=SMALL, device="cpu").fit(counts, velocity)
    together = model.transform(counts)
    np.testing.assert_allclose(together[4], model.transform(counts[4:5])[0], atol=1e-4)
    other = np.concatenate([counts[:5], 9 - np.minimum(counts[5:], 9)])
    np.testing.assert_allclose(model.transform(other)[4], together[4], atol=1e-4)


@pytest.mark.parametrize("kind", [tuple, list, lambda y: pd.DataFrame(np.stack(y))])
def test_what_is_decoded_of_trials_comes_as_people_have_it(kind, spikes):
    counts, velocity = (np.split(one, 30) for one in (spikes[0], spikes[1][:, 0]))
    decoder = NeuroFMDecoder().fit(tuple(counts), kind(velocity))
    plain = decoder.score(counts, velocity)
    assert plain > 0.5
    assert decoder.score(counts, velocity, np.ones(30)) == pytest.approx(plain)
    assert decoder.score(counts, velocity, np.ones(1200)) == pytest.approx(plain)


def test_words_as_dt_are_refused(spikes):
    with pytest.raises(ValueError, match="dt must be seconds a bin, got '20 ms'"):
        NeuroFMDecoder("poyo", dt="20 ms", settings=SMALL).fit(*spikes)


def test_milliseconds_as_dt_are_warned_of(spikes):
    counts, velocity = spikes
    model = NeuroFMDecoder("poyo", dt=20, settings=SMALL, device="cpu")
    with pytest.warns(UserWarning, match=r"a bin lasts 20 s; if that is in milliseconds, give dt=0.02"):
        model.fit(counts[:300], velocity[:300])


def test_fitted_model_is_held_in_memory_and_the_same_by_its_seed(spikes):
    counts, velocity = spikes
    model = NeuroFMDecoder("poyo", dt=0.02, settings=SMALL, device="cpu", random_state=3).fit(counts, velocity)
    assert not model.run_.path.exists()
    said = model.predict(counts)
    assert said.shape == velocity.shape
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(counts), said)
    np.testing.assert_array_equal(clone(model).fit(counts, velocity).predict(counts), said)
    other = clone(model).set_params(random_state=np.random.RandomState(4)).fit(counts, velocity[:, 0])
    assert other.predict(counts).shape == (1200,)
    assert model.get_params()["settings__dim"] == 16
    assert model.set_params(settings__steps=2).settings == SMALL | {"steps": 2}


def test_run_is_kept_where_it_is_told(spikes, tmp_path):
    counts, velocity = spikes
    model = NeuroFMDecoder("poyo", dt=0.02, settings=SMALL, device="cpu", out=tmp_path / "run")
    for _ in range(2):  # a cell that is run again
        model.fit(counts, velocity)
    told = nf.load(tmp_path / "run").predict(model._recording(counts, None, outputs=2))
    np.testing.assert_allclose(told.values, model.predict(counts))


def test_few_times_of_many_units_are_known_to_be_that():
    told = nf.NeuroFMDecoder("poyo", dt=0.02)._recording(np.ones((3, 1200)), None)
    assert (len(told.units), told.notes) == (1200, ())


def test_what_the_help_shows_is_so():
    from neurofm.analysis import estimators

    tried = doctest.testmod(estimators)
    assert tried.attempted > 5
    assert not tried.failed


def test_recordings_in_place_of_arrays():
    from neurofm.synthetic import reaching

    recordings = reaching.sessions(2, units=6, duration=20.0, seed=3)
    model = NeuroFMDecoder("poyo", settings=SMALL, device="cpu").fit(recordings, "velocity")
    said = model.run_.predict(recordings[0])
    np.testing.assert_array_equal(model.predict(recordings[0]), said.values)
    assert np.isfinite(model.score(recordings))
    latents = NeuroFMEmbedding("poyo", settings=SMALL, device="cpu").fit(recordings).transform(recordings[1])
    np.testing.assert_array_equal(latents, model.run_.embed(recordings[1], of="time").values)
    assert "score R² " in repr(NeuroFMDecoder("poyo", settings=SMALL, device="cpu").fit(recordings).run_)
    for answer in (model.predict, NeuroFMEmbedding("poyo", settings=SMALL, device="cpu").fit(recordings).transform):
        with pytest.raises(ValueError, match="was fitted to recordings and cannot tell units of arrays; give"):
            answer(np.ones((9, 6)))
    with pytest.raises(ValueError, match="y of recordings is the name of what is decoded"):
        model.fit(recordings, np.zeros(3))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (NeuroFMDecoder(settings={"alpha": 1}), "'ridge' has no setting but 'bins', got alpha"),
        (NeuroFMDecoder(settings={"bins": 4}), "bins of 'ridge' must be an odd number, .* got 4"),
        (NeuroFMDecoder(settings={"bins": 1.5}), "bins of 'ridge' must be an odd number, .* got 1.5"),
        (NeuroFMDecoder(settings={"bins": 2001}), "2001 bins of 10 units are over 10,000 columns; give fewer"),
        (NeuroFMEmbedding(settings={"k": 1}), "'pca' has no setting but 'dim', got k"),
        (NeuroFMDecoder("poyoo"), "no model 'poyoo'; .* did you mean 'poyo'"),
        (NeuroFMDecoder("rigde"), "no model 'rigde'; there are eit, poyo, ridge, swap_vae; did you mean 'ridge'"),
        (NeuroFMDecoder("mtm", dt=0.02), "mtm decodes no behaviour .* takes ridge, eit, poyo, swap_vae"),
        (NeuroFMDecoder("bams", dt=0.02), "bams decodes no behaviour .* takes ridge, eit, poyo, swap_vae"),
        (NeuroFMEmbedding("gcn", dt=0.02), "gcn gives no latents .* takes pca, eit, mtm, poyo, swap_vae"),
        (
            NeuroFMDecoder("poyo", settings=SMALL),
            r"poyo must know how long a bin is: NeuroFMDecoder\('poyo', dt=0.02\)",
        ),
        (NeuroFMEmbedding("mtm"), r"mtm must know how long a bin is: NeuroFMEmbedding\('mtm', dt=0.02\) is 20 ms"),
        (NeuroFMEmbedding("umap"), "no model 'umap'; .* pca, "),
        (NeuroFMDecoder("pca"), "no model 'pca'; .* ridge, "),
        (NeuroFMDecoder("poyo", dt=0.02, settings={"dims": 3}), "no setting 'dims'; .* did you mean 'dim'"),
    ],
)
def test_wrong_words_are_refused(model, words, spikes):
    with pytest.raises((ValueError, LookupError), match=words):
        model.fit(*spikes)


@pytest.mark.parametrize("model", ["poyo", "eit"])
def test_a_model_that_learns_from_behaviour_asks_for_it(model, spikes):
    with pytest.raises(ValueError, match=f"^{model} learns what goes with the spikes; give y, "):
        NeuroFMEmbedding(model).fit(spikes[0])


@pytest.mark.parametrize("model", ["ridge", "poyo", "eit"])
@pytest.mark.parametrize("kind", [list, np.array, pd.Series])
def test_words_as_what_is_decoded_are_refused(model, kind, spikes):
    words = kind(["left", "right"] * 600)
    with pytest.raises(ValueError, match=r"^y must be numbers, got 'left'; classes of trials are decoded by nf\.train"):
        NeuroFMDecoder(model).fit(spikes[0], words)


def test_fractions_and_recordings_are_refused_where_they_do_not_fit(spikes):
    counts, velocity = spikes
    with pytest.raises(ValueError, match="counts must be whole numbers of spikes"):
        NeuroFMDecoder("poyo", dt=0.02).fit(counts + 0.5, velocity)
    fitted = NeuroFMDecoder().fit(counts, velocity)
    with pytest.raises(ValueError, match=r"'ridge' takes arrays \(time, unit\)"):
        fitted.predict(nf.recording(counts=counts, dt=0.02))
