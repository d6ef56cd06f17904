"""Words that are said alike everywhere: what things are called, how many there are, and how good a model is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MAIN = {"values": "r2", "classes": "accuracy", "rates": "bits_per_spike"}  # the score that counts, by what is decoded
TITLES = {
    "dice": "Dice", "r2": "R²", "accuracy": "accuracy", "bits_per_spike": "bits per spike",
    "log_likelihood": "log-likelihood",
}  # fmt: skip
BESIDE = {  # simple ways that anybody could take, by what their scores begin with
    "ridge": "ridge", "mlp": "MLP", "poisson": "Poisson regression", "factor": "factor analysis",
    "logistic": "one logistic for all", "person": "one logistic a person", "q_all": "one Q-learning for all",
    "q_likely": "Q-learning, most likely", "q_probable": "Q-learning, most probable", "forest": "random forest",
    "majority": "most frequent class", "features": "logistic on features", "propagated": "logistic on neighbours too",
}  # fmt: skip
OF = "of"  # among the scores, of what they are where the name of the target does not tell
ALL = "all_"  # before a score over all times, where the score of that name is over those that move
APART = 0.02  # of a score; figures that differ by less are one
SINGULAR = {"time": "moment", "match": "pair"}  # of spaces that people call otherwise than the code


def thing(space: str) -> str:
    """What one thing of a space is called: "unit", "moment"."""
    return SINGULAR.get(space, space)


def things(space: str) -> str:
    """What several things of a space, or sources of a kind, are called: "units", "moments", "patches", "tracks"."""
    one = thing(space)
    return one if one.endswith("s") else f"{one}es" if one.endswith("ch") else f"{one}s"


def a_kind(kind: str) -> str:
    """A source of a kind behind "holds": "a recording", "an ethogram", "tracks"."""
    return kind if kind.endswith("s") else f"an {kind}" if kind[0] in "aeio" else f"a {kind}"


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
    """How good a run is on time that it has not seen, the best of the simple ways beside it.

    As "R² 0.42 held out, ridge 0.40", or "R² 0.42 held out, MLP does better: 0.45"; where the mean of all is a better
    answer than either, "R² -0.42 held out, ridge -0.10: worse than the mean"; where rest makes a difference, "R²
    0.35 held out while moving, ridge -0.48; over all 0.38, ridge -0.00". Where a run that was adapted chose to answer
    by ridge, that is said: "R² 0.42 held out (30 % ridge), ridge 0.40". Where the metrics say of what they are, that is
    told: "R² of what is done in the next 1 s: 0.42 held out".
    """
    main = next((name for name in TITLES if name in metrics), "")
    if not main:
        return ""
    beside = {other: metrics[f"{other}_{main}"] for other in BESIDE if f"{other}_{main}" in metrics}
    best = max(beside, key=lambda other: beside[other], default="")
    where = " held out while moving" if ALL + main in metrics else " held out"
    title = f"{TITLES[main]} of {metrics[OF]}:" if metrics.get(OF) else TITLES[main]
    told = f"{title} {metrics[main]:.2f}{where}{_share(metrics, main)}{_beside(metrics, main, best)}"
    if not _differ(metrics, [main, f"{best}_{main}"]):
        return told
    return f"{told}; over all {metrics[ALL + main]:.2f}{_beside(metrics, main, best, ALL)}"


def over(metrics: Mapping[str, Any]) -> str:
    """Over what the main score is."""
    if not any(ALL + name in metrics for name in TITLES):
        return "all held-out times"
    return f"held-out times at which the target moves ({100 * metrics['moving']:.0f} %)"


def _beside(metrics: Mapping[str, Any], main: str, other: str, before: str = "") -> str:
    """What a simple decoder comes to, "" where there is none."""
    score = metrics.get(f"{before}{other}_{main}")
    if score is None:
        return ""
    own, score = round(metrics[before + main], 2), round(score, 2)
    if main == "r2" and own < 0 and score < 0:
        return f", {BESIDE[other]} {score:.2f}: worse than the mean"
    wins = " does better:" if score > own else ""
    return f", {BESIDE[other]}{wins} {score:.2f}"


def _differ(metrics: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether any score over the times that move is another than over all."""
    return any(abs(metrics[ALL + name] - metrics[name]) >= APART for name in names if ALL + name in metrics)


def _share(metrics: Mapping[str, Any], main: str) -> str:
    """How much of the answers is ridge's, where that was chosen."""
    share = metrics.get("ridge_share", 0)
    alone = "network" if metrics.get("core_share", 0) > 0.5 else "vectors"
    if share == 1:
        network = f" than the network, {metrics[f'{alone}_{main}']:.2f}" if f"{alone}_{main}" in metrics else ""
        return f": ridge answers, which does better here{network}"
    return f" ({share:.0%} ridge)" if share else ""
