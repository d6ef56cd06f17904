"""Speed and memory of training steps: our networks against their reference implementations, with equal weights.

Swap-VAE, EIT and MtM run beside copies of their papers' code at the papers' sizes (MtM with 300 units), POYO beside
torch_brain on ragged windows of five sessions. A step is forward pass, loss, backward pass and optimiser, each side's
own, with dropout and the same hidden parts; blocks of steps take turns, and a ratio is the median over blocks. Equality
is measured in float64 without dropout, relative to the largest value.

Memory is what a step of ours adds at its peak to a process at rest, and whether it grows in line with the tokens. Last
come the minutes that every model needs with all its defaults on the demo's recordings, from the median of some steps.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import neurofm
from neurofm import progress, registry
from neurofm.bench import poyo
from neurofm.bench._table import Row, missing, ratio, row
from neurofm.errors import NeuroFMError
from neurofm.specs import BenchSpec
from neurofm.synthetic import demo

REFERENCES = {
    "SwapVAE": ("nerdslab/SwapVAE", "f43e59c"), "EIT": ("nerdslab/EIT", "eeead59"),
    "IBL_foundation_model": ("colehurwitz/IBL_foundation_model", "e0c39bd"),
}  # fmt: skip
CASES = {
    "Swap-VAE": ("SwapVAE", "swap_vae", 24, 20), "EIT": ("EIT", "eit", 16, 4),
    "EIT, equal sequences each for itself": ("EIT", "eit, every sequence", 16, 4),
    "MtM": ("IBL_foundation_model", "mtm", 12, 1), "MtM, causal": ("IBL_foundation_model", "mtm, causal", 0, 1),
}  # fmt: skip
NOTES = {
    "EIT": "equal sequences of a unit are looked at once",
    "MtM": "learned positions; their loss is divided by how much is hidden; most of a step is products both must take",
    "MtM, causal": "not equal: there the prefix sees all bins and tells earlier ones of later ones; not so in ours",
}
MULTI = "POYO, 16 ragged windows of 5 sessions"
TIMES = (1, 2, 4)  # as many tokens


def run(paths: Sequence[str], quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """Differences, milliseconds and ratios by part of a step, and memory by number of tokens."""
    rows = [line for case in progress.each(CASES, "case") for line in _against(case, quick, seed, peer)]
    return [*rows, *_poyo(quick, seed, peer), *_memory(quick, seed), *_defaults(quick, seed)]


def _against(case: str, quick: bool, seed: int, peer: str | Path | None) -> Iterator[Row]:
    name, pair, blocks, repeats = CASES[case]
    place, commit = REFERENCES[name]
    python, folder = poyo.peer_python(str(peer) if peer else None), Path(peer or ".peers") / "reference" / name
    if python is None or not folder.is_dir():
        environment = "" if python else "make bench-peers; "
        copy = f"git clone https://github.com/{place} {folder} && git -C {folder} checkout {commit}"
        yield missing(case, "training step", f"no copy of the reference: {environment}{copy}")
        return
    wanted = {"seed": seed, "pair": pair, "folder": str(folder), "blocks": blocks, "repeats": repeats}
    if quick:
        wanted |= {"blocks": min(blocks, 2), "repeats": 1} | ({"more": {"trials": 2}} if "mtm" in pair else {})
    measured = _call([python, Path(__file__).with_name("_population_peer.py")], wanted)
    for of, value in measured["apart"].items():
        yield row(case, "both", f"difference of {of}", value, "", NOTES.get(case, ""))
    for part, (ours, theirs) in measured.get("times", {}).items():
        yield row(case, "NeuroFM", part, [1e3 * t for t in ours], "ms")
        yield row(case, place, part, [1e3 * t for t in theirs], "ms", f"at {commit}")
        yield ratio(case, "NeuroFM / reference", f"{part}, speed", theirs, ours, NOTES.get(case, ""))


def _poyo(quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """The ragged rows of the bench of POYO alone: its windows come from five sessions."""
    python = poyo.peer_python(str(peer) if peer else None)
    if python is None:
        return [missing(MULTI, "training step", "no peers' environment; `make bench-peers` makes it")]
    measured = poyo._measure(python, {"cases": {MULTI: (16, True)}, "blocks": 2 if quick else 12, "seed": seed})
    times, rows = measured["times"][MULTI], [row(MULTI, "both", "difference of outputs", measured["output"])]
    for kind in ("forward", "training step"):
        ours, theirs = times[kind]
        rows.append(row(MULTI, "NeuroFM", f"{kind}, tokens/s", [times["tokens"] / t for t in ours]))
        rows.append(row(MULTI, "torch_brain", f"{kind}, tokens/s", [times["tokens"] / t for t in theirs]))
        rows.append(ratio(MULTI, "NeuroFM / torch_brain", f"{kind}, speed", theirs, ours))
    return rows


def _memory(quick: bool, seed: int) -> Iterator[Row]:
    """Peaks of a step, each in a process of its own, and of a token."""
    for title, model in {"POYO, spikes of 16 windows": "poyo", "MtM, bins of 16 trials": "mtm"}.items():
        each: dict[int, list[float]] = {}
        for times in (TIMES[0], TIMES[-1]) if quick else TIMES:
            call = [sys.executable, "-m", "neurofm.bench._step_peak", model, str(times), str(seed)]
            steps = [_call(call, {}) for _ in range(1 if quick else 3)]
            peaks, tokens = [f["mb"] for f in steps], steps[0]["tokens"]
            each[times] = [mb / tokens for mb in peaks]
            yield row(title, "NeuroFM", "peak of a step above rest", peaks, "MB", f"{tokens:,} tokens")
        first, last = TIMES[0], TIMES[-1]
        note = f"1 in line with tokens, less where a part is fixed, {last // first} for their square"
        yield ratio(title, f"{last}x / {first}x tokens", "peak a token", each[last], each[first], note)


def _defaults(quick: bool, seed: int) -> Iterator[Row]:
    from neurofm import training

    recordings = demo.demo(seed, 60.0 if quick else 300.0)
    for name in registry.names("neurofm.models"):
        settings, marks = {"until": 6 if quick else 60}, list[float]()
        watch = partial(_mark, marks)
        with tempfile.TemporaryDirectory() as folder:
            place = f"{folder}/run"
            run = training.train(name, recordings, place, seed=seed, device="cpu", settings=settings, step=watch)
        steps = run.config["schedule"]["steps"]
        minutes = float(np.median(np.diff(marks))) * steps / 60
        note = f"{steps:,} steps, without previews"
        yield row("demo, all defaults", name, "minutes of training", minutes, "min", note)


def _mark(marks: list[float], *_: Any, **__: Any) -> None:
    marks.append(time.monotonic())


def _call(command: Sequence[str | Path], wanted: dict[str, Any]) -> dict[str, Any]:
    place = os.environ | {"PYTHONPATH": str(Path(neurofm.__file__).parents[1])}
    done = subprocess.run(command, input=json.dumps(wanted), capture_output=True, text=True, env=place, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NeuroFMError(f"a training step could not be measured ({last}); make the peers again: make bench-peers")
    return dict(json.loads(done.stdout.splitlines()[-1]))


SPEC = BenchSpec(title="Training steps against reference implementations", run=run, timed=True)
