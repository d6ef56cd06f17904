import pytest

from neurofm.synthetic import reaching

TINY = {"dim": 16, "depth": 1, "latents": 2, "head_dim": 8, "self_heads": 2, "steps": 24, "batch": 4}


@pytest.fixture(scope="session")
def recordings():
    return reaching.sessions(3, units=6, duration=40.0, seed=5)


@pytest.fixture
def tiny():
    return dict(TINY)
