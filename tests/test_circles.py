"""No module needs itself over others, not even for a type or inside a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import napari_neurofm
import neurofm

Graph = Mapping[str, set[str]]


def modules(package: Path) -> dict[str, Path]:
    """Files of a package by the name of their module."""
    files = {file.relative_to(package.parent): file for file in package.rglob("*.py")}
    return {".".join(place.with_suffix("").parts).removesuffix(".__init__"): file for place, file in files.items()}


def imported(tree: ast.AST, known: Mapping[str, Path]) -> Iterator[str]:
    """Modules, among those known, that statements anywhere in a module import; names in a module stand for that."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in known else node.module for name in inside if node.module in known)


def graph(known: Mapping[str, Path]) -> Graph:
    """What each module imports."""
    return {name: set(imported(ast.parse(file.read_text("utf8")), known)) for name, file in known.items()}


def circles(arrows: Graph) -> list[list[str]]:
    """Sets of nodes that all lead to each other, more than one each or with an arrow to itself (Tarjan 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    sets: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = lowest[node] = len(order)
        path.append(node)
        for other in sorted(arrows[node]):
            if other not in order:
                visit(other)
            if other in path:
                lowest[node] = min(lowest[node], lowest[other])
        if lowest[node] == order[node]:
            first = path.index(node)
            sets.append(sorted(path[first:]))
            del path[first:]

    for node in sorted(arrows):
        if node not in order:
            visit(node)
    return [nodes for nodes in sets if len(nodes) > 1 or nodes[0] in arrows[nodes[0]]]


@pytest.mark.parametrize("package", [neurofm, napari_neurofm], ids=lambda package: package.__name__)
def test_no_module_imports_itself_over_others(package: object) -> None:
    arrows = graph(modules(Path(package.__file__).parent))
    assert sum(map(len, arrows.values())) > 50
    assert circles(arrows) == []


@pytest.mark.parametrize(
    ("arrows", "expected"),
    [
        ({"a": {"b"}, "b": set()}, []),
        ({"a": {"a"}}, [["a"]]),
        ({"a": {"b"}, "b": {"a"}, "c": {"a"}}, [["a", "b"]]),
        ({"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": {"e"}, "e": {"d"}}, [["d", "e"], ["a", "b", "c"]]),
    ],
)
def test_circles_are_seen(arrows: Graph, expected: list[list[str]]) -> None:
    assert circles(arrows) == expected


def test_imports_are_seen_wherever_they_stand() -> None:
    text = """
from typing import TYPE_CHECKING
from neurofm import cli
if TYPE_CHECKING:
    from neurofm.io import read
def f():
    import neurofm.data.ids
"""
    known = modules(Path(neurofm.__file__).parent)
    assert set(imported(ast.parse(text), known)) == {"neurofm.cli", "neurofm.io", "neurofm.data.ids"}
