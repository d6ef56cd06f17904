"""What a course is: how a kind of model learns from a kind of source, and what it says of one afterwards.

A course is a module of `neurofm.training.courses` (or of another distribution, by an entry point of that group) whose
`SPEC` has the members of `Course`. It loads no torch before something is learned or computed, so that forms may ask it
what suits the data; training, checkpoints, run folders and the fronts know of no single course.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Embedding, Prediction
from neurofm.data.advice import Advice
from neurofm.data.split import Split
from neurofm.data.target import Target
from neurofm.errors import DataError
from neurofm.runs import RunFolder
from neurofm.specs import Effort, ModelSpec

if TYPE_CHECKING:
    from neurofm.batch import Batch

Progress = Callable[[float], None]
Step = Callable[..., None]  # step(fraction, text, preview=None, metrics=None); raises Stopped
Domains = Mapping[str, Any]

S = TypeVar("S", contravariant=True)  # the sources it learns from
N = TypeVar("N", contravariant=True)  # the networks that it trains


class Rows(NamedTuple):
    """Latents of one source.

    Parameters
    ----------
    ids : (row,) local ids
    values : (row, dim)
    labels : (row,) what a user calls each; empty for moments
    """

    ids: NDArray[np.int64]
    values: NDArray[Any]
    labels: Sequence[str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What is to be learned, as far as a user has said.

    Parameters
    ----------
    spec : of the model
    data : sources, each with another session name
    sizes : of the model, by name
    given : names of sizes that a user or a trained model has set
    target : name of what is to be decoded; "" leaves it to the course
    splits : by session name
    domains : by session name, where there may be looked for what is learned, in place of the split's own
    base : the run that is adapted, if one is
    chooses : whether parts of the labels choose how it is adapted
    """

    spec: ModelSpec
    data: Sequence[Any]
    sizes: Mapping[str, Any]
    given: Container[str] = ()
    target: str = ""
    splits: Mapping[str, Split]
    domains: Domains = field(default_factory=dict)
    base: RunFolder | None = None
    chooses: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Settled:
    """A plan once everything was checked that can be before training.

    Parameters
    ----------
    sizes : as the data allow
    target : what is decoded of the first session
    targets : what is decoded of which sessions, in the order in which a network answers them
    vocab : names that have something of their own in the network; `sessions` among them where it knows sessions apart
    notes : what a user should know
    """

    sizes: Mapping[str, Any]
    target: Target
    targets: Sequence[tuple[Target, Sequence[str]]]
    vocab: Mapping[str, Any]
    notes: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Preview:
    """What a front can draw of a model while it learns.

    Parameters
    ----------
    shown : by name ("trace", "units")
    scores : by name ("r2"), of what is for choosing and not learned from
    """

    shown: Mapping[str, Embedding | Prediction]
    scores: Mapping[str, float]


class Course(Protocol[S, N]):
    """How models learn from sources of one kind.

    Attributes
    ----------
    takes : class of these sources
    """

    @property
    def takes(self) -> type: ...

    def split(self, source: S, rng: np.random.Generator) -> Split:
        """What of a source is for training, for choosing and held out: spans of seconds, or numbers of rows."""

    def advise(self, effort: Effort, sizes: Mapping[str, Any], data: Sequence[S], given: Container[str] = ()) -> Advice:
        """Settings that suit a model to the data, with a reason for each; those in `given` stay.

        Raises
        ------
        DataError
            If the data cannot be used with such sizes.
        """

    def settle(self, plan: Plan) -> Settled:
        """Sizes, targets and names for a training, once it is clear that it can end in something.

        Raises
        ------
        DataError, LookupError, ValueError
            If it could only end in nonsense.
        """

    def prepare(self, run: RunFolder, net: N, data: Sequence[S]) -> None:
        """Tell a network what it should know of the data before it learns: means, scales."""

    def batches(self, run: RunFolder, net: N, data: Sequence[S], domains: Domains) -> Callable[[int], Batch]:
        """The batch of each step, a function of the run's seed and the step's number alone."""

    def finish(self, run: RunFolder, net: N, data: Sequence[S]) -> None:
        """Fit what is fitted to a network's latents once these are learned, if anything is."""

    def preview(self, run: RunFolder, net: N, source: S) -> Preview:
        """What the model says by now about some of what is for choosing."""

    def scores(self, run: RunFolder, net: N, data: Sequence[S], step: Step) -> dict[str, Any]:
        """Held-out scores beside those of its controls, over all sources and, under `sessions`, of each."""

    def predict(self, run: RunFolder, net: N, source: S, *, progress: Progress | None = None) -> Prediction:
        """What the model says about a source; a course may have options of its own."""

    def embed(self, run: RunFolder, net: N, source: S, of: str, part: str, progress: Progress | None) -> Rows:
        """Latents of one of the model's spaces; `part` is one of its parts, or "" for all of them."""


def check_takes(spec: ModelSpec, source: Any) -> None:
    """Refuse a source of another kind than a model learns from."""
    if not isinstance(source, spec.takes):
        kind = getattr(source, "kind", type(source).__name__)
        where = next(iter(getattr(source, "paths", ())), getattr(source, "session", kind))
        problem = f"is of the kind '{kind}', and {spec.title} learns from '{spec.takes.kind}'; give it those"
        raise DataError(where, "", problem)
