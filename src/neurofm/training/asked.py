"""What is asked of a training, checked before anything is loaded or begun: the model is not imported for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurofm import registry
from neurofm.checks import check_choice
from neurofm.runs import RunFolder
from neurofm.settings import typed
from neurofm.specs import ModelSpec, Schedule
from neurofm.training.course import Plan, check_takes

MODELS, COURSES = "neurofm.models", "neurofm.training.courses"
DEVICES = ("auto", "cpu", "cuda", "mps")


def settings(model: str, given: Any) -> dict[str, Any]:
    """Settings by name, with the types that the model of that name wants.

    Raises
    ------
    LookupError
        For a model or a setting that does not exist; it lists those that do.
    ValueError
        For a value of the wrong type or out of range.
    """
    if given is not None and not isinstance(given, Mapping):
        raise ValueError(f"settings must be {{name: value}}, such as {{'steps': 100}}, got {given!r:.80}")
    return typed(given, registry.fields(MODELS, model, "config"), Schedule) if given else {}


def device(given: Any) -> str:
    """The name of a device in small letters; whether this machine has it is known once torch is loaded.

    Raises
    ------
    LookupError
        If there is no such device.
    """
    name = given.lower() if isinstance(given, str) else given
    check_choice("device", name, DEVICES)
    return str(name)


def check_sources(model: str, data: Sequence[Any], given: Mapping[str, Any], base: RunFolder | None = None) -> None:
    """Refuse sources that a model does not learn from, or in which what it is to decode is missing.

    Parameters
    ----------
    given : typed settings
    base : the run that is adapted, if one is

    Raises
    ------
    DataError, LookupError, ValueError
        As `Course.settle` would, of what can be told without a look at arrays.
    """
    spec = _said(model)
    for source in data:
        check_takes(spec, source)
    check = getattr(registry.get(COURSES, spec.course), "check_target", None)
    if check is not None:
        target = str(given.get("target", "")) or (base.target.series if base else "")
        check(Plan(spec=spec, data=data, sizes=given, target=target, splits={}, base=base))


def unlabelled(course: str) -> list[str]:
    """Models of a course that learn without labels."""
    said = {
        name: (registry.said(MODELS, name, "course"), registry.said(MODELS, name, "supervised", True))
        for name in registry.names(MODELS)
    }
    return [name for name, own in said.items() if own == (course, False)]


def _said(model: str) -> ModelSpec:
    """A model as its module says it in plain values, of which nothing is built."""
    course = registry.said(MODELS, model, "course", ModelSpec.course)
    return ModelSpec(
        title=registry.said(MODELS, model, "title", model), paper="", config=registry.fields(MODELS, model, "config"),
        schedule=Schedule(), build=lambda *given: None, takes=registry.get(COURSES, course).takes, spaces=(),
        course=course, decodes=registry.said(MODELS, model, "decodes", ModelSpec.decodes),
        supervised=registry.said(MODELS, model, "supervised", ModelSpec.supervised),
    )  # fmt: skip
