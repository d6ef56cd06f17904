"""Load: the folder of a run becomes a run of the session."""

from __future__ import annotations

from pathlib import Path

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.runs import RunFolder, read_json
from neurofm.specs import VerbSpec


def begin(session: Catalog, path: str | Path) -> str:
    """Open a run; gives its name.

    Raises
    ------
    RunError
        If the folder is no run, or the training did not come to its end.
    """
    read_json(Path(path) / "metrics.json")
    return add(session, RunFolder(path))


def add(session: Catalog, run: RunFolder) -> str:
    """Take a run, which replaces an older one of its name."""
    wrote(session, run.path)
    session.put("run", session.runs, run.name, run)
    if "jobs" in session.__dict__:  # else they ask for it when there are any
        session.jobs.expect(run.slow)
    return run.name


def wrote(session: Catalog, path: Path) -> None:
    """See to it that an action says where a run came from."""
    if path.absolute() != _whence(session, path.absolute()):
        session.actions.add("load", path.name, path=str(path.absolute()))


def _whence(session: Catalog, path: Path) -> Path | None:
    """The folder that the actions so far give a run of that name from; None if none does."""
    actions = session.actions_for(path.name)
    if not actions:
        return None
    held = session.runs[path.name].path if path.name in session.runs else path
    return Path(actions[-1].options.get("path", held)).absolute()


def code(action: Action, script: Script) -> list[str]:
    name = script.new(action.name)
    return [f"{name} = nf.load({action.options['path']!r})", f"session.add({name})"]


SPEC = VerbSpec(begin=begin, options={"path": Field.text}, gives="run", code=code)
