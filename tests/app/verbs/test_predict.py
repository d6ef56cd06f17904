"""Predict: a run decodes a source, in a file that the session takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurofm.app.verbs import predict
from neurofm.data import Prediction, store
from neurofm.data.prediction import HIDDEN
from neurofm.errors import Stopped


@pytest.fixture
def session(session, make, fake_jobs, tmp_path):
    session.add(make.run(tmp_path / "run-1", "rat"))
    return session


def test_the_worker_gets_the_run_and_the_file_of_the_source(session, tmp_path):
    job = session.predict("run-1", "rat")
    (data,) = session.files(["rat"])
    assert (job.task, job.title) == ("predict", "Decode rat by run-1")
    assert job.arguments == {"run": str(tmp_path / "run-1"), "data": data}
    assert (job.action.name, job.action.options) == ("run-1 rat", {"run": "run-1", "names": ["rat"]})


@pytest.mark.parametrize(("run", "name", "says"), [("x", "rat", "no run 'x'"), ("run-1", "x", "no source 'x'")])
def test_what_is_not_there_is_refused_by_name(session, run, name, says):
    before = list(session.actions)
    with pytest.raises(LookupError, match=says):
        session.predict(run, name)
    assert list(session.jobs) == []
    assert session.actions == before


@pytest.mark.parametrize(
    ("made", "code"), [(["run-1", "rat"], ["session.add(run_1.predict(rat))"]), (["rat"], [])], ids=["run", "no run"]
)
def test_the_script_decodes_with_the_run_if_that_is_made(lines, made, code):
    assert lines("predict", "run-1 rat", *made, run="run-1", names=["rat"]) == code


@pytest.mark.parametrize(
    ("maker", "changes", "own"),
    [
        ("prediction", {}, True),
        ("prediction", {"kind": "rates", "target": f"{HIDDEN}units"}, False),
        ("units", {}, False),
    ],
    ids=["decoded", "filled in", "placed"],
)
def test_only_what_was_decoded_is_traced_back_to_decoding(session, make, maker, changes, own):
    result = replace(getattr(make, maker)(session.recordings["rat"]), **changes)
    before = list(session.actions)
    assert predict.traced(session, "a rat", result) == own
    written = [(action.kind, action.options) for action in session.actions[len(before) :]]
    assert written == [("predict", {"run": "a", "names": ["rat"]})] * own


def test_the_file_holds_a_prediction_of_the_recording(run, files, told, tmp_path):
    prediction = store.load(predict.work(told, tmp_path, run=run, data=files[0])["out"])
    assert isinstance(prediction, Prediction)
    assert prediction.session == "ada"


def test_long_decoding_can_be_stopped(run, files, tmp_path):
    def stop(*_, **__):
        raise Stopped("stopped")

    with pytest.raises(Stopped):
        predict.work(stop, tmp_path, run=run, data=files[0])
