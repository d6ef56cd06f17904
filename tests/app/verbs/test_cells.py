from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurofm import io
from neurofm.app.pictures.scene import Shape
from neurofm.app.session import Session
from neurofm.app.state import volumes
from neurofm.app.views import slices
from neurofm.data.cells import Cells
from neurofm.synthetic.phantoms import Plan, phantom
from tests.app.user import AtOnce


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("neurofm.app.jobs.Jobs", AtOnce)
    slab = phantom(Plan(shape=(24, 64, 96), areas=(0, 1)), session="slab").loaded()
    return Session(io.write(slab, tmp_path / "slab.volume.h5"), folder=tmp_path / "runs")


def cells_of(session: Session) -> Any:
    return next(source for source in session.sources.values() if isinstance(source, Cells))


def test_pieces_of_a_class_become_cells_with_regions_and_numbers(session: Session) -> None:
    session.cells("slab", label="structure", least=10).wait()
    cells, slab = cells_of(session), session.sources["slab"]
    assert list(session.sources) == ["slab", "slab cell numbers", "slab cells"]
    numbers = session.sources["slab cell numbers"].labels["cell"].levels[0][:, :, :]
    structure = slab.labels["structure"].levels[0][:, :, :]
    assert set(np.unique(numbers)) == {0, *cells.numbers}
    assert (structure[numbers > 0] == 2).all()
    assert set(cells.cells["region"]) <= {"cortex", "striatum"}
    told = cells.regions.set_index("region")
    where = slab.labels["region"].levels[0][:, :, :]
    assert told["cells"].sum() == len(cells.cells)
    assert told.loc["cortex", "vessel share"] == pytest.approx((structure[where == 1] == 1).mean())
    assert told.loc["striatum", "mm3"] == pytest.approx((where == 2).sum() * 1.17**3 / 1e9)


def test_measured_again_they_take_the_place_of_those_of_before_and_of_another_class_they_do_not(
    session: Session,
) -> None:
    session.cells("slab", label="structure", least=10).wait()
    before = cells_of(session)
    session.selection.pick("cell", session.everything("cell")[:1])
    session.cells("slab", label="structure", least=40).wait()
    assert list(session.sources) == ["slab", "slab cell numbers", "slab cells"]
    assert len(cells_of(session).cells) < len(before.cells)
    assert session.sources["slab cell numbers"].paths == (cells_of(session).volume,)
    assert not len(session.selection.picked("cell"))
    assert session.script().count("session.cells(") == 2  # what was done between may need the first
    session.cells("slab", label="structure", of="vessel", least=10).wait()
    assert list(session.sources)[3:] == ["slab cell numbers 2", "slab cells 2"]
    session.cells("slab", label="structure", least=10).wait()
    assert list(session.sources)[5:] == ["slab cell numbers 3", "slab cells 3"]


def test_cells_that_were_mended_stay_where_they_are_measured_again(session: Session) -> None:
    session.cells("slab", label="structure", least=10).wait()
    number = int(cells_of(session).numbers[0])
    numbers = session.sources["slab cell numbers"].labels["cell"].levels[0][:, :, :]
    session.paint("slab cell numbers", np.argwhere(numbers == number)[:1], 0, label="cell")
    session.cells("slab", label="structure", least=10).wait()
    assert "slab cell numbers 2" in session.sources


def test_cells_of_a_users_own_stay_where_cells_are_measured_again(session: Session, tmp_path: Path) -> None:
    session.cells("slab", label="structure", least=10).wait()
    own = replace(cells_of(session), session="slab cells", paths=())
    session.close("slab cells")
    session.add(io.read(io.write(own, tmp_path / "slab cells.cells.h5")))
    before = session.sources["slab cells"]
    session.cells("slab", label="structure", least=10).wait()
    assert session.sources["slab cells"] is before
    assert "slab cells 2" in session.sources


@pytest.mark.parametrize("between", ["place", "close", "open"])
def test_the_script_of_what_was_measured_twice_runs(between: str, session: Session, tmp_path: Path) -> None:
    session.cells("slab", label="structure", least=10).wait()
    if between == "place":
        session.place("slab", size=2.0)
    elif between == "close":
        session.close("slab cells")
    else:
        session.open(io.write(phantom(Plan(shape=(8, 32, 32)), session="other").loaded(), tmp_path / "o.volume.h5"))
    session.cells("slab", label="structure", least=40).wait()
    again = Session.restore(session.save(tmp_path / "work.neurofm"))
    assert cells_of(again).cells.equals(cells_of(session).cells)
    space: dict[str, Any] = {}
    exec(compile(session.script(), "script", "exec"), space)
    assert list(space["session"].sources) == list(session.sources)
    np.testing.assert_allclose(cells_of(space["session"]).places, cells_of(session).places)


def test_numbers_of_labels_are_cells_as_they_are(session: Session) -> None:
    session.cells("slab", label="cell").wait()
    truth = np.unique(session.sources["slab"].labels["cell"].levels[0][:, :, :])
    assert cells_of(session).numbers.tolist() == truth[1:].tolist()
    assert list(session.sources) == ["slab", "slab cells"]


@pytest.mark.parametrize("label", ["cell", "structure"])
def test_a_click_picks_the_cell_and_a_pick_lights_its_voxels(session: Session, label: str) -> None:
    session.cells("slab", label=label, least=30).wait()
    cells = cells_of(session)
    here = volumes.labels(session, session.sources["slab"])
    on = here["cell" if label == "cell" else "slab cell numbers"]
    row = int(cells.cells["voxels"].argmax())
    number, place = int(cells.numbers[row]), cells.places[row]
    ids = session.everything("cell")
    session.selection.pick("cell", ids[row : row + 1])
    assert volumes.lit(session, session.sources["slab"], on).tolist() == [number]
    state = slices.State(volume="slab", labels=on.title, depth=100 * place[0] / 1.17 / 23)
    pyramid = session.sources["slab"].whole
    low, high = pyramid.box[:, 1]
    shape = Shape("point", np.array([[place[2], low + high - place[1]]]))
    for _ in range(200):
        space, hit = slices.hit(state, session, shape)
        if len(hit):
            break
    assert (space, hit.tolist()) == ("cell", [ids[row]])
    assert f"cell {number}" in slices.SPEC.describe(state, session, space, int(hit[0]))


def test_the_script_does_it_again(session: Session) -> None:
    session.cells("slab", label="structure", least=10, split=True).wait()
    assert "session.cells('slab', label='structure', least=10, split=True).wait()" in session.script()
    names: dict[str, Any] = {}
    exec(session.script(), names)
    assert list(names["session"].sources) == list(session.sources)
    assert cells_of(names["session"]).cells.equals(cells_of(session).cells)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"volume": "slub"}, LookupError, "did you mean 'slab'"),
        ({"label": "kind"}, LookupError, "no labels 'kind'"),
        ({"label": "structure", "of": "neuron"}, LookupError, "no class 'neuron'"),
        ({"least": 0}, ValueError, "from 1 on"),
        ({"least": 2.5}, ValueError, "whole number"),
        ({"regions": "atlas"}, LookupError, "no volume of regions"),
    ],
)
def test_what_cannot_be_is_said(session: Session, asked: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        session.cells(**{"volume": "slab", **asked})
    assert not list(session.jobs)


def test_a_class_that_is_nowhere_gives_no_cells_and_a_warning(session: Session) -> None:
    session.cells("slab", label="structure", of="77").wait()
    assert "are none" in cells_of(session).summary()["warnings"][0]


def test_no_volume_with_labels(session: Session) -> None:
    bare = Session([replace(session.sources["slab"], labels={}, paths=())])
    with pytest.raises(LookupError, match="no volume with labels"):
        bare.cells()
