"""How the pages are built: `make docs`.

Pages are plain Markdown that reads as well on a code host. What only a site needs is added here: contents of a section
are the pages of its folder, and links out of this folder lead to the repository.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

WRITES = {"match_units": "pairs.csv", "napari_tour": "tour.png"}  # of examples whose argument is a file
HERE = Path(__file__).parent
DRAWN = HERE / "_build" / "examples"  # what examples write, pictures among it
SECTIONS = {"people/README": "*", "systems/README": "*", "views/README": "*", "api/README": "*"}
TOP = ("install", "people/README", "howto", "systems/README", "views/README", "gallery/index", "api/README")
FIGURES = ("reproduction", "benchmarks", "neighbours")
LAST = ("glossary", "cite")
NAMED = re.compile(r"(\s*)(\*{0,2}\w+(?:, \w+)*) : (.+)")
LINK = re.compile(r"\]\((\.\./[^)#\s]*)(#[^)]*)?\)")

project = "NeuroFM"
author = metadata("napari-neurofm")["Author"] or "NeuroFM developers"
copyright = author
version = release = metadata("napari-neurofm")["Version"]
SOURCE = "https://github.com/neurofm/napari-neurofm/blob/main"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_gallery.gen_gallery"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "**/GALLERY_HEADER.rst"]
default_role = "code"
suppress_warnings = ["config.cache"]  # the gallery has functions among its settings
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_use_ivar = True
html_theme = "pydata_sphinx_theme"
html_title = "NeuroFM"
html_static_path: list[str] = []
html_show_sourcelink = False
html_theme_options = {"header_links_before_dropdown": 7, "show_prev_next": False, "navigation_with_keys": False}


def _argument(conf: Any, variables: Any) -> list[str]:
    """Where an example writes: a folder, or a file in one."""
    name = Path(variables["src_file"]).stem
    return [str(DRAWN / name / WRITES.get(name, ""))]


def _pictures(block: Any, variables: Any, conf: Any, **_: Any) -> str:
    """Pictures that an example wrote."""
    from sphinx_gallery.scrapers import figure_rst

    drawn = sorted(DRAWN.rglob("*.png"))
    return figure_rst([_moved(path, next(variables["image_path_iterator"])) for path in drawn], conf["src_dir"])


def _moved(path: Path, place: str) -> str:
    shutil.move(path, place)
    return place


sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py",
    "ignore_pattern": "view_pictures",
    "reset_argv": _argument,
    "image_scrapers": (_pictures,),
    "abort_on_example_error": True,
    "show_memory": False,
    "download_all_examples": False,
}


def _contents(pages: list[str]) -> str:
    return "\n\n```{toctree}\n:hidden:\n:glob:\n\n" + "\n".join(pages) + "\n```\n"


def _how_to() -> list[str]:
    """Pages of this folder that no section has."""
    held = {*TOP, *FIGURES, *LAST, "index"}
    return sorted(page.stem for page in HERE.glob("*.md") if page.stem not in held)


def _complete(app: Any, name: str, source: list[str]) -> None:
    """Add the contents of a section to its page, and make links out of this folder lead to the repository."""
    text = source[0]
    if name == "index":
        text += _contents([*TOP, f"Figures <{FIGURES[0]}>", *LAST])
    elif name == "howto":
        text += _contents(_how_to())
    elif name == "reproduction":
        text += _contents(list(FIGURES[1:]))
    elif name in SECTIONS:
        text += _contents([SECTIONS[name]])
    folder = posixpath.dirname(name)

    def out(match: re.Match[str]) -> str:
        place = posixpath.normpath(posixpath.join("docs", folder, match[1]))
        return match[0] if place.startswith("docs/") else f"]({SOURCE}/{place}{match[2] or ''})"

    source[0] = LINK.sub(out, text)


def _described(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Our docstrings have what a name means where napoleon looks for its type, which stands in annotations."""
    parts = [NAMED.fullmatch(line) or line for line in lines]
    lines[:] = [
        piece
        for part in parts
        for piece in ([part] if isinstance(part, str) else [part[1] + part[2], f"{part[1]}    {part[3]}"])
    ]


def setup(app: Any) -> None:
    """Called by sphinx."""
    from pygments.lexers.special import TextLexer

    app.add_lexer("mermaid", TextLexer)
    app.connect("source-read", _complete)
    app.connect("autodoc-process-docstring", _described, priority=400)  # before napoleon
