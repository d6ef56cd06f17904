"""Models as estimators of scikit-learn: fit, predict, transform and score, in pipelines, cross-validation and searches.

They train by `neurofm.train` and answer by `run.predict` and `run.embed`; the run is the attribute `run_`.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, RegressorMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.metrics import r2_score
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from neurofm import registry
from neurofm.analysis import wiener
from neurofm.checks import check_choice
from neurofm.data import Prediction, Recording, Series
from neurofm.data.ids import seconds, unpack
from neurofm.data.target import RATES
from neurofm.io._arrays import recording
from neurofm.io._binned import long
from neurofm.io._by_trial import APART, Lengths, by_trial, joined, parted
from neurofm.training.fit import train
from neurofm.training.run import Run

RIDGE, PRINCIPAL = "ridge", "pca"  # what needs no network, and takes any numbers
DIM = 8  # principal components unless told otherwise
MOST = 10_000  # columns of a ridge: units times bins
MODELS, COURSES = "neurofm.models", "neurofm.training.courses"
NAME, TARGET = "arrays", "y"  # of the recording that arrays become, and of what is decoded
INSIDE, WIDTH = "settings__", "n_features_in_"
BOTH: dict[str, Any] = {"dtype": float, "multi_output": True, "y_numeric": True, "ensure_min_samples": 2}

Floats = NDArray[np.float64]


class _Model(BaseEstimator):
    """What both kinds of estimator share: their parameters, and how arrays become recordings."""

    quick: ClassVar[str]  # the model that needs no network
    decodes: ClassVar[bool]  # behaviour

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

    @classmethod
    def models(cls) -> list[str]:
        """Names that `model` may be."""
        return [cls.quick, *(one for one in registry.names(MODELS) if _suits(one, decodes=cls.decodes))]

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
        tags.input_tags.positive_only = not self._is_quick
        tags.input_tags.three_d_array = True
        return tags

    @property
    def _is_quick(self) -> bool:
        return str(self.model).lower() == self.quick

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

    def _recording(
        self, counts: Floats, lengths: Lengths | None, y: Floats | None = None, outputs: int = 0
    ) -> Recording:
        """Counts in bins beside what was measured, or where that is to be told, nothing in each bin."""
        if self.dt is None:
            name = type(self).__name__
            raise ValueError(f"{self.model} must know how long a bin is: {name}('{self.model}', dt=0.02) is 20 ms")
        check_non_negative(counts, f"{type(self).__name__} of '{self.model}', which takes counts of spikes")
        units = pd.DataFrame(
            {"label": [f"unit {k}" for k in range(counts.shape[1])]}
        )  # (time, unit), however few times
        given = counts if lengths is None else parted(counts, lengths, [])
        told = recording(counts=given, dt=self.dt, units=units, session=NAME)
        for doubt in long(self.dt):
            warnings.warn(f"{type(self).__name__}: {doubt}", stacklevel=3)
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
    model : one that decodes behaviour, as `NeuroFMDecoder.models()` lists them, or "ridge", a Wiener filter: ridge
        regression on the bins around each, which needs no network and is what a model has to beat
    dt : seconds of a bin of arrays, which "ridge" does not ask for
    settings : of the model, as in `neurofm.train`; one alone is the parameter `settings__NAME`, in searches, too. Of
        "ridge" `bins`, how many are seen around each, an odd number; 1 is each by itself. What does best on stretches
        left out is chosen if not given, as is the penalty
    random_state : of the split, the weights, the sampling and the dropout
    device : auto, cpu, cuda or mps
    out : folder in which the run is kept, in place of one that is there; in memory if None

    Attributes
    ----------
    run_ : the run of a registered model; none of "ridge"
    filter_ : of "ridge" the fitted `neurofm.analysis.wiener.Wiener`, with the `bins` and the `penalty` chosen

    Notes
    -----
    Rows of an array (time, unit) follow each other, so folds are contiguous: `KFold(5)`, not shuffled. Of trials give
    (trial, bin, unit), or a list of arrays (bin, unit); folds are then of trials, and no bin sees another trial.

    Examples
    --------
    Bins of one long stretch, and a score on what was left out:

    >>> import numpy as np
    >>> from sklearn.model_selection import KFold, cross_val_score
    >>> from neurofm import NeuroFMDecoder
    >>> counts = np.random.default_rng(0).poisson(3.0, (400, 5))
    >>> speed = counts[:, 0] - counts[:, 1]
    >>> bool(cross_val_score(NeuroFMDecoder("ridge"), counts, speed, cv=KFold(4)).min() > 0.99)
    True

    The same in 40 trials of 10 bins, and a network with so few steps that it takes a second:

    >>> trials, speeds = counts.reshape(40, 10, 5), speed.reshape(40, 10)
    >>> NeuroFMDecoder("ridge").fit(trials, speeds).predict(trials).shape
    (40, 10)
    >>> poyo = NeuroFMDecoder("poyo", dt=0.05, settings={"steps": 2, "dim": 16, "depth": 0})
    >>> poyo.fit(trials, speeds).predict(trials).shape
    (40, 10)
    >>> "ridge_r2" in poyo.run_.metrics  # what it has to beat
    True
    """

    quick, decodes = RIDGE, True

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
        X : (time, unit) spikes in bins that follow each other; (trial, bin, unit), or a list of (bin, unit); or a
            recording, or several
        y : (time,) or (time, output) what is decoded, of trials (trial, bin) or (trial, bin, output), or a list of
            such; of recordings the name of it, or None for the usual one

        Raises
        ------
        DataError, LookupError, ValueError
            If the model cannot learn from that.
        """
        if recordings := _recordings(X):
            return self._learn_recordings(recordings, _name(y))
        X, y, lengths = _both(self, X, y)
        self.shape_ = y.shape[1:]
        if self._is_quick:
            bins = _bins(self.settings, X.shape[1])
            self.filter_ = wiener.fit(X, _trial(X, lengths), y.reshape(len(y), -1), bins)
        else:
            _check_model(self)
            self.run_ = self._learn([self._recording(X, lengths, y)], TARGET)
        return self

    def predict(self, X: Any) -> Any:
        """What is decoded in each bin, (time,) or (time, output), or as trials; of recordings where it was measured.

        Parameters
        ----------
        X : as in `fit`
        """
        check_is_fitted(self)
        if recordings := _recordings(X):
            return np.concatenate([self._said(one).values for one in recordings])
        _check_arrays(self)
        rows, lengths = _stacked(X)
        rows = validate_data(self, rows, dtype=float, reset=False)
        if self._is_quick:
            values = self.filter_(rows, _trial(rows, lengths))
        else:
            told = self._recording(rows, lengths, outputs=int(np.prod(self.shape_, dtype=int)))
            said = self._said(told)
            values = _at(told.series["counts"].times, said.times, np.asarray(said.values, float), lengths)
        values = values.reshape(len(rows), *self.shape_)
        return values if lengths is None else parted(values, lengths, X)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """R² of what is decoded, over all bins; of recordings over all times where it was measured."""
        if not (recordings := _recordings(X)):
            lengths = _stacked(X)[1]
            if lengths is None:
                return float(super().score(X, y, sample_weight))
            weight = None if sample_weight is None else np.asarray(sample_weight)
            weight = np.repeat(weight, lengths) if weight is not None and len(weight) == len(lengths) else weight
            truth, values = joined(TARGET, y, lengths), np.concatenate(list(self.predict(X)))
            return float(r2_score(truth, values, sample_weight=weight))
        said = [self._said(one) for one in recordings]
        truth, values = (np.concatenate([getattr(one, name) for one in said]) for name in ("truth", "values"))
        known = np.isfinite(truth).all(1)
        return float(r2_score(truth[known], values[known]))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.regressor_tags.poor_score = not self._is_quick  # after few steps
        return tags

    def _said(self, one: Recording) -> Prediction:
        return _run(self).predict(one)


class NeuroFMEmbedding(ClassNamePrefixFeaturesOutMixin, TransformerMixin, _Model):
    """Latents of spikes in bins.

    Parameters
    ----------
    model : one with latents over time, as `NeuroFMEmbedding.models()` lists them, or "pca", of each bin by itself, with
        `dim` as its one setting
    dt, settings, random_state, device, out : as in `NeuroFMDecoder`

    Attributes
    ----------
    run_ : the run of a registered model; none of "pca"
    """

    quick, decodes = PRINCIPAL, False

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
        X : (time, unit) spikes in bins that follow each other; (trial, bin, unit), or a list of (bin, unit); or a
            recording, or several
        y : behaviour as in `NeuroFMDecoder.fit`, for models that learn from it; of recordings the name of it

        Raises
        ------
        DataError, LookupError, ValueError
            If the model cannot learn from that.
        """
        if recordings := _recordings(X):
            return self._learn_recordings(recordings, _name(y))
        if self._is_quick:
            X = validate_data(self, _stacked(X)[0], dtype=float, ensure_min_samples=2)
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
        X, y, lengths = _both(self, X, None if rates else y)
        told = self._recording(X, lengths, y)
        self.run_ = self._learn([told], "" if y is None else TARGET)
        self._n_features_out = self.run_.embed(told, of="time").values.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        """(time, dim) latents of each bin, of trials as these; of recordings those of their moments, behind each other.

        Parameters
        ----------
        X : as in `fit`
        """
        check_is_fitted(self)
        if recordings := _recordings(X):
            return np.concatenate([_run(self).embed(one, of="time").values for one in recordings])
        _check_arrays(self)
        rows, lengths = _stacked(X)
        rows = validate_data(self, rows, dtype=float, reset=False)
        if self._is_quick:
            values = self.fitted_.transform(rows)
        else:
            told = self._recording(rows, lengths)
            space = _run(self).embed(told, of="time")
            when = seconds(unpack(space.ids)[1], told.start)
            values = _at(told.series["counts"].times, when, np.asarray(space.values, float), lengths)
        return values if lengths is None else parted(values, lengths, X)


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
    name, suited = type(estimator).__name__, estimator.models()
    try:
        model = registry.called(MODELS, estimator.model)
    except LookupError:
        check_choice("model", estimator.model, suited)
        raise
    if model not in suited:
        problem = "decodes no behaviour" if estimator.decodes else "gives no latents"
        raise ValueError(f"{model} {problem} of spikes in bins; {name} takes {', '.join(suited)}")


def _suits(model: str, *, decodes: bool) -> bool:
    """Whether it learns from recordings, and where that is wanted, decodes behaviour of them."""
    learns = registry.get(COURSES, registry.said(MODELS, model, "course", "windows")).takes is Recording
    return learns and not (decodes and registry.said(MODELS, model, "decodes") == RATES)


def _both(estimator: Any, X: Any, y: Any) -> tuple[Floats, Any, Lengths | None]:
    """Numbers (time, unit), what goes with them, and how many bins each trial has; None of what is no trials."""
    _check_numbers(y)
    rows, lengths = _stacked(X)
    if y is None and not isinstance(estimator, NeuroFMDecoder):
        return validate_data(estimator, rows, dtype=float, ensure_min_samples=2), None, lengths
    wanted = y if lengths is None else joined(TARGET, y, lengths)
    return *validate_data(estimator, rows, wanted, **BOTH), lengths


def _stacked(X: Any) -> tuple[Any, Lengths | None]:
    """Rows (time, unit) of all trials, and how many each has; of what is no trials as it is, and None."""
    trials = by_trial(X)
    return (X, None) if trials is None else (trials[0].values, trials[1])


def _trial(rows: Floats, lengths: Lengths | None) -> NDArray[np.int64]:
    """(time,) in which trial each row lies."""
    return np.zeros(len(rows), int) if lengths is None else np.repeat(np.arange(len(lengths)), lengths)


def _bins(settings: Mapping[str, Any] | None, units: int) -> int | None:
    """How many a ridge is told to see; None where it is to choose."""
    given = {"bins": None, **(settings or {})}
    bins = given.pop("bins")
    _check_none(given, RIDGE, "bins")
    if bins is None:
        return None
    if not isinstance(bins, int | np.integer) or bins < 1 or bins % 2 == 0:
        raise ValueError(f"bins of '{RIDGE}' must be an odd number, as many before as after each, got {bins}")
    if bins > 1 and bins * units > MOST:
        raise ValueError(f"{bins} bins of {units:,} units are over {MOST:,} columns; give fewer, wider bins")
    return int(bins)


def _check_numbers(y: Any) -> None:
    parts = [np.ravel(one) for one in y] if isinstance(y, list | tuple) else []
    values = np.concatenate(parts) if parts else np.asarray(y).ravel()
    word = next((one for one in values if isinstance(one, str)), None) if values.dtype.kind in "USO" else None
    if word is not None:
        way = "classes of trials are decoded by nf.train, whose setting `target` names their column"
        raise ValueError(f"y must be numbers, got '{word}'; {way}")


def _check_arrays(estimator: Any) -> None:
    if not hasattr(estimator, WIDTH):
        name = type(estimator).__name__
        raise ValueError(f"{name} was fitted to recordings and cannot tell units of arrays; give recordings")


def _check_registered(estimator: Any) -> None:
    if estimator._is_quick:
        raise ValueError(f"'{estimator.model}' takes arrays (time, unit), and a registered model takes recordings, too")


def _check_none(settings: Mapping[str, Any], model: str, but: str) -> None:
    if settings:
        raise ValueError(f"'{model}' has no setting but '{but}', got {', '.join(settings)}")


def _at(wanted: Floats, times: Floats, values: Floats, lengths: Lengths | None) -> Floats:
    """(time, feature) at the times wanted, in between along a line, before the first and after the last as there.

    Of trials each is asked for what is known of it alone; where that is nothing, for what is next to it.
    """
    if lengths is None:
        return np.stack([np.interp(wanted, times, column) for column in values.T], 1)
    parts = []
    for here in np.split(wanted, np.cumsum(lengths)[:-1]):
        own = (times > here[0] - APART / 2) & (times < here[-1] + APART / 2)
        own = own if own.any() else np.arange(len(times)) == np.abs(times - here.mean()).argmin()
        parts.append(_at(here, times[own], values[own], None))
    return np.concatenate(parts)
