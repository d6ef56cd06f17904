"""Views in one cell: the grid, the form, the jobs, and what a saved notebook keeps of them."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib.image import imread

import neurofm as nf
from napari_neurofm.jupyter import Explorer, explore
from napari_neurofm.jupyter.snapshot import SIZE
from neurofm import registry
from neurofm.app.session import Session

EXAMPLE = Path(__file__).parents[3] / "examples" / "explore.ipynb"


@pytest.fixture(scope="module")
def options() -> str:
    """What the process says that lists the models."""
    command = [sys.executable, "-m", "neurofm.app.options"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def ready(session: Session, options: str) -> Explorer:
    """An explorer whose form is filled."""
    explorer = explore(session)
    explorer.train._take(0, options)
    return explorer


class Submitted:
    """Jobs that are noted and never run."""

    def __init__(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[tuple[str, dict[str, Any]]] = []
        monkeypatch.setattr(session.jobs, "submit", self.submit)

    def submit(self, task: str, arguments: dict[str, Any], title: str = "") -> Any:
        self.given.append((task, arguments))
        return SimpleNamespace(title=title)


def test_backend_finds_the_front_by_its_entry_point(session: Session) -> None:
    assert isinstance(nf.explore(session), Explorer)
    assert nf.view("latent 2", session).picture["title"] == "Latent space"


def test_a_missing_front_says_what_to_install(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    with pytest.raises(ImportError, match=r'pip install "napari-neurofm\[jupyter\]"$'):
        nf.explore(session)


def test_the_grid_has_the_rows_that_were_asked_for(session: Session) -> None:
    explorer = explore(session, [["latent", "latent 2", "raster"], ["trace"]])
    first, second = explorer.children[-2:]
    assert [plot.picture["title"] for plot in first.children] == ["Latent space", "Latent space", "Raster"]
    assert second.children == (explorer.plots["trace"],)
    assert first.layout.width == "100%"
    assert explorer.plots["latent"].state is session.views["latent"] is not session.views["latent 2"]


@pytest.mark.parametrize("views", [[], [[]], [["latent", "latent"]]])
def test_rows_that_make_no_grid_are_refused(views: list[list[str]], session: Session) -> None:
    with pytest.raises(ValueError, match="views must be rows of different names"):
        explore(session, views)


def test_an_unknown_view_is_refused_with_the_known_ones(session: Session) -> None:
    with pytest.raises(LookupError, match=r"rater.*raster"):
        explore(session, [["rater"]])


def test_time_axes_move_together_by_hand_only(session: Session, say: Callable[..., None]) -> None:
    explorer = explore(session)
    look = {"y": None, "width": 400, "height": 200, "dark": False}
    say(explorer.plots["raster"], "look", **look, x=[2.0, 5.0], hand=True)
    assert explorer.plots["trace"].window == [2.0, 5.0]
    say(explorer.plots["trace"], "look", **look, x=[3.0, 4.0], hand=False)
    assert explorer.plots["raster"].window == []


def test_selection_is_of_what_was_picked_in_last(session: Session) -> None:
    explorer = explore(session)
    assert len(explorer.selection()) == 0
    session.selection.pick("trial", session.everything("trial")[:1])
    assert explorer.selection()["label"].tolist() == ["ada/trial 0"]
    assert len(explorer.selection("time")) > 10


def test_the_button_of_an_empty_view_opens_the_form(say: Callable[..., None], session: Session) -> None:
    explorer = explore(session)
    session.view("latent").of = "trial"
    assert explorer.plots["latent"].picture["action"] == "train"
    assert explorer.train.layout.display == "none"
    say(explorer.plots["latent"], "action")
    assert explorer.train.layout.display == ""


def test_an_empty_session_asks_for_a_file(say: Callable[..., None]) -> None:
    explorer = explore(Session())
    assert explorer._summary.value == "nothing is open · 0 units"
    assert explorer.plots["raster"].picture["action"] == "open"
    say(explorer.plots["raster"], "action")
    assert explorer.opening.layout.display == ""
    assert len(explorer.selection()) == 0


def test_a_view_alone_has_no_button_that_nobody_follows(session: Session) -> None:
    session.view("latent").of = "trial"
    plot = nf.view("latent", session)
    assert plot.picture["message"].startswith("Train a model")
    assert plot.picture["action"] == ""


def test_a_file_is_opened_or_the_reason_said(session: Session, tmp_path: Path) -> None:
    explorer = explore(session)
    explorer.opening.path.value = str(tmp_path / "nowhere.nwb")
    explorer.opening.button.click()
    assert "nowhere.nwb" in explorer.opening.words.value
    assert list(session.recordings) == ["ada", "bo"]


def test_the_form_asks_for_what_differs_from_the_models_own(
    ready: Explorer, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Submitted(session, monkeypatch)
    train = ready.train
    train.recordings.value = ("ada",)
    train.target.value = "velocity"
    train.first.steps.value = 7
    train.rest.depth.value = 1
    train.button.click()
    ((task, arguments),) = jobs.given
    assert task == "train"
    assert (arguments["model"], len(arguments["data"])) == ("poyo", 1)
    assert arguments["settings"] == {"steps": 7, "depth": 1, "target": "velocity"}


@pytest.mark.real
@pytest.mark.slow
def test_every_model_learns_a_real_recording_from_the_form(
    options: str, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    file = shared_data("monkey_reach") / "chewie_2013-10-03_bin100ms.npz"
    session = Session([nf.read(file)], folder=tmp_path / "runs")
    train = explore(session).train
    train._take(0, options)
    for name in registry.names("neurofm.models"):
        train.model.value = name
        train.first.steps.value = 6
        train.button.click()
        assert "⚠" not in train.words.value
    for job in list(session.jobs):
        job.wait(300)
    session.jobs.close()
    assert [job.error for job in session.jobs if job.error] == []
    assert [run.config["model"] for run in session.runs.values()] == registry.names("neurofm.models")


def test_the_form_suits_the_recordings_and_says_why(ready: Explorer, session: Session) -> None:
    train = ready.train
    train.recordings.value = tuple(session.recordings)
    train.model.value = "eit"
    both = train.why.value
    assert f"{train.first.steps.value:,} steps show each window about" in both
    train.recordings.value = ("ada",)
    assert train.why.value not in (both, "")
    train.recordings.value = ()
    assert train.why.value == ""


def test_the_form_asks_what_to_decode_only_where_a_model_decodes(ready: Explorer, session: Session) -> None:
    train = ready.train
    train.model.value, train.target.value = "poyo", "velocity"
    assert train.target.layout.display == ""
    assert train.settings()["target"] == "velocity"
    train.model.value = "mtm"
    assert train.target.layout.display == "none"
    assert "target" not in train.settings()


def test_the_form_refuses_what_is_out_of_range(
    ready: Explorer, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Submitted(session, monkeypatch)
    ready.train.first.steps.native.value = 0  # as typed on the page
    ready.train.button.click()
    assert ready.train.words.value == "⚠ steps must be from 1 to 1e+07, got 0"
    ready.train.recordings.value = ()
    ready.train.button.click()
    assert ready.train.words.value == "⚠ choose a recording to train on"
    assert jobs.given == []


@pytest.mark.parametrize("before", [None, "ipynb"])
def test_magicgui_goes_on_with_what_it_used_before(
    before: str | None, ready: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from magicgui.application import Application

    used = Application(before) if before else None
    monkeypatch.setattr(Application, "_instance", used)
    ready.train._show_form(None)
    assert Application._instance is used


def test_jobs_show_how_far_they_are_and_answer_to_their_buttons(session: Session) -> None:
    explorer = explore(session)
    assert explorer.jobs.children[0].value.startswith("Nothing runs")
    job = session.jobs.submit("embed", {"run": "nowhere"}, "Embed units")
    (row,) = explorer.jobs.children
    assert row.title.value == "Embed units"
    row.buttons["Stop"].click()
    assert job.wait(20)
    assert row.buttons["Stop"].layout.display == "none"
    assert row.words.value.startswith(("Stopped", "the worker"))
    session.jobs.close()


def test_what_a_jobs_thread_tells_waits_for_a_busy_cell(session: Session) -> None:
    async def cell() -> tuple[int, int]:
        explorer = explore(session)
        await asyncio.sleep(0)
        tell = threading.Thread(target=lambda: session.selection.pick("unit", [1, 2, 3]))
        tell.start()
        tell.join()
        before = explorer._summary.value.count("3 units picked")
        await asyncio.sleep(0)
        return before, explorer._summary.value.count("3 units picked")

    assert asyncio.run(cell()) == (0, 1)


def test_a_closed_explorer_follows_nothing(session: Session) -> None:
    jobs = session.jobs
    signals = session.changed, session.selection.changed, session.time_changed, jobs.changed, jobs.finished
    before = [len(signal) for signal in signals]
    explorer = explore(session)
    explorer.close()
    assert [len(signal) for signal in signals] == before


def test_the_bundle_carries_a_picture_of_the_grid(session: Session) -> None:
    data = explore(session, [["latent", "raster"], ["trace"]])._repr_mimebundle_()
    picture = imread(io.BytesIO(base64.b64decode(data["image/png"])))
    assert picture.shape[:2] == (2 * SIZE[1], 2 * SIZE[0])
    assert picture[: SIZE[1], SIZE[0] :, :3].std() > 0.01  # the raster is there


def test_the_example_is_clean_and_uses_simulated_data_only() -> None:
    cells = json.loads(EXAMPLE.read_text("utf8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert "demo(" in "".join("".join(cell["source"]) for cell in code)


def test_what_is_picked_is_hidden_by_the_button_of_the_view(
    session: Session, say: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mtm-1").mkdir()
    (tmp_path / "mtm-1" / "config.json").write_text('{"model": "mtm"}')
    (tmp_path / "mtm-1" / "metrics.json").write_text("{}")
    session.open(tmp_path / "mtm-1")
    jobs, plot = Submitted(session, monkeypatch), nf.view("hide", session)
    assert plot.picture["message"] == "Pick units to hide them and see what mtm-1 fills in"
    session.selection.pick("unit", [1, 4])
    assert plot.picture["message"] == "Hide the 2 picked units and see what mtm-1 fills in"
    assert plot.picture["action"] == "hide"
    say(plot, "action")
    ((task, arguments),) = jobs.given
    assert (task, arguments["units"], arguments["what"]) == ("hide", [1, 4], "units")
