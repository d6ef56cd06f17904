import os

from neurofm.threads import LOOKS, share_cores


def test_what_the_user_set_stays(monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    monkeypatch.delenv("KMP_BLOCKTIME", raising=False)
    share_cores()
    assert (os.environ["GOMP_SPINCOUNT"], os.environ["KMP_BLOCKTIME"]) == ("7", "0")


def test_threads_look_briefly(monkeypatch):
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    share_cores()
    assert os.environ["GOMP_SPINCOUNT"] == LOOKS
