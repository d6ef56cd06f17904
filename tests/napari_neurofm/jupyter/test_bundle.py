"""The page's code as one module."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from napari_neurofm.jupyter import bundle as module
from napari_neurofm.jupyter.bundle import bundle, modules

JS = Path(module.__file__).parent / "js"
NAME = re.compile(r"^(?:export )?(?:default )?(?:async )?(?:function|class|const|let) (\w+)", re.M)
ENTRIES = [JS / "view.js", JS / "opened.js", JS / "page.js"]


def test_each_module_stands_behind_those_it_imports(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("export const a = 1;\n")
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\n\nexport function b() { return a; }\n')
    (tmp_path / "c.js").write_text(
        'import { a } from "./a.js";\nimport {\n  b,\n} from "./b.js";\n\nexport default { a, b };\n'
    )
    assert [path.name for path in modules(tmp_path / "c.js")] == ["a.js", "b.js", "c.js"]
    lines = [line for line in bundle(tmp_path / "c.js").splitlines() if line]
    assert lines == ["const a = 1;", "function b() { return a; }", "export default { a, b };"]


def test_a_module_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n')
    with pytest.raises(FileNotFoundError, match=r"b\.js"):
        bundle(tmp_path / "a.js")


def test_every_file_of_the_page_is_in_a_bundle() -> None:
    assert {path for entry in ENTRIES for path in modules(entry)} == set(JS.glob("*.js"))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.stem)
def test_nothing_is_left_to_be_loaded(entry: Path) -> None:
    text = bundle(entry)
    assert not re.search(r"^\s*import\b", text, re.M)
    assert re.findall(r"^export .*$", text, re.M) == ["export default {"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.stem)
def test_no_two_modules_use_a_name(entry: Path) -> None:
    counts = Counter(NAME.findall(bundle(entry)))
    assert len(counts) > 10
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("path", sorted(JS.glob("*.js")), ids=lambda path: path.stem)
def test_what_a_module_imports_is_exported_there(path: Path) -> None:
    text = path.read_text()
    for names, origin in re.findall(r'^import \{([^}]*)\} from "\./(\w+)\.js";', text, re.M):
        exported = re.findall(
            r"^export (?:async )?(?:function|class|const) (\w+)", (JS / f"{origin}.js").read_text(), re.M
        )
        for name in names.replace(",", " ").split():
            assert name in exported
            assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{name} is imported for nothing"
