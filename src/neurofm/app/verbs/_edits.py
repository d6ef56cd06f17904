"""What verbs do alike that change a source where it stands: it can be undone, and the script does it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action

WRITTEN = "written"  # option of an action: the file that was opened holds what came of it by now


def action(session: Catalog, kind: str, name: str, **options: Any) -> Action | None:
    """What the script does; None where it opens what came of it, since nothing else stands for what was before.

    Of others that change `along`, those alone that it can change again.
    """
    along = options.pop("along", None)
    if along is not None:
        options["along"] = [other for other in along if not _lost(session, other)]
    return None if _lost(session, name) else Action(kind=kind, name=name, options=options)


def _lost(session: Catalog, name: str) -> bool:
    """Whether no file will hold what a source was before it is changed."""
    from neurofm import io

    if session.opening(name) is None:  # edited before, so that a file of it as it is now is needed by nobody
        return False
    session.files([name])
    return session.opening(name) is not None and io.origin(session.sources[name]) is None


def put(
    session: Catalog,
    name: str,
    before: Any,
    after: Any,
    done: Action | None,
    along: Mapping[str, Any] | None = None,
    back: Action | None = None,
) -> None:
    """Put a source in place of another of its name, so that it can be undone, and write how it came about.

    Parameters
    ----------
    along : others that change with it, by name, as they are to be
    back : what undoes it once it is `WRITTEN`
    """
    others = {other: (session.sources[other], now) for other, now in (along or {}).items()}
    stand: list[Action] = []  # what the log has of it

    def there(old: Any, new: Any, *, forth: bool) -> None:
        if session.sources.get(name) is not old:  # closed meanwhile
            return
        session.sources[name] = new
        _write(session, name, stand, done if forth else back)
        session.tell("source", name)
        for other, (early, late) in others.items():
            if session.sources.get(other) is (early if forth else late):
                session.sources[other] = late if forth else early
                session.tell("source", other)

    there(before, after, forth=True)
    session.history.did(partial(there, after, before, forth=False), partial(there, before, after, forth=True))


def _write(session: Catalog, name: str, stand: list[Action], action: Action | None) -> None:
    """Take back what the log has of an edit that now goes the other way, unless a file holds it; then say so, too."""
    if stand and not stand[-1].options.get(WRITTEN):
        _open_results(session, name, stand[-1])
        session.actions.drop(stand.pop())
    elif action is not None:
        anew = {key: value for key, value in action.options.items() if key != WRITTEN}
        stand.append(replace(action, options=anew) if any(action is one for one in stand) else action)
        session.actions.append(stand[-1])


def _open_results(session: Catalog, name: str, undone: Action) -> None:
    """Sources that were made of one as it was edited are opened from their files now: nothing makes them again."""
    from neurofm import io

    after = [k for k, action in enumerate(session.actions) if action is undone]
    for action in session.actions[after[0] if after else len(session.actions) :]:
        made = session.sources.get(action.name) if name in action.options.get("names", ()) else None
        held = None if made is None else io.origin(made)
        if held is not None:
            action.kind, action.options = "open", held.options
