"""What a model decodes of each recording: of all the same, where they have something in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neurofm.data import Recording
from neurofm.data.target import CLASSES, RATES, Target, choose, targets
from neurofm.errors import DataError
from neurofm.runs import RunFolder
from neurofm.training.course import Plan


def one_for_all(plan: Plan) -> dict[str, Target]:
    """The target of each session, for networks that have one: the same, or that of the run that is adapted.

    Raises
    ------
    DataError, ValueError
        If a recording has no such target, or the model decodes none.
    """
    spec, data, base = plan.spec, plan.data, plan.base
    if spec.decodes == RATES and plan.target:
        raise ValueError(f"{spec.title} fills in activity and decodes no '{plan.target}'; leave the target out")
    nothing = not spec.supervised and not plan.target and not targets(data)
    if spec.decodes == RATES or (base.target.kind == RATES if base else nothing):
        return dict.fromkeys((r.session for r in data), Target(unit="Hz", kind=RATES))
    if base:
        return {r.session: _as_before(base, r, plan.target) for r in data}
    return dict.fromkeys((r.session for r in data), choose(data, plan.target, classes_first=spec.decodes == "class"))


def one_for_each(plan: Plan) -> dict[str, Target]:
    """The target of each session, for networks that can have several: its own, where they have none in common."""
    spec, data = plan.spec, plan.data
    free = spec.supervised and spec.decodes != RATES and plan.base is None and not plan.target
    if free and not targets(data) and all(targets([r]) for r in data):
        return {r.session: choose([r], classes_first=spec.decodes == "class") for r in data}
    return one_for_all(plan)


def listed(target_of: Mapping[str, Target], base: RunFolder | None) -> list[tuple[Target, list[str]]]:
    """Targets with the sessions that have them, in the order of their features in the network."""
    before = base.targets if base else []
    if len(before) == 1 and before[0][0] not in target_of.values():
        before = []  # the same features under another name
    sessions_of = {target: list(sessions) for target, sessions in before}
    for session, target in target_of.items():
        sessions_of.setdefault(target, []).append(session)
    return list(sessions_of.items())


def _as_before(base: RunFolder, recording: Recording, wanted: str) -> Target:
    """Of what a run decodes, the target of a recording that it is adapted to."""
    before = [target for target, _ in base.targets]
    for target in before:
        if target.series == wanted or (wanted == before[0].series and target.series in targets([recording])):
            own = choose([recording], target.series)
            same = set(own.names) <= set(target.names) if target.kind == CLASSES else own.names == target.names
            if same and own.kind == target.kind:
                return target
    return _renamed(before, recording, choose([recording], wanted))


def _renamed(before: Sequence[Target], recording: Recording, target: Target) -> Target:
    """A target with the features of the run's only one, under another name."""
    if len(before) > 1 or len(target.names) != len(before[0].names) or target.kind != before[0].kind:
        has = ", ".join(f"{t.series} ({len(t.names)})" for t in before)
        problem = f"with {len(target.names)} features is nothing that the run decodes; it decodes {has}"
        raise DataError(recording.session, target.series, problem)
    return target
