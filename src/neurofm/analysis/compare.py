"""What differs between two groups of things: a test that suits each column, an effect size and a corrected p."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
ANGLES = ("direction", "angle", "phase", "heading", "preferred")  # words in the names of columns that go round
THINGS = (
    "unit", "cell", "neuron", "cluster", "tetrode", "shank", "probe", "channel", "chan", "ch", "electrode", "contact",
    "template", "trial", "block", "session", "animal", "subject",
)  # fmt: skip
IDENTIFIER = re.compile(
    rf"(^|_)({'|'.join(THINGS)})(_?(id|idx|index|number|num|nr|no))?$|(^|_)id$|^(idx|index|number|nr)$"
)
FEWEST = 3  # values in each group that a test needs
SMALL = 10  # values in each group below which the angles' statistic is compared with shuffles
SHUFFLES = 9_999


class Test(NamedTuple):
    """What one column says of two groups.

    Parameters
    ----------
    test : its name
    a, b : the middle of each group, in words
    difference : a less b, in the column's unit; NaN for words
    effect, measure : size of the effect, and what it is measured by
    p : of the difference by chance; NaN where there was nothing to test
    """

    test: str = "too few values"
    a: str = ""
    b: str = ""
    difference: float = np.nan
    effect: float = np.nan
    measure: str = ""
    p: float = np.nan


def compare(
    table_a: pd.DataFrame, table_b: pd.DataFrame, *, seed: int = 0, identifiers: Collection[str] | None = None
) -> pd.DataFrame:
    """Compare every column that two tables share.

    Numbers: Mann-Whitney U and the rank-biserial correlation (-1 to 1, above 0 where a is larger). Words and yes or no:
    chi-square (Fisher's exact test for two by two, shuffles for more, where counts are small) and Cramer's V (0 to 1).
    Angles in radians (in degrees where the column says so): Mardia's uniform scores, and half the distance between the
    mean vectors (0 to 1). Whole numbers that name things (a tetrode, a channel, a cell) are words. Every row counts as
    one independent observation.

    Parameters
    ----------
    table_a, table_b : a row per thing, of the two groups
    seed : of the shuffles
    identifiers : columns whose whole numbers name things; those that `is_identifier` takes for such unless given

    Returns
    -------
    pd.DataFrame
        A row per column, the smallest corrected p first: `column, test, a, b, n_a, n_b, difference, effect, measure, p,
        p_corrected`; `p_corrected` holds the share of false findings down to its row (Benjamini and Hochberg 1995).
        Columns with too few values, or with a word of its own for most rows, have no p.

    References
    ----------
    Kerby 2014 (rank-biserial correlation); Mardia 1972 (uniform scores).
    """
    from scipy.stats import false_discovery_control

    rng = np.random.default_rng(seed)
    rows = []
    for column in (c for c in table_a if c in table_b):
        names = is_identifier(str(column)) if identifiers is None else column in identifiers
        sides = table_a[column], table_b[column]
        whole = names and all(_whole(side) for side in sides)
        a, b = (_as_names(side) if whole else side for side in sides)
        rows.append(_column(str(column), a, b, rng))
    tests = pd.DataFrame(rows, columns=["column", "n_a", "n_b", *Test._fields])
    tested = tests["p"].notna().to_numpy()
    corrected = np.full(len(tests), np.nan)
    if tested.any():
        corrected[tested] = false_discovery_control(tests["p"].to_numpy(float)[tested])
    tests = tests.assign(p_corrected=corrected, size=-tests["effect"].abs())
    tests = tests.sort_values(["p_corrected", "p", "size", "column"], kind="stable", na_position="last")
    first = ["column", "test", "a", "b", "n_a", "n_b"]
    return tests[[*first, *(c for c in tests if c not in (*first, "size"))]].reset_index(drop=True)


def mean_vector(angles: ArrayLike) -> complex:
    """The mean of unit vectors: its angle is the mean direction, its length (0 to 1) how much they agree."""
    return complex(np.exp(1j * np.asarray(angles, float)).mean())


def is_identifier(column: str) -> bool:
    """Whether whole numbers of a column of this name say which thing, not how much: "tetrode", "unit_id", "bestCell".

    How many there are ("n_cells") and what is said of things ("cell_type", "channel_depth") are measurements.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", column).strip("_").lower()
    return IDENTIFIER.search(words) is not None


def is_angle(column: str) -> bool:
    """Whether numbers of a column of this name go round a circle."""
    return any(word in column.lower() for word in ANGLES)


def _column(name: str, a: pd.Series[Any], b: pd.Series[Any], rng: np.random.Generator) -> tuple[Any, ...]:
    both = pd.concat([a, b], ignore_index=True)
    number = pd.api.types.is_numeric_dtype(both) and not pd.api.types.is_bool_dtype(both)
    first, second = (_numbers(s) if number else _words(s) for s in (a, b))
    if min(len(first), len(second)) < FEWEST:
        return (name, len(first), len(second), *Test())
    if not number:
        test = _compare_words(first, second, rng)
    elif is_angle(name):
        test = _compare_angles(first, second, rng, degrees="deg" in name.lower())
    else:
        test = _compare_numbers(first, second)
    return (name, len(first), len(second), *test)


def _whole(values: pd.Series[Any]) -> bool:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return False
    return bool((_numbers(values) % 1 == 0).all())


def _as_names(values: pd.Series[Any]) -> pd.Series[Any]:
    return values.map(lambda number: f"{number:.0f}", na_action="ignore").astype(object)


def _numbers(values: pd.Series[Any]) -> NDArray[Any]:
    numbers = pd.to_numeric(values).to_numpy(float, na_value=np.nan)
    return numbers[np.isfinite(numbers)]


def _words(values: pd.Series[Any]) -> NDArray[Any]:
    words = values.dropna().astype(str).to_numpy(object)
    return words[words != ""]


def _compare_numbers(a: Floats, b: Floats) -> Test:
    from scipy.stats import mannwhitneyu

    middle = float(np.median(a)), float(np.median(b))
    said = f"{middle[0]:.4g}", f"{middle[1]:.4g}"
    if np.ptp(np.r_[a, b]) == 0:  # every rank is tied: the statistic has no spread
        return Test("Mann-Whitney U", *said, 0.0, 0.0, "rank-biserial", 1.0)
    u, p = mannwhitneyu(a, b, alternative="two-sided")
    effect = 2 * float(u) / (len(a) * len(b)) - 1
    return Test("Mann-Whitney U", *said, middle[0] - middle[1], effect, "rank-biserial", float(p))


def _compare_words(a: NDArray[Any], b: NDArray[Any], rng: np.random.Generator) -> Test:
    from scipy.stats import chi2, fisher_exact

    names, place = np.unique(np.r_[a, b].astype(str), return_inverse=True)
    counts = np.stack([np.bincount(part, minlength=len(names)) for part in (place[: len(a)], place[len(a) :])])
    said = _commonest(names, counts[0]), _commonest(names, counts[1])
    if len(names) > len(place) / 2:  # they name things rather than describe them
        return Test("too many words", *said)
    if len(names) == 1:
        return Test("chi-square", *said, np.nan, 0.0, "Cramer's V", 1.0)
    total, expected = counts.sum(0), np.outer(counts.sum(1), counts.sum(0)) / counts.sum()
    size = float(_chi_square(counts[0], total, len(a)))
    effect = float(np.sqrt(min(size / len(place), 1.0)))
    if (expected < 5).mean() <= 0.2 and expected.min() >= 1 and not (len(names) == 2 and expected.min() < 5):
        return Test("chi-square", *said, np.nan, effect, "Cramer's V", float(chi2.sf(size, len(names) - 1)))
    if len(names) == 2:
        return Test("Fisher's exact", *said, np.nan, effect, "Cramer's V", float(fisher_exact(counts)[1]))
    drawn = rng.multivariate_hypergeometric(total, len(a), SHUFFLES, method="marginals")
    p = (1 + np.count_nonzero(_chi_square(drawn, total, len(a)) >= size * (1 - 1e-9))) / (1 + SHUFFLES)
    return Test("chi-square, shuffled", *said, np.nan, effect, "Cramer's V", float(p))


def _chi_square(counts: NDArray[np.integer], total: NDArray[np.integer], size: int) -> Any:
    """Pearson's statistic of two groups from the counts (..., word) of the first, which has `size` values."""
    share = size / total.sum()
    return (np.square(counts - share * total) / (share * (1 - share) * total)).sum(-1)


def _commonest(names: NDArray[Any], counts: NDArray[np.integer]) -> str:
    return f"{names[counts.argmax()]} ({100 * counts.max() / counts.sum():.0f} %)"


def _compare_angles(a: Floats, b: Floats, rng: np.random.Generator, *, degrees: bool) -> Test:
    from scipy.stats import chi2, rankdata

    unit = np.pi / 180 if degrees else 1.0
    means = mean_vector(a * unit), mean_vector(b * unit)
    said = [f"{np.angle(m) / unit:.3g}" for m in means]
    difference = float(np.angle(means[0] * np.conj(means[1]))) / unit
    effect = abs(means[0] - means[1]) / 2
    wrapped = np.round(np.mod(np.r_[a, b] * unit, 2 * np.pi), 12) % round(2 * np.pi, 12)  # so that 0 and a turn are one
    scores = np.exp(2j * np.pi * rankdata(wrapped) / len(wrapped))
    scores -= scores.mean()  # ties leave them a little off centre
    spread = float(np.square(np.abs(scores)).sum())
    if spread < 1e-9:
        return Test("uniform scores", said[0], said[1], difference, effect, "half mean vectors apart", 1.0)
    size = _score(scores[: len(a)].sum(), len(a), len(b), spread)
    if min(len(a), len(b)) >= SMALL:
        p = float(chi2.sf(size, 2))
    else:
        few = min(len(a), len(b))
        sums = [scores[rng.choice(len(scores), few, replace=False, shuffle=False)].sum() for _ in range(SHUFFLES)]
        drawn = _score(np.array(sums), len(a), len(b), spread)
        p = float((1 + np.count_nonzero(drawn >= size * (1 - 1e-9))) / (1 + SHUFFLES))
    return Test("uniform scores", said[0], said[1], difference, effect, "half mean vectors apart", p)


def _score(sums: Any, a: int, b: int, spread: float) -> Any:
    """Mardia's W from the sum of one group's scores, with their spread in place of that without ties."""
    return 2 * (a + b) * (a + b - 1) * np.square(np.abs(sums)) / (a * b * spread)
