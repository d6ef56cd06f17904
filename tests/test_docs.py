"""Pages of docs: each is in the contents, each picture is there, and each registered model has a page."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from neurofm import registry

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts and "gallery" not in page.parts)
SYSTEMS = sorted(page for page in (DOCS / "systems").glob("*.md") if page.stem != "README")


@pytest.fixture(scope="module")
def contents() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_conf", DOCS / "conf.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_is_in_the_contents(contents: ModuleType) -> None:
    def listed(name: str) -> set[str]:
        source = [(DOCS / f"{name}.md").read_text("utf8") if (DOCS / f"{name}.md").exists() else ""]
        contents._complete(None, name, source)
        blocks = re.findall(r"```\{toctree\}\n(?:.*\n)*?\n((?:.+\n)+)```", source[0])
        entries = [line.split("<")[-1].strip("> ") for block in blocks for line in block.splitlines()]
        folder = (DOCS / name).parent
        pages = {
            page.relative_to(DOCS).with_suffix("").as_posix()
            for entry in entries
            for page in folder.glob(f"{entry}.md")
        }
        return pages - {name}

    reached, todo = {"index"}, ["index"]
    while todo:
        fresh = listed(todo.pop()) - reached
        reached |= fresh
        todo.extend(fresh)
    assert reached == {page.relative_to(DOCS).with_suffix("").as_posix() for page in PAGES}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_anchor_is_a_heading(page: Path) -> None:
    text = page.read_text("utf8")
    for path, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", text):
        target = (page.parent / path) if path else page
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf8"), re.M)
        slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in slugs, (path, anchor)


def test_every_model_has_a_page() -> None:
    told = {name: page.stem for page in SYSTEMS for name in re.findall(r"`(\w+)`", page.read_text("utf8"))}
    assert set(registry.names("neurofm.models")) <= set(told)


@pytest.mark.parametrize("page", SYSTEMS, ids=lambda page: page.stem)
def test_a_system_says_when_not_to_use_it_and_whom_to_cite(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text("utf8"), re.M)
    assert headings == ["When to use it, and when not", "How it does here", "How to run it", "Cite"]


def test_readme_begins_with_a_picture_and_repeats_figures_of_the_tables() -> None:
    readme = (ROOT / "README.md").read_text("utf8")
    assert re.match(r"!\[[^\]]+\]\(docs/window\.png\)", readme)
    tables = "".join((DOCS / f"{name}.md").read_text("utf8") for name in ("reproduction", "benchmarks"))
    rows = [line for line in readme.splitlines() if "docs/systems/" in line]
    assert len(rows) == 10
    figures = {figure for row in rows for figure in re.findall(r"-?\d\.\d+(?: ± \d\.\d+)?", row)}
    assert [figure for figure in figures if figure not in tables] == []
