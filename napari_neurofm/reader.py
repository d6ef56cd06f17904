"""Files opened through napari's own File menu."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def get_reader(path: str | Sequence[str]) -> Callable[[Any], list[Any]] | None:
    """What opens `path` (several paths are the parts of one recording), or None if it is not ours."""
    from napari_neurofm.docks import has_window
    from neurofm.app.saved.folder import is_session
    from neurofm.io import can_read

    paths = [path] if isinstance(path, str) else list(path)
    ours = len(paths) == 1 and (is_session(paths[0]) or (_is_run(paths[0]) and has_window()))  # a run has no layers
    return read_layers if paths and (ours or all(can_read(p) for p in paths)) else None


def _is_run(path: str) -> bool:
    from neurofm.errors import RunError
    from neurofm.runs import RunFolder, is_run

    try:
        return is_run(path) and bool(RunFolder(path))
    except RunError:  # another program's config.json
        return False


def read_layers(path: str | Sequence[str]) -> list[Any]:
    """Layers of a recording or session; inside napari the desk reads it, or a run, and adds them itself."""
    from napari_neurofm.docks import desk, has_window

    source = path if isinstance(path, str) else list(path)
    if has_window():
        desk().open(source if isinstance(source, str) else [Path(p) for p in source])
        return [(None,)]
    from neurofm.app.pictures.layers import layers
    from neurofm.app.saved.folder import is_session
    from neurofm.app.session import Session
    from neurofm.io import read

    kept = isinstance(source, str) and is_session(source)
    recordings = Session.restore(str(source)).sources.values() if kept else [read(source)]
    return [layer for recording in recordings for layer in layers(recording)]
