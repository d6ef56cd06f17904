"""Tables of choices: text with a row per trial, which says who chose what and what came of it (csv, tsv, hBayesDM).

Columns go by many names; which was taken for what is told. Arms may be numbers from 0 or from 1, codes or words.
Trials without a subject or a choice are left out and told, and outcomes that are missing stay missing. Columns that
say the same in all trials of a subject become columns of the subjects.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.choices import OWN, Choices
from neurofm.data.shown import several
from neurofm.errors import DataError
from neurofm.specs import ReaderSpec

NAMES = {  # what columns are called, without case, blanks and signs, the likeliest first
    "subject": (
        "subject", "subjid", "subjectid", "subj", "subid", "sub", "participant", "participantid", "ppt", "pid",
        "animal", "animalid", "mouse", "rat", "monkey", "person", "worker", "workerid", "user", "userid", "player",
        "id",
    ),
    "choice": (
        "choice", "choices", "action", "chosen", "chosenarm", "chosenoption", "selected", "arm", "bandit", "response",
        "resp", "decision", "choiceindex", "chosenbandit",
    ),
    "gain": ("gain", "gains", "win", "wins", "gained", "points", "pointsgained"),
    "loss": ("loss", "losses", "lose", "lost", "pointslost", "punishment"),
    "reward": (
        "reward", "outcome", "rewards", "outcomes", "rewarded", "feedback", "payoff", "rew", "r", "reinforcement",
        "score", "points", "gain", "win", "isrewarded", "wasrewarded", "rewardgiven", "rewarddelivered", "water",
    ),
    "trial": ("trial", "trialnumber", "trialno", "trialnum", "trialindex", "trialid", "trialn", "t"),
}  # fmt: skip
WHERE = (  # what choices are called where outcomes stand beside them: the place that was gone to, the key pressed
    "port", "side", "lever", "poke", "key", "sidechosen", "portchosen", "chosenside", "chosenport", "choiceside",
    "choiceport", "responseside", "selectedside", "nosepoke", "armchosen", "selectedarm",
)  # fmt: skip
HEAD = 1 << 16  # bytes of a first line
MOST_ARMS = 20
HOLES = 2  # arms that nobody chose among those that somebody did
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", ".", "missing", "miss")
FLAGS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "win": 1.0, "loss": 0.0, "correct": 1.0, "incorrect": 0.0}
ZIPPED = b"\x1f\x8b"


def accepts(path: Path) -> bool:
    """Whether it is a table with a column of choices, and one of subjects or of what came of them."""
    roles = _roles(_named(_table(path, 1)))
    return "choice" in roles and bool(set(roles) - {"choice", "trial"})


def read(path: Path) -> Choices:
    """All subjects of the table."""
    table = _table(path)
    roles = _roles(_named(table))
    if "choice" not in roles:
        words = ", ".join(NAMES["choice"][:4])
        raise DataError(path, "choice", f"is no column of this table; call the column of choices one of {words}")
    notes = [_taken(roles)]
    table, of, labels, more = _subjects(path, table, roles)
    action, arms, told = _arms(path, table[roles["choice"]])
    chose = action >= 0
    table, of, action = table[chose], of[chose], action[chose]
    if not len(table):
        raise DataError(path, roles["choice"], "holds no choice; is it the right column?")
    order, number, numbered = _order(path, table, of, roles)
    table, of, action = table.iloc[order], of[order], action[order]
    outcomes, names, scored = _outcomes(path, table, roles)
    table = table.drop(columns=list(roles.values())).reset_index(drop=True)
    renamed = {name: f"{name} (of the file)" for name in table if str(name).lower() in (*OWN, *names)}
    about, columns = _apart(table.rename(columns=renamed), of)
    beside = [f"further columns: {several(table)}"] if len(table.columns) else []
    present, of = np.unique(of, return_inverse=True)
    return Choices(
        session=path.name.split(".")[0], subjects=about.assign(label=labels[present]), of=of, action=action,
        outcomes=outcomes, outcome_names=names, arms=arms, number=number, columns=columns, paths=(str(path),),
        notes=(*notes, *more, *told, *numbered, *scored, *beside),
    )  # fmt: skip


def _table(path: Path, rows: int | None = None) -> pd.DataFrame:
    """All cells as text, "" where they are missing; the separator is told from the first line."""
    with path.open("rb") as file:
        zipped = file.read(2) == ZIPPED
    with gzip.open(path, "rb") if zipped else path.open("rb") as file:
        head = file.readline(HEAD)
        text = (head + (file.readline(HEAD) if rows else file.read())).decode("utf-8-sig")
    sign = next((sign for sign in "\t;," if sign in text.partition("\n")[0]), "")
    if not rows and sign:
        _check_whole(path, text.rstrip("\r\n").split("\n"), sign)
    table = pd.read_csv(
        StringIO(text), sep=sign or r"\s+", dtype=str, nrows=rows, keep_default_na=False, skipinitialspace=True
    ).reset_index(drop=True)  # names of the rows, as R writes them
    table = table.apply(lambda column: column.str.strip())
    table.columns = [str(name).strip() for name in table]
    return table.mask(table.isin(MISSING), "")


def _named(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table]


def _check_whole(path: Path, lines: list[str], sign: str) -> None:
    """Refuse a table whose last line ends before its last cell."""
    if lines[-1].count(sign) < lines[0].count(sign):
        raise DataError(path, f"line {len(lines)}", "has fewer cells than the header; was the copy cut off?")


def _roles(columns: list[str]) -> dict[str, str]:
    """The column that plays each part, of those that the table has."""
    plain = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(columns)}
    roles: dict[str, str] = {}
    for role, words in NAMES.items():
        if role == "reward" and {"gain", "loss"} <= set(roles):
            continue
        name = next((plain[word] for word in words if word in plain), None)
        if name is not None and name not in roles.values():
            roles[role] = name
    where = next((plain[word] for word in WHERE if word in plain and plain[word] not in roles.values()), None)
    if where is not None and "choice" not in roles and {"reward", "gain"} & set(roles):
        roles["choice"] = where
    lone = {"gain", "loss"} & set(roles)
    if len(lone) == 1 and "reward" in roles:  # half of a pair, beside an outcome of its own
        del roles[lone.pop()]
    return roles


def lacking(columns: Sequence[str]) -> str:
    """What a table that says who did what with what outcome lacks to be one of choices; "" if it does not look so."""
    roles = _roles(list(columns))
    if "choice" in roles or not {"subject", "trial"} & set(roles) or len(roles) < 2:
        return ""
    called = ", ".join((*NAMES["choice"][:3], *WHERE[:3]))
    return f"a table of choices needs a column of choices, called one of {called}"


def _taken(roles: dict[str, str]) -> str:
    words = [f"'{name}' for the {role}" for role, name in roles.items()]
    return f"columns were taken: {', '.join(words)}"


def _subjects(
    path: Path, table: pd.DataFrame, roles: dict[str, str]
) -> tuple[pd.DataFrame, NDArray[np.int64], NDArray[Any], list[str]]:
    """Rows that somebody is said of, (row,) who, the names, and what was left out."""
    if "subject" not in roles:
        told = "there is no column of subjects, so all trials are one subject's; add one called 'subject' if not"
        return table, np.zeros(len(table), np.int64), np.array([path.name.split(".")[0]], object), [told]
    told_of = table[roles["subject"]] != ""
    notes = [] if told_of.all() else [f"{_rows(~told_of)} say of no subject and were left out"]
    table = table[told_of]
    of, labels = pd.factorize(table[roles["subject"]])
    return table, of.astype(np.int64), np.asarray(labels, object), notes


def _arms(path: Path, column: pd.Series[Any]) -> tuple[NDArray[np.int64], tuple[str, ...], list[str]]:
    """(row,) arm from 0, -1 where none was chosen; what the arms are called; and what was made of the file's own."""
    field, missing = str(column.name), (column == "").to_numpy()
    notes = [f"{field}: {_rows(missing)} hold no choice and were left out"] if missing.any() else []
    numbers = pd.to_numeric(column.where(~missing), errors="coerce").to_numpy(float)
    if not np.isfinite(numbers[~missing]).any():
        return _worded(path, column, missing, notes)
    wrong = ~missing & ~(np.isfinite(numbers) & (numbers % 1 == 0))
    if wrong.any():
        where, what = _line(column, wrong)
        problem = f"holds {what} in line {where} among whole numbers; arms are whole numbers or words, never both"
        raise DataError(path, field, problem)
    values = np.unique(numbers[~missing]).astype(np.int64)
    low, high = int(values.min()), int(values.max())
    if low < 0 and set(values) != {-1, 1}:
        where, what = _line(column, numbers == low)
        raise DataError(path, field, f"is {what} in line {where}, outside the arms; leave a missed trial's cell empty")
    if low > 1 or low < 0:
        told = f"{field}: the arms are the codes {', '.join(map(str, values))}"
        codes = np.where(missing, -1, np.searchsorted(values, np.nan_to_num(numbers, nan=low)))
        return codes, _enough(path, field, tuple(map(str, values))), [*notes, told]
    if high - low + 1 > len(values) + HOLES or high - low >= MOST_ARMS:
        near = values[: np.flatnonzero(np.diff(values) > 1)[0] + 1] if (np.diff(values) > 1).any() else values[:5]
        where, what = _line(column, numbers == high)
        problem = f"is {what} in line {where}, far from the arms {several(near)}; leave a missed trial's cell empty"
        raise DataError(path, field, problem)
    arms = tuple(str(k) for k in range(low, high + 1))
    never = sorted({int(arm) for arm in arms} - set(values.tolist()))
    notes += [f"{field}: arm {several(never)} is never chosen"] if never else []
    notes += [f"{field}: counts arms from 1; they are kept from 0, under their names"] if low == 1 else []
    return (
        np.where(missing, -1, np.nan_to_num(numbers, nan=low) - low).astype(np.int64),
        _enough(path, field, arms),
        notes,
    )


def _worded(
    path: Path, column: pd.Series[Any], missing: NDArray[np.bool_], notes: list[str]
) -> tuple[NDArray[np.int64], tuple[str, ...], list[str]]:
    field = str(column.name)
    words = sorted(set(column[~missing]))
    if not words:
        raise DataError(path, field, "holds no choice; is it the right column?")
    if len(words) > MOST_ARMS:
        problem = f"holds {len(words)} different words ({several(words[:3])}); more than {MOST_ARMS} are no arms"
        raise DataError(path, field, f"{problem}; is it the right column?")
    codes = np.where(missing, -1, np.searchsorted(words, column.where(~missing, words[0])))
    return codes.astype(np.int64), _enough(path, field, tuple(words)), [*notes, f"{field}: arms {', '.join(words)}"]


def _enough(path: Path, field: str, arms: tuple[str, ...]) -> tuple[str, ...]:
    if len(arms) < 2:
        raise DataError(path, field, f"names one arm only ({arms[0]}), so there is nothing to choose; is it complete?")
    return arms


def _order(
    path: Path, table: pd.DataFrame, of: NDArray[np.int64], roles: dict[str, str]
) -> tuple[NDArray[np.intp], NDArray[np.int64], list[str]]:
    """Rows of each subject behind each other in the order of their trials, the trials' numbers, and what was turned."""
    order = np.argsort(of, kind="stable")
    notes = [] if (np.diff(of) >= 0).all() else ["rows of the subjects were mixed; they were put together"]
    nothing = np.zeros(0, np.int64)
    if "trial" not in roles:
        return order, nothing, [*notes, "there is no column of trials; they are counted in the order of the rows"]
    numbers = pd.to_numeric(table[roles["trial"]], errors="coerce").to_numpy(float)
    if not np.isfinite(numbers).all() or (numbers % 1 != 0).any():
        told = f"{roles['trial']}: {_rows(~np.isfinite(numbers))} hold no number; trials are in the order of the rows"
        return order, nothing, [*notes, told]
    if pd.DataFrame({"of": of, "trial": numbers}).duplicated().any():
        told = f"{roles['trial']}: starts again within subjects (blocks?), so trials are in the order of the rows"
        return order, nothing, [*notes, told]
    sorted_rows = np.lexsort((numbers, of))
    notes += [] if (sorted_rows == order).all() else [f"{roles['trial']}: was not ascending; trials were sorted by it"]
    return sorted_rows, numbers[sorted_rows].astype(np.int64), notes


def _outcomes(
    path: Path, table: pd.DataFrame, roles: dict[str, str]
) -> tuple[NDArray[np.float64], tuple[str, ...], list[str]]:
    """(trial, outcome) numbers, what they are called, and how many are missing."""
    names = tuple(role for role in ("gain", "loss", "reward") if role in roles)
    if not names:
        told = f"there is no column of outcomes ({', '.join(NAMES['reward'][:3])}); only choices are known"
        return np.zeros((len(table), 0)), (), [told]
    columns = [_numbers(path, table[roles[name]]) for name in names]
    notes = []
    for k, (name, values) in enumerate(zip(names, columns)):
        unknown = ~np.isfinite(values)
        if unknown.any():
            notes += [f"{roles[name]}: {_rows(unknown)} of {len(values):,} hold no outcome; they stay unknown"]
        if len(np.unique(values[~unknown])) < 2:
            notes += [f"{roles[name]}: is the same in all trials"]
        if name == "loss" and (values[~unknown] >= 0).all() and (values[~unknown] > 0).any():
            notes += [f"{roles[name]}: counts what was lost above zero; turned, so that gain and loss can be added"]
            columns[k] = -values
    return np.stack(columns, 1), names, notes


def _numbers(path: Path, column: pd.Series[Any]) -> NDArray[np.float64]:
    flags = column.str.lower().map(FLAGS)
    values = pd.to_numeric(column.where(column != ""), errors="coerce").fillna(flags).to_numpy(float)
    wrong = (column != "").to_numpy() & ~np.isfinite(values)
    if wrong.any():
        where, what = _line(column, wrong)
        problem = f"holds {what} in line {where}, which is no number; leave a missing outcome's cell empty"
        raise DataError(path, str(column.name), problem)
    return values


def _apart(table: pd.DataFrame, of: NDArray[np.int64]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns of the subjects, which are the same in all trials of each and differ between them, and all others."""
    table = table.apply(_typed)
    grouped = table.groupby(of, sort=True)
    constant = [
        name
        for name in _named(table)
        if (grouped[name].nunique(dropna=False) == 1).all() and table[name].nunique() > 1 and len(grouped) > 1
    ]
    return grouped[constant].first().reset_index(drop=True), table.drop(columns=constant)


def _typed(column: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers where all that is there are numbers, else words."""
    known = column != ""
    numbers = pd.to_numeric(column.where(known), errors="coerce")
    return numbers if known.any() and numbers[known].notna().all() else column


def _line(column: pd.Series[Any], wrong: Iterable[Any]) -> tuple[int, str]:
    """The first line of the file where something is wrong, the header being line 1, and what is there."""
    first = int(np.flatnonzero(np.asarray(wrong))[0])
    return int(column.index[first]) + 2, repr(column.iloc[first])


def _rows(wrong: Iterable[Any]) -> str:
    count = int(np.asarray(wrong).sum())
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


SPEC = ReaderSpec(
    title="Choices (text)",
    patterns=("*.tsv", "*.csv", "*.txt", "*.tsv.gz", "*.csv.gz"),
    accepts=accepts,
    read=read,
    kind="choices",
)
