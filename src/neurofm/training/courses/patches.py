"""How models of patches learn: from squares of planes, to say which area each is of, or without a label at all.

Whole blocks of 256 voxels are for training, for choosing or held out, so that no patch has a neighbour on both sides
that it overlaps. The label of a patch is the most frequent of its voxels, where enough of them have it. What models
say that learned without labels is read out of their latents by logistic regression, fitted to the training blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Prediction
from neurofm.data import patches as cutting
from neurofm.data.advice import Advice, Amount, advise
from neurofm.data.areas import Areas, areas_of
from neurofm.data.patches import PATCH, Patches
from neurofm.data.split import Split
from neurofm.data.target import CLASSES, Target
from neurofm.data.volume import Volume
from neurofm.data.voxel_truth import no_labels
from neurofm.errors import DataError
from neurofm.metrics import scores
from neurofm.runs import RunFolder
from neurofm.specs import Effort, Schedule
from neurofm.training import asked
from neurofm.training.course import Course, Domains, Plan, Preview, Progress, Rows, Settled, Step
from neurofm.training.latents import embedding
from neurofm.training.network import Network
from neurofm.training.textures import by_texture, marks

if TYPE_CHECKING:
    from torch import Tensor

    from neurofm.batch import Batch

USUAL = "region"  # the label that is told unless another is asked for
BLOCKS = 2_000  # that are looked at of a volume, at most
TOGETHER = 1 << 20  # pixels that go through the network at once, at most
WATCHED = 500  # patches looked at for a preview


@runtime_checkable
class PatchNetwork(Network, Protocol):
    """Reads pictures of patches.

    Attributes
    ----------
    views : of a patch that a batch has, each changed another way
    """

    views: int

    def scale(self, mean: float, sd: float) -> None:
        """Tell what grey values are like."""

    def latents(self, pictures: Tensor) -> Tensor:
        """(batch, dim) of pictures (batch, y, x) as they are in the volume."""

    def answer(self, latent: Tensor) -> Tensor:
        """(batch, area) how probable each area is."""


@runtime_checkable
class ReadOut(Protocol):
    """Learns without labels, and has an answer fitted to its latents afterwards."""

    def fit(self, latent: NDArray[np.float32], area: NDArray[np.int64]) -> None:
        """Fit it to latents (patch, dim) of known areas (patch,)."""


class PatchesCourse:
    """The course of models that read patches."""

    takes = Volume

    def suits(self, source: Volume) -> int:
        """1 if labels tell regions, else 0."""
        return int(USUAL in source.labels)

    def split(self, source: Volume, rng: np.random.Generator) -> Split:
        """Numbers of blocks as spans [block, block + 1): a fifth is held out, a tenth is for choosing.

        Blocks that are mostly of one area are shared out in the same way, each area by itself.
        """
        count = cutting.block_count(source.whole.shape)
        every = np.sort(rng.choice(count, min(count, BLOCKS), replace=False))
        kinds = cutting.kinds_of(source, every)
        parts: tuple[list[int], ...] = ([], [], [])
        for kind in np.unique(kinds):
            order = rng.permutation(every[kinds == kind])
            test = max(round(0.2 * len(order)), 1) if len(order) > 1 else 0
            valid = max(round(0.1 * len(order)), 1) if len(order) > 3 else 0
            for part, rows in zip(parts, (order[test + valid :], order[test : test + valid], order[:test])):
                part.extend(rows)
        return Split(*(np.sort(np.array(part, float))[:, None] + np.array([0.0, 1.0]) for part in parts))

    def advise(
        self, effort: Effort, sizes: Mapping[str, Any], data: Sequence[Volume], given: Container[str] = ()
    ) -> Advice:
        """Steps that suit how many patches there are side by side."""
        edge = sizes["edge"]
        return advise(effort, sizes, [_amount(source, edge) for source in data], given)

    def check_target(self, plan: Plan) -> str:
        """The label that is told: the one asked for, else "region", else the first that all have; "" for none."""
        shared = [name for name in plan.data[0].labels if all(name in source.labels for source in plan.data)]
        before = plan.base.target.series if plan.base else ""
        if plan.target not in ("", before, *shared):
            raise LookupError(f"no label '{plan.target}' in all volumes; there are {', '.join(shared) or 'none'}")
        if plan.base:
            return before if before in shared else ""
        if not shared and plan.spec.supervised:
            raise no_labels(plan.data, asked.unlabelled("patches"))
        return plan.target or (USUAL if USUAL in shared else next(iter(shared), ""))

    def settle(self, plan: Plan) -> Settled:
        """The label that is told, and its areas, alike in all volumes."""
        for source in plan.data:
            cutting.check_edge(source, plan.sizes["edge"])
            _check_image(source)
        label = self.check_target(plan)
        before = plan.base.vocab if plan.base else {}
        areas, notes = Areas(before.get("areas", [])), list[str]()
        if label and not before:
            areas, notes = _areas(plan, label)
        names = [source.session for source in plan.data]
        target = Target(series=label, names=areas.names, kind=CLASSES)
        return Settled(
            sizes=plan.sizes, target=target, targets=[(target, names)], notes=notes,
            vocab={"sessions": list(dict.fromkeys([*before.get("sessions", []), *names])), "areas": areas.listed,
                   "spacings": [*before.get("spacings", []), *cutting.spacings_of(plan.data)]},
        )  # fmt: skip

    def prepare(self, run: RunFolder, net: PatchNetwork, data: Sequence[Volume]) -> None:
        """Tell the network what grey values are like, unless it was told when it began to learn."""
        if run.config["base"]:
            return
        some = [_side_by_side(run, source, "train").images for source in data]
        values = np.concatenate([images.reshape(-1)[::7] for images in some]).astype(float)
        net.scale(float(values.mean()), float(values.std()) or 1.0)

    def batches(
        self, run: RunFolder, net: PatchNetwork, data: Sequence[Volume], domains: Domains
    ) -> Callable[[int], Batch]:
        """Patches anywhere in the blocks for training, of any volume, each area as often as any."""
        import torch

        from neurofm.batch import Batch

        schedule, seed = Schedule(**run.config["schedule"]), run.config["seed"]
        sizes, pool, area = run.config["config"], *_pool(run, net, data)
        odds = _odds(area)

        def batch(step: int) -> Batch:
            rng = np.random.default_rng([seed, 1, step])
            chosen = rng.choice(len(pool), schedule.batch, p=odds)
            views = {f"view {k}": cutting.changed(pool[chosen], sizes["edge"], rng) for k in range(net.views)}
            arrays = views | {"area": area[chosen]}
            return Batch({name: torch.as_tensor(x) for name, x in arrays.items()}, {})

        return batch

    def finish(self, run: RunFolder, net: PatchNetwork, data: Sequence[Volume]) -> None:
        """Fit the readout of areas, of networks that have learned without them."""
        if not isinstance(net, ReadOut) or not run.target.names:
            return
        each = [(_side_by_side(run, source, "train"), _areas_of(run, source)) for source in data]
        latent = np.concatenate([latents_of(net, patches.images) for patches, _ in each])
        area = np.concatenate([areas[patches.numbers] for patches, areas in each])
        net.fit(latent[area >= 0], area[area >= 0])

    def preview(self, run: RunFolder, net: PatchNetwork, source: Volume) -> Preview:
        """How many areas of patches for choosing are right by now, and a map of these patches."""
        watched = _side_by_side(run, source, "valid")
        watched = watched.take(np.linspace(0, len(watched.numbers) - 1, min(WATCHED, len(watched.numbers))).astype(int))
        if not len(watched.numbers):
            return Preview(shown={}, scores={})
        latent = latents_of(net, watched.images)
        ids = cutting.ids_of(source.whole.shape, watched.corners, run.config["config"]["edge"])
        shown = {"patches": embedding(run, [source], [Rows(ids, latent, [])], PATCH)}
        if not run.target.names:
            return Preview(shown=shown, scores={})
        truth = _truth(run, source, watched.numbers)
        return Preview(shown=shown, scores=scores(CLASSES, run.target.names, truth, _answers(net, latent)))

    def scores(self, run: RunFolder, net: PatchNetwork, data: Sequence[Volume], step: Step) -> dict[str, Any]:
        """Accuracy on patches of held-out blocks, beside logistic regression on statistics of their texture."""
        each: dict[str, dict[str, float]] = {}
        for source in data if run.target.names else ():
            step(1.0, f"scoring {source.session} on blocks that are held out")
            each[source.session] = judge(run, net, source)
        shared = [name for name in next(iter(each.values()), {}) if all(name in one for one in each.values())]
        mean = {name: float(np.mean([one[name] for one in each.values()])) for name in shared}
        return mean | {"over": "patches of held-out blocks", "sessions": each}

    def predict(
        self, run: RunFolder, net: PatchNetwork, source: Volume, *, stride: int = 0, progress: Progress | None = None
    ) -> Prediction:
        """How probable each area is in patches side by side, or `stride` voxels apart."""
        if not run.target.names:
            raise LookupError(f"{run.name} learned without labels, so it names no areas; embed the patches instead")
        edge = run.config["config"]["edge"]
        corners, latent = _placed(net, source, edge, stride, progress)
        ids, values = cutting.ids_of(source.whole.shape, corners, edge), _answers(net, latent)
        numbers = np.full(len(corners), -1)
        if run.target.series in source.labels:
            share = run.config["config"]["share"]
            numbers = cutting.numbers_of(source.labels[run.target.series], corners, edge, share)
        truth, held_out = _truth(run, source, numbers), _held_out(run, source, corners)
        order = np.argsort(ids)
        ids, values, truth, held_out = ids[order], values[order], truth[order], held_out[order]
        return Prediction(
            session=source.session, target=run.target.series, space=PATCH, times=np.full(len(ids), np.nan), ids=ids,
            values=values, truth=truth, held_out=held_out, names=run.target.names, kind=CLASSES, run=str(run.path),
            metrics=scores(CLASSES, run.target.names, truth[held_out], values[held_out]),
        )  # fmt: skip

    def says(
        self, run: RunFolder, net: PatchNetwork, source: Volume, corners: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """(patch, area) how probable each area is; NaN of patches that are the same everywhere."""
        said = np.full((len(corners), len(run.target.names)), np.nan, np.float32)
        for rows, images in cutting.look(source, corners, run.config["config"]["edge"]):
            there = np.flatnonzero(images.max((1, 2)) > images.min((1, 2)))
            if len(there):
                said[rows.start + there] = _answers(net, latents_of(net, images[there]))
        return said

    def embed(
        self, run: RunFolder, net: PatchNetwork, source: Volume, of: str, part: str, progress: Progress | None
    ) -> Rows:
        """Latents of patches side by side."""
        edge = run.config["config"]["edge"]
        corners, latent = _placed(net, source, edge, 0, progress)
        return Rows(cutting.ids_of(source.whole.shape, corners, edge), latent, [])


def judge(run: RunFolder, net: PatchNetwork, source: Volume) -> dict[str, float]:
    """Accuracy and mean F1 over areas on patches of held-out blocks, of a network and of texture statistics."""
    learned, held = (_side_by_side(run, source, part) for part in ("train", "test"))
    areas = _areas_of(run, source)
    learned, held = (patches.take(areas[patches.numbers] >= 0) for patches in (learned, held))
    known, truth = (areas[patches.numbers] for patches in (learned, held))
    if not len(truth) or len(np.unique(known)) < 2:
        return {}
    said = _answers(net, latents_of(net, held.images)).argmax(1)
    simple = by_texture(learned.images, known, held.images)
    return marks(truth, said) | {f"texture_{name}": value for name, value in marks(truth, simple).items()}


# ---- what is learned


def _areas(plan: Plan, label: str) -> tuple[Areas, list[str]]:
    """The areas of which there are patches in the training blocks, and a note on those that have none."""
    edge, share = plan.sizes["edge"], plan.sizes["share"]
    told = [cutting.gather(s, label, _rows(plan.splits[s.session].train), edge, share).numbers for s in plan.data]
    numbers = [set(np.unique(one)) - {-1} for one in told]
    areas, lost = areas_of(plan.data, label, numbers, plan.sizes["areas"])
    if len(areas.names) < 2 and plan.spec.supervised:
        has = areas.names[0] if areas.names else "none"
        problem = (
            f"has patches of {has} alone where {share:.0%} of the voxels are to be alike; choose smaller patches, a "
            f"smaller share, or other labels"
        )
        raise DataError(_where(plan.data[0]), label, problem)
    return areas, [f"no patch to learn from is of {', '.join(lost)}, so none is called that"] if lost else []


def _check_image(source: Volume) -> None:
    """Refuse, before training starts, what has no picture or nothing in it."""
    if source.image is None:
        raise DataError(_where(source), "image", "is missing; open the image with its labels")
    coarse = source.image.levels[-1]
    middle = coarse[coarse.shape[0] // 2]
    if source.flat and middle.max() == middle.min():
        raise DataError(_where(source), "image", f"is {middle.flat[0]} everywhere; check what file this is")


def _pool(run: RunFolder, net: PatchNetwork, data: Sequence[Volume]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Pictures that batches are drawn from and their areas; without an answer in the loss unknown ones, too."""
    sizes, pictures, every = run.config["config"], [], []
    for k, source in enumerate(data):
        rng = np.random.default_rng([run.config["seed"], 2, k])
        blocks, reach = _rows(run.split(source.session, "train")), sizes.get("reach", 0)
        reach = min(reach, cutting.BLOCK - sizes["edge"], min(source.whole.shape[1:]) - sizes["edge"])
        patches = cutting.gather(source, run.target.series, blocks, sizes["edge"], sizes["share"], reach=reach, rng=rng)
        area = _areas_of(run, source)[patches.numbers]
        chosen = area >= 0 if not isinstance(net, ReadOut) else np.ones(len(area), bool)
        pictures.append(patches.images[chosen])
        every.append(area[chosen])
    pool = np.concatenate(pictures)
    if not len(pool):
        raise DataError(_where(data[0]), "image", "has no patch to learn from; choose smaller ones")
    return pool, np.concatenate(every)


def _odds(area: NDArray[np.int64]) -> NDArray[np.float64]:
    """(patch,) how often each is drawn: between as they come and each area alike."""
    count = np.bincount(area + 1)
    odds = 1 / np.sqrt(count[area + 1])
    return np.asarray(odds / odds.sum())


# ---- what is said


def _side_by_side(run: RunFolder, source: Volume, part: str) -> Patches:
    """Patches of the blocks for "train", "valid" or "test"."""
    sizes = run.config["config"]
    blocks = _rows(run.split(source.session, part))
    return cutting.gather(source, run.target.series, blocks, sizes["edge"], sizes["share"])


def _rows(spans: NDArray[Any]) -> NDArray[np.int64]:
    return np.asarray(spans, float).reshape(-1, 2)[:, 0].astype(np.int64)


def _areas_of(run: RunFolder, source: Volume) -> NDArray[np.int64]:
    """Row of the area by number of a source's label; -1 for all others, the last of them for no label."""
    return Areas(run.vocab["areas"]).table(source, run.target.series)


def _truth(run: RunFolder, source: Volume, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """(patch, area) 1 for the true area, else 0; NaN where it is none of them."""
    area = _areas_of(run, source)[numbers]
    return np.where(area[:, None] >= 0, np.eye(len(run.target.names))[area], np.nan)


def _held_out(run: RunFolder, source: Volume, corners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(patch,) which lie in blocks that neither training nor choosing saw; all of what it has not learned from."""
    if source.session not in run.config["splits"]:
        return np.ones(len(corners), bool)
    edge = run.config["config"]["edge"]
    first, last = (cutting.blocks_at(source.whole.shape, corners + np.array([0, k, k])) for k in (0, edge - 1))
    test = _rows(run.split(source.session, "test"))
    return np.asarray((first == last) & np.isin(first, test))


def _placed(
    net: PatchNetwork, source: Volume, edge: int, stride: int, progress: Progress | None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Corners and latents of patches on a grid, without those of nothing."""
    cutting.check_edge(source, edge)
    corners = cutting.grid(source.whole.shape, edge, stride)
    kept, latents = [], []
    for rows, images in cutting.look(source, corners, edge):
        flat = images.reshape(len(images), -1)
        there = flat.max(1) > flat.min(1)
        if there.any():
            kept.append(corners[rows][there])
            latents.append(latents_of(net, images[there]))
        if progress:
            progress(min(rows.stop / len(corners), 1.0))
    if not kept:
        raise DataError(_where(source), "image", "is the same everywhere; check what file this is")
    return np.concatenate(kept), np.concatenate(latents)


def latents_of(net: PatchNetwork, images: NDArray[Any]) -> NDArray[np.float32]:
    """(patch, dim) of pictures, without dropout and gradients."""
    import torch

    mode, device = net.training, next(net.parameters()).device
    net.eval()
    some = max(TOGETHER // max(int(np.prod(images.shape[1:])), 1), 1)
    try:
        with torch.inference_mode():
            parts = [
                net.latents(torch.as_tensor(images[k : k + some].astype(np.float32)).to(device)).float().cpu().numpy()
                for k in range(0, len(images), some)
            ]
    finally:
        net.train(mode)
    return np.concatenate(parts)


def _answers(net: PatchNetwork, latent: NDArray[np.float32]) -> NDArray[np.float32]:
    import torch

    with torch.inference_mode():
        device = next(net.parameters()).device
        return np.asarray(net.answer(torch.as_tensor(latent).to(device)).float().cpu().numpy())


def _amount(source: Volume, edge: int) -> Amount:
    z, y, x = source.whole.shape
    planes = -(-z // cutting.BLOCK) * min(cutting.PLANES, z)
    return Amount(0.7 * planes * (y // edge) * (x // edge), float(edge**2), 0.0)


def _where(source: Volume) -> str:
    return (*source.paths, source.session)[0]


SPEC: Course[Volume, PatchNetwork] = PatchesCourse()
