"""What readers say of themselves without being imported, and which are imported to open a file."""

from __future__ import annotations

import subprocess
import sys

import pytest

from neurofm import registry
from neurofm.errors import DataError
from neurofm.io import _readers

OPEN = """
import sys
from neurofm import io
io.read(sys.argv[1])
sys.stdout.write(" ".join(name for name in sys.argv[2].split() if f"neurofm.io.{name}" in sys.modules))
"""


@pytest.mark.parametrize("name", registry.names("neurofm.io"))
def test_what_is_read_off_the_source_is_what_the_module_says(name):
    spec = registry.get("neurofm.io", name)
    for field in ("title", "patterns", "folder", "kind", "native"):
        default = type(spec).__dataclass_fields__[field].default
        assert registry.said("neurofm.io", name, field, default) == getattr(spec, field)
    assert (name in _readers.of_folders()) == spec.folder
    assert _readers.patterns(name) == spec.patterns
    assert spec.title in _readers.titles(registry.names("neurofm.io"))


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("brainsets", "brainsets"),
        ("nlb", "brainsets neo_files nlb"),
        ("nwb", "ndx_ethogram ndx_pose nwb"),
        ("matclust", "matclust"),
    ],
)
def test_only_readers_that_know_the_name_are_imported(golden, name, imported):
    call = [sys.executable, "-c", OPEN, str(getattr(golden, name)()), " ".join(registry.names("neurofm.io"))]
    assert subprocess.run(call, capture_output=True, text=True, check=True).stdout == imported


def test_readers_that_know_the_name_are_asked_first(golden):
    path = golden.brainsets()
    assert _readers.by_name(path) == ["brainsets", "neo_files", "nlb", "hdf5_image"]  # which takes much for its own
    assert _readers.choose(path.rename(path.with_suffix(".mat"))) == "brainsets"


@pytest.mark.parametrize(("suffix", "reader"), [(".h5", "brainsets"), (".nwb", "nwb")])
def test_recordings_are_written_by_the_reader_of_the_suffix(suffix, reader):
    assert _readers.writer("recording", suffix) is registry.get("neurofm.io", reader).write
    assert suffix in _readers.written("recording")


@pytest.mark.parametrize(("kind", "suffix"), [("recording", ".csv"), ("recording", ".mat"), ("wave", ".h5")])
def test_nothing_writes_what_no_reader_writes(kind, suffix):
    assert _readers.writer(kind, suffix) is None


def test_a_kind_without_a_file_of_its_own_is_refused():
    assert _readers.native("recording")[:2] == ("brainsets", ".h5")
    with pytest.raises(LookupError, match="no reader says which file loses nothing of a wave"):
        _readers.native("wave")


@pytest.mark.parametrize("name", ["poyo.ckpt", "POYO.CKPT", "weights.pt", "weights.pth"])
def test_a_checkpoint_says_which_command_makes_a_run_of_it(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(DataError, match=r"neurofm import FILE --target NAME --out RUN"):
        _readers.choose(tmp_path / name)


@pytest.mark.parametrize("name", registry.names("neurofm.io"))
def test_each_format_is_read_by_its_own_reader(golden, name):
    path = getattr(golden, name)()
    there = _readers.of_folders() if path.is_dir() else _readers.accepting(path)
    assert next(one for one in there if _readers.accepts(one, path)) == name
