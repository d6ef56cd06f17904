"""What there is to choose from: the modules of a package, each with a SPEC, and those that other distributions add.

A distribution adds a module by an entry point whose group is the package's name::

    [project.entry-points."neurofm.io"]
    wave = "lab_waves.reader"

Such a module is not ours: where it cannot be imported, only whoever asks for it is told, by name.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import pkgutil
import typing
import warnings
from dataclasses import make_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from neurofm.checks import check_choice

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

REMEDY = "update that distribution or uninstall it"


def names(package: str) -> list[str]:
    """Public modules of `package` ("neurofm.models") and those added to it, without importing any of them."""
    return sorted({*_own(package), *_added(package)})


def called(package: str, given: Any) -> str:
    """The name of the module that is meant: in any case, with blanks or hyphens, or by its title.

    A number behind it stays: "latent 2".

    Raises
    ------
    LookupError
        If there is none; lists those there are, and names the likeliest.
    """
    there = names(package)
    if not isinstance(given, str) or given in there:
        check_choice(_thing(package), given, there)
        return str(given)
    word, _, number = given.rpartition(" ") if given[-1:].isdigit() else (given, "", "")
    if number and word in there:
        return given
    alike = {_plain(one): name for name in there for one in (said(package, name, "title", name), name)}
    name = alike.get(_plain(given))
    if name is None and number:
        return f"{called(package, word)} {number}"
    check_choice(_thing(package), name or given, there)
    return str(name)


def get(package: str, name: str) -> Any:
    """SPEC of one module.

    Raises
    ------
    LookupError
        If there is none of this name; lists those there are.
    ImportError
        If another distribution added it and it cannot be imported; names that distribution and the module.
    """
    point = _point(package, name)
    return _imported(point) if point else importlib.import_module(f"{package}.{name}").SPEC


def specs(package: str) -> dict[str, Any]:
    """The SPEC of every module by its name; added ones that cannot be imported are warned of and left out."""
    spec_of = {name: get(package, name) for name in _own(package)}
    for name, point in _added(package).items():
        try:
            spec_of.setdefault(name, _imported(point))
        except ImportError as error:
            warnings.warn(str(error), stacklevel=2)
    return dict(sorted(spec_of.items()))


def said(package: str, name: str, field: str, default: Any = None) -> Any:
    """What a module's SPEC says of one field, read off its source where that is a plain value, without importing it.

    Of an added module whose source cannot be read that is nothing; `get` says why.
    """
    point = _point(package, name)
    literals = _literals_added(point) if point else _literals(f"{package}.{name}")
    return literals.get(field, default)


@cache
def fields(package: str, name: str, field: str) -> type:
    """The dataclass that a module's SPEC names in one field, as far as fields and their types go.

    It is read off the source, without importing the module; one that does not say it plainly is imported.
    """
    point = _point(package, name)
    module = point.module if point else f"{package}.{name}"
    try:
        named = next(k.value for node in _parsed(module).body for k in _arguments(node) if k.arg == field)
        hints = _hints(module, ast.unparse(named))
    except Exception:  # whatever is unusual about it, its module itself knows
        kind: type = getattr(get(package, name), field)
        return kind
    return make_dataclass(field, hints.items())


def _point(package: str, name: str) -> EntryPoint | None:
    """The entry point that adds a module; None for one of the package's own."""
    check_choice(_thing(package), name, names(package))
    return None if name in _own(package) else _added(package)[name]


def _thing(package: str) -> str:
    """What one of a package is called: "model"."""
    return {"io": "reader"}.get(last := package.rsplit(".", 1)[-1], last.removesuffix("s"))


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


@cache
def _own(package: str) -> list[str]:
    path = importlib.import_module(package).__path__
    return [m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")]


def _added(package: str) -> dict[str, EntryPoint]:
    """Entry points of other distributions, by the name that their modules go by here."""
    return _points().get(package, {})


@cache
def _points() -> dict[str, dict[str, EntryPoint]]:
    """Of all distributions by group and name, the first in the path; one whose list is garbled is warned of."""
    from importlib.metadata import distributions

    points: dict[str, dict[str, EntryPoint]] = {}
    for distribution in distributions():
        try:
            for point in distribution.entry_points:
                points.setdefault(point.group, {}).setdefault(point.name, point)
        except Exception as error:  # none of this is ours, and may fail in any way
            warnings.warn(f"what {_owner(distribution)} adds cannot be read ({_reason(error)}); {REMEDY}", stacklevel=2)
    return points


def _imported(point: EntryPoint) -> Any:
    try:
        return importlib.import_module(point.module).SPEC
    except Exception as error:  # as above
        raise ImportError(
            f"'{point.name}' cannot be used: the module '{point.value}' of {_owner(point.dist)} cannot be imported "
            f"({_reason(error)}); {REMEDY}"
        ) from error


def _owner(distribution: Distribution | None) -> str:
    try:
        name = distribution.name if distribution else ""
    except Exception:  # where it lost its own description some versions of Python raise and others give None
        name = ""
    return f"the distribution '{name}'" if name else "another distribution"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


@cache
def _literals_added(point: EntryPoint) -> dict[str, Any]:
    try:
        return _literals(point.module)
    except Exception:  # as above; `get` tells whoever asks for it
        return {}


@cache
def _literals(module: str) -> dict[str, Any]:
    """Plain values among the arguments of the call that makes a module's SPEC."""
    literals = {}
    for keyword in (k for node in _parsed(module).body for k in _arguments(node) if k.arg):
        try:
            literals[str(keyword.arg)] = ast.literal_eval(keyword.value)
        except (ValueError, TypeError):  # a name or a call: whoever needs it imports the module
            continue
    return literals


def _parsed(module: str) -> ast.Module:
    spec = importlib.util.find_spec(module)
    loader: Any = spec and spec.loader
    return ast.parse(loader.get_source(module) or "" if loader else "")


def _hints(module: str, name: str) -> dict[str, Any]:
    """Types of a dataclass's fields, those that it inherits first, found where its module says that it is from."""
    body = _parsed(module).body
    origins = ((node.module, one) for node in body if isinstance(node, ast.ImportFrom) for one in node.names)
    for origin, one in origins:
        if origin and name == (one.asname or one.name):
            return _hints(origin, one.name)
    made = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == name)
    inherited = {k: hint for base in made.bases for k, hint in _hints(module, ast.unparse(base)).items()}
    own = (node for node in made.body if isinstance(node, ast.AnnAssign))
    told = {ast.unparse(node.target): ast.unparse(node.annotation) for node in own}
    written = type(name, (), {"__annotations__": told})
    try:
        return inherited | typing.get_type_hints(written, vars(typing), include_extras=True)
    except NameError:  # of a constant, which the module knows
        return typing.get_type_hints(getattr(importlib.import_module(module), name), include_extras=True)


def _arguments(node: ast.stmt) -> list[ast.keyword]:
    """Those of the call in ``SPEC = ...(...)`` or ``SPEC: Kind = ...(...)``; none of any other statement."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return node.value.keywords if any(isinstance(t, ast.Name) and t.id == "SPEC" for t in targets) else []
