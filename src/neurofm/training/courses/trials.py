"""How models of binned activity learn: from trials, to say the rates, the class or the behaviour in each bin."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurofm import registry
from neurofm.data import Prediction, Recording
from neurofm.data.activity import no_spikes
from neurofm.data.advice import Advice, Amount, advise
from neurofm.data.ids import moments as moment_ids
from neurofm.data.plausible import DOMAIN, SPIKES, check_clocks
from neurofm.data.recording import TRIALS
from neurofm.data.split import Split, split
from neurofm.data.target import RATES, VALUES, Target
from neurofm.data.trials import Trials, judged, lengths, suit
from neurofm.errors import DataError
from neurofm.metrics import scores
from neurofm.runs import RunFolder
from neurofm.specs import Effort, ModelSpec, Schedule
from neurofm.training import decoding, scoring, vocab
from neurofm.training.course import Course, Domains, Plan, Preview, Progress, Rows, Settled, Step
from neurofm.training.latents import check_trials, embedding, trial_means
from neurofm.training.network import Fills, Finishes, HasSessions, HasUnits, Rebuilds, TrialNetwork
from neurofm.training.trials import (
    all_trials,
    as_numpy,
    check_units,
    cut_trials,
    held_out,
    in_batches,
    learned_trials,
)
from neurofm.words import MAIN

if TYPE_CHECKING:
    from neurofm.batch import Batch

WATCHED = 32  # trials looked at for a preview


class TrialsCourse:
    """The course of models that read counts."""

    takes = Recording

    def split(self, source: Recording, rng: np.random.Generator) -> Split:
        """Spans of seconds: the file's own, or whole trials, or stretches."""
        return split(source, rng)

    def advise(
        self, effort: Effort, sizes: Mapping[str, Any], data: Sequence[Recording], given: Container[str] = ()
    ) -> Advice:
        """How the trials are best cut, and width and steps that suit a model to them."""
        cutting, reasons = suit(data, given)
        sizes = {**sizes, **cutting}
        advice = advise(effort, sizes, [_amount(effort, sizes, r) for r in data], given)
        return Advice(cutting | advice.settings, [*reasons, *advice.reasons], advice.step)

    def check_target(self, plan: Plan) -> None:
        """Refuse recordings without what is to be decoded."""
        decoding.one_for_all(plan)

    def settle(self, plan: Plan) -> Settled:
        """How trials are cut, one target for all, and names of the units of each session."""
        target_of = decoding.one_for_all(plan)
        target = target_of[plan.data[0].session]
        cutting, notes = suit(plan.data, plan.given)
        sizes = {**plan.sizes, **cutting}
        for r in plan.data:
            check_clocks(r, (SPIKES, DOMAIN, TRIALS, target.series))
        every = [cut_trials(r, sizes, target) for r in plan.data]
        for trials in every:
            _check_trainable(trials, target, plan.splits[trials.recording.session].train)
        sizes["bins"] = sizes["bins"] or max(t.counts.shape[1] for t in every)
        if target.kind == RATES and plan.spec.decodes != RATES:
            notes = [*notes, "there is no class or behaviour to read out; how well rates are rebuilt is the score"]
        return Settled(
            sizes=sizes, target=target, targets=decoding.listed(target_of, plan.base), notes=notes,
            vocab=vocab.grow_sessions(plan.base.vocab, plan.data) if plan.base else vocab.begin(plan.data),
        )  # fmt: skip

    def prepare(self, run: RunFolder, net: TrialNetwork, data: Sequence[Recording]) -> None:
        """Show the network the trials it will learn from, for means and scales."""
        for r in data:
            net.prepare(learned_trials(run, r))

    def batches(
        self, run: RunFolder, net: TrialNetwork, data: Sequence[Recording], domains: Domains
    ) -> Callable[[int], Batch]:
        """Each of one session; unbalanced ones come as often as they have trials."""
        import torch

        from neurofm.batch import Batch

        schedule, seed = Schedule(**run.config["schedule"]), run.config["seed"]
        learned = [learned_trials(run, r) for r in data]
        share = np.array([len(t) for t in learned], float) ** (1 - schedule.balance)

        def batch(step: int) -> Batch:
            rng = np.random.default_rng([seed, 1, step])
            trials = learned[int(rng.choice(len(learned), p=share / share.sum()))]
            arrays = net.draw(trials, schedule.batch, rng)
            return Batch({name: torch.as_tensor(x) for name, x in arrays.items()}, {})

        return batch

    def finish(self, run: RunFolder, net: TrialNetwork, data: Sequence[Recording]) -> None:
        """Show the network the trials it has learned from, if something of it is fitted to its latents."""
        if isinstance(net, Finishes):
            for r in data:
                net.finish(learned_trials(run, r))

    def preview(self, run: RunFolder, net: TrialNetwork, source: Recording) -> Preview:
        """What the model says by now about some of the trials for choosing, and the vectors of the units."""
        trials = all_trials(run, source)
        valid = trials.take(trials.within(run.spans(source.session, "valid")))
        chosen, _ = judged(valid if len(valid) else trials, WATCHED)
        said = _prediction(run, net, chosen, np.ones(len(chosen), bool), None)
        if "unit" not in run.spaces:
            return scoring.preview(said)
        units = embedding(run, [source], [self.embed(run, net, source, "unit", "", None)], "unit")
        return scoring.preview(said, units=units)

    def scores(self, run: RunFolder, net: TrialNetwork, data: Sequence[Recording], step: Step) -> dict[str, Any]:
        """Held-out scores of each session and in the mean, with those of simple ways to do it beside them."""

        def said(source: Recording) -> Prediction:
            return _beside_simple(run, net, source, self.predict(run, net, source))

        return scoring.beside_ridge(run, data, said, step)

    def predict(
        self, run: RunFolder, net: TrialNetwork, source: Recording, *, progress: Progress | None = None
    ) -> Prediction:
        """Rates, classes or behaviour in every bin of every trial; times that two trials share are answered once."""
        trials = all_trials(run, source)
        return _prediction(run, net, trials, held_out(run, trials), progress)

    def embed(
        self, run: RunFolder, net: TrialNetwork, source: Recording, of: str, part: str, progress: Progress | None
    ) -> Rows:
        """Vectors of the units or the session, and latents of the bins or their means in trials."""
        if of == "trial":
            check_trials(source)
        check_units(run, source)
        if of in ("unit", "session"):
            return _vectors(net, source, of)
        trials = all_trials(run, source)
        values = in_batches(net, lambda t: net.latents(t, part), trials, progress)
        times, first = np.unique(trials.times[trials.seen], return_index=True)
        moments = Rows(moment_ids(times, source.start), values[trials.seen][first].astype(np.float32), [])
        return trial_means(source, moments) if of == "trial" else moments


def _amount(effort: Effort, sizes: Mapping[str, Any], recording: Recording) -> Amount:
    """Items in the trials of a recording, and the bins and counts in one."""
    bins = lengths(recording, sizes["bin"], event=sizes["event"], before=sizes["before"], after=sizes["after"])
    whole = float(bins.mean()) if len(bins) else 1.0
    sees = float(sizes[effort.sees] if isinstance(effort.sees, str) else effort.sees or whole)
    return Amount(bins.sum() / sees, sees, len(recording.units) * sees)


def _check_trainable(trials: Trials, target: Target, labels: NDArray[np.float64]) -> None:
    """Refuse, before training starts, what could only end in nonsense."""
    r = trials.recording
    if not len(r.units) or not len(r.spikes):
        raise DataError(r.origin, "spikes", no_spikes(r))
    if len(r.units) < 2 and target.kind == RATES:
        problem = "has one unit and filling in needs two; open one with more, or train a decoder"
        raise DataError(r.origin, "units", problem)
    learned = trials.take(trials.within(labels))
    if len(learned) < 2:
        problem = f"leave {len(learned)} to learn from and two or more are needed; {_more()}"
        raise DataError(r.origin, "trials", problem)
    if target.kind != RATES:
        _check_answer(learned, target)


def _check_answer(learned: Trials, target: Target) -> None:
    path = learned.recording.origin
    if learned.answer is None:
        raise DataError(path, target.series, "is missing here; train on recordings that have it")
    values = learned.answer[np.isfinite(learned.answer).all(-1)]
    if len(values) < 2:
        raise DataError(path, target.series, "has no values in the training trials; choose another")
    if (values.std(0) == 0).all():
        raise DataError(path, target.series, "never changes, so there is nothing to decode; choose another")


def _more() -> str:
    """What to do where there are too few trials."""
    names, usual = registry.names("neurofm.models"), ModelSpec.course
    others = [n for n in names if registry.said("neurofm.models", n, "course", usual) == "windows"]
    such = f", such as {registry.said('neurofm.models', others[0], 'title', others[0])}" if others else ""
    return f"record more, or train a model that learns from windows of time{such}"


def _vectors(net: TrialNetwork, recording: Recording, of: str) -> Rows:
    """Vectors of the units or of the session, of a network that has such."""
    if of == "unit" and isinstance(net, HasUnits):
        values = as_numpy(net.unit_vectors(recording.session))
        return Rows(np.arange(len(recording.units)), values, recording.unit_names)
    if of == "session" and isinstance(net, HasSessions):
        values = as_numpy(net.session_vector(recording.session))[None]
        return Rows(np.zeros(1, np.int64), values, [recording.session])
    raise LookupError(f"the network has no vector of each {of}; its SPEC should not name that among its spaces")


def _beside_simple(run: RunFolder, net: TrialNetwork, source: Recording, said: Prediction) -> Prediction:
    """A prediction, where it was filled in with the scores of simple ways to do so."""
    from neurofm.training import filling

    main = MAIN[RATES]
    if not isinstance(net, Fills) or main not in said.metrics:
        return said
    trials = all_trials(run, source)
    simple = filling.scores(learned_trials(run, source), trials.take(held_out(run, trials)))
    return replace(said, metrics={**said.metrics, **{f"{name}_{main}": bits for name, bits in simple.items()}})


def _prediction(
    run: RunFolder, net: TrialNetwork, trials: Trials, apart: NDArray[np.bool_], progress: Progress | None
) -> Prediction:
    """What a network says of trials, scored in those that are `apart`."""
    recording, target = trials.recording, run.target
    values = in_batches(net, net.answer, trials, progress)  # (trial, bin, feature)
    rates = target.kind == RATES
    measured = trials.counts / trials.width if rates else trials.answer
    truth = np.full(values.shape, np.nan) if measured is None else measured
    names = tuple(recording.units["label"].map(str)) if rates else target.names
    judged = trials.take(apart)
    if rates and isinstance(net, Rebuilds):
        metrics = net.scores(judged) if len(judged) else {}
    else:
        a_bin = trials.width if rates else 1.0  # rates are judged by the spikes of a bin
        told, said = (np.asarray(x[apart][judged.seen], float) * a_bin for x in (truth, values))
        metrics = scores(target.kind, names, told, said, scoring.moves_at(recording, target, judged.times[judged.seen]))
    times, first = np.unique(trials.times[trials.seen], return_index=True)
    return Prediction(
        session=recording.session, target=target.series or RATES, times=times,
        ids=moment_ids(times, recording.start), values=values[trials.seen][first],
        truth=np.asarray(truth[trials.seen][first], np.float32),
        held_out=np.repeat(apart[:, None], trials.seen.shape[1], 1)[trials.seen][first],
        names=names, unit=_unit(recording, target), kind=target.kind, metrics=metrics, run=str(run.path),
    )  # fmt: skip


def _unit(recording: Recording, target: Target) -> str:
    """Of what is decoded, in this recording."""
    series = recording.series.get(target.series)
    return (series.unit if series is not None and target.kind == VALUES else "") or target.unit


SPEC: Course[Recording, TrialNetwork] = TrialsCourse()
