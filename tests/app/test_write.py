"""A file is there whole or as it was, and what cannot be written is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurofm.app.write import suffix, write
from neurofm.errors import DataError


@pytest.mark.parametrize(
    ("name", "ending"), [("a.csv", ".csv"), ("a.b.PARQUET", ".parquet"), ("folder.x/a.Csv", ".csv")]
)
def test_the_suffix_is_read_in_small_letters(name: str, ending: str) -> None:
    assert suffix(name, (".csv", ".parquet"), "table") == ending


@pytest.mark.parametrize("name", ["a", "a.xlsx", "a.csv.gz", ".csv"])
def test_another_suffix_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(DataError, match=r"suffix: is none of \.csv, \.parquet; name the table with one of them"):
        suffix(name, (".csv", ".parquet"), "table")


def test_what_is_written_is_seen_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.csv"
    seen: list[bool] = []

    def make(draft: Path) -> None:
        draft.write_text("half")
        seen.append(path.exists())
        assert (draft.parent, draft.suffix) == (path.parent, path.suffix)  # one disk, and what writers look at
        draft.write_text("whole")

    assert write(path, make) == path
    assert (path.read_text(), seen, list(path.parent.iterdir())) == ("whole", [False], [path])


@pytest.mark.parametrize(
    ("problem", "raised", "words"),
    [
        (
            OSError(28, "No space left on device"),
            DataError,
            r"a\.csv: cannot be written \(No space left on device\); choose",
        ),
        (OSError("odd\n  one"), DataError, r"cannot be written \(odd one\); choose another folder or name"),
        (ValueError("no table"), ValueError, "^no table$"),  # a mistake of ours stays one
    ],
)
def test_where_writing_fails_the_old_file_stays_and_no_draft(
    tmp_path: Path, problem: Exception, raised: type[Exception], words: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def make(draft: Path) -> None:
        draft.write_text("half")
        raise problem

    with pytest.raises(raised, match=words):
        write(path, make)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


@pytest.mark.parametrize("name", ["file/a.csv", "file/deep/a.csv"])
def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match="cannot be written"):
        write(tmp_path / name, lambda draft: draft.write_text("x"))
    assert (tmp_path / "file").read_text() == "mine"
