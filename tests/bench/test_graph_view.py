from __future__ import annotations

from neurofm.bench import graph_view


def test_every_picture_is_measured() -> None:
    rows = graph_view.run([], True, 0, None)
    assert [line["n"] for line in rows] == [1, *[2] * 5]
    assert {line["metric"] for line in rows} > {"first picture", "others are picked"}
    assert all(line["mean"] > 0 for line in rows)
