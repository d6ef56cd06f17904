"""How models of behaviour learn: from sequences of what animals do, to say what they do next.

Nobody says what a latent should be, so the score is how well a linear readout of latents says what is done in the
second to come, beside ridge regression on the frame itself and on its moving mean and spread. Labels are probed
afterwards (`neurofm.analysis.probes`).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Prediction
from neurofm.data.advice import Advice, Amount, advise
from neurofm.data.split import FEWEST, Split, share_out, stretches, whole_trials
from neurofm.data.stretches import Stretches, check_alike, cut, merge, merge_mean
from neurofm.data.target import VALUES, Target
from neurofm.data.tracks import FRAME, SUBJECT, TRIAL, Tracks
from neurofm.errors import DataError
from neurofm.metrics import scores
from neurofm.runs import RunFolder
from neurofm.specs import Effort, Schedule
from neurofm.training.course import Domains, Plan, Preview, Progress, Rows, Settled, Step
from neurofm.training.foreseen import looked, ridge
from neurofm.training.latents import embedding
from neurofm.training.network import Network
from neurofm.words import MAIN, OF, duration

if TYPE_CHECKING:
    from neurofm.batch import Batch
    from neurofm.nn.frames import Read

NEXT = "next"  # what is said of each action: its mean over the time to come
BLOCKS, GAP, BETWEEN = 20, 2.0, 0.5  # pieces of tracks without trials; seconds between those of two sets, and trials
WATCHED = 10_000  # frames looked at for a preview
LOOKS = 10  # spans as long as are seen at once, below which there is little to learn from
KNOWN = 0.5  # share of the frames of the action known best, below which one is left out of what is predicted


@runtime_checkable
class FrameNetwork(Network, Protocol):
    """Reads what an animal does frame by frame.

    Attributes
    ----------
    horizon : seconds ahead of which it is read out what is done
    parts : which of its latents belong to each of its parts
    """

    horizon: float
    parts: Mapping[str, slice]

    def frames(self, seconds: float) -> int:
        """So many, and one at least."""

    def prepare(self, every: Sequence[Stretches]) -> None:
        """Take scales from what is learned from, unless they are known already."""

    def draw(self, every: Sequence[Stretches], size: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Something random to learn from in one step, by name; `size` is that of a batch."""

    def finish(self, every: Sequence[Stretches]) -> None:
        """Fit the readout of what is done next."""

    def follow(self, stretches: Stretches, progress: Progress | None = None) -> Iterator[Read]:
        """All latents of the stretches, in pieces."""

    def answer(self, latent: NDArray[np.float32]) -> NDArray[np.float32]:
        """(..., action) what is done next, from latents."""


class FramesCourse:
    """The course of models that read tracks."""

    takes = Tracks

    def split(self, source: Tracks, rng: np.random.Generator) -> Split:
        """Spans of seconds: whole trials where there are at least ten, else stretches, with a gap between them."""
        trials = whole_trials(source.trials, source.domain)
        if len(trials) >= FEWEST:
            return share_out(trials, source.domain, rng, gap=BETWEEN)
        pieces = stretches(source.domain, BLOCKS)
        if not len(pieces):
            raise DataError(_where(source), "times", "has no frames that could be split; open tracks that have some")
        return share_out(pieces, source.domain, rng, gap=min(GAP, float(np.median(np.diff(pieces))) / 4))

    def advise(
        self, effort: Effort, sizes: Mapping[str, Any], data: Sequence[Tracks], given: Container[str] = ()
    ) -> Advice:
        """Steps that suit a model to how long the tracks are."""
        return advise(effort, sizes, [_amount(sizes, source) for source in data], given)

    def check_target(self, plan: Plan) -> None:
        """Refuse any target, since what is done next is learned."""
        if plan.target not in ("", NEXT):
            problem = f"learns what is done next, not '{plan.target}'; leave the target out, and probe that afterwards"
            raise LookupError(f"{plan.spec.title} {problem}")

    def settle(self, plan: Plan) -> Settled:
        """What is given and done in each frame, alike in all tracks."""
        self.check_target(plan)
        first = _cut(plan.data[0], plan.sizes)
        fresh = {"features": list(first.names), "actions": list(first.does), "rate": 1 / first.tracks.step}
        vocab: dict[str, Any] = plan.base.vocab if plan.base else fresh
        learned = list[Stretches]()
        for source in plan.data:
            check_alike(source, vocab["features"], vocab["rate"])
            learned.append(_cut(source, plan.sizes).within(plan.splits[source.session].train))
            _check_trainable(learned[-1])
        unknown = [_unknown(part) for part in learned]
        sessions = [source.session for source in plan.data]
        before = list(vocab.get("sessions", ()))
        target = Target(
            series=NEXT, names=tuple(n for n in vocab["actions"] if not any(n in names for names in unknown))
        )
        return Settled(
            sizes=plan.sizes, target=target, targets=[(target, sessions)],
            vocab={**vocab, "sessions": list(dict.fromkeys([*before, *sessions]))},
            notes=[
                *_little(learned, plan.sizes),
                *(note for source in plan.data for look in (_unsure, _torn) for note in look(source, plan.sizes)),
                *(_left_out(source, names) for source, names in zip(plan.data, unknown) if names),
            ],
        )  # fmt: skip

    def prepare(self, run: RunFolder, net: FrameNetwork, data: Sequence[Tracks]) -> None:
        """Show the network what it will learn from, for scales."""
        net.prepare(_learned(run, data))

    def batches(
        self, run: RunFolder, net: FrameNetwork, data: Sequence[Tracks], domains: Domains
    ) -> Callable[[int], Batch]:
        """Sequences of any of the tracks."""
        import torch

        from neurofm.batch import Batch

        size, seed, learned = Schedule(**run.config["schedule"]).batch, run.config["seed"], _learned(run, data)

        def batch(step: int) -> Batch:
            arrays = net.draw(learned, size, np.random.default_rng([seed, 1, step]))
            return Batch({name: torch.as_tensor(x) for name, x in arrays.items()}, {})

        return batch

    def finish(self, run: RunFolder, net: FrameNetwork, data: Sequence[Tracks]) -> None:
        """Fit the readout of what is done next to what was learned from."""
        net.finish(_learned(run, data))

    def preview(self, run: RunFolder, net: FrameNetwork, source: Tracks) -> Preview:
        """What the model says by now about some of the frames for choosing, and a map of these."""
        watched = _part(run, source, "valid").few(WATCHED)
        reads = list(net.follow(watched, None))
        said = _prediction(run, net, watched, watched, reads)
        main = MAIN[VALUES]
        score = {main: said.metrics[main]} if main in said.metrics else {}
        frames = _merged(reads, slice(None)) if len(said.ids) > 1 else None
        maps = {} if frames is None else {"frames": embedding(run, [source], [frames], FRAME)}
        return Preview(shown={"trace": said, **maps}, scores=score)

    def scores(self, run: RunFolder, net: FrameNetwork, data: Sequence[Tracks], step: Step) -> dict[str, Any]:
        """Held-out scores of each session and in the mean, with those of ridge regression on what is given beside."""
        each, main = dict[str, dict[str, float]](), MAIN[VALUES]
        for source in data:
            step(1.0, f"scoring {source.session} on held-out time")
            own = dict(self.predict(run, net, source).metrics)
            learned, judged = (_part(run, source, name) for name in ("train", "test"))
            simple = ridge(learned, judged, net.frames(net.horizon), run.target.names)
            each[source.session] = own | simple
        shared = [name for name in (main, f"ridge_{main}") if all(name in one for one in each.values())]
        mean = {name: float(np.mean([one[name] for one in each.values()])) for name in shared}
        of = f"what is done in the next {duration(net.horizon)}"
        return mean | {OF: of, "over": "held-out frames", "sessions": each}

    def predict(
        self, run: RunFolder, net: FrameNetwork, source: Tracks, *, progress: Progress | None = None
    ) -> Prediction:
        """What each action will be in the mean of the time to come, in every frame; of several animals their mean."""
        every = seen_by(run, source)
        return _prediction(run, net, every, _held_out(run, every), net.follow(every, progress))

    def embed(
        self, run: RunFolder, net: FrameNetwork, source: Tracks, of: str, part: str, progress: Progress | None
    ) -> Rows:
        """Latents of frames, or their means in trials; of subjects those of each alone.

        Where there are several animals, a frame has the mean of their latents and how far these lie apart, which is the
        same in whichever order they come.
        """
        every, chosen = seen_by(run, source), net.parts.get(part, slice(None))
        if of == SUBJECT:
            return _subjects(net, every, chosen, progress)
        frames = _merged(net.follow(every, progress), chosen)
        return _trials(source, frames) if of == TRIAL else frames


def _where(source: Tracks) -> str:
    return (*source.paths, source.session)[0]


def _unsure(source: Tracks, sizes: Mapping[str, Any]) -> Iterator[str]:
    """How many key points are left out for want of confidence, if any are."""
    sure, confidence = sizes.get("sure", 0.0), source.confidence
    if sure and confidence is not None and confidence.size:
        left = float(np.mean(confidence < sure))
        if left:
            share = f"{left:.1%}" if left >= 0.001 else "less than 0.1%"
            yield f"{source.session}: {share} of key points have less confidence than {sure:g} and count as not seen"


def _little(learned: Sequence[Stretches], sizes: Mapping[str, Any]) -> Iterator[str]:
    """That hardly anything of what lasts long can come twice."""
    seconds, long = float(sum(part.lengths.sum() * part.tracks.step for part in learned)), sizes.get("long", 0.0)
    if seconds < LOOKS * long:
        problem = f"{duration(seconds)} to learn from are few where {duration(long)} are seen at once"
        yield f"{problem}, and may be learned by heart; open more tracks, or make long smaller"


def _torn(source: Tracks, sizes: Mapping[str, Any]) -> Iterator[str]:
    """That frames do not follow each other for long, where neither trials nor a single break are why."""
    every, pieces = _cut(source, sizes), 1 if source.trials is None else len(source.trials)
    usual = float(np.median(every.lengths)) * source.step
    if len(every) > 2 * pieces + 1 and usual < sizes["sequence"] / 2:
        longest = duration(every.lengths.max() * source.step)
        problem = f"frames are missing or come unevenly, which leaves {len(every):,} stretches of at most {longest}"
        yield f"{source.session}: {problem} to learn from; give even times if the camera kept pace"


def _unknown(learned: Stretches) -> list[str]:
    """Names of actions that are known in less than half as many frames as others, such as those of points never seen.

    Raises
    ------
    DataError
        If nothing that is done is known.
    """
    names = _seldom(learned)
    if len(names) == len(learned.does):
        problem = (
            "are never seen in two frames that follow each other, so that nothing is known to move; open other tracks"
        )
        raise DataError(_where(learned.tracks), "points", problem)
    return names


def _seldom(every: Stretches) -> list[str]:
    """Names of actions that are known in less than half as many frames as others, and of all if none ever is."""
    few = every.few(WATCHED)
    done = [few.seen(first, last)[1].reshape(-1, len(few.does)) for first, last in few.rows]
    share = np.isfinite(np.concatenate(done)).mean(0) if done else np.zeros(len(few.does))
    return [name for name, each in zip(few.does, share) if each < KNOWN * share.max() or not share.max()]


def _left_out(source: Tracks, names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{source.session}: too seldom seen to be predicted and scored: {', '.join(names[:3])}{more}"


def _amount(sizes: Mapping[str, Any], source: Tracks) -> Amount:
    """Sequences of the length that is learned from, and the frames of one."""
    every = _cut(source, sizes)
    length = max(min(sizes["sequence"] / source.step, float(every.lengths.max())), 1)
    return Amount(every.lengths.sum() * len(source.individuals) / length, length, 0.0)


def _check_trainable(learned: Stretches) -> None:
    """Refuse, before training starts, what could only end in nonsense."""
    where = _where(learned.tracks)
    if not len(learned) or learned.lengths.max() < 2:
        problem = "has no two frames that follow each other in the training time; open longer tracks"
        raise DataError(where, "times", problem)
    given = [learned.given(first, min(first + 1000, last)) for first, last in learned.rows[:200]]
    seen = np.concatenate([x.reshape(-1, x.shape[-1]) for x in given])
    if not np.isfinite(seen).any():
        raise DataError(where, "points", "was never seen in the training time; check what tracks these are")
    with np.errstate(invalid="ignore"):
        if np.nanmax(seen) == np.nanmin(seen):
            raise DataError(where, "points", "never change, so there is nothing to learn; check what tracks these are")


def seen_by(run: RunFolder, source: Tracks) -> Stretches:
    """All of a source as a run sees it.

    Raises
    ------
    DataError
        If it has other features, or another frame rate, than the run learned from.
    """
    check_alike(source, run.vocab["features"], run.vocab["rate"])
    return _cut(source, run.config["config"])


def _cut(source: Tracks, sizes: Mapping[str, Any]) -> Stretches:
    return cut(source, sizes.get("sure", 0.0))


def _part(run: RunFolder, source: Tracks, name: str) -> Stretches:
    return _cut(source, run.config["config"]).within(run.spans(source.session, name))


def _learned(run: RunFolder, data: Sequence[Tracks]) -> list[Stretches]:
    return [_part(run, source, "train") for source in data]


def _held_out(run: RunFolder, every: Stretches) -> Stretches:
    """What neither training nor choosing has seen of a source."""
    session = every.tracks.session
    return every.within(run.spans(session, "test")) if session in run.config["splits"] else every


def _prediction(
    run: RunFolder, net: FrameNetwork, every: Stretches, judged: Stretches, reads: Iterable[Read]
) -> Prediction:
    """What a network says of stretches, scored in those frames of them that are judged, by what is known there."""
    source, names, ahead = every.tracks, run.target.names, net.frames(net.horizon)
    seldom = _seldom(judged)
    scored = [k for k, name in enumerate(names) if name not in seldom]
    said, truth = (np.full((len(source.times), len(names)), np.nan, np.float32) for _ in range(2))
    apart = np.zeros(len(source.times), bool)
    for read in reads:
        said[read.first : read.last] = merge_mean(net.answer(read.latent), read.seen)
    for part in (every, judged):  # the second anew: what comes behind its end may have been learned from
        for frames, _, after, told in looked(part, ahead, [names[k] for k in scored]):
            truth[frames, scored] = merge_mean(after, told)
            apart[frames] = part is judged
    ids = np.flatnonzero(np.isfinite(said).all(1))
    rows = ids[apart[ids]]
    judged_by = (x[rows][:, scored].astype(float) for x in (truth, said))
    return Prediction(
        session=source.session, target=NEXT, space=FRAME, times=source.times[ids], ids=ids, values=said[ids],
        truth=truth[ids], held_out=apart[ids], names=names, kind=VALUES, run=str(run.path),
        metrics=scores(VALUES, tuple(names[k] for k in scored), *judged_by),
    )  # fmt: skip


def _merged(reads: Iterable[Read], chosen: slice) -> Rows:
    """Latents of all frames in which something is seen."""
    parts = {read.first: (read, merge(read.latent[..., chosen], read.seen)) for read in reads}
    order = sorted(parts)
    ids = np.concatenate([np.arange(first, parts[first][0].last) for first in order])
    values = np.concatenate([parts[first][1] for first in order]).astype(np.float32)
    there = np.isfinite(values).all(1)
    return Rows(ids[there], values[there], [])


def _trials(source: Tracks, frames: Rows) -> Rows:
    """Means of the frames of each trial."""
    if source.trials is None or not len(source.trials):
        raise LookupError(f"{source.session} has no trials; embed its frames with of='{FRAME}'")
    times = source.times[frames.ids]
    total = np.concatenate([np.zeros((1, frames.values.shape[1])), frames.values.cumsum(0, dtype=float)])
    first, last = (np.searchsorted(times, source.trials[edge].to_numpy(float)) for edge in ("start", "stop"))
    rows = np.flatnonzero(last > first)
    if not len(rows):
        raise LookupError(f"no trial of {source.session} holds a frame with an animal; embed of='{FRAME}'")
    mean = (total[last[rows]] - total[first[rows]]) / (last - first)[rows, None]
    return Rows(rows, mean.astype(np.float32), [f"{source.session}/{TRIAL} {k}" for k in rows])


def _subjects(net: FrameNetwork, every: Stretches, chosen: slice, progress: Progress | None) -> Rows:
    """Means of the latents of each animal that is ever seen."""
    names = every.tracks.individuals
    count, total = np.zeros(len(names)), np.zeros((len(names), 1))
    for read in net.follow(every, progress):
        total = total + np.where(read.seen[..., None], read.latent[..., chosen], 0).sum(0, dtype=float)
        count += read.seen.sum(0)
    rows = np.flatnonzero(count)
    values = (total[rows] / count[rows, None]).astype(np.float32)
    return Rows(rows, values, [f"{every.tracks.session}/{names[k]}" for k in rows])


SPEC = FramesCourse()
