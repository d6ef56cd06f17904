"""What a network keeps for each session alone: weights that fit so many units, made anew where the units change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from neurofm.data.trials import Trials
from neurofm.errors import UnknownUnits


class Sessions(nn.Module):
    """A network of which a part belongs to each session; a model says how many units it fits and how it begins.

    Attributes
    ----------
    sessions : names, in the order of the parts
    """

    def __init__(self) -> None:
        super().__init__()
        self.sessions: list[str] = []

    def begin(self, number: int, size: int) -> None:
        """Put a fresh part for so many units in a place, or behind the last."""
        raise NotImplementedError

    def units(self, number: int) -> int:
        """How many units the part in a place is for."""
        raise NotImplementedError

    def adapt(self, vocab: Mapping[str, Sequence[Any]]) -> None:
        """Begin parts for sessions that are new, and anew for those whose units are others than they were."""
        for session, size in zip(vocab["sessions"], vocab["sizes"]):
            if session not in self.sessions:
                self.sessions.append(session)
                self.begin(len(self.sessions) - 1, size)
                continue
            number = self.sessions.index(session)
            if session in vocab.get("fresh", ()) or size not in (0, self.units(number)):
                self.begin(number, size)

    def number(self, trials: Trials) -> int:
        """The place of the part for the session of these trials.

        Raises
        ------
        UnknownUnits
            If the session is new, or has not as many units as it had.
        """
        session, units = trials.recording.session, trials.counts.shape[2]
        number = self.find(session)
        if self.units(number) != units:
            problem = f"with {self.units(number)} units, not {units}"
            raise UnknownUnits(f"the model knows '{session}' {problem}; adapt it to this recording first")
        return number

    def find(self, session: str) -> int:
        """The place of the part for a session; UnknownUnits if there is none."""
        if session not in self.sessions:
            raise UnknownUnits(f"the model has never seen '{session}'; adapt it to this recording first")
        return self.sessions.index(session)


def put(parts: nn.ModuleList, number: int, part: nn.Module) -> None:
    """Let a part take its place, or stand behind the last."""
    if number < len(parts):
        parts[number] = part
    else:
        parts.append(part)
