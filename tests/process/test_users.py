"""Programs that have a file open are named."""

from __future__ import annotations

import subprocess
import sys

from neurofm.process.users import users

WAIT = "import sys; file = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


def test_this_program_and_others_are_named(tmp_path):
    path = tmp_path / "a.nwb"
    path.touch()
    assert users(path) == []
    with subprocess.Popen(
        [sys.executable, "-c", WAIT, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        other.stdout.readline()
        with path.open():
            own, theirs = users(path)
        other.stdin.close()
    assert own == "this program itself"
    assert theirs.endswith(f"(process {other.pid})")
