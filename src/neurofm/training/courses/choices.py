"""How models of choosers learn: from some subjects, to say what others will choose next.

Subjects are for training, for choosing or held out. A score is over the second half of the trials of subjects that are
held out, of which a model sees all that came before; what is fitted to a subject is fitted to its first half.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data import Prediction
from neurofm.data.advice import Advice, Amount, advise
from neurofm.data.choices import SUBJECT, TRIAL, Choices, padded, take
from neurofm.data.split import Split
from neurofm.data.target import CLASSES, Target
from neurofm.errors import DataError
from neurofm.runs import RunFolder
from neurofm.specs import Effort, Schedule
from neurofm.training.course import Course, Domains, Plan, Preview, Progress, Rows, Settled, Step
from neurofm.training.latents import embedding
from neurofm.training.network import Network

if TYPE_CHECKING:
    from torch import Tensor

    from neurofm.batch import Batch

TARGET = "choice"
MAIN = "log_likelihood"
FEWEST = 3  # subjects with two trials or more: to learn from, to choose by, to judge
WATCHED = 64  # subjects looked at for a preview
TOGETHER, MOST = 64, 30_000  # subjects and trials that go through the network at once, at most
KEPT = 0.5  # share of the batches that begin where subjects did; others begin at a random trial
POSITIVE = 0.99  # share of the numbers of a column from which the others are slips, and logarithms are read
FAR = 4.0  # sd beyond which a number of a column says no more
SEEN = 0.5  # of the trials that are left, at least, where a batch begins later


@runtime_checkable
class ChoiceNetwork(Network, Protocol):
    """Reads who chose what and what came of it: `action` (batch, trial), `outcomes` and the number of `arms`.

    Further `columns` (batch, trial, column), if it reads any, have mean 0 and sd 1.

    Attributes
    ----------
    parts : of its latents, from the quickest to the slowest
    """

    parts: tuple[str, ...]

    def scale(self, mean: Tensor, sd: Tensor) -> None:
        """Tell what outcomes are like, (outcome,) each."""

    def latents(self, batch: Batch, part: str = "") -> Tensor:
        """(batch, 1 + trial, dim) what it thinks after 0, 1, ... trials."""


class ChoicesCourse:
    """The course of models that read choices."""

    takes = Choices

    def split(self, source: Choices, rng: np.random.Generator) -> Split:
        """Rows of the subjects as spans [row, row + 1): a fifth is held out, a tenth is for choosing.

        Those with one trial are in none of them.
        """
        order = rng.permutation(np.flatnonzero(source.lengths > 1))
        test, valid = (max(round(share * len(order)), 1) for share in (0.2, 0.1))
        parts = np.split(order, [test, test + valid]) if len(order) >= FEWEST else (order[:0], order[:0], order)
        return Split(*(np.sort(part)[:, None] + np.array([0.0, 1.0]) for part in parts[::-1]))

    def advise(
        self, effort: Effort, sizes: Mapping[str, Any], data: Sequence[Choices], given: Container[str] = ()
    ) -> Advice:
        """Steps that suit the number of subjects."""
        return advise(effort, sizes, [_amount(source) for source in data], given)

    def check_target(self, plan: Plan) -> None:
        """Refuse any target, since what is chosen next is learned."""
        if plan.target not in ("", TARGET):
            raise LookupError(f"{plan.spec.title} learns what is chosen, not '{plan.target}'; leave the target out")

    def settle(self, plan: Plan) -> Settled:
        """What outcomes the model reads; the same for all sources."""
        self.check_target(plan)
        first = plan.data[0]
        wanted = plan.base.vocab["outcomes"] if plan.base else list(first.outcome_names)
        notes = []
        for source in plan.data:
            _check_trainable(source, wanted, plan.splits[source.session])
            short = int((source.lengths < 2).sum())
            notes += [f"{source.session}: {short} subjects with fewer than two trials take no part"] if short else []
        before = list(plan.base.vocab["sessions"]) if plan.base else []
        names = [source.session for source in plan.data]
        target = Target(series=TARGET, names=first.arms, kind=CLASSES)
        return Settled(
            sizes=plan.sizes, target=target, targets=[(target, names)], notes=notes,
            vocab={
                "sessions": list(dict.fromkeys([*before, *names])), "outcomes": wanted, "columns": _columns(plan),
            },
        )  # fmt: skip

    def prepare(self, run: RunFolder, net: ChoiceNetwork, data: Sequence[Choices]) -> None:
        """Tell the network what outcomes are like, unless it was told when it began to learn."""
        import torch

        if run.config["base"]:
            return
        told = np.concatenate([source.outcomes[source.rows(_part(run, source, "train"))] for source in data])
        known = [column[np.isfinite(column)] for column in told.T]
        mean, sd = ([float(f(column)) if len(column) else 0.0 for column in known] for f in (np.mean, np.std))
        net.scale(torch.tensor(mean), torch.tensor([x if x > 0 else 1.0 for x in sd]))

    def batches(
        self, run: RunFolder, net: ChoiceNetwork, data: Sequence[Choices], domains: Domains
    ) -> Callable[[int], Batch]:
        """Some subjects of one source, half of the time from a random trial on."""
        schedule, seed = Schedule(**run.config["schedule"]), run.config["seed"]
        learned = [take(_beside_choices(run, source), _part(run, source, "train")) for source in data]
        share = np.array([len(source.subjects) for source in learned], float) ** (1 - schedule.balance)

        def batch(step: int) -> Batch:
            rng = np.random.default_rng([seed, 1, step])
            source = learned[int(rng.choice(len(learned), p=share / share.sum()))]
            count = len(source.subjects)
            chosen = rng.choice(count, min(schedule.batch, count), replace=False)
            longest = int(source.lengths[chosen].max())
            start = 0 if rng.random() < KEPT else int(rng.integers(0, max(int((1 - SEEN) * longest), 1)))
            return _batch(source, chosen, start)

        return batch

    def finish(self, run: RunFolder, net: ChoiceNetwork, data: Sequence[Choices]) -> None:
        """Nothing is fitted to what was learned."""

    def preview(self, run: RunFolder, net: ChoiceNetwork, source: Choices) -> Preview:
        """How likely the choices of some subjects for choosing are by now, and a map of these."""
        source = _beside_choices(run, source)
        chosen = _part(run, source, "valid")[:WATCHED]
        logs, rows = _logs(net, source, chosen, None), source.rows(chosen)
        late = source.late[rows]
        latent = Rows(chosen, _of_subjects(net, source, chosen, "", None), [source.names[k] for k in chosen])
        shown = {"subjects": embedding(run, [source], [latent], SUBJECT)}
        return Preview(shown=shown, scores={MAIN: float(_taken(logs, source, rows)[late].mean())})

    def scores(self, run: RunFolder, net: ChoiceNetwork, data: Sequence[Choices], step: Step) -> dict[str, Any]:
        """Log-likelihoods of the second halves of held-out subjects beside those by simple models of choosers."""
        each = {}
        for source in data:
            step(1.0, f"scoring {source.session} on subjects that are held out")
            test = _part(run, source, "test")
            own = self.predict(run, net, source).metrics
            each[source.session] = dict(own) | _beside(take(source, _part(run, source, "train")), take(source, test))
        shared = [name for name in next(iter(each.values())) if all(name in one for one in each.values())]
        mean = {name: float(np.mean([one[name] for one in each.values()])) for name in shared}
        return mean | {"over": "second half of the trials of held-out subjects", "sessions": each}

    def predict(
        self, run: RunFolder, net: ChoiceNetwork, source: Choices, *, progress: Progress | None = None
    ) -> Prediction:
        """How likely every arm was in each trial, from what came before it."""
        _check_outcomes(source, run.vocab["outcomes"])
        rows = np.arange(len(source.action))
        logs = _logs(net, _beside_choices(run, source), np.arange(len(source.subjects)), progress)
        judged = source.late & np.isin(source.of, _part(run, source, "test"))
        held_out = judged
        if not len(_part(run, source, "train")):  # it has learned nothing of this source
            held_out, judged = np.ones(len(rows), bool), source.late
        metrics = {}
        if judged.any():
            right = logs.argmax(1) == source.action
            metrics = {MAIN: float(_taken(logs, source, rows)[judged].mean()), "right": float(right[judged].mean())}
        return Prediction(
            session=source.session, target=TARGET, space=TRIAL, times=np.full(len(rows), np.nan), ids=rows,
            values=np.exp(logs), truth=np.eye(len(source.arms))[source.action], held_out=held_out, names=source.arms,
            kind=CLASSES, metrics=metrics, run=str(run.path),
        )  # fmt: skip

    def embed(
        self, run: RunFolder, net: ChoiceNetwork, source: Choices, of: str, part: str, progress: Progress | None
    ) -> Rows:
        """What the network thinks after each trial; of a subject its long space at the end, and means of the others."""
        _check_outcomes(source, run.vocab["outcomes"])
        source = _beside_choices(run, source)
        if of == SUBJECT:
            chosen = np.flatnonzero(source.lengths > 0)
            return Rows(chosen, _of_subjects(net, source, chosen, part, progress), [source.names[k] for k in chosen])
        every = np.arange(len(source.subjects))
        values = [latent[1:] for latent in _thought(net, source, every, part, progress)]
        return Rows(np.arange(len(source.action)), np.concatenate(values), source.trial_names)


def _part(run: RunFolder, source: Choices, name: str) -> NDArray[np.int64]:
    """Rows of the subjects for "train", "valid" or "test"."""
    return run.spans(source.session, name)[:, 0].astype(np.int64)


def _amount(source: Choices) -> Amount:
    lengths = source.lengths[source.lengths > 1]
    trials = float(lengths.mean()) if len(lengths) else 1.0
    return Amount(0.7 * len(lengths), trials * len(source.arms), trials * len(source.arms))


def _check_trainable(source: Choices, wanted: Sequence[str], split: Split) -> None:
    """Refuse, before training starts, what could only end in nonsense."""
    _check_outcomes(source, wanted)
    able = int((source.lengths > 1).sum())
    if able < FEWEST or not len(split.train) or not len(split.test):
        problem = f"are {able} with two trials or more, and {FEWEST} are needed: to learn from, to choose by, to judge"
        raise DataError(source.origin, "subjects", problem)


def _check_outcomes(source: Choices, wanted: Sequence[str]) -> None:
    if list(source.outcome_names) != list(wanted):
        has = ", ".join(source.outcome_names) or "none"
        problem = f"are {has}, where the model reads {', '.join(wanted) or 'none'}; train one on this file"
        raise DataError(source.origin, "outcomes", problem)


def _columns(plan: Plan) -> list[dict[str, Any]]:
    """Further columns that are read, and what they are like; those of positive numbers by their logarithms."""
    if plan.base:
        return list(plan.base.vocab.get("columns", []))
    names = [name.strip() for name in plan.sizes.get("columns", "").split(",") if name.strip()]
    return [_column(plan, name) for name in names]


def _column(plan: Plan, name: str) -> dict[str, Any]:
    learned = [s.rows(plan.splits[s.session].train[:, 0].astype(np.int64)) for s in plan.data]
    values = np.concatenate([_numbers(s, name)[rows] for s, rows in zip(plan.data, learned)])
    values = values[np.isfinite(values)]
    if not len(values) or not values.std() > 0:
        raise DataError(plan.data[0].origin, name, "is the same in all trials, so it tells nothing; leave it out")
    log = bool((values > 0).mean() > POSITIVE)
    values = _logged(values)[values > 0] if log else values
    return {"name": name, "log": log, "mean": float(values.mean()), "sd": float(values.std())}


def _logged(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN of what has no logarithm."""
    return np.log(np.where(values > 0, values, np.nan))


def _beside_choices(run: RunFolder, source: Choices) -> Choices:
    """The same with those columns alone that the model reads, as it reads them."""
    columns = pd.DataFrame(index=range(len(source.action)))
    for column in run.vocab.get("columns", ()):
        values = _numbers(source, column["name"])
        values = _logged(values) if column["log"] else values
        columns[column["name"]] = ((values - column["mean"]) / column["sd"]).clip(-FAR, FAR)
    return replace(source, columns=columns)


def _numbers(source: Choices, name: str) -> NDArray[np.float64]:
    """(trial,) of a further column; NaN where it holds none."""
    numeric = {
        str(column): values.to_numpy(float)
        for column, values in source.columns.items()
        if pd.api.types.is_numeric_dtype(values)
    }
    if name not in numeric:
        has = ", ".join(numeric) or "none"
        raise DataError(source.origin, "columns", f"have no numbers called '{name}'; of numbers there are {has}")
    return numeric[name]


def _batch(source: Choices, subjects: Any, start: int = 0) -> Batch:
    """Trials of some subjects from `start` on, -1 behind the last of each."""
    import torch

    from neurofm.batch import Batch

    action, outcomes = padded(source, subjects)
    columns = np.full((*action.shape, len(source.columns.columns)), np.nan)
    columns[action >= 0] = source.columns.to_numpy(float)[source.rows(subjects)]
    arrays = {
        "action": torch.as_tensor(action[:, start:]),
        "outcomes": torch.as_tensor(outcomes[:, start:], dtype=torch.float32),
        "columns": torch.as_tensor(columns[:, start:], dtype=torch.float32),
        "arms": torch.tensor(len(source.arms)),
    }
    return Batch(arrays, {})


def _through(
    net: ChoiceNetwork, source: Choices, subjects: NDArray[np.int64], call: Callable[[Batch], Tensor],
    progress: Progress | None,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:  # fmt: skip
    """Some subjects at a time, and what `call` makes of their trials; without dropout and gradients."""
    import torch

    mode, device = net.training, next(net.parameters()).device
    net.eval()
    try:
        together = max(min(TOGETHER, MOST // max(int(source.lengths[subjects].max(initial=1)), 1)), 1)
        for k in range(0, len(subjects), together):
            chosen = subjects[k : k + together]
            with torch.inference_mode():
                said = call(_batch(source, chosen).to(device)).float().cpu().numpy()
            yield chosen, said
            if progress:
                progress(min((k + together) / len(subjects), 1.0))
    finally:
        net.train(mode)


def _logs(
    net: ChoiceNetwork, source: Choices, subjects: NDArray[np.int64], progress: Progress | None
) -> NDArray[np.float64]:
    """(trial, arm) log of the chance of every arm in the trials of some subjects."""

    def say(batch: Batch) -> Tensor:
        return net(batch).prediction.log_softmax(-1)

    parts = [np.zeros((0, len(source.arms)))]
    for chosen, said in _through(net, source, subjects, say, progress):
        parts += [one[:length] for one, length in zip(said, source.lengths[chosen])]
    return np.concatenate(parts).astype(float)


def _taken(logs: NDArray[np.float64], source: Choices, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(trial,) log-likelihoods of the arms that were chosen in these rows."""
    return logs[np.arange(len(rows)), source.action[rows]]


def _thought(
    net: ChoiceNetwork, source: Choices, subjects: NDArray[np.int64], part: str, progress: Progress | None
) -> Iterator[NDArray[np.float32]]:
    """Latents (1 + trial, dim) of each subject."""
    for chosen, said in _through(net, source, subjects, lambda batch: net.latents(batch, part), progress):
        yield from (one[: source.lengths[row] + 1] for row, one in zip(chosen, said))


def _of_subjects(
    net: ChoiceNetwork, source: Choices, subjects: NDArray[np.int64], part: str, progress: Progress | None
) -> NDArray[np.float32]:
    """(subject, dim) the last of the slowest part, and means over the trials of the others."""
    columns = []
    for name in [part] if part else net.parts:
        latents = _thought(net, source, subjects, name, progress)
        columns.append(np.stack([one[-1] if name == net.parts[-1] else one[1:].mean(0) for one in latents]))
    return np.concatenate(columns, 1)


def _beside(train: Choices, test: Choices) -> dict[str, float]:
    """Log-likelihoods of the second halves by simple models."""
    from neurofm.training import choosers, q_learning

    logs = choosers.beside(train, test) | q_learning.beside(train, test)
    late = ~np.isnan(logs["chance"])
    late[late] = test.late
    return {f"{name}_{MAIN}": float(values[late].mean()) for name, values in logs.items()}


SPEC: Course[Choices, ChoiceNetwork] = ChoicesCourse()
