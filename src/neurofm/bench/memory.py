"""Whether training needs more memory for a longer recording."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from neurofm import progress
from neurofm.bench import _table
from neurofm.errors import NeuroFMError
from neurofm.specs import BenchSpec

SECONDS = {"10 min": 600, "1 h": 3600, "4 h": 14400}


def run(paths: list[Any], quick: bool, seed: int, peer: str | Path | None) -> list[_table.Row]:
    """Peak of the private memory, and of all, of a short training, each in a process of its own."""
    rows, private = [], {}
    cases = dict(list(SECONDS.items())[: 2 if quick else 3])
    with tempfile.TemporaryDirectory() as folder:
        for case, seconds in progress.each(cases.items(), "length"):
            written = _call("write", f"{folder}/{case}.h5", seconds, seed)
            peaks = [_call("train", written["path"], 10 if quick else 40, seed) for _ in range(1 if quick else 3)]
            Path(written["path"]).unlink()
            private[case] = [line["private_mb"] for line in peaks]
            note = f"{written['spikes']:,} spikes, {written['mb']:.0f} MB on disk"
            rows.append(_table.row(case, "train poyo", "peak private memory", private[case], "MB", note))
            rows.append(_table.row(case, "train poyo", "peak memory", [line["peak_mb"] for line in peaks], "MB"))
    first, *_, last = cases
    share = [b / a for a, b in zip(private[first], private[last])]
    return [*rows, _table.row(f"{last} / {first}", "train poyo", "peak private memory", share, "x")]


def _call(*words: Any) -> dict[str, Any]:
    call = [sys.executable, "-m", "neurofm.bench._peak", *map(str, words)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NeuroFMError(f"a training ended early ({(done.stderr.strip().splitlines() or ['no words'])[-1]})")
    return dict(json.loads(done.stdout.splitlines()[-1]))


SPEC = BenchSpec(title="Memory of a training and the length of the recording", run=run, timed=True)
