"""What there is to choose for each model, told by a process of its own: `python -m neurofm.app.options`.

A model's module imports torch, which takes seconds and would hold a window still.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from neurofm import registry
from neurofm.specs import Schedule
from neurofm.words import a_kind

COMMAND = (sys.executable, "-m", "neurofm.app.options")
PARTS = ("config", "schedule")
COUNTED = ("bins", "voxels", "frames", "steps", "windows")  # with which the words of a number may begin
IN_FULL = {
    "t_min": "shortest rotary period", "t_max": "longest rotary period", "lr": "learning rate", "dim": "width",
    "vector_lr": "learning rate of unit vectors", "kl": "weight of normal style", "clip": "gradient limit",
    "half_hop": "chance of slow nodes", "alpha": "slow node's start", "act": "weight of the next action",
}  # fmt: skip
NUMBERS = {"int": "whole number", "float": "number"}
BESIDES = 1.5  # times what the steps take: with looks at held-out time, scores, and the simple ways beside
BUSY = 1.5  # times that a training is slowed, from which on that is told
UNITS_ONLY = "Learn only who the units of the new recording are; the rest of the model stays as it is"


@dataclass(frozen=True, kw_only=True)
class Option:
    """One field of a model's Config or Schedule.

    Parameters
    ----------
    name : as in `settings`
    kind : "int", "float", "str", "bool" or "choice"
    default, low, high, choices : what it is and may be
    words : what it does, from the comment beside it
    called : what stands beside its field, where its name does not say it
    """

    name: str
    kind: str
    default: Any
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    words: str = ""
    called: str = ""

    @property
    def unit(self) -> str:
        """Of its value, from its words: "s", "bins"; "" if it has none."""
        first = self.words.split(" ")[0].rstrip(",")
        if first == "seconds" or self.words.endswith(", s"):
            return "s"
        whole = not self.words.startswith(f"{first} a ")  # so many a second
        return first if first in COUNTED and whole and self.kind in ("int", "float") else ""

    @property
    def title(self) -> str:
        """What stands beside its field: "learning rate", "window (s)"."""
        if self.called:
            return self.called
        words = " ".join(IN_FULL.get(word, word) for word in IN_FULL.get(self.name, self.name).split("_"))
        return f"{words} ({self.unit})" if self.unit and self.unit not in words.split() else words


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """One model: title, options of its Config and Schedule, how it learns and what it decodes, as in `ModelSpec`.

    `takes` is the kind of data that it learns from, in one word ("recording").
    """

    name: str
    title: str
    paper: str
    config: tuple[Option, ...]
    schedule: tuple[Option, ...]
    course: str = "windows"
    decodes: str = "series"
    takes: str = "recording"
    supervised: bool = True
    effort: dict[str, Any] = field(default_factory=dict)

    @property
    def defaults(self) -> dict[str, Any]:
        """All options as the model has them."""
        return {o.name: o.default for o in (*self.config, *self.schedule)}

    @property
    def sizes(self) -> set[str]:
        """Options that a model has for good."""
        return {o.name for o in self.config}

    @property
    def asks(self) -> bool:
        """Whether there is a choice of what it decodes."""
        return self.decodes in ("series", "class")

    @property
    def first(self) -> tuple[Option, ...]:
        """The three that matter: what the model leads with, and how long it trains."""
        return (*self.config[:2], *(o for o in self.schedule if o.name == "steps"))

    @property
    def rest(self) -> tuple[Option, ...]:
        """All others but the target, which a form asks for with the recordings."""
        first = self.first
        return tuple(o for o in (*self.config, *self.schedule) if o not in first and o.name != "target")


def answered(options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Answers, text or not, as the options declare them.

    Raises
    ------
    ValueError
        If one is no number, beyond its limits, or none of its choices.
    """
    return {option.name: _answer(option, given.get(option.name, option.default)) for option in options}


def _answer(option: Option, given: Any) -> Any:
    if option.kind == "bool":
        return given in (True, "true")
    if option.kind == "choice" and given not in option.choices:
        raise ValueError(f"{option.title} must be one of {', '.join(option.choices)}, got '{given}'")
    if option.kind not in ("int", "float"):
        return str(given).strip()
    low, high = (math.inf * sign if end is None else end for sign, end in ((-1, option.low), (1, option.high)))
    try:
        value = float(given) if option.kind == "float" else int(str(given))
    except ValueError:
        raise ValueError(f"{option.title} must be a {NUMBERS[option.kind]}, got '{given}'") from None
    if not low <= value <= high:
        reach = f"at least {low:g}" if math.isinf(high) else f"between {low:g} and {high:g}"
        raise ValueError(f"{option.title} must be {reach}, got {value:g}")
    return value


def models(text: str) -> tuple[ModelOptions, ...]:
    """Options of every model, from what the process wrote."""
    return tuple(_model(entry) for entry in json.loads(text))


def kind(source: Any) -> str:
    """What kind of data a container (or a class of them) is, in one word: "recording"."""
    return str(getattr(source, "kind", (source if isinstance(source, type) else type(source)).__name__.lower()))


def decodable(sources: Sequence[Any]) -> list[str]:
    """What could be decoded from all of these; nothing where one is of a kind that holds no behaviour."""
    from neurofm.data import Recording
    from neurofm.data.target import targets

    return targets(sources) if all(isinstance(source, Recording) for source in sources) else []


def usual_target(model: ModelOptions | None, sources: Sequence[Any]) -> str:
    """What a model decodes unless a user chooses; "" if nothing."""
    from neurofm.data.target import choose

    if model is None or not model.asks or not decodable(sources):
        return ""
    return choose(sources, classes_first=model.decodes == "class").series


def usual(models: Mapping[str, ModelOptions], sources: Sequence[Any]) -> str:
    """The model to begin with: one that decodes behaviour, or where there is none one that fills in activity.

    It is for the first of the sources that any model is for.
    """
    takes = {model.takes for model in models.values()}
    first = next((kind(source) for source in sources if kind(source) in takes), "")
    own = [source for source in sources if kind(source) == first]
    fit = [model for model in models.values() if not first or model.takes == first]
    wanted = "rates" if own and not decodable(own) else "series"
    best = max(fit, key=lambda model: _suits(model, own))  # the first of those that suit alike
    return next((model.name for model in fit if model.decodes == wanted), best.name)


def _suits(model: ModelOptions, sources: Sequence[Any]) -> float:
    """How well a model suits sources, where its course can tell: one that wants labels better, if they are there."""
    suits = getattr(registry.get("neurofm.training.courses", model.course), "suits", None) if sources else None
    if suits is None:
        return 0.0
    return float(min(map(suits, sources))) if model.supervised else 0.5


def advice(
    model: ModelOptions, recordings: Sequence[Any], typed: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], str]:
    """Options that suit recordings better than the model's own, and why, with the minutes that it will take.

    What was typed stays, and the others and the minutes go by it. What cannot be cut at all is told when it is to be
    trained.
    """
    from neurofm.errors import DataError
    from neurofm.specs import Effort

    if not recordings:
        return {}, ""
    try:
        course = registry.get("neurofm.training.courses", model.course)
        sizes = {**model.defaults, **(typed or {})}
        advised = course.advise(Effort(**model.effort), sizes, recordings, typed or {})
    except DataError:
        return {}, ""
    usual = sizes["steps"]
    if "steps" not in (typed or {}):
        advised = advised.patient(advised.settings.get("steps", usual))
    steps = advised.settings.get("steps", usual)
    reasons = [*advised.reasons, *([_lasts(steps * advised.step)] if advised.step else [])]
    target = usual_target(model, recordings)
    if target:
        reasons = [f"decodes {target} unless you choose", *reasons]
    words = "; ".join(reasons)
    return advised.settings, f"Chosen for these recordings: {words}." if words else ""


def _lasts(seconds: float) -> str:
    """How long steps of so many seconds take here, with all else that a training does, beside what runs now."""
    from neurofm.process import slowed

    times = slowed()
    minutes = max(math.ceil(seconds * BESIDES * times / 60), 1)
    return f"about {minutes} min on this processor" + (", which is busy now" if times > BUSY else "")


def adaptation(run: Any) -> tuple[dict[str, Any], str]:
    """Options of a training that begins from a run, and what a user should know of it."""
    from neurofm.app.verbs.adapt import STEPS

    settings = {**run.config.get("config", {}), "steps": STEPS}
    return settings, f"The run keeps its sizes; {STEPS} steps are about a minute for those of a small model."


def options(instance: Any) -> tuple[Option, ...]:
    """Options of a frozen dataclass, with its values as defaults."""
    hints = get_type_hints(type(instance), include_extras=True)
    words = _comments(type(instance))
    return tuple(
        _option(f.name, hints[f.name], getattr(instance, f.name), words.get(f.name, ""))
        for f in dataclasses.fields(instance)
    )


def _option(name: str, hint: Any, default: Any, words: str) -> Option:
    limits = next((m for m in getattr(hint, "__metadata__", ()) if isinstance(m, dict)), {})
    plain = get_args(hint)[0] if limits else hint
    if get_origin(plain) is Literal:
        return Option(name=name, kind="choice", default=default, choices=get_args(plain), words=words)
    return Option(
        name=name, kind=plain.__name__, default=default, low=limits.get("min"), high=limits.get("max"), words=words
    )


def _comments(cls: type) -> dict[str, str]:
    """The comment beside each field, those of what it inherits from first."""
    text = "".join(inspect.getsource(c) for c in reversed(cls.__mro__) if dataclasses.is_dataclass(c))
    return dict(re.findall(r"^ +(\w+):[^#\n]*#\s*(.+)$", text, re.MULTILINE))


def _model(entry: dict[str, Any]) -> ModelOptions:
    config, schedule = ([Option(**o | {"choices": tuple(o["choices"])}) for o in entry.pop(k)] for k in PARTS)
    return ModelOptions(**entry, config=tuple(config), schedule=tuple(schedule))


@cache
def tell(function: Any) -> None:
    """Add the settings of every model to the docstring of a function that takes them."""
    named = registry.specs("neurofm.models")
    shared = _lines(options(Schedule()))
    lines = [
        "",
        "Settings",
        "--------",
        "Of how models are trained, unless one below says other defaults:",
        *shared,
    ]
    for name, spec in named.items():
        own = _lines(options(spec.config()))
        lines += ["", f"{name} ({spec.title}; {spec.paper}), which learns from {a_kind(kind(spec.takes))}:", *own]
        other = [o for o, usual in zip(options(spec.schedule), options(Schedule())) if o.default != usual.default]
        lines += [f"    trained with {', '.join(f'{o.name} {o.default!r}' for o in other)}"] if other else []
    function.__doc__ = "\n".join([inspect.getdoc(function) or "", *lines])


def _lines(several: Sequence[Option]) -> list[str]:
    """ "    dim : 64, from 8 to 1024; width of every token"."""
    told = []
    for o in several:
        span = f", from {o.low:g} to {o.high:g}" if o.low is not None and o.high is not None else ""
        among = f", one of {', '.join(map(repr, o.choices))}" if o.choices else ""
        told.append(f"    {o.name} : {o.default!r}{span}{among}" + (f"; {o.words}" if o.words else ""))
    return told


def main() -> None:
    """Write the options of every model as JSON."""
    told = []
    for name, spec in registry.specs("neurofm.models").items():
        parts: dict[str, Any] = {"config": options(spec.config()), "schedule": options(spec.schedule)}
        parts |= {"course": spec.course, "decodes": spec.decodes, "effort": asdict(spec.effort)}
        parts |= {"takes": kind(spec.takes), "supervised": spec.supervised}
        told.append(asdict(ModelOptions(name=name, title=spec.title, paper=spec.paper, **parts)))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
