"""Every model's network is what its course asks for."""

from __future__ import annotations

import pytest

from neurofm import registry
from neurofm.data.target import Target
from neurofm.training.courses.choices import ChoiceNetwork
from neurofm.training.courses.frames import FrameNetwork
from neurofm.training.courses.nodes import NodeNetwork
from neurofm.training.courses.patches import PatchNetwork
from neurofm.training.courses.voxels import VoxelNetwork
from neurofm.training.network import (
    Finishes,
    HasSessions,
    HasUnits,
    Network,
    TrialNetwork,
    WindowNetwork,
)
from tests import small

NEEDS = {
    "windows": WindowNetwork, "trials": TrialNetwork, "frames": FrameNetwork, "choices": ChoiceNetwork,
    "voxels": VoxelNetwork, "patches": PatchNetwork, "nodes": NodeNetwork,
}  # fmt: skip
models = pytest.mark.parametrize("name", registry.names("neurofm.models"))


def build(name):
    spec = registry.get("neurofm.models", name)
    sizes = {"bins": 4} if spec.course == "trials" else {}
    return spec, spec.build(spec.config(**sizes), small.VOCAB, Target(series="x", names=("x",)))


@models
def test_it_is_a_network_of_its_course_and_of_no_other(name):
    spec, net = build(name)
    assert isinstance(net, Network)
    assert {course for course, kind in NEEDS.items() if isinstance(net, kind)} == {spec.course}


@models
def test_it_has_vectors_of_what_its_spaces_say(name):
    spec, net = build(name)
    if spec.course == "trials":
        assert isinstance(net, HasUnits) == ("unit" in spec.spaces)
        assert isinstance(net, HasSessions) == ("session" in spec.spaces)


@models
def test_only_what_learns_without_a_target_is_finished(name):
    spec, net = build(name)
    assert not (isinstance(net, Finishes) and spec.supervised)


@models
def test_tables_are_among_its_parameters(name):
    _, net = build(name)
    assert all(any(t is p for p in net.parameters()) for t in net.tables)
