"""A page that stands alone: what it holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neurofm as nf
from napari_neurofm.jupyter import page
from neurofm import registry
from neurofm.app.session import Session
from neurofm.errors import DataError


def held(text: str) -> Any:
    """What the page's views are made of."""
    (values,) = re.findall(r'<script type="application/json" id="neurofm">(.*)</script>', text)
    return json.loads(values.replace("<\\/", "</"))


def test_points_and_rows_are_things_with_names_and_picks(session: Session) -> None:
    session.selection.pick("unit", [0, 5])
    values = held(nf.explore(session, [["latent", "table"]]).to_html())
    (latent, table) = values["rows"][0]
    points = [mark for mark in latent["picture"]["marks"] if "ids" in mark]
    assert sorted(int(id) for mark in points for id in mark["ids"]) == session.everything("unit").tolist()
    assert points[0]["told"][0].startswith("ada/unit 1 ")
    assert len(table["picture"]["marks"][0]["ids"]) == table["picture"]["marks"][0]["total"] == 104
    assert values["picks"] == {"unit": ["0", "5"]}


@pytest.mark.parametrize("name", registry.names("neurofm.app.views"))
def test_every_view_can_be_kept(session: Session, name: str) -> None:
    text = nf.view(name, session).to_html()
    assert "</html>" in text
    assert not re.search(r"(src|href)=|https?://(?!www.w3.org)|@import|url\(", text)
    ((view,),) = held(text)["rows"]
    assert view["picture"]["title"]


def test_a_long_table_is_cut_and_many_points_say_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "ROWS", 10)
    monkeypatch.setattr(page, "TOLD", 10)
    latent, table = held(nf.explore(session, [["latent", "table"]]).to_html())["rows"][0]
    assert latent["picture"]["marks"][0]["told"] == []
    (mark,) = table["picture"]["marks"]
    assert mark["total"] == len(mark["ids"]) == len(mark["columns"][0]["text"]) < 20


def test_it_is_written_whole_or_not_at_all_and_names_cannot_end_it(session: Session, tmp_path: Path) -> None:
    session.group("</script><b>", "unit", np.arange(3))
    plot = nf.view("latent", session)
    session.view("latent").color_by = "group"
    where = plot.to_html(tmp_path / "new" / "page.html")
    assert where == tmp_path / "new" / "page.html"
    text = where.read_text("utf8")
    assert text.count("</script>") == 2
    with pytest.raises(DataError, match="page"):
        plot.to_html(where / "page.html")
    with pytest.raises(DataError, match=r"page.pdf: suffix: is none of .html, .htm; name the page with one of them"):
        plot.to_html(tmp_path / "page.pdf")
    assert where.read_text("utf8") == text
