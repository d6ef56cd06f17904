import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from neurofm.app.jobs import Job, Jobs
from neurofm.errors import NeuroFMError
from neurofm.process import LOOKS

ODD = (sys.executable, str(Path(__file__).with_name("worker_with_odd_tasks.py")))


signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to tell it by")


@pytest.fixture
def jobs(tmp_path):
    jobs = Jobs(tmp_path / "jobs", ODD)
    yield jobs
    jobs.close()


def until(condition, seconds=20.0):
    """Wait for a condition; how long it took."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "waited in vain"
        time.sleep(0.01)
    return time.monotonic() - start


def over(job, seconds=30):
    with suppress(NeuroFMError):  # of what failed
        assert job.wait(seconds), f"{job.state}: {job.text}"
    return job


def test_who_waits_for_what_fails_is_told_so(jobs):
    job = jobs.submit("broken", {}, "Break")
    with pytest.raises(NeuroFMError, match="Break failed: "):
        job.wait(30)
    assert job.state == "failed"


def alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_job_tells_how_far_it_is_and_leaves_its_result(jobs):
    seen = []
    jobs.changed.connect(lambda job: seen.append((job.state, job.fraction, job.text)))
    job = over(jobs.submit("count", {"steps": 3}, "Counting"))
    assert (job.state, job.title, job.fraction) == ("done", "Counting", 1.0)
    assert job.result == {"out": str(job.folder / "out.npz")}
    assert repr(job) == "<Job Counting, state done>"
    assert seen[0] == ("queued", 0.0, "")
    assert seen[-1] == ("done", 1.0, "Done")
    assert ("running", 1.0, "step 3") in seen  # the last line is never dropped


def test_every_metric_arrives_though_lines_are_few(jobs):
    lines = []
    jobs.changed.connect(lambda job: lines.append(len(job.metrics)))
    job = over(jobs.submit("count", {"steps": 2000}))
    assert [m["k"] for m in job.metrics] == list(range(2000))
    assert len(set(lines)) < 200


def test_a_preview_is_told_with_its_path(jobs):
    seen = []
    jobs.preview.connect(lambda job, path: seen.append(path))
    job = over(jobs.submit("show", {}))
    assert seen == [str(job.folder)]


def test_what_libraries_print_goes_to_the_log_and_not_into_the_protocol(jobs):
    job = over(jobs.submit("noisy", {}))
    assert (job.state, job.error) == ("done", "")
    told = (job.folder / "log.txt").read_text()
    assert all(words in told for words in ("printed", "from a child", "from C", "a warning"))


def test_jobs_run_one_after_another_and_a_fresh_worker_stands_ready(jobs):
    order, together = [], []
    jobs.changed.connect(lambda job: together.append(sum(j.state == "running" for j in jobs)))
    jobs.finished.connect(lambda job: order.append(job.id))
    first, second, third = (jobs.submit("count", {"wait": 0.05}) for _ in range(3))
    over(third)
    assert order == [first.id, second.id, third.id]
    assert max(together) == 1
    until(lambda: len(psutil.Process().children()) == 1)


def test_what_waits_goes_on_in_the_worker_that_has_everything_loaded(jobs):
    followers = []

    def follow(job):
        if job.task == "pid" and len(followers) < 2:
            followers.append(jobs.submit("pid", {}))

    jobs.finished.connect(follow)
    first = over(jobs.submit("pid", {}))
    until(lambda: len(followers) == 2 and followers[1].over)
    assert len({job.result["pid"] for job in (first, *followers)}) == 1
    until(lambda: first.result["pid"] not in [p.pid for p in psutil.Process().children()])


def test_a_job_that_asks_for_it_gets_a_fresh_worker(jobs):
    first, second, third = (jobs.submit("pid", {}, fresh=fresh) for fresh in (False, True, False))
    over(third)
    assert first.result["pid"] != second.result["pid"]
    assert second.result["pid"] == third.result["pid"]


@signals  # and classes of niceness
def test_a_worker_leaves_the_processor_to_the_window(jobs):
    result = over(jobs.submit("pid", {})).result
    assert (result["nice"], result["wait"]) == (psutil.Process().nice() + 5, LOOKS)


def test_a_pause_that_came_too_late_does_not_hold_the_next_job(jobs):
    first = jobs.submit("count", {"steps": 1, "wait": 0.05})
    second = jobs.submit("count", {})
    until(lambda: first.fraction == 1)
    first.pause()
    assert over(first).state == "done"
    assert over(second).state == "done"


def test_a_warm_worker_is_the_one_that_does_the_job(jobs, tmp_path):
    jobs.warm()
    (child,) = psutil.Process().children()
    jobs.submit("deaf", {"pids": tmp_path / "pids"})
    until((tmp_path / "pids").exists)
    until(lambda: (tmp_path / "pids").read_text())
    assert int((tmp_path / "pids").read_text().split()[0]) == child.pid


def test_workers_that_stand_ready_are_told_what_is_likely_to_be_needed_once(jobs, monkeypatch):
    told = []
    monkeypatch.setattr("neurofm.app.jobs.child.Child.send", lambda child, line: told.append(line))
    jobs.expect(["json"])
    assert not told  # nobody is there
    jobs.warm()
    jobs.expect(["json", "colorsys"])
    assert told == ["import json", "import colorsys"]


def test_stop_answers_at_once_and_leaves_no_process_even_of_the_deaf(jobs, tmp_path):
    job = jobs.submit("deaf", {"pids": tmp_path / "pids"})
    until(lambda: job.text == "away")
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert all(map(alive, pids))
    start = time.monotonic()
    job.stop()
    assert time.monotonic() - start < 0.05
    until(lambda: not any(map(alive, pids)))
    assert time.monotonic() - start < 1.0
    assert over(job, 1).state == "stopped"


def test_a_job_that_listens_stops_itself(jobs):
    job = jobs.submit("count", {"steps": 10_000, "wait": 0.01})
    until(lambda: job.fraction > 0)
    job.stop()
    assert over(job, 1).state == "stopped"
    assert not job.error
    assert 0 < job.fraction < 1


def test_a_stopped_job_in_the_queue_never_starts(jobs):
    first, second = jobs.submit("count", {"wait": 0.2}), jobs.submit("count", {})
    second.stop()
    assert over(second, 0).state == "stopped"
    over(first)
    assert not second.folder.exists()


def test_a_paused_job_holds_still_while_others_go_on(jobs):
    job = jobs.submit("count", {"steps": 200, "wait": 0.01})
    until(lambda: job.fraction > 0)
    job.pause()
    other = over(jobs.submit("count", {"wait": 0.5}))  # longer than the last line may wait
    assert (job.state, other.state) == ("paused", "done")
    reached = job.fraction
    assert reached < 1
    worked = job.seconds
    over(jobs.submit("count", {}))
    assert (job.fraction, job.seconds) == (reached, worked)
    job.resume()
    assert over(job).state == "done"


def test_a_paused_job_can_be_stopped(jobs):
    job = jobs.submit("count", {"steps": 1000, "wait": 0.01})
    until(lambda: job.fraction > 0)
    job.pause()
    job.stop()
    assert over(job, 1).state == "stopped"


@pytest.mark.parametrize(
    ("task", "arguments", "words"),
    [
        pytest.param("killed", {}, "memory ran out", marks=signals),
        pytest.param("crashed", {}, "SIGSEGV", marks=signals),
        ("leaves", {}, "exit 3"),
        ("full", {"out": "/data/run"}, "the disk that holds /data/run is full; free some space"),
        ("gpu", {}, "no usable GPU here; choose the device 'cpu' or 'auto'"),
        ("broken", {}, "'spikes' (KeyError)"),
        ("os.system", {}, "no task 'os.system'; there are broken, coded, count"),
        ("count", {"stepz": 1}, "stepz"),
    ],
)
def test_what_fails_is_told_in_one_sentence(jobs, task, arguments, words):
    job = over(jobs.submit(task, arguments))
    assert job.state == "failed"
    assert words in job.error
    assert "\n" not in job.error
    assert "Traceback" not in job.error


@pytest.mark.parametrize(("task", "code"), [("coded", "odd"), ("broken", ""), ("leaves", ""), ("count", "")])
def test_a_failed_job_bears_the_code_of_its_error(jobs, task, code):
    job = over(jobs.submit(task, {}))
    assert job.code == code


def test_a_job_knows_what_asked_for_it(jobs):
    action = object()  # no other process could read it
    job = over(jobs.submit("count", {}, "Counting", action))
    assert (job.action, job.state) == (action, "done")
    assert "action" not in json.loads((job.folder / "job.json").read_text("utf8"))


def test_the_traceback_is_in_the_log(jobs):
    job = over(jobs.submit("broken", {}))
    assert "KeyError: 'spikes'" in (job.folder / "log.txt").read_text()


def test_a_killed_run_says_that_its_checkpoint_was_kept(jobs, tmp_path):
    job = over(jobs.submit("killed", {"out": tmp_path}))
    assert f"the checkpoint in {tmp_path} was kept, press Resume to go on" in job.error


def test_the_queue_goes_on_after_a_failure(jobs):
    jobs.submit("killed", {})
    assert over(jobs.submit("count", {})).state == "done"


def test_a_listener_that_fails_does_not_take_the_job_with_it(jobs, caplog):
    def fault(job: Job) -> None:
        raise RuntimeError("a fault of the front")

    jobs.changed.connect(fault)
    assert over(jobs.submit("count", {})).state == "done"
    assert "a fault of the front" in caplog.text


def test_a_folder_that_cannot_be_written_is_a_failed_job(tmp_path):
    jobs = Jobs(tmp_path, ODD)
    (tmp_path / "001").write_text("in the way")
    job = over(jobs.submit("count", {}))
    jobs.close()
    assert (job.state, "cannot be written" in job.error) == ("failed", True)


def test_close_ends_every_process_and_thread(tmp_path, started):
    jobs = Jobs(command=ODD)
    jobs.submit("deaf", {"pids": tmp_path / "pids"})
    waiting = jobs.submit("count", {})
    until((tmp_path / "pids").exists)
    processes = [one for one in started() if isinstance(one, psutil.Process)]
    assert processes
    start = time.monotonic()
    jobs.close()
    assert time.monotonic() - start < 2
    until(lambda: not any(alive(p.pid) for p in processes))  # the system takes a moment to end what was killed
    assert waiting.state == "stopped"
    assert not waiting.folder.parent.exists()
    until(lambda: not started())
    with pytest.raises(RuntimeError, match="closed"):
        jobs.submit("count", {})


PARENT = """
import sys, time
from neurofm.app.jobs import Jobs
jobs = Jobs(sys.argv[1], sys.argv[3:])
jobs.submit("deaf", {"pids": sys.argv[2]})
time.sleep(600)
"""


def test_workers_do_not_outlive_a_killed_parent(tmp_path):
    pids = tmp_path / "pids"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path / "jobs"), str(pids), *ODD])
    until(lambda: pids.exists() and pids.read_text())
    left = [int(pid) for pid in pids.read_text().split()]
    assert all(map(alive, left))
    parent.kill()
    parent.wait()
    until(lambda: not any(map(alive, left)), 5)


def test_importing_jobs_does_not_import_torch():
    code = "import neurofm.app.jobs, neurofm.app.session, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("waits", [False, True], ids=["it runs", "it waits"])
def test_what_nobody_asked_for_makes_way(jobs, waits):
    first = jobs.submit("count", {"steps": 9_999, "wait": 0.1}, idle=True)
    idle = jobs.submit("count", {"steps": 9_999, "wait": 0.1}, idle=True) if waits else first
    job = over(jobs.submit("count", {"steps": 3}))
    assert (job.state, first.state, over(idle).state) == ("done", "stopped", "stopped")


def test_what_nobody_asked_for_waits_for_what_was(jobs):
    job = jobs.submit("count", {"steps": 3})
    idle = jobs.submit("count", {"steps": 3}, idle=True)
    assert (over(job).state, over(idle).state) == ("done", "done")
