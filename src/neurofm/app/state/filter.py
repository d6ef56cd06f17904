"""Filters as users type them: ``rate > 2 and region in ["CA1", "CA3"]``. They are parsed, never evaluated as Python."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.checks import check_choice
from neurofm.errors import FilterError

LONGEST, DEEPEST = 1000, 40  # characters, and levels of brackets
LARGEST = 10**300  # of whole numbers

Column = Callable[[str], NDArray[Any]]

_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_COUNT: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
HINT = 'write it like: rate > 2 and region == "CA1", or give a part of a name'
WORDS = re.compile(r"[^<>=!()\[\]{}\"'`]+")  # text that compares nothing, as every condition does
JOINED = {"and", "or", "not", "in"}


def condition(text: str) -> Expression | Search:
    """What a user typed: a condition, or plain words that a label or a column has somewhere.

    Raises
    ------
    FilterError
        If it is neither.
    """
    plain = WORDS.fullmatch(text.strip()) and not JOINED & set(text.split())
    return Search(text.strip()) if plain else Expression(text)


class Search:
    """Plain words, which a label, or another column of words, has somewhere; in small or capital letters."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise FilterError(f"the filter has {len(text)} characters; {LONGEST} are allowed")
        self.text = text.lower()

    def mask(self, column: Column, columns: Sequence[str], count: int) -> NDArray[np.bool_]:
        """(thing,) which of `count` things have it."""
        found = np.zeros(count, bool)
        for name in columns:
            values = _comparable(column(name))
            if _wordy(values):
                found |= np.char.find(np.char.lower(values), self.text) >= 0
        return found


class Expression:
    """A condition on the columns of some things.

    Parameters
    ----------
    text : names of columns, numbers, words in quotes, ``< <= == != >= > in``, ``and or not``, ``+ - * /`` and brackets;
        a name with other characters stands in back quotes

    Raises
    ------
    FilterError
        If it is none, in one sentence; calls, attributes and everything else of Python are refused.
    """

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise FilterError(f"the filter has {len(text)} characters; {LONGEST} are allowed")
        self.text = text
        plain, self._quoted = _unquote(text)
        try:
            self._tree = ast.parse(plain.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise FilterError(f"the filter '{text}' cannot be read; {HINT}") from error
        self._check(self._tree, 0)

    @property
    def names(self) -> list[str]:
        """Columns that it asks for."""
        names = [self._name(node) for node in ast.walk(self._tree) if isinstance(node, ast.Name)]
        return list(dict.fromkeys(names))

    def mask(self, column: Column, columns: Sequence[str], count: int) -> NDArray[np.bool_]:
        """(thing,) which of `count` things it is true of; a missing value makes every comparison false.

        Raises
        ------
        FilterError
            If a column is not there, or what is compared cannot be.
        """
        for name in self.names:
            try:
                check_choice("column", name, columns)
            except LookupError as error:
                raise FilterError(f"the filter '{self.text}' asks for {error}") from error
        try:
            with np.errstate(all="ignore"):
                value = self._value(self._tree, column)
        except (TypeError, ValueError) as error:
            raise FilterError(
                f"the filter '{self.text}' compares words with numbers, or uses a list without in; {HINT}"
            ) from error
        if isinstance(value, list) or np.asarray(value).dtype.kind != "b":
            raise FilterError(f"the filter '{self.text}' is no condition; {HINT}")
        return np.broadcast_to(np.asarray(value, bool), count)

    def _name(self, node: ast.Name) -> str:
        return self._quoted.get(node.id, node.id)

    def _check(self, node: ast.AST, depth: int) -> None:
        """Refuse whatever is not of our small language."""
        if depth > DEEPEST:
            raise FilterError(f"the filter '{self.text[:60]}…' has too many brackets")
        ours = (ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.Name, ast.Constant, ast.List, ast.Tuple)
        if not isinstance(node, ours):
            words = {ast.Call: "calls something", ast.Attribute: "has a dot (put the name in back quotes)"}
            what = words.get(type(node), "holds more than conditions on columns")
            raise FilterError(f"the filter '{self.text}' {what}; {HINT}")
        if isinstance(node, ast.Constant) and not isinstance(node.value, int | float | str | bool):
            raise FilterError(f"the filter '{self.text}' holds {node.value!r}; {HINT}")
        if isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) > LARGEST:
            raise FilterError(f"the filter '{self.text[:60]}…' holds a number that is too large; {HINT}")
        signs = [node.op] if isinstance(node, ast.BinOp | ast.UnaryOp) else getattr(node, "ops", [])
        allowed = (*_COMPARE, *_COUNT, ast.In, ast.NotIn, ast.Not, ast.USub, ast.UAdd)
        if not all(isinstance(sign, allowed) for sign in signs):
            raise FilterError(f"the filter '{self.text}' has a sign that is not known here; {HINT}")
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._check(child, depth + 1)

    def _value(self, node: ast.AST, column: Column) -> Any:
        if isinstance(node, ast.Name):
            return _comparable(column(self._name(node)))
        if isinstance(node, ast.Constant):
            number = isinstance(node.value, int | float) and not isinstance(node.value, bool)
            return np.float64(node.value) if number else node.value  # type: ignore[arg-type]
        if isinstance(node, ast.List | ast.Tuple):
            return [self._value(item, column) for item in node.elts]
        if isinstance(node, ast.BoolOp):
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return join.reduce(np.broadcast_arrays(*[_condition(self._value(v, column)) for v in node.values]))
        if isinstance(node, ast.UnaryOp):
            value = self._value(node.operand, column)
            if isinstance(node.op, ast.Not):
                return ~_condition(value)
            return -_number(value) if isinstance(node.op, ast.USub) else _number(value)
        if isinstance(node, ast.BinOp):
            return _COUNT[type(node.op)](*(_number(self._value(v, column)) for v in (node.left, node.right)))
        return self._compare(node, column)  # type: ignore[arg-type]

    def _compare(self, node: ast.Compare, column: Column) -> Any:
        values = [self._value(v, column) for v in (node.left, *node.comparators)]
        met: Any = True
        for sign, a, b in zip(node.ops, values, values[1:]):
            if isinstance(sign, ast.In | ast.NotIn):
                inside = _among(a, b)
                met = met & (inside if isinstance(sign, ast.In) else ~inside)
            else:
                met = met & _pair(_COMPARE[type(sign)], a, b)
        return met


def _pair(compare: Callable[[Any, Any], Any], a: Any, b: Any) -> NDArray[np.bool_]:
    """Compare numbers with numbers or words with words."""
    if _wordy(a) != _wordy(b) or isinstance(a, list) or isinstance(b, list):
        raise TypeError("words and numbers, or lists")
    return np.asarray(compare(np.asarray(a), np.asarray(b)), bool)


def _among(value: Any, choices: Any) -> NDArray[np.bool_]:
    if not isinstance(choices, list):
        raise ValueError("in needs a list")
    return np.logical_or.reduce([_pair(operator.eq, value, choice) for choice in choices] or [np.asarray(False)])


def _comparable(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers as floats, all else as words ("" where there is none)."""
    if values.dtype.kind in "fiub":
        return values.astype(float)
    return np.array(["" if v is None or v != v else str(v) for v in values.tolist()], str)


def _condition(value: Any) -> NDArray[np.bool_]:
    mask = np.asarray(value)
    if mask.dtype != bool:
        raise ValueError("no condition")
    return mask


def _number(value: Any) -> Any:
    if _wordy(value) or isinstance(value, list) or np.asarray(value).dtype == bool:
        raise TypeError("no number")
    return value


def _wordy(value: Any) -> bool:
    return np.asarray(value).dtype.kind in "US"


def _unquote(text: str) -> tuple[str, dict[str, str]]:
    """Names in back quotes become plain ones, and which stands for which."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        raise FilterError(f"the filter '{text}' has a back quote without its partner; {HINT}")
    quoted = {f"_column_{k}_": part for k, part in enumerate(parts) if k % 2}
    return "".join(f"_column_{k}_" if k % 2 else part for k, part in enumerate(parts)), quoted
