"""Files of nets: JSON."""

from __future__ import annotations

import json

import numpy as np

from neurofm.specs import ReaderSpec
from planted.nets import Net

ARRAYS = ("x", "y", "edges", "region")


def accepts(path):
    return path.read_bytes().startswith(b'{"net"')


def read(path):
    held = json.loads(path.read_text())
    arrays = {name: np.array(held[name]) for name in ARRAYS}
    return Net(session=held["net"], subject=held["subject"], paths=(str(path),), **arrays)


def write(net, path):
    arrays = {name: getattr(net, name).tolist() for name in ARRAYS}
    path.write_text(json.dumps({"net": net.session, "subject": net.subject, **arrays}))
    return path


SPEC = ReaderSpec(title="Nets", patterns=("*.net",), accepts=accepts, read=read, kind="net", write=write, native=".net")
