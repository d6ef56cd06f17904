"""Words that stand in one place only: names of models, and names of the kinds of things that data hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import napari_neurofm
import neurofm
from neurofm import registry
from neurofm.data.ids import SPACES

MODELS = "neurofm.models"
CODE, FRONTS = (Path(package.__file__).parent for package in (neurofm, napari_neurofm))
APART = {"models", "bench"}  # where models and their peers are at home
PLACES = sorted(place for place in CODE.iterdir() if place.suffix == ".py" or (place / "__init__.py").exists())
TEXTS = (".py", ".js", ".css", ".yaml")
KINDS = ("state", "pictures/layers")  # of app, where kinds of data may be named
COLUMNS = {"session", "subject", "region", "time"}  # spaces whose names columns and keys bear, too
HOLDERS = {"space", "of", "a", "b"}  # what holds the name of a space
OF_SPACES = {  # methods that take one first
    "table", "columns", "values", "everything", "label", "colors", "passing", "where", "pick", "picked",
}  # fmt: skip


def model_names() -> re.Pattern[str]:
    """All names and titles of models, as words."""
    names = {word for name in registry.names(MODELS) for word in (name, registry.said(MODELS, name, "title"))}
    return re.compile("|".join(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])" for name in names), re.IGNORECASE)


def texts(place: Path) -> Iterator[Path]:
    """Files of text in a place, but for those where models are at home."""
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    return (file for file in files if file.suffix in TEXTS and not APART & set(file.relative_to(CODE.parent).parts))


@pytest.mark.parametrize("place", [p for p in PLACES if p.name not in APART], ids=lambda place: place.stem)
def test_no_model_is_named(place: Path) -> None:
    assert named(texts(place)) == []


def test_no_front_names_a_model() -> None:
    assert named(f for f in FRONTS.rglob("*") if f.suffix in TEXTS and "bench" not in f.parts) == []


def named(files: Iterator[Path]) -> list[str]:
    """Lines that name a model, but for those that show how a call is written."""
    pattern = model_names()
    lines = ((file, k, line) for file in files for k, line in enumerate(file.read_text("utf8").splitlines(), 1))
    lines = (at for at in lines if not at[2].lstrip().startswith(">>> "))
    return [f"{file.name}:{k}: {line.strip()}" for file, k, line in lines if pattern.search(line)]


def test_names_of_models_are_told_from_words_that_hold_them() -> None:
    pattern = model_names()
    assert all(pattern.search(text) for text in ("poyo-1 unit", "the POYO", "swap_vae", "_mtm_"))
    assert not any(pattern.search(text) for text in ("their", "poyos", "deity"))


# ---- spaces


def modules() -> list[Path]:
    """Modules of the app outside the kinds."""
    app = CODE / "app"
    inside = [app / kind for kind in KINDS]
    return [file for file in sorted(app.rglob("*.py")) if not any(file.is_relative_to(folder) for folder in inside)]


def literals(tree: ast.AST) -> Iterator[tuple[ast.Constant, ast.AST]]:
    """Texts that are exactly a space's name, each with what it stands in; no docstrings."""
    for above in ast.walk(tree):
        inside = (node for node in ast.iter_child_nodes(above) if isinstance(node, ast.Constant))
        if not isinstance(above, ast.Expr):
            yield from ((node, above) for node in inside if node.value in SPACES)


def means_a_space(node: ast.Constant, above: ast.AST) -> bool:
    """Whether a text names a space where it stands, and not a column or a key that is called alike."""
    if node.value not in COLUMNS:
        return True
    if isinstance(above, ast.Call):
        method = above.func.attr if isinstance(above.func, ast.Attribute) else ""
        return method in OF_SPACES and above.args[:1] == [node]
    if isinstance(above, ast.keyword):
        return above.arg in HOLDERS
    sides = [above.left, *above.comparators] if isinstance(above, ast.Compare) else getattr(above, "targets", [])
    return any(getattr(side, "attr", getattr(side, "id", "")) in HOLDERS for side in sides)


@pytest.mark.parametrize("file", modules(), ids=lambda file: file.relative_to(CODE).as_posix())
def test_no_space_is_named(file: Path) -> None:
    text = file.read_text("utf8")
    spoken = [node.lineno for node, above in literals(ast.parse(text)) if means_a_space(node, above)]
    assert [f"{line}: {text.splitlines()[line - 1].strip()}" for line in spoken] == []


@pytest.mark.parametrize(
    ("code", "spoken"),
    [
        ("session.table('unit')", True),
        ("x = {'frame': 1}", True),
        ("session.selection.pick('time', ids)", True),
        ("space == 'session'", True),
        ("run.embed(data, of='region')", True),
        ("state.space = 'time'", True),
        ("table['session']", False),
        ("{'time': session.time}", False),
        ("ViewSpec(axis='time')", False),
        ("session.values(space, 'time', ids)", False),
        ("hiding.what == 'region'", False),
        ("'unit'", False),
    ],
)
def test_spaces_are_told_from_columns(code: str, spoken: bool) -> None:
    assert any(means_a_space(node, above) for node, above in literals(ast.parse(code))) == spoken
