"""Parts of a recording that disagree are told, each by its kind and its field; good recordings hear nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.data import Recording, Series, Spikes, merge, spans
from neurofm.data.plausible import about, check_clocks, findings, pooled
from neurofm.errors import DataError
from neurofm.synthetic import demo, directions, reaching, regions

RNG = np.random.default_rng(0)
SECONDS = 120.0
TIMES = np.arange(0, SECONDS, 0.02)


def walk(times=TIMES, scale=1.0, unit="cm"):
    x = np.stack([np.sin(times / 3), np.cos(times / 5)], 1) * 50 * scale + 100 * scale
    return Series(times, x + RNG.normal(0, 0.1 * scale, x.shape), ("x", "y"), unit)


def recording(units=8, rate=6.0, seconds=SECONDS, **more):
    times = np.sort(RNG.uniform(0, seconds, int(units * rate * seconds)))
    return Recording(
        session="rat",
        spikes=Spikes(times, RNG.integers(0, units, len(times)).astype(np.int32)),
        units=pd.DataFrame({"label": [f"u{k}" for k in range(units)]}),
        **{"series": {"position": walk()}, "intervals": {"trials": trials()}} | more,
    )


def trials(factor=1.0, offset=0.0):
    start = np.arange(0, SECONDS, 4.0)
    return pd.DataFrame({"start": start * factor + offset, "stop": (start + 2) * factor + offset})


def behaviour(**more):
    return recording(series={"position": replace(walk(), **more)})


def spikes_at(factor=1.0, offset=0.0):
    good = recording()
    return replace(good, spikes=Spikes(good.spikes.times * factor + offset, good.spikes.unit), domain=np.zeros((0, 2)))


def changed(change):
    """A walk whose values were changed in place."""
    values = walk().values.copy()
    change(values)
    return recording(series={"position": replace(walk(), values=values)})


def loud(hz, units=8):
    good = recording(units=units)
    more = RNG.uniform(0, SECONDS, int(hz * SECONDS))
    times, unit = np.r_[good.spikes.times, more], np.r_[good.spikes.unit, np.full(len(more), 3)]
    order = np.argsort(times)
    return replace(good, spikes=Spikes(times[order], unit[order].astype(np.int32)))


def angle(period, low):
    values = (np.cumsum(np.full(len(TIMES), period / 100)) % period + low)[:, None]
    return recording(series={"heading": Series(TIMES, values, ("heading",))})


def frozen(first, last):
    def freeze(values):
        rows = spans.inside(TIMES, [[first, last]])
        values[rows] = values[rows][0]

    return changed(freeze)


def marked(mark, every=17):
    def put(values):
        for k in range(0, len(values), len(values) // every):
            values[k : k + 40] = mark

    return changed(put)


TOLD = {
    # code, field, words, the recording
    "behaviour in ms": ("clock", "position", "milliseconds; divide them by 1,000", behaviour(times=TIMES * 1e3)),
    "behaviour in us": ("clock", "position", "microseconds", behaviour(times=TIMES * 1e6)),
    "behaviour in Unix time": ("clock", "position", "Unix time; subtract", behaviour(times=TIMES + 1.7e9)),
    "behaviour in samples": ("clock", "position", "samples; divide them by the sampling", behaviour(times=TIMES * 3e4)),
    "behaviour in frames": ("clock", "position", "numbers of frames", behaviour(times=np.arange(len(TIMES)) * 1.0)),
    "behaviour of another day": ("clock", "position", "another zero", behaviour(times=TIMES + 5_000)),
    "trials in ms": ("clock", "trials", "milliseconds", recording(intervals={"trials": trials(1e3)})),
    "trials in samples": ("clock", "trials", "samples", recording(intervals={"trials": trials(3e4)})),
    "trials in Unix time": ("clock", "trials", "Unix time", recording(intervals={"trials": trials(1, 1.7e9)})),
    "observed in ms": ("clock", "domain", "milliseconds", recording(domain=np.array([[0.0, 1e3 * SECONDS]]))),
    "observed elsewhere": ("outside", "domain", "of 5,760 spikes", recording(domain=np.array([[0.0, 30.0]]))),
    "spikes in ms": ("clock", "spikes", "milliseconds", spikes_at(1e3)),
    "spikes in samples": ("clock", "spikes", "samples", spikes_at(3e4)),
    "spikes in Unix time": ("clock", "spikes", "Unix time", spikes_at(1, 1.7e9)),
    "spikes alone in ms": ("rate", "units", "Hz in the middle", recording(12, 0.006, 1e5, series={}, intervals={})),
    "spikes alone in hours": ("rate", "units", "Hz in the middle", recording(6, 900, 10, series={}, intervals={})),
    "trials of two runs": (
        "restart", "trials", "start again at 0.0 s, in row 30 of 60",
        recording(intervals={"trials": pd.concat([trials(), trials()], ignore_index=True)}),
    ),
    "one unit of an artefact": ("artefact", "units", "'u3' fires 8", loud(250)),
    "a louder artefact among many": ("artefact", "units", "'u3' fires 9", loud(5000, units=40)),
    "still in the second half": ("still", "position", "from about 60 s on, which is half of the", frozen(60, 120)),
    "still in the first half": ("still", "position", "about 0 s to 60 s, which is half", frozen(0, 60.1)),
    "still in the middle": ("still", "position", "about 20 s to 100 s, which is 67 %", frozen(20, 100)),
    "-99999 of a tracker": ("sentinel", "position", "are -99999", marked(-99999)),
    "-1 of a tracker": ("sentinel", "position", "are -1", marked(-1)),
    "0, 0 of a tracker": ("sentinel", "position", "are 0", marked(0)),
    "65535 of a camera": ("sentinel", "position", "are 65535", marked(65535)),
    "degrees from 0": ("angle", "heading", "by 360 where it wraps", angle(360, 0)),
    "degrees from -180": ("angle", "heading", "by 360 where it wraps", angle(360, -180)),
    "radians from 0": ("angle", "heading", "by 6.283 where it wraps", angle(2 * np.pi, 0)),
    "radians from -pi": ("angle", "heading", "by 6.283 where it wraps", angle(2 * np.pi, -np.pi)),
    "invalid times": (
        "invalid", "invalid_times", "mark 15.0 s in 2 stretches",
        recording(intervals={"invalid_times": pd.DataFrame({"start": [10.0, 50.0], "stop": [20.0, 55.0]})}),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "field", "words", "wrong"), TOLD.values(), ids=TOLD)
def test_what_cannot_be_so_is_told_and_nothing_else(code, field, words, wrong):
    (one,) = findings(wrong)
    assert (one.code, one.field) == (code, field)
    assert words in str(one)
    assert str(one) in wrong.summary()["warnings"]
    assert wrong.summary()["findings"] == [vars(one)]


def licks():
    return Series(TIMES, (np.arange(len(TIMES)) % 50 == 0).astype(float)[:, None], ("lick",))


def resting():
    """A wheel that is turned now and then, and has no noise."""
    speed = np.where(np.sin(TIMES / 4) > 0.7, 20.0, 0.0)
    return Series(TIMES, np.convolve(speed, np.ones(9) / 9, "same")[:, None], ("speed",))


def block():
    return Series(TIMES, np.where(TIMES < 60, 0.2, 0.8)[:, None], ("probability",))


GOOD = {
    "a walk": recording(),
    "spikes alone": recording(series={}, intervals={}),
    "behaviour alone": replace(recording(), spikes=Spikes(np.zeros(0), np.zeros(0, np.int32))),
    "an animal that rests": recording(series={"speed": resting()}),
    "licks": recording(series={"lick": licks()}),
    "blocks of a task": recording(series={"block": block()}),
    "a temperature each second": recording(series={"t": replace(walk(np.arange(120.0)), names=("a", "b"))}),
    "spikes before the behaviour": recording(series={"position": walk(TIMES[: len(TIMES) // 2] + 60)}),
    "behaviour of a few seconds": recording(rate=20, seconds=3000, series={"position": walk(TIMES[:200])}),
    "one long epoch": recording(intervals={"epochs": pd.DataFrame({"start": [0.0], "stop": [120.0]})}),
    "a short epoch": recording(intervals={"epochs": pd.DataFrame({"start": [3.0], "stop": [3.1]})}),
    "a late start": replace(recording(), series={"position": walk(TIMES + 90)}),
    "seconds of the day": replace(spikes_at(1, 4e4), series={"p": walk(TIMES + 4e4)}, intervals={}),
    "a fast cell among few": loud(40, units=5),
    "quiet cells": recording(20, 0.02, 2000),
    "an angle in one turn": recording(series={"a": Series(TIMES, 170 * np.sin(TIMES)[:, None], ("a",))}),
    "a saw tooth of no angle": recording(series={"phase": Series(TIMES, (TIMES % 1)[:, None] * 100, ("phase",))}),
    "a field that touches zero": recording(series={"position": replace(walk(), values=walk().values - 50)}),
    "gaps that are NaN": marked(np.nan),
}  # fmt: skip


@pytest.mark.parametrize("good", GOOD.values(), ids=GOOD)
def test_good_recordings_hear_nothing(good):
    assert [str(one) for one in findings(good)] == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: reaching.sessions(2, units=6, duration=40.0, seed=5),
        lambda: regions.sessions(1, units=5, trials=40, seed=1),
        lambda: demo.demo(0, 120.0),
        lambda: [directions.session(20, 100)],
    ],
    ids=["reaching", "regions", "demo", "directions"],
)
def test_simulated_recordings_hear_nothing(make):
    assert [str(one) for one in (f for r in make() for f in findings(r))] == []


def test_real_recordings_hear_only_what_is_so(shared_data):
    monkeys, rat = shared_data("monkey_reach"), shared_data("rat_ca1_linear_track")
    for path in sorted(monkeys.glob("*.npz")):
        assert findings(io.read(path)) == []
    linked = io.read([str(rat / "spikes.mat"), str(rat / "trajectory.videoPositionTracking")])
    (one,) = findings(linked)
    assert str(one) == (
        "position stands still from about 5,382 s on, which is half of the session; "
        "that is left out of training, scores and tuning curves"
    )


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ((1.0, "cm"), (0.01, "m"), "spreads 100 times as wide in b as in a (in cm and m)"),
        ((1.0, ""), (0.01, ""), "spreads 100 times as wide in b as in a;"),
        ((1000.0, "mm"), (1.0, "m"), "spreads 1,000 times"),
        ((1.0, "px"), (0.02, "px"), "spreads 50 times"),
        ((1.0, "cm"), (0.4, "cm"), ""),
        ((1.0, "cm"), (1.0, "cm"), ""),
    ],
)
def test_another_unit_in_another_recording_is_told_where_both_are_learned(one, other, told):
    each = zip("ba", (one, other))
    pair = [replace(recording(), session=name, series={"position": walk(TIMES, *is_)}) for name, is_ in each]
    assert [told in line for line in about(pair, "position")] == ([True] if told else [])
    assert about(pair[:1], "position") == pooled(pair, "velocity") == []


def test_only_what_is_learned_is_told_and_whose_it_is():
    still, good = frozen(60, 120), replace(recording(), session="bo")
    both = replace(still, series=still.series | {"angle": angle(360, 0).series["heading"]})
    assert about([both], "position") == [str(f) for f in findings(still)]
    assert [line.split()[:3] for line in about([both, good], "angle")] == [["rat:", "angle", "'heading'"]]
    assert about([still, good]) == []


@pytest.mark.parametrize("name", ["behaviour in ms", "trials in ms", "observed in ms", "spikes in samples"])
def test_parts_on_another_clock_are_not_learned_from(name):
    _, field, words, wrong = TOLD[name]
    with pytest.raises(DataError, match=words.split(";")[0]) as told:
        check_clocks(wrong, [field])
    assert told.value.field == field
    check_clocks(wrong, ["another"])


@pytest.mark.parametrize("name", ["behaviour in ms", "behaviour in Unix time", "trials in ms", "trials in Unix time"])
def test_the_recording_ran_while_what_agrees_did(name):
    wrong = TOLD[name][-1]
    assert spans.duration(wrong.domain) == pytest.approx(SECONDS, abs=2.5)
    assert np.median(wrong.rates()) == pytest.approx(6.0, rel=0.2)
    parts = [replace(wrong, series={}, intervals={}, domain=np.zeros((0, 2)))]
    parts += [Recording(session="behaviour", series=wrong.series, intervals=wrong.intervals)]
    assert spans.duration(merge(parts).domain) == pytest.approx(SECONDS, abs=2.5)


@pytest.mark.parametrize(
    ("invalid", "domain"),
    [
        ([[10, 20], [50, 55]], [[0, 10], [20, 50], [55, 120]]),
        ([[0, 20]], [[20, 120]]),
        ([[100, 500]], [[0, 100]]),
        ([[10, 20], [15, 30]], [[0, 10], [30, 120]]),
        ([[10, np.nan]], [[0, 120]]),
    ],
    ids=["in the middle", "at the start", "at the end", "overlapping", "without an end"],
)
def test_invalid_times_are_no_time_of_the_recording(invalid, domain, tmp_path: Path):
    table = pd.DataFrame(invalid, columns=["start", "stop"], dtype=float)
    marked = recording(domain=np.array([[0.0, SECONDS]]), intervals={"invalid_times": table})
    np.testing.assert_allclose(marked.domain, domain)
    np.testing.assert_allclose(np.median(marked.rates()), 6.0, rtol=0.2)
    for name in ("again.h5", "again.nwb"):
        again = io.read(io.write(marked, tmp_path / name))
        np.testing.assert_allclose(again.domain, domain)


def test_a_source_of_another_kind_tells_by_a_method_of_its_own():
    rough = type("Sea", (), {"session": "sea", "findings": lambda self: ["it is too rough"]})()
    calm = type("Sea", (), {"session": "lake"})()
    assert (findings(rough), findings(calm)) == (["it is too rough"], [])
    assert about([calm]) == []
