"""What the command line shows people: each is a picture in text of what `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from neurofm.words import main_score

Facts = Mapping[str, Any]


def info(found: Facts) -> RenderableType:
    """A recording in a few lines, warnings last."""
    if "files" in found:
        return Group(*(Padding(info(each), (0, 0, 1 * (each is not found["files"][-1]), 0)) for each in found["files"]))
    names = ", ".join(f"{n} {name or 'unknown'}" for name, n in found.get("regions", {}).items())
    rate = f"{found['rate_hz']['median']:.1f} Hz in the middle" if found["units"] else ""
    grid = _grid()
    grid.add_row("units", f"{found['units']:,}", _joined(_ends(found["ids"]), names))
    grid.add_row("spikes", f"{found['spikes']:,}", rate)
    grid.add_row("time", duration(found["duration_s"]), _when(found))
    for name, s in found["series"].items():
        rate = f"{s['rate_hz']:.4g} Hz" if s["rate_hz"] else ""
        about = _joined(_features(s) if s["names"] != [name] else "", s["unit"], rate)
        grid.add_row(escape(name), f"{s['samples']:,}", about)
    for name, count in found["intervals"].items():
        grid.add_row(escape(name), f"{count:,}", "")
    head = Text.assemble((found["session"], "bold"), ("  " + _joined(found["subject"], found["path"]), "dim"))
    return Group(head, grid, *(Text(f"! {line}", "yellow") for line in found["warnings"]))


def choices(found: Sequence[Facts]) -> RenderableType:
    """Names and titles."""
    grid = _grid()
    for each in found:
        grid.add_row(each["name"], escape(each["title"]))
    return grid


def run(found: Facts) -> RenderableType:
    """How good a run is, and what it took."""
    grid = _grid()
    for name, scores in (found["metrics"].get("sessions") or {}).items():
        grid.add_row(escape(name), f"held-out {main_score(scores)}" if main_score(scores) else "")
    took = f"{found['steps']:,} steps in {duration(found['seconds'])}, {found['peak_mb']:,.0f} MB at most"
    return Group(Text.assemble((found["run"], "bold"), (f"  {found['model']} · {took}", "dim")), grid)


def written(found: Facts) -> RenderableType:
    """Which file holds how many rows."""
    scores = [f"{k} {number(v)}" for k, v in found["metrics"].items() if not isinstance(v, Mapping)]
    rows = f"{found['rows']:,} {found['space']} rows"
    return Text.assemble((found["out"], "bold"), "  " + _joined(rows, *scores))


def bench(found: Facts) -> RenderableType:
    """A table with the machine under it."""
    from neurofm.bench import _table

    return _table.render(dict(found))


def closed(found: Facts) -> RenderableType:
    """Nothing: the window has been shown."""
    return Text("", end="")


def duration(seconds: float) -> str:
    """ "45 s", "33 min 12 s", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if hours else f"{minutes} min {rest} s"


def number(value: Any) -> str:
    """A figure with as many digits as it deserves."""
    return f"{value:.3g}" if isinstance(value, float) else escape(str(value))


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan")
    grid.add_column()
    grid.add_column(style="dim")
    return grid


def _joined(*parts: str) -> str:
    return escape(" · ".join(part for part in parts if part))


def _ends(ids: Sequence[str]) -> str:
    return ", ".join(ids) if len(ids) <= 4 else f"{ids[0]} … {ids[-1]}"


def _features(series: Facts) -> str:
    names = series["names"]
    return ", ".join(names) if series["features"] <= 4 else f"{series['features']} from {names[0]} on"


def _when(found: Facts) -> str:
    pieces = f", in {found['spans']} stretches" if found["spans"] > 1 else ""
    return f"from {found['start_s']:.1f} to {found['stop_s']:.1f} s{pieces}" if found["spans"] else ""
