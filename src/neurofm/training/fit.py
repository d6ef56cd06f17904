"""Train a model on recordings, or adapt a trained one to new recordings."""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

import neurofm
from neurofm import registry
from neurofm.baseline import ridge_answer
from neurofm.data import Recording
from neurofm.data.advice import advise
from neurofm.data.split import Split, split
from neurofm.data.store import save
from neurofm.data.target import CLASSES, RATES, Target, choose, targets, told
from neurofm.errors import DataError, RunError
from neurofm.io import read_recording
from neurofm.metrics import scores
from neurofm.process import peak_mb
from neurofm.specs import ModelSpec, Schedule
from neurofm.training import checkpoint, vocab
from neurofm.training.loop import Loop, Step, check_device, quiet
from neurofm.training.run import FORMAT, Run
from neurofm.training.settings import fingerprint, settle
from neurofm.words import MAIN

Data = Sequence[Recording | str | Path] | Recording | str | Path
Splits = Mapping[str, Split]
Domains = Mapping[str, Any]
ADAPT = {"steps": 300, "hold": 0.3}


def train(
    model: str,
    recordings: Data,
    out: str | Path,
    *,
    seed: int = 0,
    device: str = "auto",
    settings: Mapping[str, Any] | None = None,
    resume: bool = False,
    step: Step | None = None,
    splits: Splits | None = None,
    domains: Domains | None = None,
) -> Run:
    """A run folder with a model trained on the recordings.

    Parameters
    ----------
    model : name, as in `neurofm list models`
    recordings : recordings or their paths
    out : folder to make; one that holds a run is only touched with `resume`
    seed : of the split, the weights, the sampling and the dropout
    settings : fields of the model's Config and of Schedule in place of their defaults
    resume : go on from the folder's last checkpoint, to the same numbers as if it had never stopped; refused if the
        folder's run was begun with another model, seed, data or settings than are given
    step : called as step(fraction, text, preview, metrics); may raise Stopped, the checkpoint is kept
    splits : by session name, in place of the file's own or a random one
    domains : by session name, (k, 2) seconds in which windows may lie, in place of the training time

    Raises
    ------
    DataError, RunError
        If a recording cannot be learned from, or the folder cannot be used.
    LookupError, ValueError
        For an unknown model or setting, or a value out of range.
    """
    spec = registry.get("neurofm.models", model)
    _check(seed, device)
    data = _recordings(recordings)
    wanted = {"model": model, "seed": seed, "base": None} | _given(spec, settings or {})
    run = _existing(Path(out), data, resume, device, wanted)
    if run is None:
        config, schedule = settle(spec, settings or {})
        plan = _plan(data, seed, splits or {})
        given = set(settings or {})
        config, schedule = _suited(spec, config, schedule, data, given)
        run = _begin(Path(out), data, model, asdict(config), schedule, seed, device, plan, domains or {}, given)
    return _fit(run, data, step or quiet, domains or {})


def finetune(
    run: Run | str | Path,
    recordings: Data,
    out: str | Path,
    *,
    units_only: bool = False,
    seed: int = 0,
    device: str = "auto",
    settings: Mapping[str, Any] | None = None,
    resume: bool = False,
    step: Step | None = None,
    splits: Splits | None = None,
    domains: Domains | None = None,
) -> Run:
    """A run folder with a trained model adapted to new recordings.

    With `units_only` (unit identification) only the vectors of units and sessions are learned, and the core stays as it
    was, to the bit. Otherwise the core follows after the first fifth of the steps. Other arguments as in `train`.
    """
    _check(seed, device)
    base = run if isinstance(run, Run) else Run(run, device)
    data = _recordings(recordings)
    spec = registry.get("neurofm.models", base.config["model"])
    wanted = {"seed": seed, "base": str(base.path.resolve())} | _given(spec, settings or {})
    made = _existing(Path(out), data, resume, device, wanted)
    if made is None:
        usual = ADAPT | ({"lr": 2e-2, "freeze": 1.0} if units_only else {"lr": 1e-3, "freeze": 0.2})
        _, schedule = settle(spec, usual | {"target": base.config["target"]["series"]} | dict(settings or {}))
        plan, sizes, model = _plan(data, seed, splits or {}), base.config["config"], base.config["model"]
        given = set(sizes) - {"window"}  # one that is too long for what is new may be shortened
        made = _begin(Path(out), data, model, sizes, schedule, seed, device, plan, domains or {}, given, base)
    return _fit(made, data, step or quiet, domains or {})


def _check(seed: int, device: str) -> None:
    """Refuse what is wrong on this machine before a folder is made."""
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    check_device(device)


def _recordings(given: Data) -> list[Recording]:
    """What was given, read where it is a path; names must differ."""
    items: Sequence[Any] = [given] if isinstance(given, Recording | str | Path) else given
    found = [item if isinstance(item, Recording) else read_recording(item) for item in items]
    names = [r.session for r in found]
    if not found:
        raise ValueError("give at least one recording to learn from")
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise ValueError(f"two recordings are called '{twice}'; rename one file, so that their units can be told apart")
    return found


def _given(spec: ModelSpec, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not left to their defaults, as a run writes them."""
    config, schedule = settle(spec, settings)
    return {name: value for name, value in (asdict(config) | asdict(schedule)).items() if name in settings}


def _suited(
    spec: ModelSpec, config: Any, schedule: Schedule, data: list[Recording], given: set[str]
) -> tuple[Any, Schedule]:
    """Width and steps as they were asked for, or as suit how much there is to learn from."""
    found = advise(spec.course, spec.effort, asdict(config) | asdict(schedule), data, given).settings
    width = spec.effort.width
    config = replace(config, **{width: found[width]}) if width in found else config
    return config, replace(schedule, steps=found.get("steps", schedule.steps))


def _existing(folder: Path, data: list[Recording], resume: bool, device: str, wanted: Mapping[str, Any]) -> Run | None:
    """The run to go on with, if the folder holds one."""
    if not (folder / "config.json").exists():
        return None
    if not resume:
        raise RunError(folder, "", "holds a run already; name another folder, or resume it")
    run = Run(folder, device)
    trained, given = sorted(d["session"] for d in run.config["data"]), sorted(r.session for r in data)
    if trained != given:
        raise RunError(folder, "data", f"was begun on {', '.join(trained)}, not on {', '.join(given)}; open these")
    begun = {**run.config["config"], **run.config["schedule"], "model": run.config["model"], "seed": run.config["seed"]}
    begun["base"] = (run.config["base"] or {}).get("path")
    for name, value in wanted.items():
        if begun.get(name) != value:
            raise RunError(folder, name, f"the run was begun with {begun.get(name)}, not {value}; name another folder")
    _same_files(run, data)
    return run


def _same_files(run: Run, data: list[Recording]) -> None:
    """Refuse to go on with a run once its data are others."""
    before = {d["session"]: d["sha256"] for d in run.config["data"]}
    for r in data:
        now = fingerprint(r)["sha256"]
        if now and before[r.session] and now != before[r.session]:
            raise RunError(run.path, "data", f"{r.session} has changed since the run was begun; name another folder")


def _plan(data: list[Recording], seed: int, splits: Splits) -> Splits:
    """What each recording is split into."""
    return {r.session: splits.get(r.session) or split(r, np.random.default_rng([seed, k])) for k, r in enumerate(data)}


def _begin(
    folder: Path, data: list[Recording], model: str, sizes: dict[str, Any], schedule: Schedule, seed: int,
    device: str, plan: Splits, domains: Domains, given: set[str], base: Run | None = None,
) -> Run:  # fmt: skip
    """Check everything that can be checked before training, then write what the run is."""
    spec = registry.get("neurofm.models", model)
    target_of = _targets(spec, data, schedule.target, base)
    several = list(dict.fromkeys(target_of.values()))
    course = importlib.import_module(f"neurofm.training.{spec.course}")
    labels = {name: s.train for name, s in plan.items()}
    sizes, notes = course.settle(data, sizes, target_of, labels | dict(domains), labels, given)
    if several[0].kind == RATES and spec.decodes != RATES:
        notes = [*notes, "there is no class or behaviour to read out; how well rates are rebuilt is the score"]
    known = checkpoint.read_json(base.path / "vocab.json") if base else None
    names = vocab.grow(known, data, by_name=spec.course == "windows") if known else vocab.begin(data)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint.write_json(folder / "vocab.json", names)
    checkpoint.write_text(folder / "recipe.py", _recipe(data, model, seed, sizes | asdict(schedule), base))
    header = {
        "format": FORMAT, "model": model, "config": sizes, "schedule": asdict(schedule), "seed": seed,
        "target": asdict(several[0]), "targets": _listed(target_of, base),
        "spaces": list(spec.spaces), "parts": list(spec.parts), "notes": notes,
        "data": [fingerprint(r) for r in data],
        "splits": {name: {k: v.tolist() for k, v in asdict(s).items()} for name, s in plan.items()},
        "base": {"path": str(base.path.resolve())} if base else None,
        "versions": {"neurofm": neurofm.__version__, "torch": version("torch"), "numpy": version("numpy")},
    }  # fmt: skip
    checkpoint.write_json(folder / "config.json", header)  # last: a folder without it is no run
    return Run(folder, device)


def _targets(spec: ModelSpec, data: list[Recording], wanted: str, base: Run | None) -> dict[str, Target]:
    """What is decoded of each session: of all the same, where they have something in common or it was asked for."""
    if spec.decodes == RATES and wanted:
        raise ValueError(f"{spec.title} fills in activity and decodes no '{wanted}'; leave the target out")
    nothing = not spec.supervised and not wanted and not targets(data)
    if spec.decodes == RATES or (base.target.kind == RATES if base else nothing):
        return dict.fromkeys((r.session for r in data), Target(unit="Hz", kind=RATES))
    if base:
        return {r.session: _as_known(base, r, wanted) for r in data}
    first = spec.decodes == "class"
    if spec.course == "windows" and not wanted and not targets(data) and all(targets([r]) for r in data):
        return {r.session: choose([r], classes_first=first) for r in data}
    return dict.fromkeys((r.session for r in data), choose(data, wanted, classes_first=first))


def _as_known(base: Run, recording: Recording, wanted: str) -> Target:
    """Of what a run decodes, the target of a recording that it is adapted to."""
    known = [target for target, _ in base.targets]
    for target in known:
        if target.series == wanted or (wanted == known[0].series and target.series in targets([recording])):
            found = choose([recording], target.series)
            same = set(found.names) <= set(target.names) if target.kind == CLASSES else found.names == target.names
            if same and found.kind == target.kind:
                return target
    target = choose([recording], wanted)
    if len(known) > 1 or len(target.names) != len(known[0].names) or target.kind != known[0].kind:
        has = ", ".join(f"{t.series} ({len(t.names)})" for t in known)
        problem = f"with {len(target.names)} features is nothing that the run decodes; it decodes {has}"
        raise DataError(recording.session, target.series, problem)
    return target


def _listed(target_of: Mapping[str, Target], base: Run | None) -> list[dict[str, Any]]:
    """Targets with the sessions that have them, in the order of their features in the network."""
    known = base.targets if base else []
    if len(known) == 1 and known[0][0] not in target_of.values():
        known = []  # the same features under another name
    found = {target: list(names) for target, names in known}
    for session, target in target_of.items():
        found.setdefault(target, []).append(session)
    return [asdict(target) | {"sessions": names} for target, names in found.items()]


def _fit(run: Run, data: list[Recording], step: Step, domains: Domains) -> Run:
    """All steps that are left, then weights, scores and a Run that holds them."""
    if run.metrics:
        return run  # it was finished already
    began = time.monotonic()
    schedule, seed = Schedule(**run.config["schedule"]), run.config["seed"]
    net = _network(run, data)
    batches = run.course.batches(net, run, data, domains)

    def watch(model: Any) -> tuple[dict[str, float], str | None]:
        return _preview(run, model, data)

    loop = Loop(net, batches, schedule, run.path, tables=net.tables, seed=seed, device=run.device, watch=watch)
    loop.resume()
    for note in run.config.get("notes", ()):
        step(0.0, note)
    try:
        loop.run(step)
    finally:  # one that was stopped predicts, too, as well as it can
        _finish(run, net, data)
        checkpoint.write_tensors(run.path / checkpoint.WEIGHTS, net.state_dict())
    run.__dict__["model"] = net.eval()  # no need to read it back
    found = _scores(run, data, step)
    took = {"steps": loop.step, "seconds": round(time.monotonic() - began, 2), "peak_mb": round(peak_mb(), 1)}
    checkpoint.write_json(run.path / "metrics.json", found | took)
    return run


def _network(run: Run, data: list[Recording]) -> Any:
    """The network to begin with: fresh, or that of the run it is adapted from with rows for what is new."""
    torch.manual_seed(run.config["seed"])
    base = run.config["base"]
    if base:
        net = Run(base["path"], "cpu").model
        net.adapt(checkpoint.read_json(run.path / "vocab.json"))
        core = [p for p in net.parameters() if not any(p is t for t in net.tables)]
        for p in core:
            p.requires_grad_(run.config["schedule"]["freeze"] < 1)
    else:
        net = run.blank()
    run.course.prepare(net, run, data)
    return net


def _finish(run: Run, net: Any, data: list[Recording]) -> None:
    """Fit what some networks fit to their latents once these are learned."""
    if hasattr(net, "finish"):
        run.course.finish(net, run, data)


def _preview(run: Run, model: Any, data: list[Recording]) -> tuple[dict[str, float], str]:
    """Score on some of the time for choosing, and what a front can draw of the model as it is now."""
    folder = run.path / "preview"
    run.__dict__["model"] = model
    _finish(run, model, data[:1])
    seen = run.course.preview(run, data[0])
    save(seen, folder / "trace.npz")
    if "unit" in run.spec.spaces:
        save(run.embed(data, of="unit"), folder / "units.npz")
    main = MAIN[seen.kind]
    found = seen.metrics or scores(seen.kind, seen.names, seen.truth, seen.values)
    return ({f"{main}_valid": found[main]} if main in found else {}), str(folder)


def _scores(run: Run, data: list[Recording], step: Step) -> dict[str, Any]:
    """Held-out scores of each session and in the mean, with that of ridge on smoothed counts beside it."""
    each = dict[str, dict[str, float]]()
    for r in data:
        step(1.0, f"scoring {r.session} on held-out time")
        each[r.session] = dict(run.predict(r).metrics)
        target, main = run.target_of(r.session)[0], MAIN[run.target_of(r.session)[0].kind]
        if main in each[r.session] and target.kind != RATES:
            sides = (run.spans(r.session, name) for name in ("train", "test"))
            beside = scores(target.kind, target.names, *ridge_answer(told(r, target), target.series, *sides))
            each[r.session][f"ridge_{main}"] = beside[main]
    shared = [name for name in next(iter(each.values())) if all(name in m for m in each.values())]
    main = MAIN[run.target.kind]
    wanted = [n for n in shared if n.removeprefix("ridge_") == main or run.target.kind == RATES]
    return {k: float(np.mean([m[k] for m in each.values()])) for k in wanted} | {"sessions": each}


def _recipe(data: list[Recording], model: str, seed: int, settings: Mapping[str, Any], base: Run | None) -> str:
    """A script that makes the run again."""
    paths = [list(r.paths) if len(r.paths) > 1 else (r.paths or (r.session,))[0] for r in data]
    call = f"nf.finetune({str(base.path)!r}" if base else f"nf.train({model!r}"
    return (
        '"""Makes this run again."""\n\nimport neurofm as nf\n\n'
        f"recordings = [nf.read(path) for path in {paths!r}]\n"
        f"settings = {dict(settings)!r}\n"
        f'run = {call}, recordings, "again", seed={seed}, settings=settings)\n'
    )
