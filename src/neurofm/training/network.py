"""What a network must offer to learn by a course: any network, one of windows, one of trials.

Networks are torch modules; none needs to inherit from these. What some can do and others cannot is a protocol that can
be asked for with `isinstance`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurofm.data.trials import Trials
from neurofm.data.windows import Window

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from neurofm.batch import Batch, Output, Sample
    from neurofm.nn.vocab import Vocab


class Weights(Protocol):
    """What has weights that can be stored."""

    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> Any: ...


@runtime_checkable
class Network(Weights, Protocol):
    """What every network offers: a torch module with a loss.

    Attributes
    ----------
    config : its sizes
    """

    training: bool
    config: Any

    @property
    def tables(self) -> Sequence[nn.Parameter]:
        """What is learned of single sessions and of what is in them; all else is the core."""

    def adapt(self, vocab: Mapping[str, Any]) -> None:
        """Begin fresh weights for what is new in the vocabulary of its course."""

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """What is made small."""

    def __call__(self, batch: Batch) -> Output: ...
    def parameters(self) -> Iterator[nn.Parameter]: ...
    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]: ...
    def train(self, mode: bool = True) -> Any: ...
    def eval(self) -> Any: ...
    def to(self, device: torch.device, /) -> Any: ...


@runtime_checkable
class WindowNetwork(Network, Protocol):
    """Reads windows of single spikes, and answers at any moment of them.

    Attributes
    ----------
    config : with `window` (s), `latents` (a step) and `dim`
    latent_times : (latent,) seconds from a window's start
    scale : (session, feature, 2) mean and standard deviation of the behaviour
    units, sessions : tables of vectors by name
    """

    latent_times: NDArray[np.float64]
    scale: Tensor
    units: Vocab
    sessions: Vocab

    def set_window(self, window: float) -> None:
        """See so many seconds at once."""

    def set_scale(self, session: str, mean: NDArray[Any], sd: NDArray[Any], *, first: int = 0) -> None:
        """Tell mean and standard deviation (feature,) of a session's behaviour; `first` of them among all features."""

    def tokenize(
        self, window: Window, target: str = "", times: NDArray[Any] | None = None, *, first: int = 0
    ) -> Sample:
        """Tokens of a window, and either what to learn (`target`) or when to answer (`times`, s from its start)."""

    def encode(self, batch: Batch) -> Tensor:
        """(batch, latent, dim) what it makes of the spikes."""

    def rescale(self, prediction: Tensor, batch: Batch) -> Tensor:
        """Predictions (query, feature) in the unit of the behaviour; of classes their probabilities."""


@runtime_checkable
class TrialNetwork(Network, Protocol):
    """Reads the counts of trials, and answers in each of their bins."""

    def prepare(self, trials: Trials) -> None:
        """Take means and scales from the training trials of a session, unless they are known already."""

    def draw(self, trials: Trials, size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Something random of a session's trials to learn from in one step, by name; `size` is that of a batch."""

    def answer(self, trials: Trials) -> Tensor:
        """(trial, bin, feature) behaviour in its unit, probabilities of classes, or rates in Hz."""

    def latents(self, trials: Trials, part: str = "") -> Tensor:
        """(trial, bin, dim) what it thinks with."""


@runtime_checkable
class Finishes(Protocol):
    """Has something that is fitted to its latents once these are learned."""

    def finish(self, trials: Trials) -> None:
        """Fit it to the training trials of a session."""


@runtime_checkable
class Fills(Protocol):
    """Can fill in activity that is hidden from it."""

    def fill(self, trials: Trials, hidden: NDArray[np.bool_], prompt: str = "neuron") -> Tensor:
        """(trial, bin, unit) spikes a bin that are expected when some of the counts are hidden."""


@runtime_checkable
class Rebuilds(Protocol):
    """Can judge how well it rebuilds rates."""

    def scores(self, trials: Trials) -> dict[str, float]:
        """By name, the main one first: `bits_per_spike`."""


@runtime_checkable
class HasUnits(Protocol):
    """Has vectors of the units of a session."""

    def unit_vectors(self, session: str) -> Tensor:
        """(unit, dim)."""


@runtime_checkable
class HasSessions(Protocol):
    """Has a vector of each session."""

    def session_vector(self, session: str) -> Tensor:
        """(dim,)."""
