"""What the command line shows people: each is a picture in text of what `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from neurofm.specs import RECORDING
from neurofm.words import ALL, OF, TITLES, counted, duration, outcome, things

Facts = Mapping[str, Any]
HEAD = ("kind", "session", "subject", "path", "warnings", "findings")  # findings are among the warnings
FEW = 4  # names or scores that are all shown


def info(summary: Facts) -> RenderableType:
    """What a source says of itself in a few lines, warnings last; several under each other."""
    if "files" in summary:
        files = summary["files"]
        return Group(*(Padding(info(each), (0, 0, 1 * (each is not files[-1]), 0)) for each in files))
    recording = summary["kind"] == RECORDING
    kind = [] if recording else [summary["kind"]]
    about = _dotted(*kind, summary.get("subject", ""), summary["path"])
    head = Text.assemble((summary["session"], "bold"), (f"  {about}", "dim"))
    grid = _recording(summary) if recording else _anything(summary)
    return Group(head, grid, *(Text(f"! {line}", "yellow") for line in summary["warnings"]))


def _recording(summary: Facts) -> Table:
    """Units, spikes, time, behaviour and intervals, a line each."""
    names = ", ".join(f"{n} {name or 'unknown'}" for name, n in summary.get("regions", {}).items())
    rate = f"{summary['rate_hz']['median']:.1f} Hz in the middle" if summary["rate_hz"] else ""
    grid = _grid()
    grid.add_row("units", f"{summary['units']:,}", _dotted(_ends(summary["ids"]), names))
    grid.add_row("spikes", f"{summary['spikes']:,}", rate)
    grid.add_row("time", duration(summary["duration_s"]), _when(summary))
    for name, s in summary["series"].items():
        rate = f"{s['rate_hz']:.4g} Hz" if s["rate_hz"] else ""
        about = _dotted(_features(s) if s["names"] != [name] else "", s["unit"], rate)
        grid.add_row(escape(name), f"{s['samples']:,}", about)
    for name, count in summary["intervals"].items():
        grid.add_row(escape(name), f"{count:,}", "")
    return grid


def _anything(summary: Facts) -> Table:
    """A line for each thing that is said, but for what stands in the head and the warnings, and what is empty."""
    grid = _grid()
    for name, value in summary.items():
        if name not in HEAD and value not in ("", [], (), {}):
            grid.add_row(escape(_title(name)), _value(name, value))
    return grid


def _title(name: str) -> str:
    return name.removesuffix("_s").removesuffix("_share").replace("_", " ")


def _value(name: str, value: Any) -> str:
    """What is said under a name: seconds as a duration, shares of frames, a table as its pairs, a list as its items."""
    if name.endswith("_s") and isinstance(value, int | float):
        return duration(value)
    if name.endswith("_share") and isinstance(value, int | float):
        return f"in {100 * value:.3g} % of frames"
    if isinstance(value, Mapping):
        return ", ".join(f"{escape(str(key))} {_value(name, each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return escape(_ends([str(each) for each in value]))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else number(value)


def choices(entries: Sequence[Facts]) -> RenderableType:
    """Names and titles."""
    grid = _grid()
    for entry in entries:
        grid.add_row(entry["name"], escape(entry["title"]))
    return grid


def run(report: Facts) -> RenderableType:
    """How good a run is, and what it took."""
    grid = _grid()
    for name, scores in (report["metrics"].get("sessions") or {}).items():
        grid.add_row(escape(name), outcome({OF: report["metrics"].get(OF, "")} | scores))
    notes = (Text(f"! {line}", "yellow") for line in report.get("notes", ()))
    took = f"{report['steps']:,} steps in {duration(report['seconds'])}, {report['peak_mb']:,.0f} MB at most"
    about = f"{report['model']} · {took if report['seconds'] else 'imported'}"
    return Group(Text.assemble((report["run"], "bold"), (f"  {about}", "dim")), grid, *notes)


def written(report: Facts) -> RenderableType:
    """Which file holds how many rows, and what is to be known of them; of many scores of a kind but their mean."""
    metrics = report["metrics"]
    resting = [name for name in metrics if name.startswith(ALL)]
    each = [name for name in metrics if name.startswith(tuple(f"{main}_" for main in TITLES))]
    hidden = (*resting, "moving", *(each if len(each) > FEW else ()))
    shown = {k: v for k, v in metrics.items() if not isinstance(v, Mapping) and k not in hidden}
    scores = [f"{k} {number(v)}" for k, v in shown.items()]
    scores += [f"while moving, {number(metrics[name])} over all" for name in resting]
    scores += [f"mean of {len(each)}"] if len(each) > FEW else []
    rows = f"{report['rows']:,} {report['space']} rows"
    notes = (Text(line, "dim") for line in report.get("notes", ()))
    return Group(Text.assemble((report["out"], "bold"), "  " + _dotted(rows, *scores)), *notes)


def correspondence(report: Facts) -> RenderableType:
    """How many units were matched, how sure that is, and what could not be told."""
    found = ", ".join(f"{name} {number(share)}" for name, share in report["half_split"].items())
    halves = f"found again between halves: {found}" if found else ""
    head = _dotted(f"{report['matches']:,} of {report['pairs']:,} pairs match", f"by {report['by']}", halves)
    notes = (Text(line, "dim") for line in report["notes"])
    return Group(Text.assemble((report["out"], "bold"), f"  {head}"), Text(report["says"]), *notes)


def carried(report: Facts) -> RenderableType:
    """How well a decoder answers for another animal, by ways that use labels of that and by ways that use none."""
    grid, rows, other = _grid(), report["rows"], report["other"]
    for used, said in ((True, "with labels"), (False, "without labels")):
        some = sorted((row for row in rows if row["labels"] is used), key=lambda row: -row["accuracy"])
        for k, row in enumerate(some):
            spread = "" if row["sd"] is None else f" ± {row['sd']:.3f}"
            shuffled = f"permuted {row['permuted']:.3f}"
            grid.add_row(escape(said) if not k else "", f"{row['accuracy']:.3f}{spread}  {row['system']}", shuffled)
    halves = f"{rows[0]['n']:,} random halves" if rows[0]["n"] > 1 else "one random half"
    about = f"{halves} of its trials, with labels of the other half or without; chance {number(rows[0]['chance'])}"
    head = f"{report['target']} of {other} by a decoder of {report['one']}"
    return Group(Text.assemble((head, "bold"), (f"  {about}", "dim")), grid)


def located(report: Facts) -> RenderableType:
    """How many units have a place in an atlas that is sure, and what was told."""
    sure = f"{report['sure']:,} of {report['rows']:,} {things(report['space'])} placed at {report['fdr']:.0%} false"
    notes = (Text(line, "dim") for line in report["notes"])
    return Group(Text.assemble((report["out"], "bold"), f"  {report['animal']} in {report['atlas']}: {sure}"), *notes)


def bouts(report: Facts) -> RenderableType:
    """Which file holds how many bouts, and what differs in them between conditions, if that was asked for."""
    return Group(written(report), differences(report)) if "differences" in report else written(report)


def differences(report: Facts) -> RenderableType:
    """What animals of two conditions do otherwise, the surest first."""
    table = Table(box=None, padding=(0, 1), header_style="dim")
    for name in ("", report["first"], report["second"], "effect", "d", "corrected p"):
        table.add_column(escape(name), no_wrap=bool(name))
    for line in report["differences"]:
        sizes = (f"{line[key]:.2g}" if line[key] == line[key] else "" for key in ("effect", "d", "p_corrected"))
        table.add_row(escape(f"{line['behavior']}: {line['of']}"), line["a"], line["b"], *sizes)
    tests = dict.fromkeys(f"{line['test']}, {line['n_a']} and {line['n_b']} animals" for line in report["differences"])
    warnings = (Text(f"! {line}", "yellow") for line in report["warnings"])
    return Group(table, Text("; ".join(tests) + "; effect is rank-biserial, d Cohen's", "dim"), *warnings)


def cells(report: Facts) -> RenderableType:
    """Which file holds how many cells, and what regions hold, a column each."""
    table, rows = _grid(), report["regions"]
    for name in rows[0] if rows else ():
        table.add_row(escape(str(name)), *(number(row[name]) if row[name] == row[name] else "" for row in rows))
    return Group(written(report), table)


def probes(report: Facts) -> RenderableType:
    """Of each label what is read from which features, the best first."""
    grid, last = _grid(), ""
    for label in dict.fromkeys(line["label"] for line in report["probes"]):
        lines = [line for line in report["probes"] if line["label"] == label]
        for line in sorted(lines, key=lambda line: -line["value"]):
            told = "" if label == last else f"{label}, of {counted(line['judged'], line['of'])}"
            grid.add_row(escape(told), f"{line['score']} {line['value']:.3f}", escape(line["features"]))
            last = label
        grid.add_row("", f"{lines[0]['score']} {lines[0]['chance']:.3f}", "by chance")
    head = Text.assemble((report["session"], "bold"), (f"  {report['run']}, on what was held out", "dim"))
    one = "has but one class in what was learned from or held out"
    return Group(head, grid, *(Text(f"! {name} {one}", "yellow") for name in report["left_out"]))


def choosers(report: Facts) -> RenderableType:
    """How likely each model found what was chosen, the best first."""
    grid, models = _grid(), report["models"]
    for line in models:
        grid.add_row(escape(line["model"]), f"{line['log_likelihood']:.4f}")
    over = f"log-likelihood a trial, {models[0]['trials']:,} trials of {models[0]['subjects']:,} held-out subjects"
    return Group(Text.assemble((report["session"], "bold"), (f"  {report['run']}, {over}", "dim")), grid)


def bench(table: Facts) -> RenderableType:
    """A table with the machine under it."""
    from neurofm.bench import _table

    return _table.render(dict(table))


def films(report: Facts) -> RenderableType:
    """The files, a line each."""
    return Group(*(Text(path, "bold") for path in report["out"]))


def closed(report: Facts) -> RenderableType:
    """Nothing: the window has been shown."""
    return Text("", end="")


def number(value: Any) -> str:
    """A figure with as many digits as it deserves."""
    return f"{value:.3g}" if isinstance(value, float) else escape(str(value))


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan")
    grid.add_column()
    grid.add_column(style="dim")
    return grid


def _dotted(*parts: str) -> str:
    return escape(" · ".join(part for part in parts if part))


def _ends(ids: Sequence[str]) -> str:
    return ", ".join(ids) if len(ids) <= FEW else f"{ids[0]} … {ids[-1]}"


def _features(series: Facts) -> str:
    names = series["names"]
    return ", ".join(names) if series["features"] <= FEW else f"{series['features']} from {names[0]} on"


def _when(summary: Facts) -> str:
    pieces = f", in {summary['spans']} stretches" if summary["spans"] > 1 else ""
    return f"from {summary['start_s']:.1f} to {summary['stop_s']:.1f} s{pieces}" if summary["spans"] else ""
