"""Words that are said alike everywhere: what things are called, how many there are, and how good a model is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MAIN = {"values": "r2", "classes": "accuracy", "rates": "bits_per_spike"}  # the score that counts, by what is decoded
TITLES = {"r2": "R²", "accuracy": "accuracy", "bits_per_spike": "bits per spike"}
BESIDE = ("ridge",)  # simple decoders whose scores stand beside a model's, each before the score's name
ALL = "all_"  # before a score over all times, where the score of that name is over those that move
APART = 0.02  # of a score; figures that differ by less are one
SINGULAR = {"time": "moment"}  # of spaces that people call otherwise than the code


def thing(space: str) -> str:
    """What one thing of a space is called: "unit", "moment"."""
    return SINGULAR.get(space, space)


def things(space: str) -> str:
    """What several things of a space are called: "units", "moments"."""
    return f"{thing(space)}s"


def counted(count: int, space: str) -> str:
    """How many of what: "1 unit", "1,204 moments"."""
    return f"{count:,} {thing(space) if count == 1 else things(space)}"


def duration(seconds: float) -> str:
    """ "45 s", "33 min 12 s", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left} min" if hours else f"{minutes} min {rest} s"


def main_score(metrics: Mapping[str, Any], suffix: str = "") -> str:
    """The main score among some in words, "R² 0.42"; "" if there is none.

    Where rest counts for something, over what it is: "R² 0.35 while moving, 0.38 over all".

    Parameters
    ----------
    suffix : of its name ("_valid")
    """
    for name, title in TITLES.items():
        if name + suffix in metrics:
            whole = metrics.get(f"{ALL}{name}{suffix}")
            moving = "" if whole is None else " while moving"
            both = [f"{whole:.2f} over all"] if _differ(metrics, [name + suffix]) else []
            return ", ".join([f"{title} {metrics[name + suffix]:.2f}{moving}", *both])
    return ""


def outcome(metrics: Mapping[str, Any]) -> str:
    """How good a run is on time that it has not seen, simple decoders beside it: "R² 0.42 held out, ridge 0.40".

    Where rest makes a difference: "R² 0.35 held out while moving, ridge -0.48; over all 0.38, ridge -0.00".
    """
    for name, title in TITLES.items():
        if name in metrics:
            of = {"": name} | {word: f"{word}_{name}" for word in BESIDE if f"{word}_{name}" in metrics}
            where = " held out while moving" if ALL + name in metrics else " held out"
            told = [f"{title} {_figures(metrics, of, where)}"]
            if _differ(metrics, list(of.values())):
                told.append(f"over all {_figures(metrics, {word: ALL + each for word, each in of.items()})}")
            return "; ".join(told)
    return ""


def over(metrics: Mapping[str, Any]) -> str:
    """Over what the main score is."""
    if not any(ALL + name in metrics for name in TITLES):
        return "all held-out times"
    return f"held-out times at which the target moves ({100 * metrics['moving']:.0f} %)"


def _figures(metrics: Mapping[str, Any], of: Mapping[str, str], where: str = "") -> str:
    """Scores by the words before them, the first with what it is over."""
    figures = [f"{word} {metrics[name]:.2f}".strip() for word, name in of.items() if name in metrics]
    return ", ".join([figures[0] + where, *figures[1:]])


def _differ(metrics: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether any score over the times that move is another than over all."""
    return any(abs(metrics[ALL + name] - metrics[name]) >= APART for name in names if ALL + name in metrics)
