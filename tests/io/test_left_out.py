"""What a reader does not understand is named, in the notes and by `neurofm info`."""

from __future__ import annotations

import gzip
import json

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.io import loadmat, savemat

from neurofm import io, registry
from neurofm.cli import run
from neurofm.data.source import sketch


def more_in_folder(home):
    np.save(home / "alf" / "extra.something.npy", np.zeros(3))


def more_in_sorting(home):
    np.save(home / "extra.npy", np.zeros(3))


def more_in_tree(path):
    with h5py.File(path, "r+") as file:
        file.create_group("extra").attrs["object"] = "ArrayDict"


def more_in_module(path):
    with h5py.File(path, "r+") as file:
        file["processing/behavior/extra/something"] = np.zeros(3)


def more_in_root(path):
    with h5py.File(path, "r+") as file:
        file["extra"] = np.zeros(3)


def more_variables(path):
    savemat(path, {name: value for name, value in loadmat(path).items() if name[0] != "_"} | {"extra": np.zeros(3)})


def more_arrays(path):
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **arrays, extra=np.zeros(3))


def more_beside_metadata(path):
    with np.load(path, allow_pickle=True) as file:
        arrays = dict(file)
    np.savez(path, **arrays, extra=np.zeros(3))


def more_fields(path):
    head, body = path.read_bytes().split(b"<End settings>\n")
    rows = np.frombuffer(body, "V12")
    wider = np.zeros(len(rows), [("old", "V12"), ("extra", "<u2")])
    wider["old"] = rows
    path.write_bytes(
        head.replace(b"<yloc2 uint16>", b"<yloc2 uint16><extra uint16>") + b"<End settings>\n" + wider.tobytes()
    )


def more_cells(path):
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    path.write_bytes(gzip.compress("\n".join([lines[0] + "\textra", *(line + "\t1" for line in lines[1:])]).encode()))


def more_in_pickle(path):
    np.save(path, np.load(path, allow_pickle=True).item() | {"extra": np.zeros(3)}, allow_pickle=True)


def more_columns(path):
    pd.read_parquet(path).assign(extra=1).to_parquet(path)


def more_members(path):
    path.write_text(json.dumps(json.loads(path.read_text()) | {"extra": 1}))


def more_named(path):
    lines, mark = path.read_text().splitlines(), {".csv": ",", ".tsv": "\t"}[path.suffix]
    path.write_text("".join(f"{line}{mark}{1 if k else 'extra'}\n" for k, line in enumerate(lines)))


def more_pictures(path):
    (path / "extra.txt").write_text("x")


def more_papers(path):
    (path / "ind.two.extra").write_text("x")


MORE = {
    "alf": more_in_folder,
    "bare_arrays": more_arrays,
    "boris": more_named,
    "bouts_table": more_named,
    "brainsets": more_in_tree,
    "choices": more_cells,
    "choices_h5": more_in_root,
    "connectome": more_arrays,
    "edge_table": more_named,
    "ethogram": more_members,
    "geom_gcn": more_pictures,
    "graph_arrays": more_arrays,
    "mabe": more_in_pickle,
    "h5ad": more_in_root,
    "hdf5_image": more_in_root,
    "image_arrays": more_arrays,
    "kilosort": more_in_sorting,
    "matclust": more_variables,
    "ndx_ethogram": more_in_module,
    "ndx_pose": more_in_module,
    "nlb": more_in_root,
    "nwb": more_in_module,
    "planetoid": more_papers,
    "reach_npz": more_arrays,
    "sleap": more_in_root,
    "slices": more_pictures,
    "suite2p": more_in_sorting,
    "trajectory": more_fields,
    "tsd": more_beside_metadata,
    "trial_table": more_columns,
}
WHOLE = (
    "adjacency_table",
    "cells_table",
    "deeplabcut",
    "graphml",
    "ome_zarr",
    "pose_table",
    "precomputed",
    "tiff",
    "video",
    "xray_masks",
)  # all that such files can hold is read
BY_NEO = ("neo_files", "neo_folders")  # raw signals are named: test_neo_blocks.py
OURS = ("cells", "film", "graph", "matches", "tracks", "volume")  # nobody else writes them


def test_every_reader_is_asked():
    assert {*MORE, *WHOLE, *BY_NEO, *OURS} == set(registry.names("neurofm.io"))


@pytest.mark.parametrize("name", MORE)
def test_a_part_that_is_not_understood_is_named(golden, capsys, name):
    path = getattr(golden, name)()
    before = io.read(path)
    assert not any("extra" in note for note in before.notes)
    MORE[name](path)
    after = io.read(path)
    (note,) = (note for note in after.notes if "extra" in note)
    assert note.startswith(("not read: extra", "further columns: extra"))
    assert sketch(after) == sketch(before)
    assert run(["info", str(path)]) == 0
    assert note in capsys.readouterr().out


def turned(path, name):
    with h5py.File(path, "r+") as file:
        values, kept = file[name][()], dict(file[name].attrs)
        del file[name]
        file[name] = values.T
        file[name].attrs.update(kept)


@pytest.mark.parametrize(
    ("reader", "name", "series"),
    [
        ("brainsets", "cursor/pos", "cursor.pos"),
        ("nwb", "processing/behavior/Position/cursor_pos/data", "cursor_pos"),
    ],
)
def test_what_lies_the_other_way_round_is_turned_and_told(golden, reader, name, series):
    path = getattr(golden, reader)()
    before = io.read(path).series[series]
    turned(path, name)
    after = io.read(path)
    np.testing.assert_array_equal(after.series[series].values, before.values)
    assert any("turned" in note and series in note for note in after.notes)


def test_binned_movement_that_lies_the_other_way_round_is_turned_and_told(golden):
    path = golden.reach_npz()
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **arrays | {name: arrays[name][:, None] for name in ("trial", "target")} | {
        "velocity": arrays["velocity"].T, "bin_width_s": [arrays["bin_width_s"]], "position": np.ones((3, 2)),
    })  # fmt: skip
    recording = io.read(path)
    np.testing.assert_array_equal(recording.series["velocity"].values, arrays["velocity"])
    assert recording.intervals["trials"]["target"].tolist() == [5, 1]
    assert "velocity: is (2, 4) for 4 rows; turned" in recording.notes
    assert "position: is (3, 2) for 4 rows, left out" in recording.notes
