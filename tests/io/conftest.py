"""A tiny file of every format, written by the library that defines it or byte by byte as its specification says."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pandas as pd
import pytest
import temporaldata as td
from scipy.io import savemat
from scipy.sparse import csr_array

from neurofm import io, registry
from neurofm.data import Recording, Series, Spikes, Tracks
from tests.io import cell_files, graph_files, match_files, neo_written, pose_files, sorted_files, volume_files

TIMES = {"a": [1.0, 2.5, 2.25], "b": [0.5, 3.0]}  # unit a's are not sorted


def cells(*items: object) -> np.ndarray:
    array = np.empty((1, len(items)), object)
    array[0] = items
    return array


def matclust(folder: Path) -> Path:
    path = folder / "spikes.mat"
    unit = {
        name: {"time": np.array(times)[:, None], "timerange": np.array([[0.0, 4.0]])} for name, times in TIMES.items()
    }
    silent, nothing = {"time": np.zeros((0, 1)), "timerange": np.array([[0.0, 4.0]])}, np.zeros((1, 0))
    savemat(path, {"spikes": cells(cells(cells(unit["a"], nothing, silent), nothing, cells(nothing, unit["b"])))})
    return path


def trajectory(folder: Path) -> Path:
    path = folder / "track.videoPositionTracking"
    head = b"<Start settings>\nthreshold: 199\nclockrate: 10\n"
    head += b"Fields: <time uint32><xloc uint16><yloc uint16><xloc2 uint16><yloc2 uint16>\n<End settings>\n"
    rows = np.array([(10, 1, 2, 0, 5), (20, 3, 4, 0, 5), (20, 9, 9, 0, 5), (15, 7, 8, 6, 5)], "<u4,<u2,<u2,<u2,<u2")
    path.write_bytes(head + rows.tobytes())
    return path


def reach_npz(folder: Path) -> Path:
    path = folder / "reach.npz"
    np.savez(
        path,
        spike_counts=np.array([[2, 0], [0, 1], [0, 0], [3, 1]], np.uint8),
        trial=np.array([4, 4, 7, 7]),
        bin_in_trial=np.array([1, 2, 0, 2]),
        target=np.array([5, 5, 1, 1]),
        velocity=np.arange(8, dtype=np.float32).reshape(4, 2),
        bin_width_s=0.1,
    )
    return path


def bare_arrays(folder: Path) -> Path:
    """As people save what they have in numpy."""
    path = folder / "sorted.npz"
    np.savez(path, spike_times_s=np.array([*TIMES["a"], *TIMES["b"]]), spike_clusters=np.array([3, 3, 3, 7, 7]))
    return path


def tsd(folder: Path) -> Path:
    """Two trains as pynapple saves a TsGroup, its metadata pickled."""
    path = folder / "trains.npz"
    times = np.array([*TIMES["a"], *TIMES["b"]])
    metadata = {"location": np.array(["CA1", "DG"]), "depth": np.array([1.5, 2.0])}
    np.savez(
        path, type=np.array(["TsGroup"]), t=times, index=np.array([3, 3, 3, 7, 7]), keys=np.array([3, 7]),
        start=np.array([0.0]), end=np.array([4.0]), _metadata=metadata,
    )  # fmt: skip
    return path


def brainsets(folder: Path) -> Path:
    """Written by temporaldata."""
    path = folder / "session.h5"
    domain = td.Interval(np.array([0.0]), np.array([4.0]))
    gappy = td.RegularTimeSeries.from_gappy_timeseries(
        np.array([1.0, 1.1, 1.4, 1.5]), sampling_rate=10.0, raw=np.array([[1.0], [2.0], [3.0], [4.0]])
    )
    td.Data(
        session=td.Data(id="s1"),
        subject=td.Data(id="monkey"),
        units=td.ArrayDict(
            id=np.array(["u0", "u1"]), brain_region=np.array(["M1", "PMd"]), good=np.array([True, False])
        ),
        spikes=td.IrregularTimeSeries(
            timestamps=np.array([0.5, 1.0, 2.25, 2.5, 3.0]), unit_index=np.array([1, 0, 0, 0, 1]), domain=domain
        ),
        cursor=td.IrregularTimeSeries(
            timestamps=np.array([0.0, 1.0, 2.0]), pos=np.ones((3, 2)), vel=np.full((3, 2), 2.0), domain=domain
        ),
        lfp=td.Data(probe=gappy, domain=domain),
        trials=td.Interval(
            np.array([0.0, 2.0]), np.array([1.0, 3.0]), target_id=np.array([3, 4]), result=np.array(["R", "F"])
        ),
        train_domain=td.Interval(np.array([0.0]), np.array([2.0])),
        domain=domain,
    ).save(path)
    return path


def nwb(folder: Path) -> Path:
    """Written by pynwb."""
    from pynwb import NWBHDF5IO, NWBFile, TimeSeries
    from pynwb.behavior import Position, SpatialSeries
    from pynwb.file import Subject

    path = folder / "mouse.nwb"
    file = NWBFile(
        session_description="d", identifier="i", session_id="s1", session_start_time=datetime(2020, 1, 1, tzinfo=UTC)
    )
    file.subject = Subject(subject_id="mouse", species="Mus musculus", age="P90D", sex="F")
    probe = file.create_device(name="probe")
    group = file.create_electrode_group(name="shank", description="d", location="CA1", device=probe)
    for k, region in enumerate(("CA3", "CA1", "DG")):
        file.add_electrode(x=float(k), y=2.0, z=3.0, location=region, group=group)
    file.add_unit_column(name="heldout", description="not shown to the model")
    file.add_unit(spike_times=TIMES["a"], electrodes=[2, 1], electrode_group=group, heldout=True)
    file.add_unit(spike_times=[], electrodes=[], electrode_group=group, heldout=False)
    file.add_unit(spike_times=TIMES["b"], electrodes=[0], electrode_group=group, heldout=False)
    file.add_trial_column(name="split", description="of the benchmark")
    file.add_trial(start_time=0.0, stop_time=1.0, split="train", tags=["a", "b"])
    file.add_trial(start_time=2.0, stop_time=3.0, split="val", tags=[])
    place = SpatialSeries(
        name="cursor_pos",
        data=np.ones((5, 2)),
        unit="m",
        conversion=0.5,
        offset=1.0,
        starting_time=1.0,
        rate=10.0,
        reference_frame="r",
    )
    module = file.create_processing_module(name="behavior", description="d")
    module.add(Position(name="Position", spatial_series=place))
    file.add_acquisition(TimeSeries(name="lick", data=np.arange(3), unit="V", timestamps=[0.0, 1.0, 1.0]))
    with NWBHDF5IO(str(path), mode="w") as io:
        io.write(file)
    return path


def alf(folder: Path) -> Path:
    """Laid out as the ALF specification says: lab/Subjects/subject/date/number/alf."""
    home = folder / "lab" / "Subjects" / "KS01" / "2021-03-04" / "001"
    for k, probe in enumerate(("probe00", "probe01")):
        place = home / "alf" / probe / "pykilosort"
        place.mkdir(parents=True)
        order = np.argsort([*TIMES["a"], *TIMES["b"]])
        times, cluster = np.array([*TIMES["a"], *TIMES["b"]])[order] + k * 0.01, np.array([0, 0, 0, 2, 2])[order]
        np.save(place / "spikes.times.b3c1.npy", times)
        np.save(place / "spikes.clusters.b3c1.npy", cluster.astype(np.uint32))
        np.save(place / "clusters.channels.npy", np.array([1, 0, 1]))
        np.save(place / "clusters.depths.npy", np.array([20.0, 0.0, 40.0]))
        np.save(place / "channels.brainLocationIds_ccf_2017.npy", np.array([382, 726]))
        pd.DataFrame({"uuids": ["x", "y", "z"]}).to_csv(place / "clusters.uuids.csv", index=False)
        pd.DataFrame({"cluster_id": [2, 0], "label": [1.0, 0.3]}).to_parquet(place / "clusters.metrics.pqt")
    trials = {"intervals_0": [0.0, 2.0], "intervals_1": [1.0, 3.0], "choice": [1, -1]}
    pd.DataFrame(trials).to_parquet(home / "alf" / "_ibl_trials.table.pqt")
    np.save(home / "alf" / "_ibl_trials.stimOn_times.npy", np.array([0.1, 2.1]))
    np.save(home / "alf" / "_ibl_wheel.position.npy", np.arange(5.0))
    np.save(home / "alf" / "_ibl_wheel.timestamps.npy", np.array([[0.0, 1.0], [4.0, 3.0]]))
    np.save(home / "alf" / "leftCamera.ROIMotionEnergy.npy", np.array([1.0, np.nan, 3.0]))
    np.save(home / "alf" / "_ibl_leftCamera.times.npy", np.array([0.0, 0.5, 1.0]))
    return home


def sparse_trials(counts: np.ndarray, **more: object) -> pd.DataFrame:
    """Rows as the published data sets have them, from counts (trial, bin, unit)."""
    rows = []
    for k, trial in enumerate(counts):
        matrix = csr_array(trial)
        row = {
            "spikes_sparse_data": matrix.data.astype(np.uint8).tolist(),
            "spikes_sparse_indices": matrix.indices.tolist(),
            "spikes_sparse_indptr": matrix.indptr.tolist(),
            "spikes_sparse_shape": list(matrix.shape),
            "binsize": 0.02, "eid": "an eid", "subject": "SWC_1", "choice": [1.0, -1.0][k % 2],
            "cluster_regions": ["CA1"] * (trial.shape[1] - 1) + ["PO"],
            "cluster_uuids": [f"unit-{n}" for n in range(trial.shape[1])],
            "whisker-motion-energy": np.linspace(k, k + 1, len(trial)).tolist(),
        }  # fmt: skip
        rows.append(row | more)
    return pd.DataFrame(rows)


def trial_table(folder: Path) -> Path:
    path = folder / "trials.parquet"
    sparse_trials(np.random.default_rng(0).poisson(0.5, (3, 100, 4))).to_parquet(path)
    return path


def nlb(folder: Path) -> Path:
    path = folder / "maze.h5"
    counts = np.random.default_rng(0).poisson(0.5, (4, 20, 3)).astype(float)
    with h5py.File(path, "w") as file:
        file["train_spikes_heldin"], file["train_spikes_heldout"] = counts[..., :2], counts[..., 2:]
    return path


def csv_of(table: pd.DataFrame, path: Path) -> Path:
    table.to_csv(path)
    return path


def tracks(folder: Path) -> Path:
    """Written by ourselves, since the format is ours."""
    points = np.arange(16, dtype=np.float32).reshape(2, 2, 2, 2)
    names = {"keypoints": ("nose", "tail"), "individuals": ("ada", "bo")}
    return io.write(Tracks(session="box", times=np.array([0.0, 0.5]), points=points, **names), folder / "box.tracks.h5")


def video(folder: Path) -> Path:
    from neurofm.synthetic.videos import numbered

    return io.write(numbered(12), folder / "numbered.mp4")


def film(folder: Path) -> Path:
    (folder / "of").mkdir(exist_ok=True)
    filmed = io.read(video(folder / "of"))
    return io.write(filmed.on_clock("rat", 100.0), folder / "numbered.film")


def choices(folder: Path) -> Path:
    """Two subjects, five trials, as R's packages write them."""
    path = folder / "bandit.tsv.gz"
    rows = "a\t1\t1\nb\t2\t0\na\t2\t0\nb\t2\t1\na\t1\t1\n"
    path.write_bytes(gzip.compress(("subjID\tchoice\toutcome\n" + rows).encode(), mtime=0))
    return path


def choices_h5(folder: Path) -> Path:
    """As we write them: made by hand."""
    path = folder / "bandit.choices.h5"
    about = {
        "session": "s1", "subject": "", "notes": [], "outcomes": ["reward"], "arms": ["left", "right"],
        "columns": {"subjects": ["label"], "columns": []},
    }  # fmt: skip
    with h5py.File(path, "w") as file:
        file.attrs.update({"object": "Choices", "about": json.dumps(about)})
        file["of"], file["action"], file["number"] = [0, 0, 1], [1, 0, 1], [1, 2, 1]
        file["outcomes"] = [[1.0], [0.0], [np.nan]]
        file["subjects/0"] = np.array(["a", "b"], h5py.string_dtype())
        file.create_group("columns")
    return path


BOUTS = ((0.5, 2.0, "groom", "ada"), (1.0, 1.5, "rear", "bo"), (2.0, 4.25, "walk", "ada"), (5.0, 5.0, "lick", "ada"))


def ethogram(folder: Path) -> Path:
    path = folder / "scored.ethogram"
    columns = dict(zip(("start", "stop", "behavior", "subject"), map(list, zip(*BOUTS))))
    page = {"format": "neurofm ethogram", "session": "scored", "subject": "", "clock": "cam", "domain": [[0, 6]]}
    path.write_text(json.dumps(page | {"notes": [], "bouts": columns}))
    return path


def bouts_table(folder: Path) -> Path:
    path = folder / "scored.csv"
    lines = ["start,stop,behavior,subject", *(f"{a},{b},{what},{who}" for a, b, what, who in BOUTS)]
    path.write_text("\n".join(lines) + "\n")
    return path


def boris(folder: Path) -> Path:
    """Tabular events, with the columns that version 8 exports."""
    path = folder / "scored.tsv"
    header = ["Observation id", "Time offset (s)", "Media duration (s)", "FPS", "Subject", "Behavior",
              "Behavioral category", "Behavior type", "Time", "Media file name", "Comment"]  # fmt: skip
    lines = []
    for a, b, what, who in BOUTS:
        events = [("POINT", a)] if a == b else [("START", a), ("STOP", b)]
        lines += [(t, status != "STOP", ["day 1", "0.0", "6.0", "25", who, what, "", status, f"{t}", "c:\\cam.mp4", ""])
                  for status, t in events]  # fmt: skip
    rows = [header, *(cells for *_, cells in sorted(lines, key=lambda line: line[:2]))]
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
    return path


def ndx_ethogram(folder: Path) -> Path:
    """Written by ndx-ethogram."""
    from ndx_ethogram import EthogramBouts
    from pynwb import NWBHDF5IO, NWBFile

    path = folder / "scored.nwb"
    file = NWBFile(
        session_description="d", identifier="i", session_id="day 1", session_start_time=datetime(2020, 1, 1, tzinfo=UTC)
    )
    bouts = EthogramBouts(name="motifs", description="d", labeling_method="automated", source_software="VAME 1.1")
    bouts.add_column(name="subject", description="who")
    for a, b, what, who in BOUTS:
        bouts.add_row(start_time=a, stop_time=b, label=what, subject=who)
    file.create_processing_module("behavior", "d").add(bouts)
    with NWBHDF5IO(str(path), mode="w") as io:
        io.write(file)
    return path


POSES = {
    "deeplabcut": lambda folder: csv_of(pose_files.frame(), folder / "boxDLC_net.csv"),
    "mabe": lambda folder: pose_files.sequences(folder / "mice.npy"),
    "ndx_pose": lambda folder: pose_files.nwb(folder / "poses.nwb"),
    "pose_table": lambda folder: pose_files.wide(folder / "box.csv", "tracked_{point}_{what}"),
    "sleap": lambda folder: pose_files.slp(folder / "box.slp", pose_files.predicted()),
}


WRITE = {"folder": "Path", "return": "Path"}
GOLDEN = POSES | volume_files.GOLDEN | cell_files.GOLDEN | graph_files.GOLDEN | match_files.GOLDEN | sorted_files.GOLDEN
GOLDEN |= neo_written.GOLDEN
GOLDEN |= {name: f for name, f in dict(globals()).items() if getattr(f, "__annotations__", None) == WRITE}


@pytest.fixture(params=[name for name in GOLDEN if not registry.said("neurofm.io", name, "folder")])
def golden_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """One tiny file of each format in turn."""
    return GOLDEN[request.param](tmp_path)


@pytest.fixture
def golden(tmp_path: Path) -> SimpleNamespace:
    """`golden.nwb()` writes the tiny NWB file and gives its path; so for each reader."""
    return SimpleNamespace(**{name: (lambda write=write: write(tmp_path)) for name, write in GOLDEN.items()})


@pytest.fixture
def wave(tmp_path: Path, planted: None) -> Path:
    """A file of a kind of data that a reader of another distribution adds."""
    from planted.waves import generator, reader

    return reader.write(generator.wave("sea"), tmp_path / "sea.wave")


@pytest.fixture
def recording() -> Recording:
    """A recording with a bit of everything."""
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(0, 10, 300))
    clock = np.arange(0, 10, 0.1)
    return Recording(
        session="day 1",
        subject="rät",
        spikes=Spikes(times, rng.integers(0, 4, 300).astype(np.int32)),
        units=pd.DataFrame(
            {
                "label": ["a", "b", "ç", "silent"],
                "region": ["CA1", "", "V1", "V1"],
                "good": [True, False, True, True],
                "depth": [1.5, np.nan, 3.0, 4.0],
            }
        ),
        series={
            "cursor.pos": Series(clock, rng.normal(size=(100, 2)), ("left", "up"), "cm"),
            "cursor.vel": Series(clock, rng.normal(size=(100, 2)).astype(np.float32), ("x", "y"), "cm/s"),
            "cursor.late": Series(clock[50:], np.full((50, 1), np.nan), ("late",)),
            "pupil": Series(clock[::3], rng.normal(size=(34, 1)), ("pupil",), "px"),
        },
        intervals={
            "trials": pd.DataFrame({"start": [0.0, 5.0], "stop": [4.0, 9.0], "tags": ["a,b", ""], "target": [3, 1]}),
            "train_domain": pd.DataFrame({"start": [0.0], "stop": [6.0]}),
        },
        domain=np.array([[0.0, 4.5], [5.0, 10.0]]),
    )


@pytest.fixture
def same() -> Callable[[Recording, Recording], None]:
    """`same(a, b)` passes if two recordings hold the same things, dtypes included."""
    return _same


def _same(a: Recording, b: Recording) -> None:
    assert (a.session, a.subject) == (b.session, b.subject)
    np.testing.assert_array_equal(a.domain, b.domain)
    for one, other in ((a.spikes.times, b.spikes.times), (a.spikes.unit, b.spikes.unit)):
        np.testing.assert_array_equal(one, other, strict=True)
    pd.testing.assert_frame_equal(a.units, b.units)
    assert a.series.keys() == b.series.keys()
    for name, one in a.series.items():
        other = b.series[name]
        assert (one.names, one.unit) == (other.names, other.unit)
        np.testing.assert_array_equal(one.times, other.times, strict=True)
        np.testing.assert_array_equal(one.values, other.values, strict=True)
    assert a.intervals.keys() == b.intervals.keys()
    for name, table in a.intervals.items():
        pd.testing.assert_frame_equal(table, b.intervals[name])
