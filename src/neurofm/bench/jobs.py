"""What a window costs a job and a job a window: steps, stalls, and how long a cancel takes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from neurofm import io
from neurofm.app.jobs import Jobs
from neurofm.bench import _table, _window
from neurofm.bench._gated import BLOCK, Keeper
from neurofm.errors import NeuroFMError, Stopped
from neurofm.specs import BenchSpec
from neurofm.synthetic.demo import demo

WINDOW = "napari_neurofm.bench.stall"


def run(paths: list[Any], quick: bool, seed: int, peer: str | Path | None) -> list[_table.Row]:
    """A training step in a worker against a plain script, the longest stall of the window, and cancels."""
    rows = _cancel(2 if quick else 10, seed)
    if not _window.command(WINDOW):
        return [*rows, _table.missing("window", "step and stall", _window.NO_DISPLAY)]
    return [*rows, *_stalls(5.0 if quick else 30.0), *_steps(3 if quick else 20, seed)]


def _steps(blocks: int, seed: int) -> list[_table.Row]:
    """Blocks of steps take turns; while the plain script works, window and worker are frozen."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = [str(io.save_cached(recording)) for recording in demo(seed)]
        settings = {"steps": BLOCK * (4 * blocks + 10)}
        order = {"model": "poyo", "recordings": files, "out": str(folder / "plain"), "settings": settings, "seed": seed}
        (folder / "plain.json").write_text(json.dumps(order), encoding="utf-8")
        asked = order | {"out": str(folder / "worker"), "data": files}
        del asked["recordings"]
        (folder / "worker.json").write_text(json.dumps(asked), encoding="utf-8")
        gates = {name: Keeper(folder / f"{name} gate") for name in ("worker", "plain")}
        call = [sys.executable, "-m", "neurofm.bench._gated"]
        plain = subprocess.Popen(
            [*call, str(folder / "plain gate"), str(folder / "plain.json")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            with _window.Window(
                [*_window.command(WINDOW), "host", str(folder / "worker.json"), *call, str(folder / "worker gate")]
            ) as window:
                for keeper in gates.values():
                    keeper.times()  # the first block warms up
                return [row for how in ("rest", "pan") for row in _compare(window, gates, how, blocks)]
        finally:
            plain.kill()
            plain.wait()
            for keeper in gates.values():
                keeper.close()


def _compare(window: _window.Window, gates: dict[str, Keeper], how: str, blocks: int) -> list[_table.Row]:
    spent: list[float] = []

    def ours() -> float:
        before, start = window.ask(how)["cpu"], time.perf_counter()
        seconds = gates["worker"].block()
        spent.append((window.ask(how)["cpu"] - before) / (time.perf_counter() - start))
        return 1e3 * seconds

    def theirs() -> float:
        window.freeze()
        try:
            return 1e3 * gates["plain"].block()
        finally:
            window.thaw()

    ours(), theirs()
    spent.clear()
    worker, plain = _table.interleave(ours, theirs, blocks)
    case = "window rests" if how == "rest" else "window is panned"
    return [
        _table.row(case, "plain script", "training step", plain, "ms"),
        _table.row(case, "worker", "training step", worker, "ms"),
        _table.ratio(case, "worker / plain script", "training step, median of blocks", worker, plain),
        _table.row(case, "window", "cores it takes", spent, "cores"),
    ]


def _stalls(seconds: float) -> list[_table.Row]:
    with _window.Window([*_window.command(WINDOW), "stall", str(seconds)]) as window:
        lines = [window.first, *(window.ask("next") for _ in range(2))]
    rows = []
    for line in lines:
        note = f"99.9 % under {line['p999_ms']:.0f} ms; its own work {line['work_ms']:.0f} ms at most"
        rows.append(
            _table.row(line["case"], "window", "longest stall", line["longest_ms"], "ms", note) | {"n": line["n"]}
        )
    return rows


def _cancel(times: int, seed: int) -> list[_table.Row]:
    """Seconds from `stop` until no process of the job is left, while it trains."""
    files = [str(io.save_cached(recording)) for recording in demo(seed)]
    answered, gone, left = [], [], 0
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            jobs, others = Jobs(folder), set(_children())
            try:
                job = jobs.submit("train", {"model": "poyo", "data": files, "out": f"{folder}/run"}, fresh=True)
                started = [child for child in _children() if child not in others]
                _until(lambda job=job: bool(job.metrics) or job.over, 120)
                start = time.perf_counter()
                job.stop()
                answered.append(1e3 * (time.perf_counter() - start))
                with suppress(Stopped):
                    _until(lambda started=started: not any(map(_alive, started)), 10)
                gone.append(time.perf_counter() - start)
                left += sum(map(_alive, started))
            finally:
                jobs.close()
    case = "cancel while training"
    return [
        _table.row(case, "job", "the call takes", answered, "ms"),
        _table.row(case, "job", "until no process is left", gone, "s", f"longest {max(gone):.2f} s"),
        _table.row(case, "job", "processes left", left) | {"n": times},
    ]


def _children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def _until(condition: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise NeuroFMError(f"nothing happened in {seconds:.0f} s; look at the job's log")
        time.sleep(0.002)


def _alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


SPEC = BenchSpec(title="Jobs beside a window: step, stall, cancel", run=run, timed=True)
