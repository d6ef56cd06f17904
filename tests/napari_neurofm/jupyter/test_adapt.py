"""A run is adapted to a recording on a page, by its panel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari_neurofm.jupyter import Explorer, explore
from neurofm.app import commands
from neurofm.app.session import Session


def test_the_panel_asks_with_the_answer_filled_in(
    session: Session, submitted: Any, add_run: Callable[..., str]
) -> None:
    explorer: Explorer = explore(session)
    panel = explorer.adapt
    assert panel.layout.display == "none"
    explorer._switches["adapt"].value = True
    assert panel.layout.display == ""
    assert panel.button.disabled
    assert panel.words.value.startswith("train a model or open a run")
    add_run("poyo-1", "ada")
    add_run("poyo-2", "bo")
    assert (panel.run.value, panel.recording.value) == ("poyo-2", "ada")
    panel.run.value = "poyo-1"
    assert (panel.recording.value, panel.recording.label) == ("bo", "bo (new to it)")
    assert panel.words.value.startswith("Learns who the units of this recording are")
    panel.button.click()
    ((task, arguments),) = submitted.given
    assert (task, Path(arguments["run"]).name, arguments["choose"]) == ("finetune", "poyo-1", True)
    assert arguments["data"] == session.files(["bo"])
    assert panel.words.value == "Adapt poyo-1 as poyo-1-1 to bo: see the jobs for how far it is."


def test_a_choice_stays_while_other_things_come(session: Session, add_run: Callable[..., str]) -> None:
    panel = explore(session).adapt
    add_run("poyo-1", "ada")
    panel.recording.value = "ada"
    session.group("mine", "unit", [1])
    assert panel.recording.value == "ada"


def test_a_menu_asks_in_the_panel(session: Session, add_run: Callable[..., str]) -> None:
    explorer = explore(session)
    add_run("poyo-1", "ada")
    add_run("poyo-2", "bo")
    commands.do("adapt", explorer.opened.host, kind="run", name="poyo-1")
    assert explorer.adapt.layout.display == ""
    assert explorer.adapt.run.value == "poyo-1"
