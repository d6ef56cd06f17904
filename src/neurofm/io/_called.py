"""What arrays and columns are called by those who save them: times, units, counts, numbers of rows."""

from __future__ import annotations

from collections.abc import Iterable

from neurofm.data.clock import unit_of
from neurofm.io._bouts import plain

TIME = ("time", "times", "t", "timestamps", "timestamp", "ts", "spike_time", "spike_times", "spiketimes", "sample")
UNIT = (
    "unit", "units", "unit_id", "cluster", "clusters", "cluster_id", "clu", "neuron", "neuron_id", "cell", "cell_id",
    "spike_clusters", "spike_units", "id", "label",
)  # fmt: skip
CHANNEL = ("channel", "chan", "ch", "electrode", "elec", "tetrode", "channel_id", "electrode_id", "contact")
MANY = ("id", "label")  # what units are called, and much else, too
ROWS = (
    "trial", "trials", "trial_id", "trial_number", "lap", "laps", "bin", "bins", "frame", "frames", "index", "row",
    "rows", "epoch", "block", "fold", "session",
)  # fmt: skip
COUNTS = ("counts", "spike_counts", "spikes", "binned", "binned_spikes", "rates", "x")
WIDTHS = ("dt", "bin", "bin_size", "binsize", "bin_width", "bin_width_s", "binwidth")
RATES = ("fs", "sampling_rate", "sample_rate", "samplerate", "sr", "rate_hz", "sampling_frequency")


def named(there: Iterable[str], names: tuple[str, ...]) -> str:
    """The first of those there that is called so, also behind a dot or before a unit of time; "" if none is."""
    for wanted in names:
        for name in there:
            words = plain(name.rsplit(".", 1)[-1])
            first, _, last = words.rpartition("_")
            if wanted in (words, first if unit_of(last) else words):
                return name
    return ""


def says_rows(name: str) -> bool:
    """Whether it is called as what says which trial, bin or row a row is of."""
    return bool(named([name], ROWS))


def says_spikes(name: str) -> bool:
    """Whether it is called as what is of spikes."""
    return "spike" in name.lower()


def unit_of_time(name: str) -> str:
    """The unit of time at the end of a name, "" if there is none."""
    return unit_of(plain(name.rsplit(".", 1)[-1]).split("_")[-1])
