"""What verbs do alike that change a source where it stands: it can be undone, and the script does it again."""

from __future__ import annotations

from functools import partial
from typing import Any

from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action


def action(session: Catalog, kind: str, name: str, **options: Any) -> Action | None:
    """What the script does; None where it opens what came of it, since nothing else stands for what was before."""
    from neurofm import io

    session.files([name])
    opened = session.opening(name)
    lost = opened is not None and io.origin(session.sources[name]) is None
    return None if lost else Action(kind=kind, name=name, options=options)


def put(session: Catalog, name: str, before: Any, after: Any, done: Action | None) -> None:
    """Put a source in place of another of its name, so that it can be undone, and write how it came about."""

    def there(old: Any, new: Any, *, forth: bool) -> None:
        if session.sources.get(name) is not old:  # closed meanwhile
            return
        session.sources[name] = new
        session.actions.drop(done)
        session.actions.extend([done] if forth and done is not None else [])
        session.tell("source", name)

    there(before, after, forth=True)
    session.history.did(partial(there, after, before, forth=False), partial(there, before, after, forth=True))
