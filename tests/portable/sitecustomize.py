"""Makes Linux look like another system to Python: on the path of a test's processes, and of those they start."""

import os
import signal
import sys

import psutil  # noqa: F401  # on Linux it needs itself what is hidden next

for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
for name in ("killpg", "getpgrp", "setsid", "nice", "fork", "mkfifo"):
    delattr(os, name)
del signal.SIGHUP
os.environ["NEUROFM_PORTABLE"] = "1"

STANDARD = os.path.dirname(os.__file__)


def _asker():
    """The file of the code that asks, past the standard library that it asks through."""
    frame = sys._getframe(2)
    while frame and _is_standard(frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code.co_filename if frame else ""


def _is_standard(file):
    return file.startswith((STANDARD, "<frozen")) and "site-packages" not in file


def _refuse(event, arguments):
    looks = event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith("/proc")
    if looks and "neurofm" in _asker().split(os.sep):
        raise PermissionError(13, "there is no such thing on this system", arguments[0])


sys.addaudithook(_refuse)
