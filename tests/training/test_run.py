"""A run is its folder's facts with a network above them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import neurofm as nf
from neurofm import io
from neurofm.data import Recording
from neurofm.errors import DataError, RunError, UnknownUnits
from neurofm.runs import RunFolder
from neurofm.training import run as runs


@pytest.fixture(scope="module")
def trained(recordings, tmp_path_factory):
    sizes = {"steps": 2, "dim": 16, "depth": 0, "batch": 2}
    return nf.train("poyo", recordings[:2], tmp_path_factory.mktemp("runs") / "poyo-1", settings=sizes, device="cpu")


def test_its_facts_are_those_of_the_folder(trained):
    folder = RunFolder(trained.path)
    assert isinstance(trained, RunFolder)
    for fact in ("name", "config", "metrics", "spaces", "parts", "fills", "takes", "sessions", "target", "targets"):
        assert getattr(trained, fact) == getattr(folder, fact), fact


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"of": "region"}, "no space 'region'; there are session, time, trial, unit"),
        ({"of": "time", "part": "style"}, "no part of its latents 'style'"),
    ],
)
def test_what_it_does_not_have_is_told_with_what_it_has(trained, recordings, options, words):
    with pytest.raises(LookupError, match=words):
        trained.embed(recordings[0], **options)


@pytest.mark.parametrize("several", [list, tuple, iter, lambda data: {r.session: r for r in data}.values()])
def test_one_recording_or_any_number_of_them_can_be_embedded(trained, recordings, several):
    both = trained.embed(several(recordings[:2]))
    assert both.sessions == tuple(r.session for r in recordings[:2])
    assert isinstance(recordings[0], Recording)
    assert len(trained.embed(recordings[0]).ids) * 2 == len(both.ids)


@pytest.fixture(scope="module")
def namesakes(recordings, tmp_path_factory):
    """Files of three animals whose sessions are all called rec."""
    home = tmp_path_factory.mktemp("namesakes")
    named = [replace(r, session="rec", subject=name) for r, name in zip(recordings, ("ada", "bo", "cy"))]
    return [io.write(r, home / f"{r.subject}.h5") for r in named]


def test_recordings_of_one_name_are_learned_and_known_apart(namesakes, recordings, tmp_path):
    sizes = {"steps": 2, "dim": 16, "depth": 0, "batch": 2}
    run = nf.train("poyo", namesakes[:2], tmp_path / "run", settings=sizes, device="cpu")
    apart = [replace(r, session=name) for r, name in zip(recordings, ("rec", "rec (bo)"))]
    wanted = nf.train("poyo", apart, tmp_path / "apart", settings=sizes, device="cpu")
    assert run.sessions == wanted.sessions == ["rec", "rec (bo)"]
    assert run.vocab["units"] == wanted.vocab["units"]
    assert len(set(run.vocab["units"])) == 12
    for path, one in zip(namesakes, apart):
        for source in (nf.read(path), replace(nf.read(path), session="mine")):  # whatever it is called now
            said, right = run.predict(source), wanted.predict(one)
            assert said.session == source.session
            np.testing.assert_array_equal(said.values, right.values)
            units = run.embed(source, "unit")
            np.testing.assert_array_equal(units.values, wanted.embed(one, "unit").values)
            assert units.labels == tuple(source.unit_names)
            assert units.sessions == (source.session,)


def test_a_namesake_is_adapted_to_as_the_stranger_that_it_is(namesakes, tmp_path):
    sizes = {"steps": 2, "dim": 16, "depth": 0, "batch": 2}
    base = nf.train("poyo", namesakes[0], tmp_path / "base", settings=sizes, device="cpu")
    with pytest.raises(UnknownUnits):
        base.predict(nf.read(namesakes[1]))
    adapted = nf.finetune(base, namesakes[1:], tmp_path / "adapted", settings={"steps": 2}, device="cpu")
    assert adapted.sessions == ["rec", "rec (bo)", "rec (cy)"]
    assert len(set(adapted.vocab["units"])) == 18
    for path in namesakes:
        assert adapted.predict(nf.read(path)).session == "rec"


def test_a_fresh_network_has_other_weights_of_the_same_shapes(trained):
    torch.manual_seed(1)
    fresh, own = trained.blank().state_dict(), trained.model.state_dict()
    assert {n: x.shape for n, x in fresh.items()} == {n: x.shape for n, x in own.items()}
    assert not torch.equal(fresh["units.weight"], own["units.weight"])


def test_a_config_that_the_model_does_not_know_is_told(trained):
    again = nf.load(trained.path)
    again.config["config"]["depht"] = 3
    with pytest.raises(RunError, match=r"config\.json: does not fit this neurofm .*; train again"):
        again.blank()


@pytest.mark.parametrize("device", ["cpu", "auto"])
def test_a_word_for_a_device_is_one_of_torch(device):
    assert isinstance(runs.place(device), torch.device)


def test_a_file_does_as_well_as_what_is_in_it(trained, recordings, tmp_path):
    path = io.write(recordings[0], tmp_path / "a.h5")
    for asked in (str(path), path):
        assert np.array_equal(trained.predict(asked).values, trained.predict(recordings[0]).values)
        assert np.array_equal(trained.embed(asked, "unit").values, trained.embed(recordings[0], "unit").values)
    assert len(trained.embed([path, recordings[1]], "unit").sessions) == 2
    with pytest.raises(DataError, match=r"nowhere\.h5"):
        trained.predict(tmp_path / "nowhere.h5")
