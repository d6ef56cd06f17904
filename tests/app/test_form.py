"""The form that trains a model: what it offers, what it fills in, what it comes to."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from neurofm.app.form import AUTO, Form, about
from neurofm.app.options import ModelOptions, Option
from neurofm.app.session import Session
from neurofm.runs import RunFolder
from neurofm.specs import Schedule

SCHEDULE = (
    Option(name="target", kind="str", default=""),
    Option(name="steps", kind="int", default=100, low=1, high=1000),
    Option(name="batch", kind="int", default=4, low=1, high=64),
    Option(name="least_units", kind="int", default=30, low=1, high=100),
)
SIZES = (
    Option(name="window", kind="float", default=1.0, low=0.1, high=5.0),
    Option(name="dim", kind="int", default=64, low=8, high=512),
    Option(name="depth", kind="int", default=2, low=0, high=8),
)
DECODER = ModelOptions(name="poyo", title="Decoder", paper="A 2020", config=SIZES, schedule=SCHEDULE)
FILLER = replace(DECODER, name="mtm", decodes="rates", config=SIZES[1:])


@pytest.fixture
def advice(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the form is told of what suits recordings; a test may change it."""
    told: dict[str, Any] = {"steps": 77}
    monkeypatch.setattr(
        "neurofm.app.options.advice",
        lambda model, chosen, typed=(): (dict(told), " ".join([f"for {len(chosen)}", *typed])) if chosen else ({}, ""),
    )
    return told


@pytest.fixture
def form(session: Session, make: Any, advice: dict[str, Any], fake_jobs: None, tmp_path: Any) -> Form:
    session.folder = tmp_path / "runs"
    session.add(make.recording("bo", seed=3))
    form = Form(session)
    session.changed.connect(form.refresh)
    form.take([DECODER, FILLER])
    return form


def add_run(session: Session, folder: Any, model: str = "mtm", **config: Any) -> str:
    folder.mkdir()
    (folder / "config.json").write_text(
        json.dumps({"format": 1, "target": {"series": "", "names": []}, "model": model, "config": config})
    )
    (folder / "metrics.json").write_text("{}")
    return session.add(RunFolder(folder))


def test_before_models_are_told_nothing_can_be_trained(session):
    form = Form(session)
    assert (form.ready, form.first, form.rest, form.settings()) == (False, (), (), {})
    assert form.offered == ("rat",)


def test_a_model_that_nothing_open_is_for_gives_way_to_one_that_can_learn(form, tracks):
    form.take([DECODER, FILLER, replace(DECODER, name="frames", takes="tracks")])
    for name in ("rat", "bo"):
        form.session.close(name)
    assert (form.model, form.ready) == ("poyo", False)
    name = form.session.add(tracks)
    assert (form.model, form.sources, form.ready) == ("frames", (name,), True)
    form.session.close(name)
    assert (form.model, form.ready) == ("frames", False)


def test_it_begins_with_what_is_usual_and_all_that_is_open(form):
    assert (form.model, form.sources, form.target, form.ready) == ("poyo", ("rat", "bo"), AUTO, True)
    assert [o.name for o in form.first] == ["window", "dim", "steps"]
    assert [o.name for o in form.rest] == ["depth", "batch", "least_units"]
    assert form.targets == (AUTO, "position")


def test_what_is_advised_is_filled_in_and_what_was_typed_stays(form, advice):
    assert (form.values["steps"], form.values["batch"], form.why) == (77, 4, "for 2")
    form.set(batch=8)
    advice.update(steps=33, batch=2)
    form.choose_sources(["bo"])
    assert (form.values["steps"], form.values["batch"], form.why) == (33, 8, "for 1 batch")
    form.choose_sources([])
    assert (form.values["steps"], form.why) == (100, "")


def test_settings_are_what_differs_and_what_was_advised_can_be_set_back(form):
    assert form.settings() == {"steps": 77}
    form.set(steps=100, dim=32)
    assert form.settings() == {"steps": 100, "dim": 32}
    form.choose_target("position")
    assert form.settings()["target"] == "position"
    form.choose_model("mtm")
    assert not form.asks_target
    assert form.settings() == {"steps": 77}


@pytest.mark.parametrize(
    ("choose", "error"),
    [
        (lambda form: form.set(steps=9999) or form.settings(), "steps must be from 1 to 1000, got 9999"),
        (lambda form: form.set(speed=1), "no option 'speed'"),
        (lambda form: form.choose_model("maze"), "no model 'maze'"),
        (lambda form: form.choose_start("gone"), "no start 'gone'"),
        (lambda form: form.choose_target("whisker"), "no target 'whisker'"),
        (lambda form: form.choose_sources([]) or form.train(), "choose a recording to train on"),
    ],
)
def test_what_cannot_be_is_refused_in_words(form, choose, error):
    with pytest.raises((ValueError, LookupError), match=error):
        choose(form)
    assert form.session.jobs.jobs == []


def test_it_trains_what_is_chosen(form):
    form.choose_sources(["bo"])
    form.set(dim=16)
    job = form.train(device="cpu")
    assert (job.task, job.arguments["model"], job.arguments["device"]) == ("train", "poyo", "cpu")
    assert job.arguments["data"] == form.session.files(["bo"])
    assert job.arguments["settings"] == {"steps": 77, "dim": 16}


def test_a_run_that_is_adapted_stays_the_model_that_it_is(form, tmp_path):
    name = add_run(form.session, tmp_path / "mtm-1", dim=128)
    assert form.starts == ("", name)
    form.choose_start(name)
    assert (form.adapts, form.model, form.values["dim"]) == (True, "mtm", 128)
    assert form.why.startswith("The run keeps its sizes; 250 steps")
    form.set(batch=8)
    form.units_only = True
    job = form.train()
    assert (job.task, job.arguments["units_only"]) == ("finetune", True)
    assert job.arguments["settings"] == {"steps": 250, "batch": 8}
    form.choose_start("")
    assert (form.adapts, form.values["dim"], form.values["steps"]) == (False, 64, 77)


def test_what_is_new_is_chosen_what_is_gone_is_not_and_the_rest_stays(form, make, tmp_path):
    form.choose_sources(["bo"])
    form.session.add(make.recording("cy", seed=4))
    assert form.sources == ("bo", "cy")
    form.session.close("bo")
    assert (form.sources, form.offered) == (("cy",), ("rat", "cy"))
    name = add_run(form.session, tmp_path / "mtm-1")
    form.choose_start(name)
    add_run(form.session, tmp_path / "mtm-2")
    assert form.start == name
    del form.session.runs[name]
    form.refresh()
    assert form.start == ""


def test_models_that_learn_from_what_is_open_come_first_and_others_say_from_what(form):
    form.take([replace(DECODER, name="atlas", takes="volume"), DECODER])
    assert form.model_words == {"poyo": "Decoder (A 2020)", "atlas": "Decoder (A 2020), learns from volumes"}
    for name in list(form.session.sources):
        form.session.close(name)
    assert list(form.model_words.values()) == ["Decoder (A 2020)"] * 2


def test_only_what_the_model_takes_is_offered(form):
    form.take([replace(DECODER, takes="maze")])
    assert (form.offered, form.sources, form.ready) == ((), (), False)
    form.take([DECODER])
    assert (form.offered, form.sources) == (("rat", "bo"), ("rat", "bo"))


def test_a_fork_shows_the_settings_of_a_job_to_change_some(form, tmp_path):
    form.set(steps=99, depth=5)
    form.fork(form.session.train("poyo", ["rat"], {"steps": 7, "dim": 32, "target": "position"}))
    assert form.settings() == {"steps": 7, "dim": 32, "target": "position"}
    name = add_run(form.session, tmp_path / "mtm-1")
    job = form.session.finetune(name, ["rat"], {"steps": 9}, units_only=True)
    form.fork(job)
    assert (form.start, form.model, form.units_only, form.settings()) == (name, "mtm", True, {"steps": 9})
    assert about(job) == "Settings of mtm-1-1; change some, and train beside it"


@pytest.mark.parametrize(("only", "choose"), [(False, True), (True, False)])
def test_a_fork_of_what_was_chosen_by_labels_chooses_again_unless_told_what_learns(form, tmp_path, only, choose):
    name = add_run(form.session, tmp_path / "mtm-1")
    form.fork(form.session.finetune(name, ["rat"], choose=True))
    form.units_only = only
    assert form.train().arguments["choose"] == choose
    form.choose_start(name)  # by hand
    form.units_only = False
    assert not form.train().arguments["choose"]


def test_a_fork_before_there_are_models_waits_for_them(session, advice):
    form = Form(session)
    arguments = {"model": "mtm", "out": "mtm-3", "settings": {"steps": 5}}
    form.fork(SimpleNamespace(task="train", arguments=arguments))
    assert form.model == ""
    form.take([DECODER, FILLER])
    assert (form.model, form.settings()) == ("mtm", {"steps": 5})


def test_fronts_are_told_what_to_show_anew(form, heard):
    said = heard(form.changed)
    form.set(steps=5)
    form.set(steps=5)
    assert said == [("values",)]
    form.choose_model("mtm")
    assert said[1] == ("model",)
    assert ("choices",) in said


def test_every_option_of_a_real_model_has_a_value(form, capsys):
    from neurofm.app import options

    options.main()
    form.take(options.models(capsys.readouterr().out))
    for name in form.models:
        form.choose_model(name)
        assert {o.name for o in (*form.first, *form.rest)} == set(form.values)
        assert set(form.values) >= {f for f in Schedule.__dataclass_fields__ if f != "target"}


def test_what_is_wrong_with_what_is_chosen_is_told_before_it_is_trained_on(form: Form, make: Any) -> None:
    assert form.warnings == []
    good = make.recording("wide", seed=4)
    (name, series), *_ = good.series.items()
    form.session.add(replace(good, series={name: replace(series, values=series.values * 100.0)}))
    (told,) = form.warnings
    assert told.startswith(f"{name} spreads ")
    assert " times as wide in wide as in " in told
    form.choose_sources(["wide"])
    assert form.warnings == []
    form.choose_sources(["wide", "bo"])
    form.choose_model("mtm")  # which decodes none
    assert form.warnings == []


def test_of_recordings_that_share_nothing_to_decode_the_one_opened_last_is_chosen(form, session, make):
    assert form.sources == ("rat", "bo")
    other = make.recording("monkey")
    (name, series), *_ = other.series.items()
    session.add(replace(other, series={f"hand_{name}": series}, intervals={}))
    assert form.sources == ("monkey",)
    assert form.target_words("") == f"chosen for you: hand_{name} ({series.unit})"
    assert form.target_words(f"hand_{name}") == f"hand_{name} ({series.unit})"


@pytest.mark.parametrize("hand", ["nothing", "model", "settings"])
def test_spikes_to_which_a_path_is_joined_are_decoded_unless_something_was_chosen(hand, make, advice, fake_jobs):
    whole = make.recording("bo", seed=3)
    session = Session(replace(whole, series={}, intervals={}))
    form = Form(session)
    session.changed.connect(form.refresh)
    form.take([DECODER, FILLER])
    assert form.model == "mtm"
    if hand == "model":
        form.choose_model("poyo")
        form.choose_model("mtm")
    elif hand == "settings":
        form.set(dim=32)
    session.sources["bo"] = whole
    session.tell("source", "bo")
    assert form.model == ("poyo" if hand == "nothing" else "mtm")
    assert form.sources == ("bo",)


def test_the_model_is_one_for_what_was_opened_last_unless_something_was_typed(form, session, tracks):
    form.take([DECODER, replace(DECODER, name="bams", takes="tracks", decodes="")])
    typed = session.add(tracks)
    assert (form.model, form.sources) == ("bams", (typed,))
    form.choose_model("poyo")
    form.set(dim=128)
    session.add(replace(tracks, session="more"))
    assert form.model == "poyo"
