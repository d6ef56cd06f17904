"""The folder of a run as anybody can read it: what it is and how well it does, without loading torch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import registry
from neurofm.data.recording import UNIT
from neurofm.data.shown import Shown, several
from neurofm.data.source import SESSION, Source, sketch
from neurofm.data.target import Target
from neurofm.errors import RunError
from neurofm.process import holder, try_hold
from neurofm.specs import RECORDING
from neurofm.words import OF, outcome

FORMAT = 1  # of the folder; raised when an older neurofm could not read it
OWN = ("*.safetensors", "*.json", "log.jsonl", "recipe.py")  # files of a run
SINGLE = (UNIT, SESSION)  # spaces in which a model has but one vector of each thing
NEEDED = {"format", "model", "config", "target"}


class RunFolder(Shown):
    """What a training left behind.

    Parameters
    ----------
    path : the folder

    Raises
    ------
    RunError
        If the folder is no run, or was written by a newer neurofm.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._metrics: dict[str, Any] = {}
        self.config: dict[str, Any] = read_json(self.path / "config.json")
        if not isinstance(self.config, dict) or not set(self.config) >= NEEDED:
            raise RunError(self.path, "config.json", "is not that of a run; name the folder that `neurofm train` wrote")
        if self.config["format"] != FORMAT:
            version = self.config.get("versions", {}).get("neurofm", "another version")
            raise RunError(self.path, "format", f"was written by neurofm {version}; update neurofm to open this run")

    def facts(self) -> dict[str, Any]:
        """What it is and how well it does."""
        splits = self.config.get("splits", {})
        scores = {name: value for name, value in self.metrics.items() if name != OF}
        return {
            "": self.name,
            "model": self.config["model"],
            "of": self.of,
            "learned from": several(splits),
            "score": outcome(scores) if scores else "not finished",
        }

    @property
    def name(self) -> str:
        """What the run is called: its folder."""
        return self.path.name

    @property
    def of(self) -> str:
        """Of what its scores are: as they tell, else the name of what it decodes; "" of rates."""
        target = self.config["target"]
        return str(self.metrics.get(OF) or (target.get("series", "") if isinstance(target, dict) else ""))

    @property
    def metrics(self) -> dict[str, Any]:
        """Scores of the finished run; empty while it is not finished."""
        path = self.path / "metrics.json"
        if not self._metrics and path.exists():
            self._metrics = read_json(path)
        return self._metrics

    @property
    def spaces(self) -> tuple[str, ...]:
        """What a row of its latents can be."""
        return tuple(self._said("spaces", ()))

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts of its latents that are a space each."""
        return tuple(self._said("parts", ()))

    def parts_of(self, space: str) -> tuple[str, ...]:
        """Parts of its latents in a space: moments and trials have them, units and sessions have but one vector."""
        return () if space in SINGLE else self.parts

    @property
    def takes(self) -> str:
        """The kind of source that it learns from."""
        return str(self._said("takes", RECORDING))

    @property
    def fills(self) -> bool:
        """Whether it can fill in activity that is hidden from it."""
        return bool(self._said("fills", False))

    @property
    def reads_new_units(self) -> bool:
        """Whether its core reads units that it has never seen as it is, once these have vectors."""
        return bool(self._said("reads_new_units", False))

    @property
    def slow(self) -> tuple[str, ...]:
        """Modules that its network needs and that take seconds to import."""
        return tuple(self._said("slow", ()))

    @cached_property
    def vocab(self) -> dict[str, Any]:
        """The names that have something of their own in it, as its course wrote them."""
        vocab: dict[str, Any] = read_json(self.path / "vocab.json")
        return vocab

    @property
    def sessions(self) -> list[str]:
        """Recordings that it, or the run it was adapted from, has learned from."""
        try:
            return list(self.vocab["sessions"])
        except (RunError, KeyError, TypeError):
            return list(self.config.get("splits", {}))

    def called(self, source: Source) -> str:
        """What the run calls a source: as it was called when the run learned from it, whatever it is called now.

        One of another subject is not the one of its name that the run knows, so its subject is in its name then.
        """
        data, name, facts = self.config.get("data", []), source.session, about(source)
        alike = [one["session"] for one in data if facts.items() <= one.items()]
        if alike and name not in alike:
            return str(alike[0])
        strange = any(
            one["session"] == name and source.subject and one.get("subject") not in (None, "", source.subject)
            for one in data
        )
        return f"{name} ({source.subject})" if strange else name

    @cached_property
    def target(self) -> Target:
        """What it decodes."""
        return _target(self.config["target"])

    @cached_property
    def targets(self) -> list[tuple[Target, list[str]]]:
        """What it decodes of which sessions, where that differs; of sessions that are not named the first."""
        listed = self.config.get("targets") or [self.config["target"] | {"sessions": []}]
        return [(_target(one), one["sessions"]) for one in listed]

    def target_of(self, session: str) -> tuple[Target, int]:
        """What it decodes of a session, and the first of its features among those of all targets."""
        first = 0
        for target, sessions in self.targets:
            if session in sessions:
                return target, first
            first += len(target.names)
        return self.targets[0][0], 0

    def spans(self, session: str, name: str) -> NDArray[np.float64]:
        """(k, 2) seconds of a session's "train", "valid" or "test" time; none for one it was not trained on."""
        return self.split(session, name).astype(float).reshape(-1, 2)

    def split(self, session: str, name: str) -> NDArray[Any]:
        """What is "train", "valid" or "test" of a session, as its course wrote it: spans, or numbers of rows."""
        return np.array(self.config.get("splits", {}).get(session, {}).get(name, []))

    def _said(self, field: str, default: Any) -> Any:
        """What the run, or where it was made before that was written down its model, says of itself."""
        if field in self.config:
            return self.config[field]
        try:
            return registry.said("neurofm.models", self.config["model"], field, default)
        except LookupError:  # a model that this neurofm does not have
            return default


def about(source: Source) -> dict[str, Any]:
    """What tells sources of one name apart, the same whatever file it is in."""
    return {"subject": source.subject, "sketch": sketch(source)}


def new_folder(home: Path, name: str, taken: Collection[str] = ()) -> Path:
    """The first of `name-1`, `name-2`, ... that is not there; it is made, so that no other program takes the name."""
    number = 1
    while True:
        folder = home / f"{name}-{number}"
        with suppress(FileExistsError):
            if folder.name not in taken:
                folder.mkdir(parents=True)
                return folder
        number += 1


def unclaim(folder: Path) -> None:
    """Give back the name of a run that came to nothing; a folder with something in it stays."""
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def claim(folder: Path, *, anew: bool = False) -> Iterator[None]:
    """Hold the folder of a run while it is written; one that is made here goes again if nothing comes into it.

    Parameters
    ----------
    anew : whether a run that is finished is written, too

    Raises
    ------
    RunError
        If another program writes it, saying who, or it cannot be a folder.
    """
    if (folder / "metrics.json").exists() and not anew:  # finished: nothing is written any more
        yield
        return
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = "is a file" if folder.is_file() else f"cannot be made ({error.strerror})"
        raise RunError(folder, "", f"{why}; name another folder for the run") from error
    held = try_hold(folder)
    if held is None:
        problem = f"is being written by {holder(folder) or 'another program'}; wait for its end, or name another folder"
        raise RunError(folder, "", problem)
    try:
        yield
    finally:
        held.release()
        if new:
            unclaim(folder)


def clear(folder: Path) -> None:
    """Make the folder of a run that is about to begin, and take away what another run left in it, and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    if is_run(folder):
        (folder / "config.json").unlink()  # first: without it a folder is no run
        shutil.rmtree(folder / "preview", ignore_errors=True)
        for place in (place for pattern in OWN for place in folder.glob(pattern)):
            place.unlink()


def is_run(path: object) -> bool:
    """Whether a path is the folder of a run."""
    return isinstance(path, str | Path) and (Path(path) / "config.json").is_file()


def read_json(path: Path) -> Any:
    """Read a JSON file of a run, or say what is wrong with it.

    Raises
    ------
    RunError
        If it is not there, or not whole.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(path.parent, path.name, "is missing; name the folder that `neurofm train` wrote") from None
    except (OSError, ValueError) as error:
        raise RunError(path.parent, path.name, f"cannot be read ({error}); train again or restore the file") from error


def _target(said: dict[str, Any]) -> Target:
    known = {name: value for name, value in said.items() if name != "sessions"}
    return Target(**known | {"names": tuple(known["names"])})
