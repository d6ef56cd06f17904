"""The page's own code: modules in `js/`, joined into the one that a widget may be."""

from __future__ import annotations

import re
from pathlib import Path

IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.M)
EXPORT = re.compile(r"^export (?!default)", re.M)


def bundle(entry: Path) -> str:
    """A module and those that it imports as one text, each after those it needs.

    All share one scope then, so their names must differ, and an import must not rename.
    """
    return "\n".join(EXPORT.sub("", IMPORT.sub("", path.read_text("utf8"))) for path in modules(entry))


def modules(entry: Path) -> list[Path]:
    """A module's file behind those of all modules that it imports."""
    paths: list[Path] = []
    _collect(entry, paths)
    return paths


def _collect(path: Path, paths: list[Path]) -> None:
    for name in IMPORT.findall(path.read_text("utf8")):
        if path.with_name(f"{name}.js") not in paths:
            _collect(path.with_name(f"{name}.js"), paths)
    paths.append(path)
