"""The command line. Each call gives one thing: for people as text, with `--json` as one object on stdout."""

from __future__ import annotations

import sys

from neurofm.cli import commands, films, graphs, volumes
from neurofm.cli.call import app, run

__all__ = ["app", "commands", "films", "graphs", "main", "run", "volumes"]


def main() -> None:
    """Entry point of `neurofm`."""
    sys.exit(run(sys.argv[1:]))
