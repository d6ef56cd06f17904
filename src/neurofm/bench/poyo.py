"""Speed of POYO against torch_brain 0.2.1, with the same weights and windows, in one process of the peers' Python.

Sizes are the paper's single-session ones (1.3 M parameters). Ragged windows hold 30 to 300 units with lognormal rates
(median 8 Hz), flat ones 100 units of 10 Hz. A training step is forward and backward with dropout, without an optimiser.
Equality is measured in float64, where both can be exact, and the largest difference is relative to the largest value.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import neurofm
from neurofm.bench._table import Row, missing, ratio, row
from neurofm.errors import NeuroFMError
from neurofm.specs import BenchSpec

CASES = {"flat, 16 windows": (16, False), "ragged, 16 windows": (16, True), "ragged, 64 windows": (64, True)}


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Ratios of tokens a second, and differences of outputs and gradients."""
    python = peer_python(peer)
    if python is None:
        return [missing("POYO against torch_brain", "tokens/s", "no peers' environment; `make bench-peers` makes it")]
    measured = _measure(python, {"cases": CASES, "blocks": 3 if quick else 12, "seed": seed})
    rows = [row("outputs, float64", "both", "difference", measured["output"])]
    rows += [row("gradients, float64", "both", "difference", measured["gradient"])]
    for case, times in measured["times"].items():
        for kind in ("forward", "training step"):
            ours, theirs = times[kind]
            tokens = times["tokens"]
            rows.append(row(case, "NeuroFM", f"{kind}, tokens/s", [tokens / t for t in ours]))
            rows.append(row(case, "torch_brain", f"{kind}, tokens/s", [tokens / t for t in theirs]))
            rows.append(ratio(case, "NeuroFM / torch_brain", f"{kind}, speed", theirs, ours))
    return rows


def peer_python(peer: str | None) -> Path | None:
    """Python of the peers' environment: of the folder named, or `.peers` here."""
    folders = [Path(peer)] if peer else [Path(".peers")]
    return next((f / "bin/python" for f in folders if (f / "bin/python").exists()), None)


def _measure(python: Path, wanted: dict[str, object]) -> dict[str, Any]:
    script = Path(__file__).with_name("_poyo_peer.py")
    place = os.environ | {"PYTHONPATH": str(Path(neurofm.__file__).parents[1])}
    done = subprocess.run(
        [python, script], input=json.dumps(wanted), capture_output=True, text=True, env=place, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise NeuroFMError(f"torch_brain could not be measured ({last}); make the environment again: make bench-peers")
    return json.loads(done.stdout.splitlines()[-1])


SPEC = BenchSpec(title="Speed of POYO against torch_brain", run=run, timed=True)
