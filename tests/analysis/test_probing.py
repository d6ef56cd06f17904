"""What can be probed: tracks, and volumes by runs that know patches."""

from __future__ import annotations

import pytest

from neurofm.analysis import probing
from neurofm.synthetic import quadrupeds
from neurofm.synthetic.demo import demo
from tests.small import squares_of_two


@pytest.mark.parametrize(
    ("takes", "spaces", "can"),
    [("tracks", ("frame",), True), ("volume", ("patch",), True), ("volume", ("voxel",), False),
     ("recording", ("unit",), False)],
)  # fmt: skip
def test_runs_are_probed_that_know_what_labels_are_of(takes: str, spaces: tuple[str, ...], can: bool) -> None:
    assert probing.can(takes, spaces) is can


def test_labels_of_each_kind() -> None:
    assert "gait" in probing.labels(quadrupeds.session(4, frames=60))
    assert probing.labels(squares_of_two(256)) == ["region"]
    assert probing.labels(demo(duration=2.0)[0]) == []
