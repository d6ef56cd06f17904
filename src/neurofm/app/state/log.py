"""What was done, in order: enough to do all of it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class Action:
    """One thing a user did.

    Parameters
    ----------
    kind : a verb, a module of `neurofm.app.verbs`
    name : of the source, run or embedding that came of it
    options : plain values, enough to do it again
    done : training steps done when it was stopped; None if it was not
    """

    kind: str
    name: str
    options: dict[str, Any] = field(default_factory=dict)
    done: int | None = None


class Log(list[Action]):
    """Actions, the newest last."""

    def add(self, kind: str, name: str, **options: Any) -> Action:
        """Write down what is done; gives the action, which a job carries."""
        action = Action(kind=kind, name=name, options=options)
        self.append(action)
        return action

    def drop(self, *dropped: Action | None) -> None:
        """Take back what came to nothing."""
        self[:] = [action for action in self if not any(action is one for one in dropped)]

    def all(self, kind: str, name: str) -> list[Action]:
        """Actions of one kind that gave one thing."""
        return [action for action in self if (action.kind, action.name) == (kind, name)]

    def last(self, kind: str, name: str) -> Action | None:
        """The newest action of one kind that gave one thing."""
        return next(reversed(self.all(kind, name)), None)
