"""A JupyterLab of one's own and its notebooks in Chromium, for what is measured and tested there."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

LIMIT = 120.0  # seconds for anything to happen
PLACES = (
    "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "XDG_DATA_HOME", "XDG_CACHE_HOME",
)  # fmt: skip


def chromium() -> str | None:
    """The browser, None if there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def lab(folder: Path, *, dark: bool = False, kernels: bool = True) -> Iterator[str]:
    """The address of a JupyterLab that serves `folder` and writes nothing elsewhere."""
    home, port = folder / ".lab", free_port()
    _write_settings(home / "settings" / "@jupyterlab" / "apputils-extension", dark)
    call = [sys.executable, "-m", "jupyterlab", *_options(folder, home, port)]
    if not kernels:
        call.append("--KernelSpecManager.allowed_kernelspecs=none")
    address = f"http://127.0.0.1:{port}"
    with _running(call, folder, home) as server:
        wait(lambda: answers(f"{address}/api/status") or server.poll() is not None, "JupyterLab")
        if server.poll() is not None:
            raise RuntimeError((home / "log.txt").read_text())
        yield address


def open_notebook(page: Any, address: str, name: str, kernel: str = "python3", at: str = "lab/tree") -> None:
    """Go to a notebook of JupyterLab whose kernel runs already.

    A page that is to start the kernel itself asks for one if it learns too late which there are.
    """
    wanted = {"path": name, "name": name, "type": "notebook", "kernel": {"name": kernel}}
    call = urllib.request.Request(
        f"{address}/api/sessions", json.dumps(wanted).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(call, timeout=LIMIT).close()
    page.goto(f"{address}/{at}/{name}?reset")
    has_kernel = page.locator(".jp-Toolbar-kernelName").filter(has_not_text="No Kernel")
    idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")  # said before there is a kernel, too
    try:
        wait(lambda: has_kernel.count() and idle.count(), f"the kernel of {name}")
    finally:
        asked = page.locator("dialog.jp-Dialog").all_inner_texts()
        if asked:
            raise RuntimeError(f"the page of {name} asks: {asked}")


def notebook(cells: tuple[str, ...], kernel: str = "python3") -> dict[str, Any]:
    """A notebook of code cells, none of them run."""
    fresh: dict[str, Any] = {"metadata": {}, "outputs": [], "execution_count": None}
    code = [{"cell_type": "code", "source": source} | fresh for source in cells]
    spec = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
    return {"cells": code, "metadata": spec, "nbformat": 4, "nbformat_minor": 4}


def answers(address: str) -> bool:
    """Whether a server is there."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait(ready: Callable[[], Any], what: str, pause: float = 0.1, limit: float = LIMIT) -> Any:
    """What `ready` gives once that is something."""
    end = time.monotonic() + limit
    while not (value := ready()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {limit:.0f} s")
        time.sleep(pause)
    return value


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _write_settings(folder: Path, dark: bool) -> None:
    """No news, no updates, and the theme."""
    folder.mkdir(parents=True, exist_ok=True)
    news = {"fetchNews": "false", "checkForUpdates": False}
    (folder / "notification.jupyterlab-settings").write_text(json.dumps(news))
    theme = {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"}
    (folder / "themes.jupyterlab-settings").write_text(json.dumps(theme))


def _options(folder: Path, home: Path, port: int) -> list[str]:
    return [
        "--no-browser", "--allow-root", f"--port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1",
        "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", f"--LabApp.workspaces_dir={home / 'workspaces'}",
        f"--LabApp.user_settings_dir={home / 'settings'}", "--LabApp.extension_manager=readonly",
        "--ServerApp.disable_check_xsrf=True",
    ]  # fmt: skip


@contextmanager
def _running(call: list[str], folder: Path, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The server's process, ended with the block."""
    places = {name: str(home / name.lower()) for name in PLACES}
    with open(home / "log.txt", "a") as log:
        server = subprocess.Popen(call, env={**os.environ, **places}, stdout=log, stderr=log, cwd=folder)
        try:
            yield server
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(5)
            server.kill()  # one that was still starting may not hear
            server.wait()
