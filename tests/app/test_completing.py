"""What IPython, Jedi and so a notebook offer while somebody types."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import neurofm as nf
from neurofm.app.completing import offered, where
from neurofm.synthetic import reaching


@pytest.fixture(scope="module")
def names():
    session = nf.Session(reaching.sessions(1, units=6, duration=20.0, seed=3)[0])
    return {"nf": nf, "session": session, "other": [], "train": print}


OFFERED = {
    'nf.train("po': ["poyo"],
    'run = nf.train(model="PO': ["poyo"],
    'nf.view("lat': ["latent"],
    'session.view("ra': ["raster"],
    'session.train("mt': ["mtm"],
    'nf.train("POYO", recordings, "a", settings={"steps": 3, "inner': ["inner_dropout"],
    'session.train("mtm", settings={"step': ["steps"],
    'nf.read("a.npz", reader="nw': ["nwb"],
    'nf.train("poyo", [r], "a", device="c': ["cpu", "cuda"],
    'session.table("un': ["unit"],
    'session.selection.pick("u': ["unit"],
    'session.values("unit", "pre': ["preferred"],
    'session.where("unit", "pre': ["preferred"],
    'session.number("re': ["reach 0"],
    'session.view("latent").color_by = "pref': ["preferred"],
    'session.view("latent").dims = "3': ["3-D"],
    'print(f(1), nf.view("tra': ["trace", "training"],
    'x = "nf.train(" + "po': [],
    'other.train("po': [],
    'train("po': [],
    "nf.train(po": [],
    'nf.train("nope", settings={"st': [],
    'session.table("unit")["pre': ["preferred"],
    'session.table("nope")["pre': [],
    'session.view("nope").dims = "3': [],
}


@pytest.mark.parametrize("code", OFFERED)
def test_words_that_go_on_with_what_is_typed(code, names):
    assert offered(code, names) == OFFERED[code]


def test_place_in_a_call_is_found_behind_other_texts_and_brackets():
    typed = where("a = [1]\nb = nf.train('it\\'s (', f({'x': \")\"}), \"ru")
    assert (typed.owner, typed.function, typed.start, typed.key) == ("nf", "train", "ru", False)


IN_A_SHELL = """
import sys
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import jedi
import neurofm as nf
session = nf.Session(nf.recording({"a": [0.1], "b": [0.2]}, units={"region": ["CA1", "CA3"]}))
shell.user_ns |= {"nf": nf, "session": session}
with provisionalcompleter():
    for code in sys.argv[1:]:
        print(*sorted(c.text.strip(".'\\"") for c in shell.Completer.completions(code, len(code))), sep=",")
print(*sorted(c.name for c in jedi.Interpreter("session.tr", [shell.user_ns]).complete()), sep=",")
"""


def test_ipython_and_jedi_offer_them(tmp_path):
    wanted = {
        'nf.train("po': {"poyo"},
        'nf.train("poyo", r, "a", settings={"inner': {"inner_dropout"},
        'session.values("unit", "reg': {"region"},
        'session.table("unit")["reg': {"region"},
        "nf.re": {"read", "recording"},
        "session.sel": {"selection"},
        'nf.train("poyo", r, "a", sett': {"settings="},
    }
    command = [sys.executable, "-c", IN_A_SHELL, *wanted]
    environ = os.environ | {"IPYTHONDIR": str(tmp_path)}
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environ).stdout.splitlines()
    missing = {code: line for (code, words), line in zip(wanted.items(), printed) if not words <= set(line.split(","))}
    assert missing == {}
    assert "train" in printed[-1].split(",")
