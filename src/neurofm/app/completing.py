"""What there is to choose, where a text is typed in IPython or a notebook: models, views, columns, settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from neurofm import registry

MODELS, VIEWS, READERS = "neurofm.models", "neurofm.app.views", "neurofm.io"
MODULE = {"train": ("model",), "view": ("name",), "read": ("path",)}  # parameters of functions of the package
METHODS = {  # of a session, and what it holds
    "train": ("model",), "view": ("name",), "table": ("space",), "columns": ("space",), "everything": ("space",),
    "values": ("space", "column"), "colors": ("column", "space"), "where": ("space", "column"), "pick": ("space",),
    "picked": ("space",), "predict": ("run", "name"), "embed": ("run",), "number": ("source",),
}  # fmt: skip
OPEN, CLOSE = "([{", ")]}"
TABLE = re.compile(r"""(\w+)\.table\(\s*["'](\w+)["']\s*\)\[\s*(["'])([^"']*)$""")
STATE = re.compile(r"""(\w+)\.view\(\s*["']([^"']+)["']\s*\)\.(\w+)\s*=\s*(["'])([^"']*)$""")


@dataclass(frozen=True)
class Typed:
    """Where in a call a text is being typed.

    Parameters
    ----------
    owner, function : of the call ("session", "train")
    before : what stands in its brackets before the text
    start : of the text, so far
    key : whether it is a key of the settings
    """

    owner: str
    function: str
    before: str
    start: str
    key: bool


def register(shell: Any) -> None:
    """Let an IPython shell offer what there is, too; one before 8.6 cannot be told."""
    try:
        from IPython.core.completer import SimpleCompletion, context_matcher
    except ImportError:
        return

    @context_matcher()
    def neurofm_matcher(context: Any) -> dict[str, Any]:
        code = "\n".join(context.full_text.split("\n")[: context.cursor_line])
        code = f"{code}\n{context.text_until_cursor}"
        there = [SimpleCompletion(word) for word in offered(code, shell.user_ns, context.token)]
        return {"completions": there, "suppress": bool(there)}

    shell.Completer.custom_matchers.append(neurofm_matcher)


def offered(code: str, names: Mapping[str, Any], token: str = "") -> list[str]:
    """Words that go on with the text at the end of some code, where it is one of ours; what of them takes its token's
    place.

    Parameters
    ----------
    code : up to the cursor
    names : what is defined
    token : the last part of the text, which the word replaces; all of it unless given
    """
    assigned, keyed = STATE.search(code), TABLE.search(code)
    if assigned:
        session, view, field, _, start = assigned.groups()
        words: Iterable[str] = _of_state(names.get(session), view, field)
    elif keyed:
        session, space, _, start = keyed.groups()
        held: Any = names.get(session)
        words = map(str, held.table(space)) if hasattr(held, "numbered") and space in held.tables() else ()
    else:
        typed = where(code)
        if typed is None:
            return []
        start, words = typed.start, _words(typed, names)
    kept = start.removesuffix(token) if token and start.endswith(token) else ""
    fitting = [word for word in words if word.lower().startswith(start.lower())]
    return [word[len(kept) :] for word in fitting]


def where(code: str) -> Typed | None:
    """The call in which a text is open at the end of some code; None where there is none."""
    stack: list[int] = []
    quote, begin, k = "", 0, 0
    while k < len(code):
        letter = code[k]
        if quote:
            k += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote, begin = letter, k
        elif letter in OPEN:
            stack.append(k)
        elif letter in CLOSE and stack:
            stack.pop()
        k += 1
    if not quote or not stack:
        return None
    key = code[stack[-1]] == "{" and len(stack) > 1 and re.search(r"settings\s*=\s*$", code[: stack[-1]]) is not None
    bracket = stack[-2] if key else stack[-1]
    call = re.search(r"([\w.]*?)\.?(\w+)$", code[:bracket])
    if call is None or code[bracket] != "(":
        return None
    return Typed(call[1], call[2], code[bracket + 1 : begin], code[begin + 1 :], key)


def _words(typed: Typed, names: Mapping[str, Any]) -> list[str]:
    owner = _owner(typed.owner, names)
    ours, session = getattr(owner, "__name__", "") == "neurofm", hasattr(owner, "numbered")
    if not (ours or session or hasattr(owner, "picked")):
        return []
    if typed.key:
        model = re.match(r"""\s*["']([^"']+)["']""", typed.before)
        return _settings(model[1]) if model and typed.function == "train" else []
    parameters = (MODULE if ours else METHODS).get(typed.function, ())
    keyword = re.search(r"(\w+)\s*=\s*$", typed.before)
    place = typed.before.count(",")
    name = keyword[1] if keyword else parameters[place] if place < len(parameters) else ""
    return _choices(name, typed, owner if session else None)


def _choices(name: str, typed: Typed, session: Any) -> list[str]:
    """What a parameter may be."""
    plain: dict[str, Callable[[], list[str]]] = {
        "model": lambda: registry.names(MODELS), "reader": lambda: registry.names(READERS),
        "device": lambda: ["auto", "cpu", "cuda", "mps"],
    }  # fmt: skip
    if typed.function == "view":
        plain["name"] = lambda: registry.names(VIEWS)
    if session is None:
        return (plain | {"space": _spaces})[name]() if name in {*plain, "space"} else []
    first = re.match(r"""\s*["']([^"']+)["']""", typed.before)
    held = {
        "space": session.spaces, "run": lambda: list(session.runs), "source": lambda: list(session.sources),
        "column": lambda: session.columns(first[1]) if first else [], "names": lambda: list(session.sources),
    }  # fmt: skip
    give = (held | plain).get(name, held["source"] if name == "name" else list)
    return [str(word) for word in give()]


def _spaces() -> list[str]:
    from neurofm.data.ids import SPACES

    return list(SPACES)


def _settings(model: str) -> list[str]:
    """Names of all settings of a model; none of one that is not there."""
    from neurofm.specs import Schedule

    try:
        spec = registry.get(MODELS, registry.called(MODELS, model))
    except LookupError:
        return []
    return [f.name for kind in (spec.config, Schedule) for f in fields(kind)]


def _of_state(session: Any, view: str, field: str) -> list[str]:
    """What a field of a view's state may be."""
    try:
        spec = registry.get(VIEWS, registry.called(VIEWS, view).split(" ")[0])
    except LookupError:
        return []
    hint = get_type_hints(spec.state).get(field)
    if get_origin(hint) is Literal:
        return [str(word) for word in get_args(hint)]
    if not hasattr(session, "numbered"):
        return []
    return list(spec.choices(session.view(view), session).get(field, ()))


def _owner(dotted: str, names: Mapping[str, Any]) -> Any:
    """What a dotted name is; nothing is called to tell."""
    first, *rest = dotted.split(".")
    thing = names.get(first)
    for name in rest:
        thing = getattr(thing, name, None) if name in ("selection", "session") else None
    return thing
