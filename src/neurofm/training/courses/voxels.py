"""How networks learn what voxels are: from some parts of volumes, to say it of others.

A volume is cut across its longest axis; some of the pieces are for choosing and some held out. Patches may reach into
those, but what their voxels are is not told there. What nobody says of a voxel is not asked of it, so that a few
painted strokes are enough to learn from. A random forest on blurs and edges stands beside.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Prediction
from neurofm.data.advice import Advice, Amount, advise
from neurofm.data.cells import REGION
from neurofm.data.ids import Ids
from neurofm.data.split import Split
from neurofm.data.target import CLASSES, Target
from neurofm.data.volume import UNSCALED, VOXEL, Box, Held, Pyramid, Volume
from neurofm.data.voxel_truth import EDGE, NOTHING, classes_of, grey, planar, shared_labels, target_of, where
from neurofm.errors import DataError
from neurofm.metrics import confusion, overlap
from neurofm.runs import RunFolder
from neurofm.specs import Effort, Schedule
from neurofm.training import lessons
from neurofm.training.course import Domains, Plan, Preview, Progress, Rows, Settled, Step
from neurofm.training.latents import embedding
from neurofm.training.lessons import Lesson, label_of, lesson
from neurofm.training.network import Network
from neurofm.words import OF

if TYPE_CHECKING:
    from torch import nn

    from neurofm.batch import Batch

MAIN = "dice"
PLANES = 8  # patches a step of single planes
JUDGED, WATCHED = 8 << 20, 1 << 18  # voxels that a score is over, and one while it learns
ROWS = 5000  # voxels that are told of one by one
APART = 1.5  # times that voxels may be larger or smaller than those that were learned from
FAR = 10.0  # sd beyond what was learned from, in which grey values are of another kind


@runtime_checkable
class VoxelNetwork(Network, Protocol):
    """Says of each voxel of `image` (patch, 1, z, y, x) which class it is; `truth` (patch, z, y, x) has -1 for "?"."""

    net: Any

    def scale(self, mean: float, sd: float) -> None:
        """Tell what grey values are like."""


class VoxelsCourse:
    """The course of models that say what voxels are."""

    takes = Volume

    def suits(self, source: Volume) -> int:
        """2 if labels tell what voxels are, not only in which region, else 0."""
        return 2 * any(name != REGION for name in source.labels)

    def split(self, source: Volume, rng: np.random.Generator) -> Split:
        """Spans of voxels along `neurofm.training.lessons.axis`."""
        return lessons.split(source, rng)

    def advise(
        self, effort: Effort, sizes: Mapping[str, Any], data: Sequence[Volume], given: Container[str] = ()
    ) -> Advice:
        """Steps that suit how large the volumes are, and more patches a step where these are planes."""
        flat = all(planar(source) for source in data)
        more = {"batch": PLANES} if flat and "batch" not in given else {}
        advice = advise(effort, {**sizes, **more}, [_amount(sizes, source) for source in data], given)
        words = [f"{PLANES} patches a step, since planes are learned one by one"] if more else []
        return Advice({**more, **advice.settings}, [*words, *advice.reasons], advice.step)

    def check_target(self, plan: Plan) -> None:
        """Refuse volumes without the labels that are to be learned."""
        shared_labels(plan.data, plan.target)

    def settle(self, plan: Plan) -> Settled:
        """Which classes there are, and how the network steps from scale to scale."""
        ignored = plan.sizes.get("ignored", -1)
        for source in plan.data:
            lessons.image_of(source)
        series = target_of(plan.data, plan.target or (plan.base.target.series if plan.base else ""), ignored)
        for source in plan.data:
            _check_labels(source, series)
        fresh, notes = _vocab(plan, series, ignored)
        vocab = fresh
        if plan.base:
            spacings = [*plan.base.vocab.get("spacings", []), *fresh["spacings"]]
            vocab = {**plan.base.vocab, "sessions": fresh["sessions"], "spacings": spacings}
        strange = [name for name in fresh["classes"] if name not in vocab["classes"]]
        if strange:
            problem = f"say {', '.join(strange)}, where the run knows {', '.join(vocab['classes'])}; train a new one"
            raise DataError(where(plan.data[0]), f"labels '{series}'", problem)
        if plan.base:
            for source in plan.data:
                check(plan.base, source)
        target = Target(series=series, names=tuple(vocab["classes"]), kind=CLASSES)
        sizes = {**plan.sizes, "levels": len(vocab["strides"]) + 1}
        return Settled(
            sizes=sizes, target=target, targets=[(target, [s.session for s in plan.data])], vocab=vocab, notes=notes
        )

    def prepare(self, run: RunFolder, net: VoxelNetwork, data: Sequence[Volume]) -> None:
        """Tell the network what grey values are like, unless it was told when it began to learn."""
        if not run.config["base"]:
            mean, sd = run.vocab["grey"][:2]
            net.scale(mean, sd)

    def batches(
        self, run: RunFolder, net: VoxelNetwork, data: Sequence[Volume], domains: Domains
    ) -> Callable[[int], Batch]:
        """Patches of the volumes, half of them around a voxel of a class that is drawn first; turned over at random."""
        import torch

        from neurofm.batch import Batch

        schedule, seed, known = Schedule(**run.config["schedule"]), run.config["seed"], run.vocab["grey"]
        every = [_lesson(run, source) for source in data]
        share = np.array([lesson.weight for lesson in every]) ** (1 - schedule.balance)

        def batch(step: int) -> Batch:
            rng = np.random.default_rng([seed, 1, step])
            chosen = rng.choice(len(every), schedule.batch, p=share / share.sum())
            drawn = [every[k].draw(rng, known) for k in chosen]
            size = np.min([truth.shape for _, truth in drawn], 0)
            cut = tuple(slice(0, n) for n in size)
            image, truth = (np.stack([one[k][cut] for one in drawn]) for k in (0, 1))
            return Batch({"image": torch.as_tensor(image[:, None]), "truth": torch.as_tensor(truth)}, {})

        return batch

    def finish(self, run: RunFolder, net: VoxelNetwork, data: Sequence[Volume]) -> None:
        """Nothing is fitted to what was learned."""

    def preview(self, run: RunFolder, net: VoxelNetwork, source: Volume) -> Preview:
        """What some voxels for choosing are taken for, and how well."""
        lesson = _lesson(run, source)
        boxes = lesson.boxes("valid", WATCHED) or lesson.boxes("", WATCHED)
        told = _Told.of(run, net, lesson, boxes, None)
        rows = Rows(told.ids, told.odds, told.labels(source))
        shown = {"voxels": embedding(run, [source], [rows], VOXEL)}
        scores = overlap(told.counts, run.target.names)
        return Preview(shown=shown, scores={MAIN: scores[MAIN]} if scores else {})

    def scores(self, run: RunFolder, net: VoxelNetwork, data: Sequence[Volume], step: Step) -> dict[str, Any]:
        """Scores over held-out voxels, of each volume and in the mean, with those of a random forest beside.

        Of a run that was adapted there is Dice of before, too.
        """
        from neurofm.training import forest

        each: dict[str, dict[str, float]] = {}
        for source in data:
            step(1.0, f"scoring {source.session} on held-out voxels")
            lesson, own = _lesson(run, source), dict(self.predict(run, net, source).metrics)
            if own:
                own |= _before(run, net, lesson)
                told = forest.beside(lesson, run.target.names, run.config["seed"])
                own |= {f"forest_{name}": value for name, value in told.items() if name == MAIN}
            each[source.session] = own
        scored = [one for one in each.values() if one]
        shared = [name for name in (scored[0] if scored else ()) if all(name in one for one in scored)]
        mean = {name: float(np.mean([one[name] for one in scored])) for name in shared}
        names = ", ".join(name for name in run.target.names if name != NOTHING)
        return mean | {OF: names, "over": "held-out voxels", "sessions": each}

    def predict(
        self, run: RunFolder, net: VoxelNetwork, source: Volume, *, progress: Progress | None = None
    ) -> Prediction:
        """How likely each class is in some held-out voxels, with scores over all of them, or over many."""
        check(run, source)
        lesson = _lesson(run, source)
        known = source.session in run.config.get("splits", {})
        boxes = lesson.boxes("test", JUDGED) if known else lesson.boxes("", JUDGED)
        judged = bool(boxes)
        told = _Told.of(run, net, lesson, boxes or lesson.boxes("", WATCHED), progress)
        names = run.target.names
        truth = np.where(told.truth[:, None] >= 0, np.eye(len(names))[told.truth], np.nan)
        return Prediction(
            session=source.session, target=run.target.series, space=VOXEL, times=np.full(len(told.ids), np.nan),
            ids=told.ids, values=_shares(told.odds), truth=truth, held_out=np.full(len(told.ids), judged), names=names,
            kind=CLASSES, metrics=overlap(told.counts, names) if judged else {}, run=str(run.path),
        )  # fmt: skip

    def embed(
        self, run: RunFolder, net: VoxelNetwork, source: Volume, of: str, part: str, progress: Progress | None
    ) -> Rows:
        """Log odds of the classes in some voxels of all of the volume."""
        check(run, source)
        lesson = _lesson(run, source)
        told = _Told.of(run, net, lesson, lesson.boxes("", JUDGED // 4), progress)
        return Rows(told.ids, told.odds, told.labels(source))

    def network(self, run: Any) -> nn.Module:
        """The trained network of a run: grey values (batch, 1, z, y, x) to log odds (batch, class, z, y, x).

        It takes any size. What it says moves along where an image is moved by its `grid`, and is the same of a plane
        whatever planes are beside it if it is `planar`.
        """
        net: nn.Module = run.model.net
        return net

    def check(self, run: RunFolder, source: Volume, box: Sequence[Sequence[int]] | None = None) -> None:
        """Refuse a volume, or a box of it, that a run cannot say anything sensible about; see `check`."""
        check(run, source, box)

    def classes(self, run: RunFolder) -> dict[int, str]:
        """Number in labels, and name, of each class, in the order in which the network says them."""
        return dict(zip(run.vocab["numbers"], run.vocab["classes"]))


def check(run: RunFolder, source: Volume, box: Sequence[Sequence[int]] | None = None) -> None:
    """Refuse a volume that a run cannot say anything sensible about.

    Parameters
    ----------
    box : voxels low and high along z, y and x, of which some in the middle are looked at; all of the volume if None

    Raises
    ------
    DataError
        If it has no image, is one plane where whole volumes were learned, or has voxels or grey values of another kind.
    """
    lessons.image_of(source)
    if planar(source) and not run.vocab["planar"]:
        problem = f"is of single planes, and {run.name} learned from volumes; train a model on planes"
        raise DataError(where(source), "image", problem)
    _check_spacing(run, source)
    sd, low, high = run.vocab["grey"][1:]
    here, own = grey([source if box is None else _middle(source, box)])[:2]
    if box is not None and not own:  # where nothing is, or nothing can be read, the other chunks tell
        return
    if not low - FAR * sd <= here <= high + FAR * sd or own > FAR * sd or own * FAR < sd:
        problem = (
            f"has grey values around {here:.4g} (sd {own:.3g}), where {run.name} learned from {low:.4g} to {high:.4g}"
            f" (sd {sd:.3g}); train on this volume, or scale it alike"
        )
        raise DataError(where(source), "image", problem)


def _check_spacing(run: RunFolder, source: Volume) -> None:
    """Refuse voxels of another size or order than those that were learned from, where both are told."""
    learned = run.vocab.get("spacings", [])
    if source.unit == UNSCALED or not learned:
        return
    seen = slice(1 if run.vocab["planar"] else 0, 3)
    apart = [np.abs(np.log(source.spacing / one))[seen].max() for one in learned]
    if min(apart) > np.log(APART):
        own, one = ([float(f"{step:.4g}") for step in each] for each in (source.spacing, learned[0]))
        problem = f"is {own}, and {run.name} learned from {one} (z, y, x); put size or axes right, or train on this one"
        raise DataError(where(source), "spacing", problem)


def _middle(source: Volume, box: Sequence[Sequence[int]]) -> Volume:
    """A volume of some voxels in the middle of a box."""
    image = lessons.image_of(source)
    low = [max((a + z - EDGE) // 2, a) for a, z in box]
    part = image.levels[0][tuple(slice(a, min(a + EDGE, z)) for a, (_, z) in zip(low, box))]
    return Volume(session=source.session, image=Pyramid((Held(part),), image.spacing[0]), unit=source.unit)


class _Told:
    """What a network says of some voxels, and how often it takes which class for which.

    Parameters
    ----------
    ids : (row,) local ids of some voxels
    odds : (row, class) log odds of the classes there
    truth : (row,) class; -1 where nobody says
    counts : (class, class) of all voxels that were looked at
    """

    def __init__(self, ids: Ids, odds: NDArray[np.float32], truth: NDArray[np.int64], counts: Any) -> None:
        self.ids, self.odds, self.truth, self.counts = ids, odds, truth, counts

    @classmethod
    def of(
        cls, run: RunFolder, net: VoxelNetwork, lesson: Lesson, boxes: Sequence[Box], progress: Progress | None
    ) -> _Told:
        """In boxes, each with what is around it."""
        rng, count = np.random.default_rng(0), len(run.target.names)
        counts, kept = np.zeros((count, count), np.int64), []
        some = -(-ROWS // len(boxes))
        for k, box in enumerate(boxes):
            odds, truth = _said(net, lesson, box), lesson.truth(box)
            counts += confusion(truth, odds.argmax(0), count)
            rows = rng.permutation(truth.size)[:some]
            kept.append((lesson.ids(box).ravel()[rows], odds.reshape(count, -1)[:, rows].T, truth.ravel()[rows]))
            if progress:
                progress((k + 1) / len(boxes))
        ids, odds, truth = (np.concatenate(each) for each in zip(*kept))
        order = np.argsort(ids)
        return cls(ids[order], odds[order], truth[order], counts)

    def labels(self, source: Volume) -> list[str]:
        """What a user calls each voxel."""
        at = np.stack(np.unravel_index(self.ids, source.whole.shape), -1).tolist()
        return [f"{source.session}/voxel {z} {y} {x}" for z, y, x in at]


def _said(net: VoxelNetwork, lesson: Lesson, box: Box) -> NDArray[np.float32]:
    """(class, z, y, x) log odds in a box."""
    import torch

    mode, device = net.training, next(net.parameters()).device
    wide, inner = lessons.around(box, lesson.shape, net.net.grid, flat=lesson.flat)
    net.eval()
    try:
        with torch.inference_mode():
            image = torch.as_tensor(lesson.image(wide), device=device)
            return net.net(image[None, None])[0][(slice(None), *inner)].float().cpu().numpy()
    finally:
        net.train(mode)


def _before(run: RunFolder, net: VoxelNetwork, lesson: Lesson) -> dict[str, float]:
    """Dice over the same held-out voxels by the run that was adapted, as it was before; nothing where there is none."""
    from neurofm.training.run import load

    if not run.config["base"]:
        return {}
    base: Any = load(run.config["base"]["path"], next(net.parameters()).device.type).model
    told = _Told.of(run, base, lesson, lesson.boxes("test", JUDGED), None)
    return {f"before_{MAIN}": overlap(told.counts, run.target.names)[MAIN]}


def _shares(odds: NDArray[np.float32]) -> NDArray[np.float64]:
    from scipy.special import softmax

    return np.asarray(softmax(odds.astype(float), -1))


def _lesson(run: RunFolder, source: Volume) -> Lesson:
    parts = {name: run.spans(source.session, name) for name in ("train", "valid", "test")}
    sizes, target = run.config["config"], run.target
    return lesson(
        source, target.series, target.names, parts, edge=sizes["edge"], ignored=sizes["ignored"],
        flat=run.vocab["planar"],
    )  # fmt: skip


def _amount(sizes: Mapping[str, Any], source: Volume) -> Amount:
    patch = float(np.prod(lessons.size(source, sizes.get("edge", 0), flat=planar(source))))
    return Amount(0.7 * float(np.prod(source.whole.shape, dtype=float)) / patch, patch, 0.0)


def _vocab(plan: Plan, series: str, ignored: int) -> tuple[dict[str, Any], list[str]]:
    """What a network is built from, with notes on what was chosen."""
    classes = classes_of(plan.data, series, ignored)
    flat = any(planar(source) for source in plan.data)
    every = [
        lesson(
            source, series, tuple(classes.values()), {"train": plan.splits[source.session].train}, edge=0,
            ignored=ignored, flat=flat,
        )
        for source in plan.data
    ]  # fmt: skip
    counts = lessons.counted(every)
    notes = list(lessons.notes(every, counts))
    classes = {number: name for number, name in classes.items() if counts[name]}
    if len(classes) < 2:
        problem = f"say only '{''.join(classes.values()) or NOTHING}' where it is learned from; paint more examples"
        raise DataError(where(plan.data[0]), f"labels '{series}'", problem)
    mean, sd, low, high = grey(plan.data)
    if not sd:
        problem = f"is {mean:g} everywhere, so there is nothing to see; check the file, or the level that was saved"
        raise DataError(where(plan.data[0]), "image", problem)
    spacing = np.min([source.spacing for source in plan.data], 0)
    levels = plan.sizes.get("levels") or (4 if flat else 3)
    before = list(plan.base.vocab["sessions"]) if plan.base else []
    vocab = {
        "sessions": list(dict.fromkeys([*before, *(source.session for source in plan.data)])),
        "classes": list(classes.values()), "numbers": list(classes), "besides": NOTHING, "planar": flat,
        "strides": lessons.strides(spacing, levels, flat=flat), "grey": [mean, sd, low, high],
        "spacings": [source.spacing.tolist() for source in plan.data if source.unit != UNSCALED],
    }  # fmt: skip
    return vocab, notes


def _check_labels(source: Volume, series: str) -> None:
    label = label_of(source, series)
    shape, whole = source.labels[label].shape, source.whole.shape
    if shape != whole:
        sizes = (" x ".join(map(str, each)) for each in (shape, whole))
        problem = "are {} voxels, where the image is {}; give labels of its size".format(*sizes)
        raise DataError(where(source), f"labels '{label}'", problem)


SPEC = VoxelsCourse()
