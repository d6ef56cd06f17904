"""How models of graphs learn: from some nodes whose class is told, to name that of others.

All nodes and edges are read; the classes of nodes for choosing and of those that are held out are never seen. What is
told of nodes beside the class is not read: only `x` is. Graphs of one kind (`neurofm.nn.kinds`) are named by one
answer, and a graph of a kind that a model knows is read by it without any training.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Prediction
from neurofm.data.advice import Advice, Amount, advise
from neurofm.data.graph import LABEL, NODE, TEST, TRAIN, VALID, Graph
from neurofm.data.shown import several
from neurofm.data.split import Split
from neurofm.data.target import CLASSES, Target
from neurofm.errors import DataError, UnknownUnits
from neurofm.metrics import scores
from neurofm.runs import RunFolder
from neurofm.specs import Effort, Schedule
from neurofm.training import graphs, propagated
from neurofm.training.course import Course, Domains, Plan, Preview, Progress, Rows, Settled, Step
from neurofm.training.graphs import NOT_TOLD, Piece
from neurofm.training.latents import embedding
from neurofm.training.network import Network
from neurofm.transforms.structure import WIDTH

if TYPE_CHECKING:
    from torch import Tensor

    from neurofm.batch import Batch

USUAL = ("type", "region", "layer", "class")  # columns that are told unless another is asked for, the first there is
AT_ONCE = 5_000_000  # nodes and edges that go through the network at once; larger graphs go in parts
WATCHED = 2_000  # nodes of a graph looked at for a preview
MOST = 5_000  # nodes of a graph that tell a network what features are like
MAIN = "accuracy"


@runtime_checkable
class NodeNetwork(Network, Protocol):
    """Reads nodes of graphs: `x K` (node, feature) of each kind K, `place`, `edges`, `weight`, `label`.

    Attributes
    ----------
    kinds : features and classes of each kind of graph it knows
    hops : edges along which what a node is told can have come
    reads_place : whether it reads where nodes stand even if they have features
    """

    kinds: list[tuple[int, int]]
    hops: int
    reads_place: bool

    def begin(self, kind: int, x: Tensor) -> None:
        """Take from features (node, feature) of a kind that is new what a part may begin with; no label tells of it."""

    def latents(self, batch: Batch) -> Tensor:
        """(node, dim) what it thinks of each node."""


class NodesCourse:
    """The course of models that read nodes."""

    takes = Graph

    def split(self, source: Graph, rng: np.random.Generator) -> Split:
        """Rows of nodes as spans [row, row + 1): the first split of the source, or 60, 20 and 20 of each class.

        Where animals have the same named neurons, one that is held out is so in all of them.
        """
        for split in source.splits.values():
            if (split == TRAIN).any() and (split == TEST).any():
                return split_of(split)
        usual = _usual(source)
        told = graphs.column(source, usual) if usual else np.zeros(len(source.nodes), object)
        alike = np.unique(source.nodes[LABEL], return_inverse=True)[1] if source.named else np.arange(len(told))
        drawn = np.full(len(told), TRAIN, np.int8)
        for name in dict.fromkeys(told):
            every = rng.permutation(np.unique(alike[told == name]))
            fifth = max(round(0.2 * len(every)), 1) if len(every) > 2 else 0
            for part, some in ((TEST, every[:fifth]), (VALID, every[fifth : 2 * fifth])):
                drawn[np.isin(alike, some)] = part
        return split_of(drawn)

    def advise(
        self, effort: Effort, sizes: Mapping[str, Any], data: Sequence[Graph], given: Container[str] = ()
    ) -> Advice:
        """Steps that suit the number of graphs."""
        return advise(effort, sizes, [_amount(source, sizes["nodes"]) for source in data], given)

    def check_target(self, plan: Plan) -> None:
        """Refuse graphs without the classes that are to be learned."""
        for source in plan.data:
            _column(plan, source)

    def settle(self, plan: Plan) -> Settled:
        """What is told of which graphs, and of which kind each is."""
        for source in plan.data:
            _check(source, plan.splits[source.session])
        before: Mapping[str, Any] = plan.base.vocab if plan.base else {}
        columns = {source.session: _column(plan, source) for source in plan.data}
        kinds, of, notes = _kinds(plan, columns, list(before.get("kinds", [])))
        everywhere = dict(zip(before.get("sessions", []), before.get("of", []))) | of
        targets = [
            (_target(kind), [name for name, one in everywhere.items() if one == k]) for k, kind in enumerate(kinds)
        ]
        return Settled(
            sizes=plan.sizes, target=targets[of[plan.data[0].session]][0], targets=targets,
            notes=[*notes, *(note for source in plan.data for note in _notes(source))],
            vocab={"sessions": list(everywhere), "of": list(everywhere.values()), "kinds": kinds},
        )  # fmt: skip

    def prepare(self, run: RunFolder, net: NodeNetwork, data: Sequence[Graph]) -> None:
        """Tell the network what the features of each new kind are like; their scales are in the vocabulary."""
        import torch

        base = run.config["base"]
        known = len(RunFolder(base["path"]).vocab["kinds"]) if base else 0
        every: dict[int, list[NDArray[np.float32]]] = {}
        for source in data:
            for piece in _pieces(run, net, source):
                if piece.kind >= known:
                    every.setdefault(piece.kind, []).append(piece.x[:MOST])
        for kind, features in every.items():
            net.begin(kind, torch.as_tensor(np.concatenate(features)))

    def batches(
        self, run: RunFolder, net: NodeNetwork, data: Sequence[Graph], domains: Domains
    ) -> Callable[[int], Batch]:
        """Graphs behind each other, with as many nodes in each step; always the same ones if all fit."""
        schedule, seed = Schedule(**run.config["schedule"]), run.config["seed"]
        most = run.config["config"]["nodes"]
        every = [piece for source in data for piece in _learned(run, net, source)]
        sizes = np.array([min(len(piece.rows), most) for piece in every])
        tokens = min(round(schedule.batch * sizes.mean()), int(sizes.sum()))
        if tokens == sum(len(piece.rows) for piece in every):
            whole = graphs.together(every)
            return lambda step: whole

        def batch(step: int) -> Batch:
            return graphs.together(graphs.draw(every, tokens, most, np.random.default_rng([seed, 1, step])))

        return batch

    def finish(self, run: RunFolder, net: NodeNetwork, data: Sequence[Graph]) -> None:
        """Nothing is fitted to what was learned."""

    def preview(self, run: RunFolder, net: NodeNetwork, source: Graph) -> Preview:
        """How many nodes for choosing are named right by now, and a map of some nodes."""
        rng, pieces = np.random.default_rng(0), _pieces(run, net, source)
        piece = graphs.sample(pieces[0], WATCHED, rng)
        said, latent = _ask(net, piece)
        valid = np.isin(piece.rows, _part(run, source, "valid"))
        labels = [source.names[row] for row in piece.rows]
        shown = {"nodes": embedding(run, [source], [Rows(piece.rows, latent, labels)], NODE)}
        names = run.target_of(source.session)[0].names
        return Preview(shown=shown, scores=scores(CLASSES, names, _hot(piece.label, said)[valid], said[valid]))

    def scores(self, run: RunFolder, net: NodeNetwork, data: Sequence[Graph], step: Step) -> dict[str, Any]:
        """Accuracy on held-out nodes beside that of logistic regression, of the mean of neighbours, and of chance."""
        each: dict[str, dict[str, float]] = {}
        for source in data:
            parts = [_part(run, source, name) for name in ("train", "valid", "test")]
            if len(parts[2]):
                step(1.0, f"scoring {source.session} on nodes that are held out")
                own = dict(self.predict(run, net, source).metrics)
                each[source.session] = own | propagated.beside(_pieces(run, net, source), *parts) if own else own
        shared = [name for name in next(iter(each.values()), {}) if all(name in one for one in each.values())]
        mean = {name: float(np.mean([one[name] for one in each.values()])) for name in shared}
        return mean | {"over": "nodes that are held out", "sessions": each}

    def predict(
        self, run: RunFolder, net: NodeNetwork, source: Graph, *, progress: Progress | None = None
    ) -> Prediction:
        """How probable each class is for each node."""
        target = run.targets[_kind(run, source)][0]
        said, _ = _all(run, net, source, progress)
        truth = _hot(graphs.labels(source, target.series, target.names), said)
        held_out = np.ones(len(said), bool)
        if source.session in run.config["splits"]:
            held_out = np.isin(np.arange(len(said)), _part(run, source, "test"))
        return Prediction(
            session=source.session, target=target.series, space=NODE, times=np.full(len(said), np.nan),
            ids=np.arange(len(said)), values=said, truth=truth, held_out=held_out, names=target.names, kind=CLASSES,
            metrics=scores(CLASSES, target.names, truth[held_out], said[held_out]), run=str(run.path),
        )  # fmt: skip

    def embed(
        self, run: RunFolder, net: NodeNetwork, source: Graph, of: str, part: str, progress: Progress | None
    ) -> Rows:
        """What the network thinks of each node."""
        _, latent = _all(run, net, source, progress)
        return Rows(np.arange(len(latent)), latent, source.names)


def split_of(split: NDArray[np.int8]) -> Split:
    """Spans [row, row + 1) of the nodes to train on, to choose by and held out."""
    parts = (np.flatnonzero(split == part) for part in (TRAIN, VALID, TEST))
    return Split(*(rows[:, None] + np.array([0.0, 1.0]) for rows in parts))


# ---- what is learned


def _usual(source: Graph) -> str:
    """The column that is told unless another is asked for; "" if there is none."""
    there = source.classes()
    return next((name for name in USUAL if name in there), next(iter(there), ""))


def _column(plan: Plan, source: Graph) -> str:
    """The column that is told of a graph: the one asked for, that of the run which is adapted, or the usual one."""
    there, wanted = source.classes(), plan.target
    if wanted in there:
        return wanted
    if wanted and not (plan.base and wanted == plan.base.target.series):
        raise LookupError(f"nodes of {source.session} have no classes '{wanted}'; there are {several(there) or 'none'}")
    if not there:
        problem = "have no column of classes, such as type or region, to learn; add one"
        raise DataError(source.origin, "nodes", problem)
    return _usual(source)


def _check(source: Graph, split: Split) -> None:
    """Refuse a graph of nothing, and a split in which a node is twice or not at all."""
    if not len(source.nodes):
        raise DataError(source.origin, "nodes", "are none; check what file this is")
    rows = np.concatenate([_rows(part) for part in (split.train, split.valid, split.test)])
    twice = len(rows) - len(np.unique(rows))
    if twice:
        problem = f"has {twice} nodes in two parts, so that what is learned would be judged; put each into one"
        raise DataError(source.origin, "split", problem)
    strange = rows[(rows < 0) | (rows >= len(source.nodes))]
    if len(strange):
        problem = f"names node {strange[0]}, of {len(source.nodes)}; make it for this graph"
        raise DataError(source.origin, "split", problem)


def _kinds(
    plan: Plan, columns: Mapping[str, str], kinds: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, int], list[str]]:
    """All kinds of graphs, those known before first; of which each source is; and what a user should know."""
    groups: dict[tuple[Any, ...], list[Graph]] = {}
    for source in plan.data:
        own = source.session if source.nameless else ""
        groups.setdefault((source.features, columns[source.session], own), []).append(source)
    of, notes = dict[str, int](), list[str]()
    before: Mapping[str, int] = dict(zip(plan.base.vocab["sessions"], plan.base.vocab["of"])) if plan.base else {}
    for (features, column, own), data in groups.items():
        told = {source.session: graphs.column(source, column) for source in data}
        classes = sorted({str(name) for words in told.values() for name in words} - {""})
        notes += _check_told(data, column, classes, told, plan.splits)
        able = [k for k, kind in enumerate(kinds) if _knows(kind, features, column, classes)]
        number = next((k for k in able if not own or before.get(own) == k), len(kinds))
        if number == len(kinds):
            about = {"features": list(features), "target": column, "classes": classes}
            kinds.append(about | {"width": len(features) or WIDTH} | graphs.scale(data))
        of |= {source.session: number for source in data}
    return kinds, of, notes


def _knows(kind: Mapping[str, Any], features: Sequence[str], column: str, classes: Sequence[str]) -> bool:
    alike = (tuple(kind["features"]), kind["target"]) == (tuple(features), column)
    return alike and set(classes) <= set(kind["classes"])


def _check_told(
    data: Sequence[Graph], column: str, classes: Sequence[str], told: Mapping[str, NDArray[Any]],
    splits: Mapping[str, Split],
) -> list[str]:  # fmt: skip
    """Refuse what tells no two classes apart, or is told by itself; note the classes that nothing tells of."""
    first, where = data[0].origin, ", ".join(source.session for source in data)
    if column in data[0].features:
        raise DataError(first, "features", f"hold '{column}', which is to be learned; leave it out of them")
    learned = {name for s in data for name in told[s.session][_rows(splits[s.session].train)]} - {""}
    if len(learned) < 2:
        has = f"nodes of {next(iter(learned))} alone" if learned else "no node of a known class"
        raise DataError(first, column, f"has {has} to learn from; choose another column or split")
    lost = [name for name in classes if name not in learned]
    notes = [f"{where}: no node to learn from is of {', '.join(lost)}, so none is called that"] if lost else []
    bare = sum(int((words == "").sum()) for words in told.values())
    return [*notes, *([f"{where}: {column} of {bare:,} nodes is not known; they are read alone"] if bare else [])]


def _notes(source: Graph) -> Iterator[str]:
    """What is read otherwise than it is in the file."""
    if not source.x.shape[1]:
        yield f"{source.session} has no features: degrees, walks and vectors of its edges stand in for them"
    weights = source.weights()
    if not np.isfinite(weights).all():
        yield f"{source.session}: {int((~np.isfinite(weights)).sum()):,} weights are not known and count as 0"
    if (weights < 0).any():
        yield f"{source.session}: {int((weights < 0).sum()):,} weights are below 0 and count by their size"
    loops = int((source.edges[0] == source.edges[1]).sum())
    if loops:
        yield f"{source.session}: {loops:,} edges lead from a node to itself"


def _target(kind: Mapping[str, Any]) -> Target:
    return Target(series=kind["target"], names=tuple(kind["classes"]), kind=CLASSES)


def _amount(source: Graph, most: int) -> Amount:
    seen = min(most / max(len(source.nodes), 1), 1.0)
    return Amount(1.0 * len(source.subjects), seen * len(source.nodes), seen * source.edges.shape[1])


# ---- what is read and said


def _rows(spans: NDArray[Any]) -> NDArray[np.int64]:
    return np.asarray(spans, float).reshape(-1, 2)[:, 0].astype(np.int64)


def _part(run: RunFolder, source: Graph, name: str) -> NDArray[np.int64]:
    """Rows of the nodes for "train", "valid" or "test"."""
    return _rows(run.split(source.session, name))


def _kind(run: RunFolder, source: Graph) -> int:
    """Of which kind a graph is: as it was learned, or that whose features bear the same names."""
    known = dict(zip(run.vocab["sessions"], run.vocab["of"]))
    kinds = run.vocab["kinds"]
    alike = [k for k, kind in enumerate(kinds) if tuple(kind["features"]) == source.features]
    number = known.get(source.session, alike[0] if alike and not source.nameless else -1)
    if number not in alike:
        wants = " or ".join(dict.fromkeys(several(kind["features"]) or "none" for kind in kinds))
        has = f"{len(source.features):,} without names" if source.nameless else several(source.features) or "none"
        raise UnknownUnits(f"the model reads features {wants}, and {source.session} has {has}; adapt it to this first")
    return number


def _pieces(run: RunFolder, net: NodeNetwork, source: Graph) -> list[Piece]:
    both, number = run.config["config"]["both"], _kind(run, source)
    return graphs.pieces(source, run.vocab["kinds"], number, both=both, place=net.reads_place)


def _learned(run: RunFolder, net: NodeNetwork, source: Graph) -> list[Piece]:
    """Pieces with the labels of the nodes to train on alone; without those that have none."""
    train = _part(run, source, "train")
    hidden = (graphs.only(piece, train) for piece in _pieces(run, net, source))
    return [piece for piece in hidden if (piece.label != NOT_TOLD).any()]


def _all(
    run: RunFolder, net: NodeNetwork, source: Graph, progress: Progress | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Chances (node, class) and latents (node, dim) of all nodes of a source."""
    each = [_said(net, piece) for piece in _progressing(_pieces(run, net, source), progress)]
    said, latent = (np.concatenate([one[k] for one in each]) for k in (0, 1))
    return said, latent


def _progressing(several: Sequence[Piece], progress: Progress | None) -> Iterator[Piece]:
    for k, piece in enumerate(several, 1):
        yield piece
        if progress:
            progress(k / len(several))


def _said(net: NodeNetwork, piece: Piece) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of one piece, in parts that hold all that a node can be told of if it is too large."""
    if len(piece.rows) + piece.edges.shape[1] <= AT_ONCE:
        return _ask(net, piece)
    each = []
    for some, wanted in graphs.parts(piece, net.config.nodes, net.hops):
        said, latent = _ask(net, some)
        each.append((said[wanted], latent[wanted]))
    return np.concatenate([one[0] for one in each]), np.concatenate([one[1] for one in each])


def _ask(net: NodeNetwork, piece: Piece) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Chances and latents of a piece, without dropout and gradients."""
    import torch

    mode, device = net.training, next(net.parameters()).device
    net.eval()
    try:
        with torch.inference_mode():
            output = net(graphs.together([piece]).to(device))
    finally:
        net.train(mode)
    return output.prediction.softmax(-1).float().cpu().numpy(), output.latent.float().cpu().numpy()


def _hot(label: NDArray[np.int64], said: NDArray[np.float32]) -> NDArray[np.float64]:
    """(node, class) 1 for the true class, else 0; NaN where it is not known."""
    return np.where(label[:, None] >= 0, np.eye(said.shape[1])[label], np.nan)


SPEC: Course[Graph, NodeNetwork] = NodesCourse()
