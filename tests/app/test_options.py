"""What there is to choose for a model is its own Config and Schedule."""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import asdict, dataclass, replace
from types import SimpleNamespace
from typing import Annotated, Literal

import numpy as np
import pytest

from neurofm import registry
from neurofm.app import options
from neurofm.app.options import Option, answered
from neurofm.data.advice import Advice
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.specs import Schedule
from neurofm.synthetic import regions


@dataclass(frozen=True)
class Sizes:
    dim: Annotated[int, {"min": 8, "max": 64}] = 16  # width of every token
    rate: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.25
    kind: Literal["a", "b"] = "b"
    fast: bool = True


def test_limits_choices_and_comments_become_options():
    dim, rate, kind, fast = options.options(Sizes())
    assert (dim.kind, dim.default, dim.low, dim.high, dim.words) == ("int", 16, 8, 64, "width of every token")
    assert (rate.kind, rate.low, rate.high) == ("float", 0.0, 1.0)
    assert (kind.kind, kind.choices, kind.default) == ("choice", ("a", "b"), "b")
    assert (fast.kind, fast.default) == ("bool", True)


@pytest.mark.parametrize(
    ("name", "words", "title"),
    [
        ("window", "seconds seen at once", "window (s)"),
        ("t_min", "shortest rotary period, s", "shortest rotary period (s)"),
        ("lr", "peak learning rate", "learning rate"),
        ("lag", "bins between the two of a pair, at most", "lag (bins)"),
        ("bins", "bins of a trial at most", "bins"),
        ("least_units", "", "least units"),
        ("dim", "width of every token", "width"),
    ],
)
def test_an_option_is_called_in_full_with_its_unit(name, words, title):
    assert options.Option(name=name, kind="float", default=1.0, words=words).title == title


def test_every_model_tells_all_its_options(capsys):
    options.main()
    told = {model.name: model for model in options.models(capsys.readouterr().out)}
    assert list(told) == registry.names("neurofm.models")
    for name, model in told.items():
        spec = registry.get("neurofm.models", name)
        assert {o.name: o.default for o in model.config} == asdict(spec.config())
        assert {o.name: o.default for o in model.schedule} == asdict(spec.schedule)
        assert [o.name for o in model.first][-1] == "steps"
        everything = {o.name for o in (*model.first, *model.rest)} | {"target"}
        assert everything == {f.name for f in (*dataclasses.fields(spec.config), *dataclasses.fields(Schedule))}


def test_options_survive_the_way_through_json():
    model = options.ModelOptions(name="a", title="A", paper="", config=options.options(Sizes()), schedule=(), takes="b")
    assert options.models(json.dumps([asdict(model)])) == (model,)


@pytest.mark.parametrize(
    ("decodes", "words"),
    [
        ("series", "decodes position unless you choose"),
        ("class", "decodes goal unless you choose"),
        ("rates", ""),
        ("next", ""),
    ],
)
def test_what_is_decoded_is_said_before_it_is_trained(decodes, words):
    rat = regions.sessions(1, regions=1, units=3, trials=12)[0]
    trials = rat.intervals["trials"][["start", "stop"]].assign(goal=["left", "right"] * 6)
    rat = replace(rat, intervals={"trials": trials}, series={"position": rat.series["whisker"]})
    sizes = options.options(registry.get("neurofm.models", "poyo").config())
    schedule = options.options(Schedule())
    model = options.ModelOptions(name="a", title="A", paper="", config=sizes, schedule=schedule, decodes=decodes)
    said = options.advice(model, [rat])[1].removeprefix("Chosen for these recordings: ")
    assert said.startswith(words)
    assert said.count("decodes") == bool(words)


@pytest.mark.parametrize(
    ("times", "words"),
    [(1.0, "about 2 min on this processor."), (3.0, "about 6 min on this processor, which is busy now.")],
)
def test_how_long_it_takes_is_told_for_the_processor_as_it_is_now(monkeypatch, times, words):
    monkeypatch.setattr("neurofm.process.slowed", lambda: times)
    rat = regions.sessions(1, regions=1, units=3, trials=12)[0]
    sizes = options.options(registry.get("neurofm.models", "poyo").config())
    model = options.ModelOptions(
        name="a", title="A", paper="", config=sizes, schedule=options.options(Schedule(steps=1000)), decodes="rates"
    )
    course = registry.get("neurofm.training.courses", model.course)
    monkeypatch.setattr(course, "advise", lambda *_: Advice({}, [], step=0.08))
    assert options.advice(model, [rat])[1].endswith(words)


def test_what_is_advised_goes_by_what_was_typed(monkeypatch):
    monkeypatch.setattr("neurofm.process.slowed", lambda: 1.0)
    monkeypatch.setattr(options, "BESIDES", 1.0)
    rat = regions.sessions(1, regions=1, units=3, trials=12)[0]
    schedule = options.options(Schedule(steps=1000))
    model = options.ModelOptions(name="a", title="A", paper="", config=(), schedule=schedule, decodes="rates")
    given = []

    def advise(effort, sizes, data, typed):
        given.append((sizes["steps"], sizes["batch"], dict(typed)))
        return Advice({}, [], step=1.2)

    monkeypatch.setattr(registry.get("neurofm.training.courses", model.course), "advise", advise)
    assert options.advice(model, [rat])[0] == {"steps": 500}
    assert "about 60 min" in options.advice(model, [rat], {"steps": 3000})[1]
    assert options.advice(model, [rat], {"steps": 3000, "batch": 5})[0] == {}
    assert given[1:] == [(3000, Schedule().batch, {"steps": 3000}), (3000, 5, {"steps": 3000, "batch": 5})]


@pytest.mark.parametrize(("behaviour", "decodes"), [(True, "series"), (False, "rates")])
def test_a_form_begins_with_a_model_that_suits_what_is_open(behaviour, decodes):
    rat = regions.sessions(1, regions=1, units=3, trials=12)[0]
    rat = rat if behaviour else replace(rat, series={}, intervals={})
    models = {
        name: options.ModelOptions(name=name, title="", paper="", config=(), schedule=(), decodes=name.split()[0])
        for name in ("class 1", "rates 1", "series 1", "series 2")
    }
    assert options.usual(models, [rat]) == f"{decodes} 1"
    assert options.usual(models, []) == "series 1"


@pytest.mark.parametrize(
    ("labels", "first"),
    [((), "byol"), (("region",), "region_net"), (("region", "structure"), "unet"), (("structure",), "unet")],
)
def test_a_form_begins_with_what_the_labels_of_a_volume_are_for(labels, first):
    image = Pyramid((Held(np.zeros((1, 8, 8), np.uint8)),), np.ones(3))
    volume = Volume(session="brain", image=image, labels=dict.fromkeys(labels, image))
    models = {}
    for name in ("byol", "region_net", "unet"):
        spec = registry.get("neurofm.models", name)
        how = {"course": spec.course, "decodes": spec.decodes, "supervised": spec.supervised, "takes": "volume"}
        models[name] = options.ModelOptions(name=name, title="", paper="", config=(), schedule=(), **how)
    assert options.usual(models, [volume]) == first


def test_a_form_begins_with_a_model_that_takes_what_is_open():
    class Maze:
        kind = "maze"

    model = options.ModelOptions(name="series", title="", paper="", config=(), schedule=())
    models = {"series": model, "maze": replace(model, name="maze", takes="maze")}
    film = SimpleNamespace(kind="film")  # which no model learns from
    assert [options.usual(models, some) for some in ([Maze()], [film, Maze()], [film])] == ["maze", "maze", "series"]


def test_help_on_training_lists_the_settings_of_every_model():
    import neurofm

    for function in (neurofm.train, neurofm.finetune):
        told = function.__doc__ or ""
        assert told.startswith("A run folder with a")
        assert [name for name in registry.names("neurofm.models") if f"\n{name} (" not in told] == []
        assert "    steps : 1500, from 1 to 1e+07; gradient steps" in told
        assert "    optimizer : 'adamw', one of 'adamw', 'lamb'" in told


ASKED = (
    Option(name="least", kind="int", default=20, low=1, high=50, called="fewest voxels"),
    Option(name="step", kind="float", default=0.5, low=0.0),
    Option(name="way", kind="choice", default="a", choices=("a", "b")),
    Option(name="cut", kind="bool", default=False),
    Option(name="name", kind="str", default="x"),
)


def test_answers_are_as_options_declare_them():
    assert answered(ASKED, {}) == {"least": 20, "step": 0.5, "way": "a", "cut": False, "name": "x"}
    typed = {"least": "7", "step": "1e-3", "way": "b", "cut": True, "name": " y "}
    assert answered(ASKED, typed) == {"least": 7, "step": 0.001, "way": "b", "cut": True, "name": "y"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"least": "many"}, "fewest voxels must be a whole number, got 'many'"),
        ({"least": "2.5"}, "fewest voxels must be a whole number, got '2.5'"),
        ({"least": 0}, "fewest voxels must be between 1 and 50, got 0"),
        ({"step": "-1"}, "step must be at least 0, got -1"),
        ({"step": "nan"}, "step must be at least 0, got nan"),
        ({"way": "c"}, "way must be one of a, b, got 'c'"),
    ],
)
def test_an_answer_that_cannot_be_is_told(given, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        answered(ASKED, given)
