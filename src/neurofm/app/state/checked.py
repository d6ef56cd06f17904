"""States of views refuse what they cannot show: values of another type, words that nobody offers, names of no field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, get_type_hints

from neurofm.checks import check_choice
from neurofm.settings import fit

Offers = Callable[[Any], Mapping[str, Sequence[str]]]  # what there is to choose for fields of a state, by name
OFFERS = "_offers"  # the attribute in which a state that is shown has its own


def checked(kind: type, title: str, offers: Offers) -> Any:
    """A new state of a view that checks all that it is set to.

    Parameters
    ----------
    kind : its dataclass
    title : of the view, for messages
    offers : state -> what there is to choose for its fields, now
    """
    if "_checks" not in vars(kind):
        _let_check(kind, title)
    state = kind()
    vars(state)[OFFERS] = offers
    return state


def become(state: Any, other: Any) -> None:
    """Let a state become another, value by value, even where what that names is not there (any more)."""
    offers = vars(state).pop(OFFERS, None)
    try:
        for field in fields(other):
            setattr(state, field.name, getattr(other, field.name))
    finally:
        vars(state).update({} if offers is None else {OFFERS: offers})


def _let_check(kind: type, title: str) -> None:
    hints, names = get_type_hints(kind, include_extras=True), [field.name for field in fields(kind)]
    put: Any = kind.__setattr__

    def set_checked(state: Any, name: str, value: Any) -> None:
        if name in names:
            value = fit(name, hints[name], value)
            _check_offered(state, name, value)
        elif not name.startswith("_") and not hasattr(kind, name):
            try:
                check_choice(f"setting of {title}", name, names)
            except LookupError as error:
                raise AttributeError(str(error)) from None
        put(state, name, value)

    kind.__setattr__ = set_checked  # type: ignore[method-assign,assignment]
    kind._checks = True  # type: ignore[attr-defined]


def _check_offered(state: Any, name: str, value: Any) -> None:
    """Refuse a word that could not be chosen now, nor where one other field was chosen otherwise."""
    offers = vars(state).get(OFFERS)
    if offers is None or value == getattr(state, name):
        return
    default = next(field.default for field in fields(state) if field.name == name)
    offered = offers(state)
    if name not in offered or value in ("", default) or value in offered[name]:
        return
    otherwise = {word for words in _otherwise(state, name, offered, offers) for word in words}
    if value not in otherwise:
        check_choice(name, value, ({*offered[name]} or otherwise) - {""})


def _otherwise(state: Any, name: str, offered: Mapping[str, Sequence[str]], offers: Offers) -> Iterator[Sequence[str]]:
    """What there would be to choose for a field, were one other field chosen otherwise."""
    for other, words in offered.items():
        for word in words if other != name else ():
            yield offers(replace(state, **{other: word})).get(name, ())
