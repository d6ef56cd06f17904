import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sklearn.metrics import r2_score

import neurofm as nf
from neurofm import io
from neurofm.data import Series
from neurofm.errors import DataError, NeuroFMError, RunError, Stopped, UnknownUnits


def stop_at(number):
    def step(fraction, text, preview=None, metrics=None):
        if metrics["step"] == number:
            raise Stopped("stopped")

    return step


def weights(run):
    return load_file(run.path / "weights.safetensors")


def same(a, b):
    """Equal up to what another order of sums in another process may do; a state that was lost moves them by 1e-3."""
    return a.keys() == b.keys() and all(torch.allclose(a[k], b[k], rtol=0, atol=1e-5) for k in a)


@pytest.mark.parametrize("extra", [{}, {"optimizer": "lamb", "average": 0.9}], ids=["adamw", "lamb averaged"])
def test_a_stopped_run_resumes_to_the_same_numbers(tmp_path, recordings, tiny, extra):
    straight = nf.train("poyo", recordings[:2], tmp_path / "a", settings=tiny | extra)
    with pytest.raises(Stopped):
        nf.train("poyo", recordings[:2], tmp_path / "b", settings=tiny | extra, step=stop_at(11))
    assert not nf.load(tmp_path / "b").metrics
    resumed = nf.train("poyo", recordings[:2], tmp_path / "b", resume=True)
    assert same(weights(straight), weights(resumed))
    assert straight.metrics["r2"] == resumed.metrics["r2"]
    steps = [
        [json.loads(line)["step"] for line in (r.path / "log.jsonl").read_text().splitlines()]
        for r in (straight, resumed)
    ]
    assert steps[0] == steps[1] == list(range(1, 25))


@pytest.mark.parametrize("begun", ["by nobody", "and stopped", "by one that died", "as an adapted one"])
def test_of_two_that_train_into_one_folder_the_second_is_told_who_does(tmp_path, recordings, tiny, begun):
    path, out = io.write(recordings[0], tmp_path / "a.h5"), tmp_path / "runs" / "run"
    nf.train("poyo", path, tmp_path / "base", settings=tiny | {"steps": 1})
    if begun == "and stopped":
        with pytest.raises(Stopped):
            nf.train("poyo", path, out, settings=tiny, step=stop_at(2))
    if begun == "by one that died":
        out.mkdir(parents=True)
        (out / ".lock").touch()
        (out / ".lock.json").write_text(
            json.dumps({"pid": 1 << 22, "host": socket.gethostname(), "user": "ada", "time": 0})
        )
    call = [sys.executable, "-m", "neurofm"]
    call += ["finetune", str(tmp_path / "base")] if begun == "as an adapted one" else ["train", "poyo"]
    call += [str(path), "--out", str(out), "--device", "cpu", *(["--resume"] if begun == "and stopped" else [])]
    call += [
        word for k, v in tiny.items() if begun != "as an adapted one" or k == "steps" for word in ("--set", f"{k}={v}")
    ]
    pair = [subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate(timeout=300)[1] for one in pair]
    assert sorted(one.returncode == 0 for one in pair) == [False, True], said
    (refused,) = (words for one, words in zip(pair, said) if one.returncode)
    (owner,) = (one for one in pair if not one.returncode)
    told = rf"is being written by .* \(process {owner.pid}\)" if "holds a run already" not in refused else "resume it"
    assert re.search(told, " ".join(refused.split()))
    config, log = json.loads((out / "config.json").read_text()), (out / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in log] == list(range(1, config["schedule"]["steps"] + 1))
    assert not list(out.glob(".lock*"))
    nf.load(out).predict(nf.read(path))


def test_one_that_begins_before_another_has_written_anything_is_told(tmp_path, recordings, tiny, monkeypatch):
    from neurofm.training import fit

    begin = fit._begin

    def late(*given):
        monkeypatch.setattr(fit, "_begin", begin)
        with pytest.raises(RunError, match=rf"is being written by .* \(process {os.getpid()}\)"):
            nf.train("poyo", recordings[1], tmp_path / "run", settings=tiny)
        return begin(*given)

    monkeypatch.setattr(fit, "_begin", late)
    run = nf.train("poyo", recordings[0], tmp_path / "run", settings=tiny | {"steps": 2})
    assert run.sessions == [recordings[0].session]


def test_a_stopped_run_predicts_and_its_steps_can_be_done_again(tmp_path, recordings, tiny):
    with pytest.raises(Stopped):
        nf.train("poyo", recordings[0], tmp_path / "a", settings=tiny, step=stop_at(11))
    again = nf.train("poyo", recordings[0], tmp_path / "b", settings=tiny | {"until": 11})
    assert again.metrics["steps"] == 11
    stopped = nf.load(tmp_path / "a").predict(recordings[0])
    np.testing.assert_array_equal(stopped.values, again.predict(recordings[0]).values)


def test_a_window_that_was_chosen_is_not_changed_but_refused_before_anything_is_written(tmp_path, recordings, tiny):
    starts = np.arange(0, 38, 1.6)
    short = replace(recordings[1], domain=np.stack([starts, starts + 0.6], 1))
    with pytest.raises(DataError, match=r"no stretch of training time lasts 0\.7 s; choose a shorter window"):
        nf.train("poyo", [recordings[0], short], tmp_path / "a", settings=tiny | {"window": 0.7})
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"device": "gpu"}, LookupError, "no device 'gpu'; there are auto, cpu, cuda, mps"),
        ({"seed": -1}, ValueError, "seed must be a whole number from 0 on, got -1"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(tmp_path, recordings, tiny, wrong, error, words):
    with pytest.raises(error, match=words):
        nf.train("poyo", recordings[0], tmp_path / "a", settings=tiny, **wrong)
    assert not (tmp_path / "a").exists()


KILLED = """
import os, signal, sys
import torch
torch.set_num_threads(int(sys.argv[4]))
import neurofm as nf
from neurofm.training import loop
loop.SAVE_EVERY = 0.0
def step(fraction, text, preview=None, metrics=None):
    if metrics["step"] == 11:
        os.kill(os.getpid(), signal.SIGKILL)
nf.train("poyo", sys.argv[1], sys.argv[2], settings=eval(sys.argv[3]), step=step)
"""


def test_a_killed_run_resumes_to_the_same_numbers(tmp_path, recordings, tiny):
    path = io.write(recordings[0], tmp_path / "one.h5")
    straight = nf.train("poyo", path, tmp_path / "a", settings=tiny)
    arguments = [path, tmp_path / "b", repr(tiny), str(torch.get_num_threads())]
    died = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert died.returncode == -signal.SIGKILL
    assert same(weights(straight), weights(nf.train("poyo", path, tmp_path / "b", resume=True)))


def test_a_seed_gives_one_run_and_another_seed_another(tmp_path, recordings, tiny):
    first, again, other = (
        nf.train("poyo", recordings[0], tmp_path / name, settings=tiny, seed=seed)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert same(weights(first), weights(again))
    assert not same(weights(first), weights(other))


def test_a_run_says_what_made_it(tmp_path, recordings, tiny):
    run = nf.train("poyo", recordings[0], tmp_path / "a", settings=tiny)
    files = {p.name for p in run.path.iterdir()}
    assert files >= {
        "config.json", "weights.safetensors", "checkpoint.safetensors", "checkpoint.json", "vocab.json", "metrics.json",
        "log.jsonl", "recipe.py",
    }  # fmt: skip
    assert {"steps", "seconds", "peak_mb", "r2", "sessions"} <= run.metrics.keys()
    recipe = (run.path / "recipe.py").read_text()
    compile(recipe, "recipe.py", "exec")
    assert "once what was made or changed in Python stands in place of `...`" in recipe  # it is in no file
    assert "recordings = [...]" in recipe


def test_scores_are_of_the_held_out_time_alone(tmp_path, recordings, tiny):
    run = nf.train("poyo", recordings[0], tmp_path / "a", settings=tiny)
    decoded = run.predict(recordings[0])
    apart = decoded.held_out
    wanted = r2_score(decoded.truth[apart], decoded.values[apart], multioutput="raw_values")
    np.testing.assert_allclose([decoded.metrics["r2_vx"], decoded.metrics["r2_vy"]], wanted)
    assert 0.1 < apart.mean() < 0.3


def test_a_reloaded_run_predicts_the_same(tmp_path, recordings, tiny):
    run = nf.train("poyo", recordings[0], tmp_path / "a", settings=tiny)
    np.testing.assert_array_equal(run.predict(recordings[0]).values, nf.load(run.path).predict(recordings[0]).values)


def test_embeddings_lead_back(tmp_path, recordings, tiny):
    run = nf.train("poyo", recordings[:2], tmp_path / "a", settings=tiny)
    units = run.embed(recordings[:2], of="unit")
    assert units.labels == tuple(recordings[0].unit_names + recordings[1].unit_names)
    assert len(np.unique(units.ids)) == 12
    moments = run.embed(recordings[0], of="time")
    assert (np.diff(moments.ids) > 0).all()
    assert moments.ids[-1] / 1e6 <= 40.0


def test_identifying_units_leaves_the_core_as_it_was(tmp_path, recordings, tiny):
    base = nf.train("poyo", recordings[:2], tmp_path / "a", settings=tiny)
    adapted = nf.finetune(base, recordings[2], tmp_path / "b", units_only=True, settings={"steps": 10})
    before, after = weights(base), weights(adapted)
    for name in before.keys() - {"units.weight", "sessions.weight", "scale"}:
        assert torch.equal(before[name], after[name]), name
    assert torch.equal(after["units.weight"][:13], before["units.weight"])
    assert len(after["units.weight"]) == 19
    np.testing.assert_array_equal(base.predict(recordings[0]).values, adapted.predict(recordings[0]).values)


def test_windows_get_shorter_where_a_new_recording_lies_in_shorter_stretches(tmp_path, recordings, tiny):
    base = nf.train("poyo", recordings[:1], tmp_path / "a", settings=tiny)
    pieces = np.stack([np.arange(0.0, 29.0, 1.0), np.arange(0.0, 29.0, 1.0) + 0.6], 1)
    short = replace(recordings[2], domain=pieces)
    adapted = nf.finetune(base, short, tmp_path / "b", units_only=True, settings={"steps": 4})
    assert base.config["config"]["window"] == 1.0
    assert adapted.config["config"]["window"] == nf.load(adapted.path).model.config.window <= 0.6
    assert "windows last" in " ".join(adapted.config["notes"])
    assert np.isfinite(nf.load(adapted.path).predict(short).values).any()


def test_full_adaptation_moves_the_core_and_resumes(tmp_path, recordings, tiny):
    base = nf.train("poyo", recordings[:2], tmp_path / "a", settings=tiny)
    straight = nf.finetune(base, recordings[2], tmp_path / "b", settings={"steps": 12})
    assert not torch.equal(weights(base)["readout.weight"], weights(straight)["readout.weight"])
    with pytest.raises(Stopped):
        nf.finetune(base, recordings[2], tmp_path / "c", settings={"steps": 12}, step=stop_at(7))
    assert same(weights(straight), weights(nf.finetune(base, recordings[2], tmp_path / "c", resume=True)))


def flat(r):
    v = r.series["velocity"]
    return replace(r, series={"velocity": Series(v.times, v.values * [1.0, 0.0], v.names)})


def unmeasured(r):
    v = r.series["velocity"]
    return replace(r, series={"velocity": Series(v.times, v.values * np.nan, v.names)})


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (flat, "never changes in 'vy'"),
        (lambda r: replace(r, series={}), "no behaviour that could be decoded"),
        (unmeasured, "no values in the training time"),
        (lambda r: nf.Recording(session="s", series=r.series), "no spikes to learn from"),
    ],
    ids=["flat", "no behaviour", "unmeasured", "no spikes"],
)
def test_what_cannot_be_learned_is_told_before_training(tmp_path, recordings, tiny, spoil, words):
    with pytest.raises(DataError, match=words):
        nf.train("poyo", spoil(recordings[0]), tmp_path / "a", settings=tiny)
    assert not (tmp_path / "a").exists()


@pytest.fixture(scope="module")
def one_step(recordings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "a"
    return nf.train("poyo", recordings[0], folder, settings={"steps": 1, "dim": 16}, device="cpu")


@pytest.mark.parametrize(
    ("which", "options", "words"),
    [(0, {}, "holds a run already"), (1, {"resume": True}, "was begun on session-0, not on session-1; open these")],
)
def test_a_folder_that_holds_a_run_is_guarded(one_step, recordings, which, options, words):
    words = words.replace("session-0", recordings[0].session).replace("session-1", recordings[1].session)
    with pytest.raises(RunError, match=words):
        nf.train("poyo", recordings[which], one_step.path, **options)


@pytest.mark.parametrize("inside", ["", "new"])
def test_a_run_is_not_written_over_by_its_own_adaptation(one_step, recordings, inside):
    before = {path.name: path.read_bytes() for path in one_step.path.iterdir() if path.is_file()}
    for options in ({"exist_ok": True}, {"resume": True}, {}):
        with pytest.raises(RunError, match="is the folder of the run that is adapted, or inside it; give another"):
            nf.finetune(one_step, recordings[2], one_step.path / inside, settings={"steps": 1}, **options)
    assert {path.name: path.read_bytes() for path in one_step.path.iterdir() if path.is_file()} == before
    assert not (one_step.path / "new").exists()


@pytest.mark.parametrize(
    ("model", "options", "error", "words"),
    [
        ("poyoo", {}, LookupError, "no model 'poyoo'; there are"),
        ("poyo", {"settings": {"depht": 2}}, LookupError, "no setting 'depht'"),
        ("poyo", {"settings": {"depth": 99}}, ValueError, "depth must be a whole number from 0 to 48"),
        ("poyo", {"device": "cuda"}, NeuroFMError, "no CUDA GPU"),
    ],
    ids=["model", "setting", "value", "device"],
)
def test_what_does_not_exist_is_refused_before_a_folder_is_made(tmp_path, recordings, model, options, error, words):
    with pytest.raises(error, match=words):
        nf.train(model, recordings[0], tmp_path / "b", **options)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("act", ["predict", "embed"])
def test_a_recording_that_the_run_has_never_seen_must_be_adapted_to_first(one_step, recordings, act):
    with pytest.raises(UnknownUnits, match="adapt it to this recording first"):
        getattr(one_step, act)(recordings[1])


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("config.json", "{", "config.json: cannot be read"),
        ("config.json", '{"format": 99, "model": "poyo", "config": {}, "target": {}}', "update neurofm"),
        ("config.json", "[]", "not that of a run"),
        ("weights.safetensors", "", "weights.safetensors: cannot be read"),
        ("vocab.json", '{"units": [], "sessions": []}', "does not fit config.json"),
    ],
)
def test_a_broken_run_folder_is_told(tmp_path, recordings, tiny, file, text, words):
    run = nf.train("poyo", recordings[0], tmp_path / "a", settings=tiny)
    (run.path / file).write_text(text)
    with pytest.raises(RunError, match=words):
        nf.load(run.path).predict(recordings[0])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": 1}, "seed: the run was begun with 0, not 1"),
        ({"settings": {"dim": 24}}, "dim: the run was begun with 16, not 24"),
        ({"settings": {"lr": 0.5}}, "lr: the run was begun with"),
    ],
)
def test_a_run_that_was_begun_otherwise_is_not_taken_for_the_one_that_is_asked_for(tmp_path, recordings, change, says):
    nf.train("poyo", recordings[:1], tmp_path / "a", settings={"steps": 1, "dim": 16}, device="cpu")
    with pytest.raises(RunError, match=says):
        nf.train("poyo", recordings[:1], tmp_path / "a", device="cpu", resume=True, **change)
    assert nf.train("poyo", recordings[:1], tmp_path / "a", resume=True, settings={"dim": 16}).metrics["steps"] == 1


def test_a_run_is_not_gone_on_with_once_its_data_have_changed(tmp_path, recordings):
    io.write(recordings[0], tmp_path / "r.h5")
    nf.train("poyo", tmp_path / "r.h5", tmp_path / "a", settings={"steps": 1, "dim": 16}, device="cpu")
    io.write(replace(recordings[0], subject="another"), tmp_path / "r.h5")
    with pytest.raises(RunError, match="has changed since the run was begun"):
        nf.train("poyo", tmp_path / "r.h5", tmp_path / "a", device="cpu", resume=True)
