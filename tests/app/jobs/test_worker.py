import json
import os
import subprocess
import sys
import threading
import time

import pytest

from neurofm.app.jobs import worker
from neurofm.errors import Stopped


@pytest.fixture
def told():
    return []


@pytest.fixture
def control():
    return worker.Control()


@pytest.fixture
def step(told, control):
    steps = worker.Steps(told.append, control)
    yield steps
    steps.close()


def job(folder, task, **arguments):
    (folder / "job.json").write_text(json.dumps({"task": task, "arguments": arguments}))
    return folder


def test_lines_are_few_and_the_last_is_not_lost(step, told):
    start = time.monotonic()
    for k in range(20_000):
        step(k / 20_000, f"step {k}")
    step(1.0, "last")
    step.close()
    assert len(told) <= 3 + (time.monotonic() - start) / worker.PAUSE
    assert told[-1] == {"done": 1.0, "message": "last"}


def test_a_line_does_not_wait_for_the_next_step(step, told):
    step(0.1, "first")
    step(0.2, "second")
    deadline = time.monotonic() + 5
    while not (told and told[-1]["message"] == "second"):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_step_raises_once_asked_to_stop(step, control):
    control.obey("stop")
    with pytest.raises(Stopped):
        step(0.5, "half")


@pytest.mark.parametrize("release", ["resume", "stop"])
def test_step_blocks_while_paused(step, control, release):
    control.obey("pause")
    passed = []

    def go():
        try:
            step(0.5, "half")
            passed.append("resume")
        except Stopped:
            passed.append("stop")

    thread = threading.Thread(target=go)
    thread.start()
    thread.join(0.1)
    assert not passed
    control.obey(release)
    thread.join(5)
    assert passed == [release]


def test_run_leaves_the_result_in_the_folder(tmp_path, step):
    def add(step, folder, a, b):
        return {"sum": a + b}

    final = worker.run(lambda name: add, job(tmp_path, "add", a=1, b=2), step)
    assert final == {"state": "done"}
    assert json.loads((tmp_path / "result.json").read_text()) == {"sum": 3}


def test_a_stopped_task_is_no_failure(tmp_path, step, control):
    control.obey("stop")
    assert worker.run(lambda name: lambda step, folder: step(0, ""), job(tmp_path, "go"), step) == {"state": "stopped"}
    assert not (tmp_path / "result.json").exists()


@pytest.mark.parametrize("text", ["", "[1]", '{"task": "train"}', '{"task": "train", "arguments": [1]}'])
def test_a_broken_order_is_refused_by_name(tmp_path, step, text):
    (tmp_path / "job.json").write_text(text)
    final = worker.run(worker.find, tmp_path, step)
    assert final["state"] == "failed"
    assert str(tmp_path / "job.json") in final["error"]


def test_only_the_tasks_of_the_table_can_be_called(tmp_path, step):
    final = worker.run(worker.find, job(tmp_path, "os:remove", path="x"), step)
    assert final["error"].startswith("no verb 'os:remove'; there are adapt, ")


def test_a_path_of_any_letters_arrives(tmp_path):
    folder = tmp_path / "Ŝtata ĉambro"
    folder.mkdir()
    command = [sys.executable, "-m", "neurofm.app.jobs.worker"]
    env = os.environ | {"PYTHONIOENCODING": "latin1"}  # as Windows has it
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        process.stdin.write(f"{job(folder, 'nothing')}\n".encode())
        process.stdin.flush()
        assert "no verb 'nothing'" in json.loads(process.stdout.readline())["error"]


def test_what_a_task_starts_cannot_read_what_the_parent_says(tmp_path):
    code = "import subprocess, sys; from neurofm.app.jobs import worker; lines, say = worker._channel(); "
    code += "read = 'import sys; sys.exit(len(sys.stdin.read()))'; "
    code += "say({'child': subprocess.call([sys.executable, '-c', read]), 'us': next(iter(lines))})"
    told = subprocess.run([sys.executable, "-c", code], input=b"stop\n", stdout=subprocess.PIPE, check=True).stdout
    assert json.loads(told) == {"child": 0, "us": "stop\n"}


def test_by_hand_with_the_folder_on_the_command_line(tmp_path):
    command = [sys.executable, "-m", "neurofm.app.jobs.worker", str(job(tmp_path, "nothing"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    out = process.stdout.read()
    process.stdin.close()
    process.stdout.close()
    assert process.wait(10) == 1
    assert [json.loads(line)["state"] for line in out.splitlines()] == ["failed"]


def test_what_a_job_is_likely_to_need_is_imported_while_none_waits(control, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("likely", "later"):
        (tmp_path / f"{name}_needed.py").write_text("")
    control.obey("import likely_needed")
    assert control.folder.get() is None
    worker._preload(control.expected, control)
    assert "likely_needed" in sys.modules
    control.obey("import later_needed")
    control.obey(str(tmp_path))
    worker._preload(control.expected, control)
    assert "later_needed" not in sys.modules
    del sys.modules["likely_needed"]
