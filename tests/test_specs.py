"""What a module says of itself: defaults that stand, and fields that can be read without importing it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from neurofm import registry
from neurofm.settings import limits, typed
from neurofm.specs import Effort, ModelSpec, Schedule
from tests import small

MODELS = registry.names("neurofm.models")


def test_defaults_of_a_schedule_are_within_its_limits():
    given = {f.name: getattr(Schedule(), f.name) for f in fields(Schedule)}
    assert typed(given, Schedule) == given


@pytest.mark.parametrize("spec", [Schedule(), Effort()], ids=["schedule", "effort"])
def test_specs_cannot_be_changed(spec):
    with pytest.raises(FrozenInstanceError):
        setattr(spec, fields(spec)[0].name, 1)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("field", ["title", "spaces", "parts", "course", "fills", "reads_new_units"])
def test_what_fronts_ask_of_a_model_is_read_off_its_source(name, field):
    usual = next(f.default for f in fields(ModelSpec) if f.name == field)
    assert registry.said("neurofm.models", name, field, usual) == getattr(registry.get("neurofm.models", name), field)


@pytest.mark.parametrize("name", MODELS)
def test_the_width_that_is_made_less_is_a_whole_number_of_the_config(name):
    spec = registry.get("neurofm.models", name)
    if spec.effort.width:
        assert limits(type(getattr(spec.config(), spec.effort.width)))[0] is int


@pytest.mark.parametrize("name", MODELS)
def test_what_is_said_to_fill_in_activity_can(name):
    from neurofm.data.target import Target
    from neurofm.training.network import Fills

    spec = registry.get("neurofm.models", name)
    sizes = {"bins": 4} if spec.course == "trials" else {}
    net = spec.build(spec.config(**sizes), small.VOCAB, Target(names=("x",)))
    assert isinstance(net, Fills) == spec.fills
