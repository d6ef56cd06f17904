"""Tiny folders of what finds units: Kilosort with clusters merged by hand in phy, and suite2p."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

RATE = 30_000.0
SAMPLES = np.array([300, 600, 900, 1200, 1500, 1800, 2100, 2400], np.uint64)
TEMPLATES = np.array([0, 1, 2, 3, 0, 1, 2, 4], np.int32)
CLUSTERS = np.array([0, 4_000_000, 4_000_000, 3, 0, 4_000_000, 4_000_000, 4], np.int32)  # 1 and 2 are one; 3 is noise
AMPLITUDES = np.array([1.0, 2.0, 4.0, 9.0, 3.0, 2.0, 4.0, 7.0])
PLACES = np.array([[0.0, 20.0], [16.0, 20.0], [0.0, 40.0], [16.0, 60.0]])  # of the channels, in micrometres
PEAK = (2, 0, 1, 3, 3)  # channel of each template
PARAMS = r"""dat_path = 'C:\Users\raw data.dat'
n_channels_dat = 4
dtype = 'int16'
offset = 0
sample_rate = 30000.
hp_filtered = False
"""


def shapes() -> np.ndarray:
    """(template, sample, channel): a trough at sample 4, a peak six samples later, on one channel each."""
    values = np.zeros((len(PEAK), 12, len(PLACES)), np.float32)
    for k, channel in enumerate(PEAK):
        values[k, 4, channel], values[k, 10, channel] = -3 - k, 1
    return values


def kilosort(folder: Path) -> Path:
    home = folder / "mouse + probe" / "kilosort4"
    home.mkdir(parents=True)
    arrays = {
        "spike_times": SAMPLES[:, None], "spike_clusters": CLUSTERS, "spike_templates": TEMPLATES[:, None],
        "amplitudes": AMPLITUDES[:, None], "templates": shapes(), "templates_ind": np.tile(np.arange(4.0), (5, 1)),
        "whitening_mat_inv": np.eye(4), "channel_positions": PLACES, "channel_shanks": np.array([0, 0, 1, 1]),
        "pc_features": np.zeros((8, 3, 4)),
    }  # fmt: skip
    for name, values in arrays.items():
        np.save(home / f"{name}.npy", values)
    (home / "params.py").write_text(PARAMS)
    (home / "cluster_group.tsv").write_text("cluster_id\tgroup\n1\tgood\n3\tnoise\n4\tmua\n4000000\tgood\n")
    (home / "cluster_KSLabel.tsv").write_text("cluster_id\tKSLabel\r\n0\tgood\r\n1\tgood\r\n3\tmua\r\n4\tmua\r\n")
    (home / "raw data.dat").write_bytes(b"\0" * 64)
    return home


TRACES = np.arange(15, dtype=np.float32).reshape(3, 5)  # (region, frame)


def stats(count: int = 3) -> np.ndarray:
    """What suite2p measures of each region."""
    pixels = {"ypix": np.arange(4), "xpix": np.arange(4), "lam": np.ones(4, np.float32)}
    return np.array(
        [
            pixels | {"med": [10 * k, 20 * k], "npix": 4, "radius": np.float64(2 + k), "skew": np.float32(0.5)}
            for k in range(count)
        ],
        object,
    )


def suite2p(folder: Path) -> Path:
    """One plane, as version 0.14 lays it out."""
    home = folder / "mouse" / "suite2p" / "plane0"
    home.mkdir(parents=True)
    for k, name in enumerate(("F", "Fneu", "spks")):
        np.save(home / f"{name}.npy", TRACES + k)
    np.save(home / "iscell.npy", np.array([[1.0, 0.9], [0.0, 0.2], [1.0, 0.7]]))
    np.save(home / "stat.npy", stats(), allow_pickle=True)
    about = {"fs": 10.0, "date_proc": datetime(2024, 1, 2), "meanImg": np.zeros((3, 3), np.float32), "nframes": 5}
    np.save(home / "ops.npy", about, allow_pickle=True)
    return home


GOLDEN = {"kilosort": kilosort, "suite2p": suite2p}
