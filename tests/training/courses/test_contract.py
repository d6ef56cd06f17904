"""What every course keeps, whichever there are."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict

import pytest

from neurofm import io, registry
from neurofm.data.source import Source
from tests import small

COURSES, MODELS = registry.names("neurofm.training.courses"), registry.names("neurofm.models")


def source(course):
    """Something that a course takes."""
    return small.SOURCES[course]()


@pytest.mark.parametrize("name", COURSES)
def test_it_is_imported_and_advises_without_torch(name):
    path = io.save_cached(source(name))
    code = (
        "import sys\nfrom neurofm import registry\nfrom neurofm.specs import Effort, Schedule\n"
        "from dataclasses import asdict\nfrom neurofm import io\n"
        f"course = registry.get('neurofm.training.courses', {name!r})\n"
        "sizes = {'window': 1.0, 'bin': 0.02, 'event': '', 'before': 0.0, 'after': 0.0, 'sequence': 2.0}\n"
        "sizes |= {'edge': 64, 'nodes': 99}\n"
        f"data = [io.read_native({str(path)!r}, course.takes.kind)]\n"
        "assert course.advise(Effort(), sizes | asdict(Schedule()), data).settings['steps'] > 0\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_learns_by_a_course_that_takes_what_it_takes(name):
    spec = registry.get("neurofm.models", name)
    course = registry.get("neurofm.training.courses", spec.course)
    assert issubclass(spec.takes, course.takes)
    assert isinstance(spec.takes.kind, str)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_can_be_advised_and_ends_soon_on_a_laptop(name, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    spec = registry.get("neurofm.models", name)
    course = registry.get("neurofm.training.courses", spec.course)
    sizes = asdict(spec.config()) | asdict(spec.schedule)
    advised = course.advise(spec.effort, sizes, [small.source(name)])
    assert advised.settings.keys() <= sizes.keys()
    assert advised.settings["steps"] >= spec.schedule.steps * min(spec.effort.least, 0.2)
    assert 0 < advised.step * advised.settings["steps"] < 600


@pytest.mark.parametrize("name", COURSES)
def test_a_split_leaves_nothing_in_two_of_its_sets(name):
    import numpy as np

    from neurofm.data import spans

    course = registry.get("neurofm.training.courses", name)
    assert isinstance(source(name), Source)
    sets = course.split(source(name), np.random.default_rng(0))
    for a, b in ((sets.train, sets.valid), (sets.train, sets.test), (sets.valid, sets.test)):
        assert spans.duration(spans.intersect(a, b)) == 0
