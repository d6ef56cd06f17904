"""Map regions: the map is a volume of its own, which cells are counted by, and comes again from the script."""

from __future__ import annotations

import numpy as np
import pytest

import neurofm as nf
from neurofm import cli, io
from neurofm.app.pictures.scene import Shape
from neurofm.app.session import Session
from neurofm.app.views import slices
from tests.app.user import AtOnce
from tests.small import squares_of_two

pytest.importorskip("tensorstore")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("regions")
    two = io.write(squares_of_two(512), folder / "two.volume.h5")
    settings = {"steps": 40, "batch": 16, "edge": 32}
    return two, nf.train("region_net", two, folder / "run", settings=settings, device="cpu").path


@pytest.fixture
def session(files, tmp_path, monkeypatch):
    monkeypatch.setattr("neurofm.app.jobs.Jobs", AtOnce)
    session = Session(files[0], folder=tmp_path / "runs")
    session.open(files[1])
    return session


def test_the_map_is_true_away_from_borders_and_tells_regions_of_cells(session):
    session.map_regions("run", "two")
    regions, truth = session.sources["two regions"], session.sources["two"].labels["region"].levels[0][0]
    assert regions.names == {"region": {1: "fine", 2: "coarse"}}
    cells = regions.whole.levels[0][0]
    places = np.arange(len(cells)) * 8 + 4
    away = np.abs((places + 64) % 128 - 64) > 24
    assert (cells == truth[np.ix_(places, places)])[:, away].mean() > 0.97
    assert "session.map_regions('run', 'two', name='two regions').wait()" in session.script()
    session.cells("two", label="region", of="coarse", regions="two regions", least=9)
    table = session.sources["two cells"].regions.set_index("region")
    assert table.loc["coarse", "coarse share"] > 0.9 > 0.1 > table.loc["fine", "coarse share"]


def test_a_box_and_a_stride_are_in_the_script(session):
    session.map_regions("run", "two", [[0, 1], [0, 100], [0, 64]], stride=16)
    assert session.sources["two regions"].whole.shape == (1, 7, 4)
    told = "'two', box=[[0, 1], [0, 100], [0, 64]], stride=16, name="
    assert told in session.script()


@pytest.mark.parametrize(("run", "volume"), [("none", "two"), ("run", "none")])
def test_what_is_not_there_is_refused(session, run, volume):
    with pytest.raises(LookupError, match="none"):
        session.map_regions(run, volume)


def test_the_command_leaves_the_same(files, session, tmp_path):
    out = tmp_path / "out.zarr"
    call = ["map-regions", str(files[1]), str(files[0]), "--out", str(out), "--stride", "16"]
    assert cli.run(call) == 0
    session.map_regions("run", "two", stride=16)
    ours, theirs = (v.whole.levels[0][:, :, :] for v in (io.read(str(out)), session.sources["two regions"]))
    np.testing.assert_array_equal(ours, theirs)
    assert cli.run([*call[:-1], "99"]) == 2


def test_a_run_of_regions_says_nothing_of_voxels(files, tmp_path, capsys):
    assert cli.run(["segment", str(files[1]), str(files[0]), "--out", str(tmp_path / "out.zarr")]) == 1
    assert "model: is region_net, which does not say what voxels are" in capsys.readouterr().err


def test_how_probable_regions_are_is_told_under_the_mouse(session):
    session.map_regions("run", "two")
    state = session.view("slices")
    for x, first in ((60.0, "fine"), (188.0, "coarse")):
        told = slices.under(state, session, Shape("point", np.array([[x, 300.0]])))
        assert f"two regions: {first} 0." in told or f"two regions: {first} 1.00" in told
    assert slices.under(state, session, Shape("point", np.array([[-50.0, 300.0]]))) == ""
