"""Models as estimators of scikit-learn: fit, predict, transform and score, in pipelines, cross-validation and searches.

They train by `neurofm.train` and answer by `run.predict` and `run.embed`; the run is the attribute `run_`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, RegressorMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from neurofm import registry
from neurofm.baseline import PENALTIES
from neurofm.checks import check_choice
from neurofm.data import Prediction, Recording, Series
from neurofm.data.ids import seconds, unpack
from neurofm.data.target import RATES
from neurofm.io._arrays import recording
from neurofm.training.fit import train
from neurofm.training.run import Run

RIDGE, PRINCIPAL = "ridge", "pca"  # what needs no network, and takes any numbers
DIM = 8  # principal components unless told otherwise
MODELS = "neurofm.models"
NAME, TARGET = "arrays", "y"  # of the recording that arrays become, and of what is decoded
INSIDE, WIDTH = "settings__", "n_features_in_"
BOTH: dict[str, Any] = {"dtype": float, "multi_output": True, "y_numeric": True, "ensure_min_samples": 2}

Floats = NDArray[np.float64]


class _Model(BaseEstimator):
    """What both kinds of estimator share: their parameters, and how arrays become recordings."""

    quick: ClassVar[str]  # the model that needs no network

    def __init__(
        self,
        model: str,
        *,
        dt: float | None = None,
        settings: Mapping[str, Any] | None = None,
        random_state: Any = 0,
        device: str = "auto",
        out: str | Path | None = None,
    ) -> None:
        self.model = model
        self.dt = dt
        self.settings = settings
        self.random_state = random_state
        self.device = device
        self.out = out

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Its parameters; with `deep` those of the settings that are given, too, as `settings__NAME`."""
        params: dict[str, Any] = super().get_params(deep=False)
        inside = self.settings if deep and isinstance(self.settings, Mapping) else {}
        return params | {f"{INSIDE}{name}": value for name, value in inside.items()}

    def set_params(self, **params: Any) -> Any:
        """Set parameters; `settings__NAME` sets one setting of the model, and leaves the others."""
        inside = {name.removeprefix(INSIDE): v for name, v in params.items() if name.startswith(INSIDE)}
        super().set_params(**{name: v for name, v in params.items() if not name.startswith(INSIDE)})
        if inside:
            self.settings = {**(self.settings or {}), **inside}
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = self.model not in (RIDGE, PRINCIPAL)
        return tags

    def _learn(self, data: list[Recording], target: str) -> Run:
        """A run, which is held in memory where no folder is to keep it."""
        _check_registered(self)
        _check_model(self)
        state = self.random_state
        seed = int(state) if isinstance(state, int | np.integer) else int(check_random_state(state).randint(2**31 - 1))
        given = {"target": target, **(self.settings or {})} if target else dict(self.settings or {})
        about: dict[str, Any] = {"seed": seed, "device": self.device, "settings": given, "exist_ok": True}
        if self.out is not None:
            return train(self.model, data, self.out, **about)
        with tempfile.TemporaryDirectory() as folder:
            run = train(self.model, data, Path(folder) / "run", **about)
            run.hold()
        return run

    def _learn_recordings(self, data: list[Recording], target: str) -> Any:
        """Itself, fitted to recordings, and to no arrays any more."""
        self.run_ = self._learn(data, target)
        self.__dict__.pop(WIDTH, None)
        return self

    def _recording(self, counts: Floats, y: Floats | None = None, outputs: int = 0) -> Recording:
        """Counts in bins beside what was measured, or where that is to be told, nothing in each bin."""
        if self.dt is None:
            name = type(self).__name__
            raise ValueError(f"{self.model} must know how long a bin is: {name}('{self.model}', dt=0.02) is 20 ms")
        check_non_negative(counts, f"{type(self).__name__} of '{self.model}', which takes counts of spikes")
        units = pd.DataFrame(
            {"label": [f"unit {k}" for k in range(counts.shape[1])]}
        )  # (time, unit), however few times
        told = recording(counts=counts, dt=self.dt, units=units, session=NAME)
        if y is None and not outputs:
            return told
        times = told.series["counts"].times
        values = np.full((len(times), outputs), np.nan) if y is None else y.reshape(len(y), -1)
        names = tuple(f"{TARGET}{k}" for k in range(values.shape[1]))
        return recording(told, behaviour={TARGET: Series(times, values, names)})


class NeuroFMDecoder(RegressorMixin, _Model):
    """Decode behaviour from spikes in bins.

    Parameters
    ----------
    model : a model that decodes (as in `neurofm list models`), or "ridge", which sees each bin by itself; the ridge
        that stands beside a run, as `run_.metrics["ridge_r2"]`, sees time around it, too, and is stronger
    dt : seconds of a bin of arrays, which "ridge" does not ask for
    settings : of the model, as in `neurofm.train`; one alone is the parameter `settings__NAME`, in searches, too
    random_state : of the split, the weights, the sampling and the dropout
    device : auto, cpu, cuda or mps
    out : folder in which the run is kept, in place of one that is there; in memory if None

    Attributes
    ----------
    run_ : the run of a registered model; none of "ridge"

    Examples
    --------
    >>> import numpy as np
    >>> from neurofm import NeuroFMDecoder
    >>> counts = np.random.default_rng(0).poisson(1.0, (200, 5))
    >>> NeuroFMDecoder().fit(counts, counts[:, 0] - counts[:, 1]).score(counts, counts[:, 0] - counts[:, 1]) > 0.99
    True
    """

    quick = RIDGE

    def __init__(
        self,
        model: str = RIDGE,
        *,
        dt: float | None = None,
        settings: Mapping[str, Any] | None = None,
        random_state: Any = 0,
        device: str = "auto",
        out: str | Path | None = None,
    ) -> None:
        super().__init__(model, dt=dt, settings=settings, random_state=random_state, device=device, out=out)

    def fit(self, X: Any, y: Any = None) -> NeuroFMDecoder:
        """Learn.

        Parameters
        ----------
        X : (time, unit) spikes in bins that follow each other; or a recording, or several
        y : (time,) or (time, output) what is decoded; of recordings the name of it, or None for the usual one

        Raises
        ------
        DataError, LookupError, ValueError
            If the model cannot learn from that.
        """
        if recordings := _recordings(X):
            return self._learn_recordings(recordings, _name(y))
        _check_numbers(y)
        X, y = validate_data(self, X, y, **BOTH)
        self.shape_ = y.shape[1:]
        if self.model == RIDGE:
            _check_none(self.settings, RIDGE)
            self.fitted_ = make_pipeline(StandardScaler(), RidgeCV(PENALTIES)).fit(X, y)
        else:
            _check_model(self)
            self.run_ = self._learn([self._recording(X, y)], TARGET)
        return self

    def predict(self, X: Any) -> Any:
        """(time,) or (time, output) what is decoded in each bin; of a recording at the times where it was measured."""
        check_is_fitted(self)
        if recordings := _recordings(X):
            return np.concatenate([self._said(one).values for one in recordings])
        _check_arrays(self)
        X = validate_data(self, X, dtype=float, reset=False)
        if self.model == RIDGE:
            return self.fitted_.predict(X)
        outputs = int(np.prod(self.shape_, dtype=int))
        told = self._recording(X, outputs=outputs)
        said = self._said(told)
        values = _at(told.series["counts"].times, said.times, np.asarray(said.values, float))
        return values.reshape(len(X), *self.shape_)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """R² of what is decoded; of recordings where it was measured, over all times."""
        if not (recordings := _recordings(X)):
            return float(super().score(X, y, sample_weight))
        said = [self._said(one) for one in recordings]
        truth, values = (np.concatenate([getattr(one, name) for one in said]) for name in ("truth", "values"))
        known = np.isfinite(truth).all(1)
        return float(r2_score(truth[known], values[known]))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.regressor_tags.poor_score = self.model != RIDGE  # after few steps
        return tags

    def _said(self, one: Recording) -> Prediction:
        return _run(self).predict(one)


class NeuroFMEmbedding(ClassNamePrefixFeaturesOutMixin, TransformerMixin, _Model):
    """Latents of spikes in bins.

    Parameters
    ----------
    model : a model with latents over time (as in `neurofm list models`), or "pca", whose one setting is `dim`
    dt, settings, random_state, device, out : as in `NeuroFMDecoder`

    Attributes
    ----------
    run_ : the run of a registered model; none of "pca"
    """

    quick = PRINCIPAL

    def __init__(
        self,
        model: str = PRINCIPAL,
        *,
        dt: float | None = None,
        settings: Mapping[str, Any] | None = None,
        random_state: Any = 0,
        device: str = "auto",
        out: str | Path | None = None,
    ) -> None:
        super().__init__(model, dt=dt, settings=settings, random_state=random_state, device=device, out=out)

    def fit(self, X: Any, y: Any = None) -> NeuroFMEmbedding:
        """Learn.

        Parameters
        ----------
        X : (time, unit) spikes in bins that follow each other; or a recording, or several
        y : (time,) or (time, output) behaviour, for models that learn from it; of recordings the name of it

        Raises
        ------
        DataError, LookupError, ValueError
            If the model cannot learn from that.
        """
        if recordings := _recordings(X):
            return self._learn_recordings(recordings, _name(y))
        if self.model == PRINCIPAL:
            X = validate_data(self, X, dtype=float, ensure_min_samples=2)
            given = {"dim": DIM, **(self.settings or {})}
            dim = int(given.pop("dim"))
            _check_none(given, PRINCIPAL, "dim")
            self.fitted_ = PCA(min(dim, *X.shape), random_state=self.random_state).fit(X)
            self._n_features_out = self.fitted_.n_components_
            return self
        _check_model(self)
        name = registry.called(MODELS, self.model)
        rates = registry.said(MODELS, name, "decodes") == RATES
        if y is None and not rates and registry.said(MODELS, name, "supervised", True):
            raise ValueError(f"{self.model} learns what goes with the spikes; give y, (time,) or (time, output), too")
        if y is None or rates:
            X, y = validate_data(self, X, dtype=float, ensure_min_samples=2), None
        else:
            _check_numbers(y)
            X, y = validate_data(self, X, y, **BOTH)
        told = self._recording(X, y)
        self.run_ = self._learn([told], "" if y is None else TARGET)
        self._n_features_out = self.run_.embed(told, of="time").values.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        """(time, dim) latents of each bin; of recordings those of its moments, one recording after the other."""
        check_is_fitted(self)
        if recordings := _recordings(X):
            return np.concatenate([_run(self).embed(one, of="time").values for one in recordings])
        _check_arrays(self)
        X = validate_data(self, X, dtype=float, reset=False)
        if self.model == PRINCIPAL:
            return self.fitted_.transform(X)
        told = self._recording(X)
        space = _run(self).embed(told, of="time")
        return _at(
            told.series["counts"].times, seconds(unpack(space.ids)[1], told.start), np.asarray(space.values, float)
        )


def _recordings(given: Any) -> list[Recording]:
    """The recordings, if it is one or several; none of arrays."""
    array = isinstance(given, np.ndarray) and given.dtype.kind == "O" and given.ndim == 1  # as folds give them
    several = list(given) if isinstance(given, list | tuple) or array else [given]
    return several if several and all(isinstance(one, Recording) for one in several) else []


def _name(y: Any) -> str:
    """Of what is decoded of recordings."""
    if y is not None and not isinstance(y, str):
        raise ValueError(f"y of recordings is the name of what is decoded, such as 'velocity', got {type(y).__name__}")
    return y or ""


def _run(estimator: Any) -> Run:
    """Of a model that was trained."""
    _check_registered(estimator)
    run: Run = estimator.run_
    return run


def _check_model(estimator: Any) -> None:
    """Refuse a name that is none, and list the quick one, too."""
    try:
        registry.called(MODELS, estimator.model)
    except LookupError:
        check_choice("model", estimator.model, [estimator.quick, *registry.names(MODELS)])


def _check_numbers(y: Any) -> None:
    values = np.asarray(y).ravel()
    word = next((one for one in values if isinstance(one, str)), None) if values.dtype.kind in "USO" else None
    if word is not None:
        way = "classes of trials are decoded by nf.train, whose setting `target` names their column"
        raise ValueError(f"y must be numbers, got '{word}'; {way}")


def _check_arrays(estimator: Any) -> None:
    if not hasattr(estimator, WIDTH):
        name = type(estimator).__name__
        raise ValueError(f"{name} was fitted to recordings and cannot tell units of arrays; give recordings")


def _check_registered(estimator: Any) -> None:
    if estimator.model == estimator.quick:
        raise ValueError(f"'{estimator.model}' takes arrays (time, unit), and a registered model takes recordings, too")


def _check_none(settings: Mapping[str, Any] | None, model: str, but: str = "") -> None:
    if settings:
        has = f"no setting but '{but}'" if but else "no settings"
        raise ValueError(f"'{model}' has {has}, got {', '.join(settings)}")


def _at(wanted: Floats, times: Floats, values: Floats) -> Floats:
    """(time, feature) at the times wanted, in between along a line, before the first and after the last as there."""
    return np.stack([np.interp(wanted, times, column) for column in values.T], 1)
