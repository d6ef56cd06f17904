"""Decoders compared in a real window: ask, wait, look at the table, open a run by a double click."""

from __future__ import annotations

import pytest

import neurofm as nf
from neurofm.app import commands
from neurofm.app.verbs.compare_decoders import Decoders
from neurofm.synthetic.demo import demo

pytestmark = pytest.mark.gui
TINY = {"dim": 16, "depth": 0, "steps": 3, "batch": 4}
LONG = 300_000  # ms; a worker loads torch first and trains all models, twice


def row(name, shown, scores, cpu_s=1.0, run=""):
    return {"decoder": name, "shown": shown, "scores": scores, "cpu_s": cpu_s, "run": run}


@pytest.fixture
def compared(arranged, qtbot, tmp_path):
    """A desk with the table of a comparison, one row of which has left a run."""
    folder = tmp_path / "runs" / "decoders-1"
    nf.train("poyo", arranged.session.recordings["ada"], folder / "decoders-1-poyo", settings=TINY, device="cpu")
    rows = [row("LDA", "one bin", [0.5, 0.7]), row("POYO", "one bin", [0.8, 0.9], 12.0, "decoders-1-poyo")]
    arranged.session.put_result("compare_decoders", "ada", Decoders("ada", "accuracy", folder, rows))
    commands.show_results(arranged, "compare_decoders", "ada")
    page = arranged.widget("table").rows.page
    qtbot.waitUntil(lambda: page.table.total == 2 and page.table.columns[0].name == "decoder")
    return arranged


def double_click(qtbot, desk, place):
    from qtpy.QtCore import Qt

    rows = desk.widget("table").rows
    at = rows.visualRect(rows.page.index(place, 0)).center()
    qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseDClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)


def tree(desk):
    explorer = desk.widget("explorer").tree
    return [explorer.topLevelItem(k).text(0) for k in range(explorer.topLevelItemCount())]


def test_a_double_click_opens_the_run_of_a_row_and_keeps_the_pick(compared, qtbot):
    session = compared.session
    session.selection.pick("unit", [3])
    double_click(qtbot, compared, 0)
    assert list(session.runs) == []
    double_click(qtbot, compared, 1)
    assert list(session.runs) == ["decoders-1-poyo"]
    qtbot.waitUntil(lambda: any(words.startswith("run · decoders-1-poyo") for words in tree(compared)))
    qtbot.wait(600)  # a click that cleared the pick would have done so by now
    assert session.selection.picked("unit").tolist() == [3]
    for job in session.jobs:
        job.stop()


def test_a_run_that_is_gone_is_told_in_the_window(compared, qtbot):
    from shutil import rmtree

    rmtree(compared.session.decoders["ada"].folder)
    double_click(qtbot, compared, 1)
    assert "decoders-1-poyo: config.json: is missing" in compared.widget("explorer").message.words.text()


def test_explorer_offers_it_lists_it_and_the_table_is_written(compared, qtbot, tmp_path, offered, answer):
    explorer = compared.widget("explorer")
    words = list(offered(compared, "source", "ada"))
    assert any(w.startswith("Compare decoders (about ") and w.endswith("min)") for w in words)
    assert any(w.startswith("Compare decoders, a quick look (about ") for w in words)
    qtbot.waitUntil(lambda: "decoders · ada · 2 on 2 folds" in tree(compared))
    compared.session.view("table").of = "unit"
    item = explorer.tree.topLevelItem(tree(compared).index("decoders · ada · 2 on 2 folds"))
    explorer.tree.itemActivated.emit(item, 0)
    assert compared.session.view("table").of == "decoder"
    answer(tmp_path / "table.csv")
    compared.do("export_view", "view", "table")
    qtbot.waitUntil((tmp_path / "table.csv").exists)
    assert (tmp_path / "table.csv").read_text().splitlines()[0] == "decoder,shown,mean accuracy,sd,CPU s,run"


def test_what_cannot_be_decoded_is_told_and_no_job_begins(arranged, qtbot):
    ada = arranged.session.recordings["ada"]
    ada.series.clear()
    ada.intervals.clear()
    arranged.do("compare_decoders", "source", "ada")
    message = arranged.widget("explorer").message.words
    qtbot.waitUntil(lambda: "has no behaviour that could be decoded" in message.text())
    assert list(arranged.session.jobs) == []


@pytest.mark.slow
def test_the_button_compares_and_the_table_shows_it(desk, qtbot):
    from qtpy.QtCore import Qt

    desk.session.add(demo(duration=40)[0])  # in 20 s there are too few trials
    desk.arrange()
    session, table = desk.session, desk.widget("table")
    state = session.view("table")
    state.of, state.recording, state.effort = "decoder", "ada", "quick"
    desk.show("table")
    qtbot.waitUntil(lambda: table.button.isVisible() and table.button.text() == "Compare decoders")
    qtbot.mouseClick(table.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: table.words.text() == "Decoders are compared on ada …")
    qtbot.waitUntil(lambda: "ada" in session.decoders or list(session.jobs)[-1].over, timeout=LONG)
    qtbot.waitUntil(lambda: table.rows.page.table.total > 20)
    text = {c.name: c.text for c in table.rows.page.table.columns}
    place = next(k for k, run in enumerate(text["run"]) if "poyo" in run)
    double_click(qtbot, desk, place)
    (name,) = session.runs
    qtbot.waitUntil(lambda: f"{name} ada" in session.predictions, timeout=LONG)
    qtbot.waitUntil(lambda: any(e.run == name for e in session.embeddings.values()), timeout=LONG)
    assert "job = session.compare_decoders('ada', quick=True)" in session.recipe
