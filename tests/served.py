"""Folders behind an address of this machine, as buckets serve them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any


@contextmanager
def serving(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The address of a folder, and the paths that are asked for of it."""
    asked: list[str] = []
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), lambda *a: _Quiet(*a, directory=str(path)))
    server.asked = asked
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    """Gives packed chunks by the name of what is in them."""

    def log_message(self, *_: Any) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]

    def send_head(self) -> Any:
        path = Path(self.translate_path(self.path) + ".gz")
        if not path.exists():
            return super().send_head()
        raw = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        return BytesIO(raw)
