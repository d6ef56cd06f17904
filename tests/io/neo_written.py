"""Tiny files of Blackrock, Plexon, NeuroExplorer and Neuralynx, byte by byte as their makers specify them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

RATE = 30_000  # ticks a second of Blackrock's clock; Neuralynx counts microseconds
SPIKES = ((3, 1, 3000), (3, 2, 4500), (7, 0, 6000), (3, 1, 9000))  # electrode, unit, tick
PLEXON = ((1, 4000), (2, 6000), (1, 8000))  # unit, tick of 40 kHz
INPUTS = ((7500, 5), (12000, 9))  # tick, digital input


def blackrock(folder: Path) -> Path:
    """NEV 2.3: spikes on two electrodes and digital inputs."""
    path = folder / "rat day 1.nev"
    wave = (b"\x01\x01", np.array([250, 0, 0, 0], "<u2"), b"\x02\x02")
    electrodes = [_extended(b"NEUEVWAV", np.array([one], "<u2"), *wave) for one in (3, 7)]
    labels = [_extended(b"NEUEVLBL", np.array([one], "<u2"), f"elec{one}".encode().ljust(16, b"\0")) for one in (3, 7)]
    extended = b"".join([*electrodes, *labels])
    packets = [(tick, _packet(tick, electrode, bytes([unit, 0]))) for electrode, unit, tick in SPIKES]
    packets += [(tick, _packet(tick, 0, b"\x01\0" + np.array([value], "<u2").tobytes())) for tick, value in INPUTS]
    date = np.array([2020, 1, 3, 1, 10, 0, 0, 0], "<u2").tobytes()
    sizes = np.array([336 + len(extended), 104, RATE, RATE], "<u4").tobytes()
    text = b"made by hand".ljust(32, b"\0") + bytes(256)
    head = b"NEURALEV\x02\x03\x01\0" + sizes + date + text + np.array([4], "<u4").tobytes()
    path.write_bytes(head + extended + b"".join(packet for _, packet in sorted(packets)))
    return path


def neo_files(folder: Path) -> Path:
    """PLX 107: spikes of two units on a channel, strobed events, and a slow signal of 1 kHz."""
    path = folder / "rat day 1.plx"
    date = (2020, 1, 3, 10, 0, 0)
    head = struct.pack("<Ii128s5i", 0x58454C50, 107, b"made by hand", 40_000, 1, 1, 1, 8)
    head += struct.pack("<i6i2id", 2, *date, 0, 40_000, 40_000.0) + struct.pack("<4B3H", 1, 1, 16, 16, 3000, 5000, 1)
    head = head.ljust(256, b"\0") + bytes(4 * (650 + 650 + 512))
    channel = struct.pack("<32s32si", b"SPK03", b"SPK03", 3).ljust(1020, b"\0")
    event = struct.pack("<32si", b"Strobed", 257).ljust(296, b"\0")
    slow = struct.pack("<32s5i", b"FP01", 0, 1000, 1, 1, 1).ljust(296, b"\0")
    blocks = [struct.pack("<HHI4H", 1, 0, tick, 3, unit, 1, 8) + bytes(16) for unit, tick in PLEXON]
    blocks += [struct.pack("<HHI4H", 4, 0, tick, 257, value, 0, 0) for tick, value in INPUTS]
    field = np.arange(100, dtype="<i2").tobytes()
    blocks.insert(0, struct.pack("<HHI4H", 5, 0, 0, 0, 0, 1, 100) + field)
    path.write_bytes(head + channel + event + slow + b"".join(blocks))
    return path


def neuro_explorer(folder: Path) -> Path:
    """NEX 104 at 40 kHz: two spikes, an event, two intervals (starts, then stops), and a signal of 1 kHz."""
    path = folder / "day.nex"
    ticks = {"sig001a": [4000, 8000], "lick": [6000], "cue": [1000, 5000, 3000, 9000], "field": [0, 0]}
    data = {name: np.array(values, "<i4").tobytes() for name, values in ticks.items()}
    data["field"] += np.arange(100, dtype="<i2").tobytes()
    head = struct.pack("<4si256sd4i256x", b"NEX1", 104, b"made by hand", 40_000, 0, 12_000, len(data), 0)
    place = len(head) + 208 * len(data)
    for (name, values), kind, count in zip(data.items(), (0, 1, 2, 5), (2, 1, 2, 1)):
        fast, size, points = (1000, 0.5, 100) if kind == 5 else (0, 0, 0)
        told = struct.pack("<2i64s6i4di", kind, 104, name.encode(), place, count, 0, 0, 0, 0, 0, 0, fast, size, points)
        head, place = head + told.ljust(208, b"\0"), place + len(values)
    path.write_bytes(head + b"".join(data.values()))
    return path


def neo_folders(folder: Path) -> Path:
    """Neuralynx: single electrode spikes of two cells, and events."""
    home = folder / "2020-01-01_10-00-00"
    home.mkdir()
    begin = "######## Neuralynx Data File Header\r\n-FileType {what}\r\n-FileVersion 3.4\r\n"
    begin += '-ApplicationName Cheetah "5.6.3"\r\n-TimeCreated 2020/01/01 10:00:00\r\n-AcqEntName {name}\r\n'
    electrode = "-SamplingFrequency 32000\r\n-NumADChannels 1\r\n-ADChannel 0\r\n-ADBitVolts 0.00000003\r\n"
    electrode += "-WaveformLength 32\r\n-InputInverted True\r\n"
    spike = np.dtype([("time", "<u8"), ("channel", "<u4"), ("unit", "<u4"), ("rest", "V96")])
    spikes = np.zeros(4, spike)
    spikes["time"], spikes["unit"] = [1_000_000, 1_250_000, 1_500_000, 2_000_000], [1, 2, 1, 1]
    event = np.dtype([("lead", "<i2", 3), ("time", "<u8"), ("id", "<i2"), ("ttl", "<u2"), ("crc", "<i2", 3),
                      ("extra", "<i4", 8), ("text", "S128")])  # fmt: skip
    events = np.zeros(2, event)
    events["time"], events["id"], events["ttl"] = [1_100_000, 1_900_000], 11, [1, 0]
    events["text"] = [b"lick", b"lick"]
    for name, what, rows, more in (("SE1.nse", "Spike", spikes, electrode), ("Events.nev", "Event", events, "")):
        said = (begin + more).format(what=what, name=name.split(".")[0]).encode()
        (home / name).write_bytes(said.ljust(16384, b"\0") + rows.tobytes())
    return home


def _extended(name: bytes, *parts: np.ndarray | bytes) -> bytes:
    return (name + b"".join(bytes(part) for part in parts)).ljust(32, b"\0")


def _packet(tick: int, kind: int, rest: bytes) -> bytes:
    return (np.array([tick], "<u4").tobytes() + np.array([kind], "<u2").tobytes() + rest).ljust(104, b"\0")


GOLDEN = {"neo_files": neo_files, "neo_folders": neo_folders}
