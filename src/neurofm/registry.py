"""What there is to choose from: the modules of a package, each with a SPEC, and those that other distributions add.

A distribution adds a module by an entry point whose group is the package's name::

    [project.entry-points."neurofm.io"]
    wave = "lab_waves.reader"
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
from functools import cache
from pathlib import Path
from typing import Any

from neurofm.checks import check_choice


def names(package: str) -> list[str]:
    """Public modules of `package` ("neurofm.models") and those added to it, found without importing any of them."""
    return sorted({*_own(package), *_added(package)})


def get(package: str, name: str) -> Any:
    """SPEC of one module; an unknown name raises a LookupError that lists the known ones."""
    return importlib.import_module(_module(package, name)).SPEC


def said(package: str, name: str, field: str, default: Any = None) -> Any:
    """What a module's SPEC says of one field, read off its source where that is a plain value, without importing it."""
    return _literals(_module(package, name)).get(field, default)


def _module(package: str, name: str) -> str:
    check_choice(package.rsplit(".", 1)[-1].removesuffix("s"), name, names(package))
    return f"{package}.{name}" if name in _own(package) else _added(package)[name]


def _own(package: str) -> list[str]:
    path = importlib.import_module(package).__path__
    return [m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")]


@cache
def _added(package: str) -> dict[str, str]:
    """Modules of other distributions, by the name they go by here."""
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=package)}


@cache
def _literals(module: str) -> dict[str, Any]:
    """Plain values among the arguments of the call that makes a module's SPEC."""
    found = importlib.util.find_spec(module)
    tree = ast.parse(Path(found.origin).read_text("utf-8")) if found and found.origin else ast.Module([], [])
    calls = [node.value for node in tree.body if isinstance(node, ast.Assign) and _is_spec(node.targets[0])]
    literals = {}
    for keyword in (k for call in calls if isinstance(call, ast.Call) for k in call.keywords):
        try:
            literals[str(keyword.arg)] = ast.literal_eval(keyword.value)
        except ValueError:  # a name or a call: whoever needs it imports the module
            continue
    return literals


def _is_spec(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "SPEC"
