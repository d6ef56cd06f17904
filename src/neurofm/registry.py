"""What there is to choose from: the modules of a package, each with a SPEC."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from neurofm.checks import check_choice


def names(package: str) -> list[str]:
    """Public modules of `package` ("neurofm.models"), found without importing any of them."""
    path = importlib.import_module(package).__path__
    return sorted(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_"))


def get(package: str, name: str) -> Any:
    """SPEC of one module; an unknown name raises a LookupError that lists the known ones."""
    check_choice(package.rsplit(".", 1)[-1].removesuffix("s"), name, names(package))
    return importlib.import_module(f"{package}.{name}").SPEC
