"""One widget: what it sends when the session changes, and what it does when the page speaks."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from psygnal import EmitLoopError

from napari_neurofm.jupyter.plot import LARGEST, Plot
from neurofm import registry
from neurofm.app import idle
from neurofm.app.session import Session
from neurofm.data import Embedding
from neurofm.data.ids import moments

VIEWS = registry.names("neurofm.app.views")
LOOK: dict[str, Any] = {"x": None, "y": None, "width": 400, "height": 200, "dark": False, "hand": False}
Say = Callable[..., None]
Messages = list[dict[str, Any]]


def plot_of(name: str, session: Session) -> Plot:
    return Plot(name, session)


def answers(sent: Messages, key: str) -> list[Any]:
    """What was said to pages under `key`."""
    said = [m["data"]["content"] for m in sent if m["data"].get("method") == "custom"]
    return [content[key] for content in said if key in content]


def size(message: dict[str, Any]) -> int:
    return sum(len(b) for b in message["buffers"])


def test_nothing_of_napari_or_qt_is_loaded() -> None:
    code = """
import sys
import napari_neurofm.jupyter as front
from neurofm.app.session import Session
from neurofm.synthetic.demo import demo
front.explore(Session(demo(duration=10)))._repr_mimebundle_()
bad = ("napari", "qtpy", "PyQt5", "PyQt6", "PySide6", "pyqtgraph", "superqt", "vispy")
sys.stdout.write(" ".join(name for name in sys.modules if name.split(".")[0] in bad))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_a_picture_that_fails_is_said_and_the_next_is_drawn(
    session: Session, say: Say, sent: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot = plot_of("latent", session)
    with monkeypatch.context() as patch:
        patch.setattr(plot.pane, "scene", lambda _: 1 / 0)
        with pytest.raises(EmitLoopError, match="ZeroDivisionError"):
            session.view("latent").size = 2.0
    (said,) = answers(sent, "refused")
    assert said.startswith("This picture could not be drawn")
    before = plot.picture
    say(plot, "look", **LOOK | {"width": 500}, ack=7)
    session.selection.pick("unit", [1])
    assert plot.picture["note"].startswith("1 of")
    assert plot.picture != before
    assert answers(sent, "acks")[-1] == [("a view", 7)]


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_draws_and_arrays_travel_as_buffers(name: str, session: Session, sent: Messages) -> None:
    plot = plot_of(name, session)
    assert plot.picture["title"]
    opened = next(m for m in sent if m["comm"] == plot.model_id)
    assert len(json.dumps({k: v for k, v in opened["data"]["state"].items() if k not in ("_esm", "_css")})) < 40_000


@pytest.mark.parametrize("name", ["latent", "raster", "trace"])
def test_what_is_sent_is_bounded_by_the_pixels(name: str, session: Session, sent: Messages, say: Say) -> None:
    recording = next(iter(session.recordings.values()))
    times = np.linspace(0.001, 19.999, 200_000)
    values = np.random.default_rng(0).normal(size=(len(times), 3))
    session.add(
        Embedding(
            name="many", space="time", ids=moments(times, 0.0), values=values, xy=values[:, :2],
            sessions=(recording.session,),
        )
    )  # fmt: skip
    session.view("latent").of = "time"
    plot = plot_of(name, session)
    sizes = []
    for width, height in ((200, 100), (400, 200)):
        sent.clear()
        say(plot, "look", **LOOK | {"width": width, "height": height})
        sizes.append(sum(map(size, sent)))
    pixels = (200 * 100, 400 * 200)
    assert sizes[1] < 8 * pixels[1] + 60_000
    assert sizes[0] < sizes[1] or name == "raster"


def test_a_look_is_answered_with_that_part_of_the_data(session: Session, sent: Messages, say: Say) -> None:
    plot = plot_of("raster", session)
    sent.clear()
    say(plot, "look", ack=7, view="mine", **LOOK | {"x": [2.0, 3.0]})
    image = plot.picture["marks"][-1]
    assert (image["kind"], image["x"]) == ("image", [2.0, 3.0])
    kinds = [m["data"]["method"] for m in sent]
    assert kinds.index("update") < kinds.index("custom")  # the picture is there when its answer comes
    assert answers(sent, "acks") == [[("mine", 7)]]


def test_absurd_sizes_and_empty_ranges_are_put_right(session: Session, say: Say) -> None:
    plot = plot_of("raster", session)
    say(plot, "look", **LOOK | {"width": 10**9, "height": -5, "x": [3.0, 3.0]})
    assert (plot.viewport.width, plot.viewport.height, plot.viewport.x) == (LARGEST, 16, None)


def test_a_lasso_picks_and_adds_and_removes(session: Session, say: Say) -> None:
    plot = plot_of("latent", session)
    units = session.embeddings["spiral"]
    around = lambda xy: [[xy[0] + dx, xy[1] + dy] for dx, dy in ((-0.01, -0.01), (0.01, -0.01), (0.0, 0.01))]  # noqa: E731
    first, last = units.xy[0], units.xy[-1]
    say(plot, "pick", kind="lasso", xy=around(first), mode="replace", click=1)
    assert session.selection.picked("unit").tolist() == [units.ids[0]]
    say(plot, "pick", kind="lasso", xy=around(last), mode="add", click=2)
    assert set(session.selection.picked("unit")) == {units.ids[0], units.ids[-1]}
    say(plot, "pick", kind="lasso", xy=around(first), mode="remove", click=3)
    assert session.selection.picked("unit").tolist() == [units.ids[-1]]


def test_a_click_on_nothing_is_told_so_and_clears_when_the_page_says(
    session: Session, sent: Messages, say: Say
) -> None:
    plot = plot_of("latent", session)
    session.selection.pick("unit", [0, 1])
    say(plot, "pick", kind="point", xy=[[99.0, 99.0]], reach=[0.1, 0.1], mode="replace", click=4)
    assert answers(sent, "missed") == [4]
    assert len(session.selection.picked("unit")) == 2
    say(plot, "key", key="Esc")
    assert len(session.selection.picked("unit")) == 0


def test_a_pick_reaches_every_other_view(session: Session) -> None:
    plots = [plot_of(name, session) for name in ("latent", "raster", "tuning", "table")]
    before = [plot.picture for plot in plots]
    session.selection.pick("unit", [3, 4])
    assert all(plot.picture != old for plot, old in zip(plots, before))
    assert plots[0].picture["note"].startswith("2 of")


def test_hover_says_what_is_under_the_mouse(session: Session, sent: Messages, say: Say) -> None:
    plot = plot_of("latent", session)
    xy = session.embeddings["spiral"].xy[5].tolist()
    say(plot, "hover", kind="point", xy=[xy], reach=[0.01, 0.01], ack=1)
    say(plot, "hover", kind="point", xy=[[99.0, 99.0]], reach=[0.01, 0.01])
    assert answers(sent, "tip") == [plot.pane.spec.describe(plot.state, session, "unit", 5), ""]
    assert answers(sent, "tip")[0].startswith("ada/unit 5 · CA1 · ")


def test_time_moves_the_cursor_without_another_picture(session: Session, sent: Messages, say: Say) -> None:
    plot, other = plot_of("trace", session), plot_of("raster", session)
    sent.clear()
    say(plot, "time", seconds=12.5)
    assert (session.time, plot.cursor, other.cursor) == (12.5, 12.5, 12.5)
    updates = [m["data"]["state"] for m in sent if m["data"].get("method") == "update"]
    assert updates == [{"cursor": 12.5}] * 2


STEPS = [((1, 0), 11.0), ((-1, 0), 9.0), ((0, 1), 10.1), ((99, 0), 20.0), ((-99, 0), 0.0)]


@pytest.mark.parametrize(("by", "time"), STEPS)
def test_keys_step_within_what_was_recorded(by: tuple[float, float], time: float, session: Session, say: Say) -> None:
    plot = plot_of("trace", session)
    session.time = 10.0
    say(plot, "step", seconds=by[0], frames=by[1])
    assert session.time == pytest.approx(time)


def test_playing_loops_over_what_is_picked(session: Session, say: Say) -> None:
    plot = plot_of("trace", session)
    session.selection.pick("trial", [0])
    trial = session.table("trial").iloc[0]
    for _ in range(40):
        say(plot, "play", seconds=0.5)
        assert trial["start"] <= session.time < trial["stop"]


def test_keys_undo_redo_name_and_pick_groups(session: Session, say: Say) -> None:
    plot = plot_of("latent", session)
    session.selection.pick("unit", [1, 2])
    say(plot, "key", key="G")
    (group,) = session.groups.values()
    assert group.ids.tolist() == [1, 2]
    say(plot, "key", key="Ctrl+Z")
    assert not session.groups
    say(plot, "key", key="Ctrl+Shift+Z")
    say(plot, "key", key="Esc")
    say(plot, "pick_group", number=1)
    assert session.selection.picked("unit").tolist() == [1, 2]
    say(plot, "pick_group", number=9)
    assert session.selection.picked("unit").tolist() == [1, 2]


def test_what_cannot_be_done_is_said_on_the_page(session: Session, sent: Messages, say: Say) -> None:
    plot = plot_of("latent", session)
    say(plot, "key", key="G", ack=3)
    assert answers(sent, "told")[0].startswith("Nothing is picked")
    assert len(answers(sent, "acks")) == 1


def test_a_name_of_the_legend_picks_what_it_names(session: Session, say: Say) -> None:
    plot = plot_of("latent", session)
    assert plot.picture["picks"]
    say(plot, "name", name="CA1", mode="replace")
    assert set(plot.picked()["region"]) == {"CA1"}
    assert len(plot.picked()) == 48


def test_controls_are_those_of_every_front_and_set_the_state(session: Session, say: Say) -> None:
    plot = plot_of("latent", session)
    names = [control["name"] for control in plot.controls]
    assert names[:4] == ["map", "color_by", "of", "filter"]
    say(plot, "set", values={"size": 2})
    say(plot, "set", values={"filter": "rate > 1e9"})
    assert (plot.state.size, type(plot.state.size)) == (2.0, float)
    assert plot.picture["note"].startswith("0 of 104 units")
    say(plot, "set", values={"filter": "rate >"})
    assert plot.picture["warning"]
    assert next(c["value"] for c in plot.controls if c["name"] == "filter") == "rate >"


def test_three_dimensions_are_turned_from_the_page(session: Session, say: Say) -> None:
    plot = plot_of("latent", session)
    assert plot.picture["turns"] is None
    say(plot, "set", values={"dims": "3-D"})
    before = plot.picture["marks"][0]["xy"]
    say(plot, "turn", turns=[85, 5], right=10, down=10)
    assert plot.picture["turns"] == [80.0, 10.0]
    assert plot.picture["marks"][0]["xy"] != before


def test_table_rows_pick_and_headings_sort(session: Session, say: Say) -> None:
    plot = plot_of("table", session)
    say(plot, "sort", column="rate")
    rates = [float(text) for text in column(plot, "rate")]
    assert all(a <= b for a, b in pairwise(rates))
    say(plot, "sort", column="rate")
    assert plot.picture["marks"][0]["descending"]
    assert float(column(plot, "rate")[0]) >= max(rates)
    say(plot, "pick", kind="box", xy=[[0, 2], [1, 3]], mode="replace", click=1)
    assert plot.picked()["label"].tolist() == [column(plot, "label")[2]]
    say(plot, "look", **LOOK | {"y": [50, 60]})
    assert plot.picture["marks"][0]["first"] == 50


def column(plot: Plot, name: str) -> list[str]:
    return next(c["text"] for c in plot.picture["marks"][0]["columns"] if c["name"] == name)


def test_a_double_click_fits_the_pick(session: Session, sent: Messages, say: Say) -> None:
    plot = plot_of("latent", session)
    say(plot, "fit")
    assert answers(sent, "fit") == []
    session.selection.pick("unit", [10, 20])
    say(plot, "fit")
    (((left, right), (bottom, top)),) = answers(sent, "fit")
    xy = session.embeddings["spiral"].xy[[10, 20]]
    assert left < xy[:, 0].min() < xy[:, 0].max() < right
    assert bottom < xy[:, 1].min() < xy[:, 1].max() < top


def test_selection_is_a_table_in_the_views_space(session: Session) -> None:
    latent, trace = plot_of("latent", session), plot_of("trace", session)
    session.selection.pick("unit", session.embeddings["spiral"].ids[[2, 60]])
    assert latent.picked()["label"].tolist() == [session.label("unit", i) for i in session.selection.picked("unit")]
    assert len(trace.picked()) == 0
    session.selection.pick("time", session.moments("ada", 3.0, 3.1))
    assert trace.picked()["time"].between(3.0, 3.1).all()
    assert trace.picked()["label"].str.startswith("ada 3.0").all()


def test_a_busy_cell_delays_what_threads_do_and_loses_none(session: Session, sent: Messages, say: Say) -> None:
    """Signals of jobs' threads and words of the page come while a cell runs."""

    async def cell() -> tuple[str, list[Any]]:
        plot = plot_of("latent", session)
        await asyncio.sleep(0)
        before, around = plot.picture, [[-99, -99], [99, -99], [99, 99], [-99, 99]]
        sent.clear()

        def others() -> None:
            for unit in range(48):
                session.selection.pick("unit", [unit])
            session.time = 4.0
            say(plot, "pick", kind="lasso", xy=around, mode="replace", click=1, ack=1)

        thread = threading.Thread(target=others)
        thread.start()
        thread.join()
        assert plot.picture is before  # the cell is busy
        assert sent == []
        for _ in range(4):
            await asyncio.sleep(0)
        return plot.picture["note"], answers(sent, "acks")

    note, acks = asyncio.run(cell())
    assert note.startswith("104 of 104 units picked")
    assert len(acks) == 1


def test_a_thousand_picks_in_a_cell_are_one_picture(session: Session, sent: Messages) -> None:
    async def cell() -> None:
        plot_of("latent", session)
        await asyncio.sleep(0)
        sent.clear()
        for k in range(1000):
            session.selection.pick("unit", [k % 40])
        await asyncio.sleep(0)

    asyncio.run(cell())
    assert len([m for m in sent if "picture" in m["data"].get("state", {})]) == 1


def test_what_no_page_shows_any_more_is_not_drawn(session: Session, sent: Messages, say: Say) -> None:
    plot = plot_of("raster", session)
    for page in ("one", "two"):
        say(plot, "look", view=page, **LOOK)
    say(plot, "gone", view="one")
    session.selection.pick("unit", [1])
    assert plot.picture["note"].startswith("1 of 48")
    say(plot, "gone", view="two")
    sent.clear()
    session.selection.pick("unit", [1, 2])
    assert sent == []
    say(plot, "look", view="three", **LOOK)
    assert plot.picture["note"].startswith("2 of 48")


def test_a_closed_plot_follows_nothing(session: Session, sent: Messages) -> None:
    signals = session.changed, session.selection.changed, session.time_changed
    before = [len(signal) for signal in signals]
    plot = plot_of("raster", session)
    assert [len(signal) for signal in signals] != before
    plot.close()
    assert [len(signal) for signal in signals] == before
    sent.clear()
    session.selection.pick("unit", [1])
    session.time = 3.0
    assert sent == []


def test_what_is_picked_is_hidden_by_the_button_of_the_view(
    session: Session, say: Say, submitted: Any, add_run: Callable[..., str]
) -> None:
    add_run("mtm-1", "ada", model="mtm")
    plot = plot_of("hide", session)
    assert plot.picture["message"] == "Pick units to hide them and see what mtm-1 fills in"
    session.selection.pick("unit", [1, 4])
    assert plot.picture["message"] == "Hide the 2 picked units and see what mtm-1 fills in"
    assert plot.picture["button"] == "Hide"
    say(plot, "action")
    ((task, arguments),) = submitted.given
    assert (task, arguments["units"], arguments["what"]) == ("hide", [1, 4], "units")


@pytest.mark.parametrize("name", ["PCA", "UMAP"])
def test_the_page_switches_between_maps_and_picks_stay(name: str, session: Session, say: Say) -> None:
    before = session.embeddings["spiral"]
    session.add(replace(before, method="PCA", umap=before.xy[:, ::-1] + 50))
    plot = plot_of("latent", session)
    control = next(control for control in plot.controls if control["name"] == "map")
    assert control["choices"] == [["", "auto"], ["PCA", "PCA"], ["UMAP", "UMAP"]]
    session.selection.pick("unit", [1, 2])
    say(plot, "set", values={"map": name})
    assert (plot.picture["x"]["label"], plot.picture["y"]["label"]) == (f"{name} 1", f"{name} 2")
    assert session.selection.picked("unit").tolist() == [1, 2]


@pytest.mark.parametrize(
    ("view", "kind", "told"),
    [
        ("latent", "embedding", ["it came by itself"]),
        ("latent 2", "embedding", ["it came by itself"]),
        ("video", "video", ["it came by itself"]),
        ("video", "embedding", []),
        ("raster", "embedding", []),
    ],
)
def test_what_came_by_itself_is_told_where_it_shows(
    view: str, kind: str, told: list[str], session: Session, sent: Messages
) -> None:
    plot = plot_of(view, session)
    idle.of(session).told.emit("it came by itself", kind)
    assert answers(sent, "told") == told
    plot.close()
    idle.of(session).told.emit("again", kind)
    assert answers(sent, "told") == told
