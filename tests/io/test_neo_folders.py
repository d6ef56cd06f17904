"""Folders of Neuralynx, Open Ephys and SpikeGLX, made by hand, hold what neo finds in them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io.neo_written import neo_folders

pytest.importorskip("neo")


def open_ephys(folder):
    """Two channels of 1 kHz for two seconds from 0.5 s on, and two pulses."""
    home = folder / "2024-01-01_10-00-00"
    part = home / "Record Node 101" / "experiment1" / "recording1"
    signal, pulses = part / "continuous" / "NI", part / "events" / "NI" / "TTL"
    signal.mkdir(parents=True)
    pulses.mkdir(parents=True)
    channels = [{"channel_name": f"AI{k}", "bit_volts": 0.5, "units": "V"} for k in range(2)]
    stream = {"folder_name": "NI/", "sample_rate": 1000, "stream_name": "NI", "num_channels": 2, "channels": channels}
    stream |= {"source_processor_name": "NI", "source_processor_id": 101, "recorded_processor_id": 101}
    ttl = {"folder_name": "NI/TTL/", "channel_name": "TTL", "stream_name": "NI", "sample_rate": 1000, "type": "int16"}
    about = {"GUI version": "0.6.7", "continuous": [stream], "events": [ttl | {"num_channels": 8}], "spikes": []}
    (part / "structure.oebin").write_text(json.dumps(about))
    np.arange(4000, dtype="<i2").tofile(signal / "continuous.dat")
    for place, samples in ((signal, np.arange(2000) + 500), (pulses, np.array([600, 700, 900, 950]))):
        np.save(place / "sample_numbers.npy", samples)
        np.save(place / "timestamps.npy", samples / 1000)
    np.save(pulses / "states.npy", np.array([1, -1, 2, -2], np.int16))
    np.save(pulses / "full_words.npy", np.array([1, 0, 2, 0], np.uint8))
    return home


def spike_glx(folder, rate):
    """One analog channel and one of digital lines, two seconds long."""
    home, samples = folder / "run_g0", 2 * rate
    home.mkdir()
    np.stack([np.arange(samples) % 100, np.arange(samples) >= rate], 1).astype("<i2").tofile(
        home / "run_g0_t0.nidq.bin"
    )
    about = {
        "fileName": "D:/run_g0/run_g0_t0.nidq.bin", "typeThis": "nidq", "niSampRate": rate, "nSavedChans": 2,
        "fileTimeSecs": 2, "fileSizeBytes": 4 * samples, "snsMnMaXaDw": "0,0,1,1", "acqMnMaXaDw": "0,0,1,1",
        "niAiRangeMax": 5, "niAiRangeMin": -5, "niMNGain": 1, "niMAGain": 1, "firstSample": 0, "niXDBytes1": 1,
        "niXDChans1": "0:7", "fileCreateTime": "2024-01-01T10:00:00", "~snsChanMap": "(0,0,1,1,1)(XA0;0:0)(XD0;1:1)",
    }  # fmt: skip
    (home / "run_g0_t0.nidq.meta").write_text("".join(f"{name}={value}\n" for name, value in about.items()))
    return home


def test_neuralynx(tmp_path):
    home = neo_folders(tmp_path)
    told = io.read(home)
    assert (told.session, told.paths, told.domain.tolist()) == (home.name, (str(home),), [[0, 1]])
    assert told.spikes.times.tolist() == [0, 0.25, 0.5, 1]  # from the first spike on, as neo counts
    assert told.spikes.unit.tolist() == [0, 1, 0, 0]
    assert told.units["label"].tolist() == ["chSE1#0#1", "chSE1#0#2"]
    assert (told.units["channel_id"].tolist(), told.units["unit_id"].tolist()) == (["SE1#0"] * 2, [1, 2])
    assert told.intervals["Events event_id=11 ttl=1"]["start"].tolist() == pytest.approx([0.1])
    assert told.intervals["Events event_id=11 ttl=0"]["label"].tolist() == ["lick"]
    for name in ("SE1.nse", "Events.nev"):
        assert io.can_read(home / name)
        assert io.read(home / name).spikes.times.tolist() == told.spikes.times.tolist()


@pytest.mark.parametrize("name", ["", "Record Node 101", "Record Node 101/experiment1/recording1/structure.oebin"])
def test_open_ephys(tmp_path, name):
    told = io.read(open_ephys(tmp_path) / name)
    (signal,) = told.series.values()
    assert (signal.unit, signal.values.shape, signal.times[0]) == ("V", (2000, 2), 0.5)
    assert signal.values[:2].tolist() == [[0, 0.5], [1, 1.5]]
    assert told.intervals["TTL"]["start"].tolist() == [0.6, 0.9]
    assert told.intervals["TTL"]["label"].astype(str).tolist() == ["1", "2"]


@pytest.mark.parametrize("rate", [1000, 25000])
def test_spike_glx_whose_fast_signals_are_left_out(tmp_path, rate):
    told = io.read(spike_glx(tmp_path, rate))
    assert told.intervals["XD0"].to_dict("list") == {"start": [1.0], "stop": [1.0], "label": ["XD0 ON"]}
    assert told.domain.tolist() == [[0, 2]]
    shapes = {name: (one.unit, one.values.shape) for name, one in told.series.items()}
    assert shapes == ({"nidq": ("V", (2000, 2))} if rate == 1000 else {})
    assert told.notes == (() if rate == 1000 else ("not read: nidq (25000 Hz, 2 channels)",))


@pytest.mark.parametrize("name", ["SE1.nse", "Events.nev"])
@pytest.mark.parametrize("end", [0, 100, -40])
def test_what_is_cut_off_is_refused(tmp_path, name, end):
    file = neo_folders(tmp_path) / name
    file.write_bytes(file.read_bytes()[:end])
    with pytest.raises(DataError, match="cannot be read as Neuralynx, Open Ephys or SpikeGLX folder"):
        io.read(file.parent)


def test_raw_data_deeper_in_a_folder_of_something_else_do_not_take_it(tmp_path, golden):
    home = tmp_path / "session"
    home.mkdir()
    golden.nwb().rename(home / "mouse.nwb")
    spike_glx(home, 1000).rename(home / "raw")
    assert io.read(home).paths == (str(home / "mouse.nwb"),)


def test_a_folder_around_a_run_stands_for_it(tmp_path):
    spike_glx(tmp_path, 1000)
    assert list(io.read(tmp_path).series) == ["nidq"]


def test_a_folder_that_is_none_says_so(tmp_path):
    with pytest.raises(
        DataError, match=r"holds no file that ends with \.ncs, .* open the folder that the system wrote"
    ):
        io.read(tmp_path, reader="neo_folders")
    (tmp_path / "a.ap.meta").write_text("x")
    with pytest.raises(DataError, match=r"SpikeGLX folder \(No appropriate combination of \.meta and \.bin"):
        io.read(tmp_path)
    (tmp_path / "a.ap.meta").unlink()
    (tmp_path / "structure.oebin").write_text("{")
    with pytest.raises(DataError, match="cannot be read as"):
        io.read(tmp_path)
