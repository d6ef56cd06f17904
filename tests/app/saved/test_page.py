"""What a page says is kept whole, and whatever someone edited in it is refused by field."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from copy import deepcopy
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurofm import registry
from neurofm.app.saved.page import FORMAT, INLINE, Page, describe
from neurofm.app.session import Session
from neurofm.app.state.log import Action
from neurofm.app.verbs.compare_decoders import Decoders
from neurofm.errors import DataError
from tests.app.saved.conftest import page_of, rewrite, same

SOURCE = {"name": "rat", "number": 0, "source": "", "reader": "", "files": [], "copy": "a.h5"}
OLD = Path(__file__).parent / "sessions"


def actions() -> list[Action]:
    """One of each kind that needs no file to be kept."""
    run, learn = {"run": "r", "names": ["rat"]}, {"seed": 1, "device": "cpu", "settings": {"steps": 9, "lr": 0.1}}
    figure = {"state": asdict(registry.get("neurofm.app.views", "latent").state()), "picks": [["unit", [1], "replace"]]}
    return [
        Action(kind="load", name="r", options={"path": "/runs/r"}),
        Action(kind="train", name="t", options={"model": "poyo", "names": ["rat"], **learn}, done=5),
        Action(kind="finetune", name="f", options={"units_only": True, **run, **learn}),
        Action(kind="embed", name="r unit", options={**run, "of": "unit"}),
        Action(kind="predict", name="r rat", options=run),
        Action(kind="hide", name="r rat hidden", options={**run, "units": [1], "spans": [[1.0, 2.5]], "what": "time"}),
        Action(kind="umap", name="r unit", options={"dims": 2, "seed": 0}),
        Action(kind="compare", name="a, b", options={"first": "good", "second": "good"}),
        Action(kind="figure", name="latent", options={"path": "a.svg", "time": 1.0, "options": {"dpi": 90}, **figure}),
        Action(kind="export", name="unit", options={"path": "a.csv"}),
    ]


def mutations(page: Any) -> st.SearchStrategy[tuple[list[Any], Any]]:
    """A place in the page and what to put there; ... drops it."""
    places: list[list[Any]] = []

    def walk(value: Any, place: list[Any]) -> None:
        places.append(place)
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, child in children:
            walk(child, [*place, key])

    walk(page, [])
    values = st.sampled_from(
        [..., None, True, 0, -1, 1 << 70, 1.5, 1e308, "", "x", "../x", "\ud800", "\0", [], [[]], {}, {"name": "x"}, [0]]
    )
    return st.tuples(st.sampled_from(places[1:]), values)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_a_page_opens_or_is_refused(full, tmp_path, data):
    folder = tmp_path / "w.neurofm"
    if not (tmp_path / "good.json").exists():
        full.actions += actions()
        full.save(folder)
        shutil.copy(folder / "session.json", tmp_path / "good.json")
    page = json.loads((tmp_path / "good.json").read_text())
    for place, value in data.draw(st.lists(mutations(page), min_size=1, max_size=2)):
        parent: Any = page
        try:
            for key in place[:-1]:
                parent = parent[key]
            if value is ...:
                del parent[place[-1]]
            else:
                parent[place[-1]] = deepcopy(value)
        except (KeyError, IndexError, TypeError):  # an earlier change took it away
            continue
    (folder / "session.json").write_text(json.dumps(page))
    with suppress(DataError):
        again = Session.restore(folder)
        compile(again.script(), "script", "exec")
        json.loads(again.notebook())
        for space in ("unit", "trial", "session"):
            again.table(space)


@pytest.mark.parametrize("verb", registry.names("neurofm.app.verbs"))
def test_what_is_kept_of_a_verb_can_be_written_as_code(verb):
    spec = registry.get("neurofm.app.verbs", verb)
    silent = type(spec)(begin=print).code
    assert (spec.options is None) == (spec.code is silent)
    assert set(spec.optional) | set(spec.needs) <= set(spec.options or {})


def test_every_view_is_kept_as_it_stands(session, tmp_path):
    for name in registry.names("neurofm.app.views"):
        session.view(name)
    assert Session.restore(session.save(tmp_path / "w.neurofm")).views == session.views


@pytest.mark.parametrize("old", sorted(p.name for p in OLD.glob("*.neurofm")))
def test_sessions_of_every_version_keep_opening(old):
    session = Session.restore(OLD / old)
    assert list(session.recordings) == ["rat"]
    assert session.selection.picked("unit").tolist() == [2]
    assert session.groups["good"].ids.tolist() == [1, 2]
    assert session.views["latent"].filter == "rate > 2"
    assert session.time == 103.5
    assert set(session.embeddings) == {"a time", "a unit"}
    assert session.table("unit")["mood"].dropna().tolist() == ["calm"]


def test_there_is_a_session_of_every_version():
    assert {int(p.stem.split("-")[1]) for p in OLD.glob("*.neurofm")} == set(range(1, FORMAT + 1))


def test_many_ids_go_to_an_array(full, tmp_path):
    ids = np.arange(0, 20_000_000, 1_000)
    full.group("many", "time", ids)
    folder = full.save(tmp_path / "w.neurofm")
    assert len((folder / "session.json").read_text()) < 20_000
    assert np.array_equal(Session.restore(folder).groups["many"].ids, ids)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"numbers": 1 << 40}, "numbers: must be a whole number"),
        ({"numbers": True}, "numbers: must be a whole number"),
        ({"surprise": 1}, "surprise: is not known"),
        ({"sources": [{**SOURCE, "kind": ""}]}, r"sources\[0\]\.kind: must be one of"),
        ({"sources": [{**SOURCE, "kind": "spoon"}]}, r"sources\[0\]\.kind: must be one of"),
        ({"sources": [{**SOURCE, "kind": 1}]}, r"sources\[0\]\.kind: must be text"),
        ({"time": 1e300}, "time: must be a number"),
        ({"groups": [{"name": "g", "space": "unit", "ids": [-1]}]}, r"groups\[0\]\.ids\[0\]: must be a whole number"),
        ({"groups": [{"name": "g", "space": "unit", "ids": [1.5]}]}, r"groups\[0\]\.ids\[0\]: must be a whole number"),
        ({"groups": [{"name": "g", "space": "spoon", "ids": []}]}, r"groups\[0\]\.space: must be one of"),
        ({"groups": [{"name": "\0", "space": "unit", "ids": []}]}, r"groups\[0\]\.name: holds a character"),
        ({"groups": [{"name": "\ud800", "space": "unit", "ids": []}]}, r"groups\[0\]\.name: holds a character"),
        ({"groups": [{"name": "x" * 9999, "space": "unit", "ids": []}]}, "characters"),
        ({"views": [{"name": "os.system", "state": {}}]}, r"views\[0\]\.name: is no view"),
        ({"views": [{"name": "latent", "state": {"__class__": 1}}]}, r"state\.__class__: is not known"),
        ({"views": [{"name": "latent", "state": {"size": 1e9}}]}, r"state\.size: must be a number from 0\.25 to 4"),
        ({"actions": [{"kind": "__init__", "name": "", "options": {}, "done": None}]}, r"actions\[0\]\.kind"),
        (
            {"actions": [{"kind": "umap", "name": "x", "options": {"dims": "print(1)", "seed": 0}, "done": None}]},
            r"actions\[0\]\.options\.dims: must be a whole number",
        ),
        (
            {"actions": [{"kind": "close", "name": "x", "options": {"a=1); print": 0}, "done": None}]},
            r"is not known",
        ),
        (
            {"actions": [{"kind": "predict", "name": "x", "options": {"run": "r", "names": ["y"]}, "done": None}]},
            r"actions\[0\]\.options\.names: names 'y', which was not there",
        ),
    ],
)  # fmt: skip
def test_what_was_edited_by_hand_is_refused_by_field(full, tmp_path, change, says):
    folder = full.save(tmp_path / "w.neurofm")
    rewrite(folder, **change)
    with pytest.raises(DataError, match=says):
        Session.restore(folder)


def test_a_page_of_format_1_is_read_as_one_of_format_2(full, tmp_path):
    rows = [{"decoder": "LDA", "shown": "a bin", "scores": [0.5], "cpu_s": 0.1, "run": ""}]
    full.put_result("compare_decoders", "rat", Decoders("rat", "accuracy", Path("/runs/d"), rows))
    folder = full.save(tmp_path / "w.neurofm")
    page = page_of(folder)
    page["recordings"] = [{key: value for key, value in s.items() if key != "kind"} for s in page.pop("sources")]
    page["joined"], page["decoders"] = page.pop("user_tables"), page.pop("results")["compare_decoders"]
    (folder / "session.json").write_text(json.dumps(page | {"format": 1}))
    again = Session.restore(folder)
    same(full, again)
    assert again.decoders["rat"].rows == rows
    again.save(folder)
    assert page_of(folder)["format"] == FORMAT
    assert not {"recordings", "joined", "decoders"} & set(page_of(folder))


@pytest.mark.parametrize("member", [f.name for f in fields(Page) if f.name != "results"])
def test_a_member_that_is_missing_is_named(full, tmp_path, member):
    folder = full.save(tmp_path / "w.neurofm")
    page = page_of(folder)
    del page[member]
    (folder / "session.json").write_text(json.dumps(page))
    with pytest.raises(DataError, match=rf"session\.json: {member}: is missing"):
        Session.restore(folder)


@pytest.mark.parametrize(
    ("member", "says"),
    [
        ("groups", r"groups\[1\]\.name: stands there twice"),
        ("views", r"views\[\d\]\.name: stands there twice"),
        ("sources", "sources: has one name twice"),
    ],
)
def test_a_name_that_stands_there_twice_is_refused(full, tmp_path, member, says):
    folder = full.save(tmp_path / "w.neurofm")
    items = page_of(folder)[member]
    rewrite(folder, **{member: [*items, items[0]]})
    with pytest.raises(DataError, match=says):
        Session.restore(folder)


@pytest.mark.parametrize(("count", "inline"), [(INLINE, True), (INLINE + 1, False)])
def test_few_ids_stand_in_the_page_itself(full, count, inline):
    full.group("some", "time", np.arange(count))
    (group,) = [g for g in describe(full, lambda thing: "array")["groups"] if g["name"] == "some"]
    assert group["ids"] == (list(range(count)) if inline else "array")
