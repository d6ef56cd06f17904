"""Everything that can be done from a menu, a button or a key, without a window."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from neurofm.app import commands
from neurofm.app.command import Context
from neurofm.app.session import Session
from neurofm.app.verbs.compare_decoders import Decoders
from neurofm.data import Spikes
from neurofm.data.ethogram import Ethogram
from neurofm.errors import UnknownUnits
from neurofm.runs import RunFolder

KINDS = ("source", "run", "embedding", "group", "table", "result", "view", "job", "")


def words(session, kind, name=""):
    return [entry.words.split(" (")[0] for entry in commands.menu(Context(session=session, kind=kind, name=name))]


def choose(host, words, kind, name=""):
    """Click on the entry that begins so."""
    entries = commands.menu(Context(session=host.session, kind=kind, name=name))
    next(entry for entry in entries if entry.words.startswith(words)).do(host)


@pytest.fixture
def add_run(session, tmp_path):
    def add(name, *seen, model="poyo"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text(
            json.dumps(
                {"format": 1, "target": {"series": "position", "names": ["x", "y"]}, "config": {}, "model": model}
            )
        )
        (folder / "metrics.json").write_text("{}")
        (folder / "vocab.json").write_text(json.dumps({"sessions": seen}))
        return session.add(RunFolder(folder))

    return add


@pytest.fixture
def jobs(session, fake_jobs, tmp_path):
    """What is submitted, and never run."""
    session.folder = tmp_path / "runs"
    return session.jobs.jobs


@pytest.mark.parametrize(
    ("kind", "name", "wanted"),
    [
        (
            "source",
            "rat",
            [
                "Train on this…",
                "Compare decoders",
                "Compare decoders, a quick look",
                "Graph by correlation",
                "Graph by trials",
                "Join with…",
                "Add columns from a table…",
                "Export…",
                "Close",
            ],
        ),
        ("embedding", "a unit", ["Draw by UMAP", "Graph by latent distance", "Export…"]),
        ("compare_decoders", "rat", ["Show in table"]),
        ("table", "ages", ["Take its columns away"]),
        ("group", "mine", ["Pick", "Rename…", "Forget"]),
        ("view", "table", ["Export table…", "One more beside this", "Add columns from a table…", "Export script…"]),
        ("view", "latent 2", ["Export figure…", "One more beside this", "Add columns from a table…", "Export script…"]),
        ("", "", ["Open…", "Path or address…", "Add columns from a table…"]),
    ],
)
def test_what_can_be_done_with_what(session, kind, name, wanted):
    session.put_result("compare_decoders", "rat", Decoders("rat", "accuracy", Path(), []))
    assert words(session, kind, name) == wanted


def test_what_is_offered_follows_what_is_open_and_picked(session, make, add_run):
    add_run("poyo-1", "rat")
    session.add(make.recording("bo", seed=2))
    session.selection.pick("unit", [1])
    for name in ("one", "two"):
        session.group(name, "unit", [1])
    assert words(session, "view", "latent")[2:6] == [
        "Make the pick a group", "Show in table", "Compare groups", "Adapt to another recording…",
    ]  # fmt: skip
    assert "Compare groups" in words(session, "group", "one")
    assert words(session, "source", "bo")[1] == "Adapt poyo-1 to this"
    assert "Adapt poyo-1 to this" not in words(session, "source", "rat")
    assert words(session, "run", "poyo-1") == ["Adapt to bo", "Decode rat", "Adapt to another recording…"]
    add_run("poyo-2")
    assert "Compare with poyo-2" in words(session, "run", "poyo-1")


def test_names_are_one_each_and_every_kind_has_a_menu():
    assert len(commands.BY_NAME) == len(commands.COMMANDS)
    assert {kind for command in commands.COMMANDS for kind in command.on} == set(KINDS)
    assert set(commands.KEYS.values()) <= set(commands.BY_NAME)


def test_an_unknown_command_is_refused(host):
    with pytest.raises(LookupError, match="no command 'fly'"):
        commands.do("fly", host)


@pytest.mark.parametrize(
    ("kind", "name", "words", "shown"),
    [
        ("source", "rat", "Train on this", ["train"]),
        ("view", "latent", "One more beside", ["latent 2"]),
        ("view", "latent 2", "One more beside", ["latent 3"]),
    ],
)
def test_what_is_brought_to_the_front(host, kind, name, words, shown):
    for view in ("latent", "latent 2") if "2" in name else ("latent",):
        host.session.view(view)
    choose(host, words, kind, name)
    assert host.shown == shown


def test_training_on_one_recording_chooses_it(host, make):
    host.session.add(make.recording("bo", seed=2))
    host.form.refresh()
    choose(host, "Train on this", "source", "bo")
    assert host.form.sources == ("bo",)
    commands.do("train", host)
    assert (host.form.sources, host.shown) == (("bo",), ["train", "train"])


@pytest.mark.parametrize(
    ("kind", "name", "words"), [("run", "poyo-1", "Adapt to bo"), ("source", "bo", "Adapt poyo-1")]
)
def test_a_run_is_adapted_from_its_own_menu_and_from_that_of_the_recording(
    host, make, add_run, jobs, kind, name, words
):
    host.session.add(make.recording("bo", seed=2))
    add_run("poyo-1", "rat")
    choose(host, words, kind, name)
    (job,) = jobs
    assert (job.task, job.arguments["choose"], host.shown) == ("finetune", True, ["jobs"])
    assert job.arguments["data"] == host.session.files(["bo"])


def test_the_front_asks_what_is_adapted_or_says_what_is_missing(host, add_run):
    commands.do("adapt", host)
    assert host.refused[0].startswith("train a model or open a run")
    for name in ("poyo-1", "poyo-2"):
        add_run(name, "rat")
    commands.do("adapt", host)
    commands.do("adapt", host, kind="run", name="poyo-1")
    assert host.asked == ["poyo-2", "poyo-1"]


def test_two_runs_are_compared_side_by_side(host, session, make, add_run):
    from dataclasses import replace

    for run in ("a", "b"):
        units = make.units(session.recordings["rat"])
        session.add(replace(units, name=f"{run} unit", run=f"runs/{run}"))
        add_run(run)
    first = session.view("latent")
    first.color_by, first.filter = "depth_um", "rate > 2"
    assert commands.compare_runs(session, "b", "a") == ("latent", "latent 2")
    second = session.view("latent 2")
    assert (first.embedding, second.embedding) == ("b unit", "a unit")
    assert (second.color_by, second.filter) == ("depth_um", "rate > 2")
    choose(host, "Compare with a", "run", "b")
    assert host.shown == ["latent", "latent 2"]


@pytest.fixture
def compared(session, monkeypatch):
    """Recordings on which decoders were to be compared, and whether that was to be quick."""
    asked = []

    def compare(recording, *, quick):
        asked.append((recording, quick))
        return SimpleNamespace(task="compare_decoders", arguments={"recording": "rat"})

    monkeypatch.setattr(session, "compare_decoders", compare)
    return asked


def test_decoders_are_compared_and_shown(host, compared):
    choose(host, "Compare decoders, a quick", "source", "rat")
    choose(host, "Compare decoders (", "source", "rat")
    commands.do("compare_decoders", host)
    state = host.session.view("table")
    assert (state.of, state.recording, host.shown) == ("decoder", "rat", ["table"] * 3)
    assert compared == [("rat", True), ("rat", False), ("", False)]


@pytest.mark.parametrize(("effort", "quick"), [("full", False), ("quick", True)])
def test_the_button_of_the_table_compares_at_the_effort_chosen_there(host, compared, effort, quick):
    state = host.session.view("table")
    host.session.set_view("table", replace(state, of="decoder", effort=effort, recording="gone"))
    commands.press("compare_decoders", "table", host)
    assert compared == [("", quick)]


@pytest.mark.parametrize(
    ("action", "view", "told"), [("embed", "latent", "no run that is open"), ("hide", "hide", "no run that is open")]
)
def test_the_button_of_an_empty_view_says_what_is_missing(host, action, view, told):
    commands.press(action, view, host)
    assert len(host.refused) == 1
    assert told in host.refused[0] or "train" in host.refused[0]


@pytest.mark.parametrize(("action", "shown"), [("jobs", "jobs"), ("train", "train"), ("raster", "raster")])
def test_the_button_of_an_empty_view_leads_to_a_panel_or_a_view(host, action, shown):
    commands.press(action, "latent", host)
    assert host.shown == [shown]


@pytest.mark.parametrize("action", ["open", "train", "jobs", "embed", "hide", "compare_decoders"])
def test_buttons_of_empty_views_have_words(action):
    assert commands.button(action, Session()) == action.replace("_", " ").capitalize()
    assert action in commands.BY_NAME


def test_the_button_that_trains_says_so_while_it_does():
    job = SimpleNamespace(task="finetune", title="Train poyo-1", over=False)
    assert commands.button("train", SimpleNamespace(jobs=[job])) == "At work: Train poyo-1"
    assert commands.button("open", SimpleNamespace(jobs=[job])) == "Open"
    job.over = True
    assert commands.button("train", SimpleNamespace(jobs=[job])) == "Train"


def test_what_is_picked_becomes_a_group_and_is_told(host):
    commands.do("group", host)
    assert host.told == ["Nothing is picked; pick the units, moments or trials that are to be a group first"]
    host.session.selection.pick("unit", [1, 2])
    commands.do("group", host)
    assert host.told[1:] == ["group 1: 2 units; press 1 to pick it again"]
    host.session.selection.clear()
    commands.pick_group(host.session, 2)
    assert not host.session.selection.spaces()
    commands.pick_group(host.session, 1)
    assert host.session.selection.picked("unit").tolist() == [1, 2]


@pytest.mark.parametrize(("name", "wanted", "refused"), [(" new ", "new", 0), ("", "mine", 0), ("other", "mine", 1)])
def test_a_group_is_renamed(host, name, wanted, refused):
    for group in ("mine", "other"):
        host.session.group(group, "unit", [1])
    host.name = name
    choose(host, "Rename", "group", "mine")
    assert (next(iter(host.session.groups)), len(host.refused)) == (wanted, refused)
    choose(host, "Forget", "group", wanted)
    choose(host, "Pick", "group", "other")
    assert (list(host.session.groups), host.session.selection.spaces()) == (["other"], ["unit"])


@pytest.mark.parametrize(("space", "of"), [("trial", "trial"), ("time", "")])
def test_what_is_picked_is_shown_in_the_table(host, space, of):
    host.session.selection.pick(space, host.session.everything(space)[:2])
    host.session._links = tuple
    choose(host, "Show in table", "view", "raster")
    assert (host.session.view("table").of, host.shown) == (of, ["table"])


def test_groups_are_compared_in_the_table(host):
    commands.do("compare", host)
    assert (host.session.view("table").of, host.shown) == ("comparison", ["table"])


def test_bouts_of_groups_are_compared_in_the_table_where_there_are_any(host):
    for group in ("mine", "other"):
        host.session.group(group, "unit", [1])
    assert "Compare bouts of groups" not in words(host.session, "group", "mine")
    bouts = pd.DataFrame({"start": [0.0], "stop": [1.0], "behavior": ["groom"]})
    host.session.add(Ethogram(session="scored", bouts=bouts))
    choose(host, "Compare bouts of groups", "group", "mine")
    assert (host.session.view("table").of, host.shown) == ("behavior", ["table"])


@pytest.mark.parametrize("command", ["clear", "undo"])
def test_a_pick_is_cleared_or_undone_and_comes_back(host, command):
    host.session.selection.pick("unit", [1])
    commands.do(command, host)
    assert not host.session.selection.spaces()
    commands.do("undo" if command == "clear" else "redo", host)
    assert host.session.selection.picked("unit").tolist() == [1]


def test_a_double_click_shows_it_in_the_views(host, session):
    session.put(
        "compare_decoders",
        session.results.setdefault("compare_decoders", {}),
        "rat",
        Decoders("rat", "accuracy", session.folder, []),
    )
    session.group("mine", "unit", [1])
    for view in ("latent", "trace", "table"):
        session.view(view)
    for kind, name in (("embedding", "a unit"), ("source", "rat"), ("group", "mine"), ("compare_decoders", "rat")):
        commands.show(Context(session=session, kind=kind, name=name), host)
    assert session.view("latent").embedding == "a unit"
    assert session.view("trace").recording == "rat"
    assert session.selection.picked("unit").tolist() == [1]
    assert session.view("table").of == "decoder"
    assert host.shown == ["latent", "table"]


@pytest.mark.parametrize(
    ("state", "task", "wanted"),
    [
        ("running", "train", ["Pause", "Fork…", "Stop"]),
        ("paused", "embed", ["Resume", "Stop"]),
        ("stopped", "train", ["Resume", "Fork…"]),
        ("done", "predict", []),
    ],
)
def test_what_can_be_done_with_a_job(host, jobs, state, task, wanted):
    said = []
    job = SimpleNamespace(
        id=4, task=task, arguments={}, state=state, over=state in ("done", "stopped"),
        pause=lambda: said.append("pause"), stop=lambda: said.append("stop"), resume=lambda: said.append("resume"),
    )  # fmt: skip
    jobs.append(job)
    assert words(host.session, "job", "4") == wanted
    for entry in set(wanted) & {"Pause", "Stop"}:
        choose(host, entry, "job", "4")
        assert said.pop() == entry.lower()


def test_a_fork_is_shown_in_the_form(host, jobs):
    job = host.session.train("poyo", ["rat"], {"steps": 5})
    choose(host, "Fork", "job", str(job.id))
    assert (host.form._asked, host.shown) == (job, ["train"])


def test_a_job_that_met_a_stranger_is_mended(host, make, add_run, jobs):
    host.session.add(make.recording("bo", seed=2))
    add_run("poyo-1", "rat")
    job = host.session.predict("poyo-1", "bo")
    assert words(host.session, "job", str(job.id)) == ["Stop"]
    job.state, job.over, job.code = "failed", True, UnknownUnits.code
    choose(host, "Adapt poyo-1 to bo", "job", str(job.id))
    assert jobs[1].task == "finetune"
    assert words(host.session, "job", str(job.id)) == []  # it is asked for already


def test_the_demo_opens_and_the_window_is_arranged(host):
    commands.do("open_demo", host)
    assert list(host.session.recordings) == ["rat", "ada", "bo"]
    assert host.shown == ["arranged"]


@pytest.mark.parametrize(("command", "shown"), [("arrange", "arranged"), ("show_keys", "keys"), ("jobs", "jobs")])
def test_what_only_the_front_can_do(host, command, shown):
    commands.do(command, host)
    assert host.shown == [shown]


@pytest.mark.parametrize(("before", "after"), [("PCA", ""), ("UMAP", "UMAP"), ("", "")])
def test_a_umap_that_was_asked_for_is_shown_even_where_the_pca_was_chosen(
    session, host, fake_jobs, tmp_path, before, after
):
    session.folder = tmp_path
    session.view("latent 2").map = before
    commands.do("umap", host, kind="embedding", name="a unit")
    assert [job.idle for job in session.jobs] == [False]
    assert session.view("latent 2").map == after


def test_what_cannot_be_done_with_a_source_is_offered_with_the_reason_and_never_begun(make, host):
    session = host.session
    bare = replace(make.recording("bare"), series={}, intervals={})
    silent = replace(make.recording("silent"), spikes=Spikes(np.zeros(0), np.zeros(0, np.int32)), units=bare.units[:0])
    for source in (bare, silent):
        session.add(source)
    why = {
        ("bare", "compare_decoders"): "it has no behaviour",
        ("silent", "compare_decoders"): "it has no spikes",
        ("silent", "train_on"): "it has behaviour alone",
    }
    for (name, command), reason in why.items():
        (entry,) = commands.get(command).entries(Context(session=session, kind="source", name=name))
        assert entry.why == reason
        assert entry.words.endswith(f": {reason}" if reason else entry.words)
    (entry,) = commands.get("compare_decoders").entries(Context(session=session, kind="source", name="bare"))
    entry.do(host)
    assert list(session.jobs) == []
    assert "it has no behaviour" in str(host.refused[-1])
