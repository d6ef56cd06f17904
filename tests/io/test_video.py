"""Videos are read back exactly, frame by frame, however they are coded; what is no video is told in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import h5py
import numpy as np
import pytest

import neurofm as nf
from neurofm.data.video import Video
from neurofm.errors import DataError
from neurofm.io import read, write
from neurofm.io._encode import Coding, encode
from neurofm.synthetic import videos

COUNT = 60
OPEN = (("x264-params", "open-gop=1"), ("crf", "18"))
WAYS = {
    "steady.mp4": Coding(),
    "irregular.mp4": Coding(group=250, between=3),
    "open groups.mkv": Coding(group=12, between=3, options=OPEN),
    "broadcast.ts": Coding(group=15),
    "phone.mov": Coding(turned=90),
    "upside down.mp4": Coding(turned=180),
    "other side.mp4": Coding(turned=270),
    "grey.mkv": Coding(codec="ffv1", format="gray", options=()),
    "grey 10 bit.mkv": Coding(codec="ffv1", format="gray10le", options=()),
    "grey h264.mp4": Coding(format="gray"),
    "10 bit.mp4": Coding(format="yuv420p10le"),
    "old.avi": Coding(codec="mpeg4", tick=Fraction(1, 30), options=(("b", "4000k"),)),
    "counted.avi": Coding(),
    "every frame.avi": Coding(codec="mjpeg", format="yuvj420p", between=0, options=(("b", "9000k"),)),
    "bare.h264": Coding(),
    "web.webm": Coding(codec="libvpx-vp9", between=0, options=(("b", "2000k"), ("cpu-used", "8"))),
}
SLOW = ("counted.avi", "bare.h264")  # do not say which packet is which frame


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """`written("steady.mp4")` gives that numbered video; its times are irregular where a container keeps them."""
    folder = tmp_path_factory.mktemp("videos")

    def write(name: str) -> Path:
        path = folder / name
        if not path.exists():
            encode(path, source(name).frames, source(name).times, WAYS[name])
        return path

    return write


def source(name: str) -> Video:
    times = videos.irregular(COUNT) if name in ("irregular.mp4", "open groups.mkv") else None
    return videos.numbered(COUNT, times=times, grey=name.startswith("grey"), deep="10 bit" in name)


@pytest.mark.parametrize("name", WAYS)
def test_every_frame_is_read_back_in_any_order(name: str, written: Callable[[str], Path]) -> None:
    rng = np.random.default_rng(0)
    orders = (range(COUNT), [COUNT - 1, COUNT - 2, 0, 1], range(COUNT - 1, -1, -1), rng.permutation(COUNT))
    for order in orders:
        frames = read(written(name)).frames
        assert [videos.number(frames[int(k)]) for k in order] == list(order)


@pytest.mark.parametrize("name", [name for name in WAYS if name != "bare.h264"])
def test_times_are_those_it_was_written_with(name: str, written: Callable[[str], Path]) -> None:
    video, true = read(written(name)), source(name).times
    tick = 1e-9 if name.endswith(("mp4", "mov")) else 1e-3 if name.endswith("mkv") else 2e-3
    np.testing.assert_allclose(video.times, true, atol=0.51 * tick if tick > 1e-9 else tick)
    assert bool(video.notes) == (name in SLOW)


@pytest.mark.parametrize("name", WAYS)
def test_pictures_are_as_they_were_upright_and_in_their_colours(name: str, written: Callable[[str], Path]) -> None:
    video, true = read(written(name)), source(name)
    picture, wanted = video.frames[7].astype(float), true.frames[7].astype(float)
    if name.startswith("grey h264"):
        picture = picture[..., 0] if picture.ndim == 3 else picture
    assert picture.shape == wanted.shape
    white = 1023 if name.startswith("grey 10") else np.iinfo(video.frames.dtype).max
    assert np.abs(picture / white - wanted / np.iinfo(true.frames.dtype).max).mean() < 0.02
    assert video.size == true.size


def test_a_stretch_is_an_array_of_frames(written: Callable[[str], Path]) -> None:
    frames = read(written("steady.mp4")).frames
    assert frames[10:20:3].shape == (4, 96, 128, 3)
    assert [videos.number(one) for one in frames[[5, 50, 6]]] == [5, 50, 6]
    assert frames[-1, :8, :8].shape == (8, 8, 3)
    assert frames[3:3].shape == (0, 96, 128, 3)
    with pytest.raises(IndexError):
        frames[COUNT]


def test_a_video_is_written_as_mp4_and_reads_back_equal(tmp_path: Path) -> None:
    video = videos.numbered(20, times=3 + videos.irregular(20))
    again = read(write(video, tmp_path / "again.mp4"))
    np.testing.assert_allclose(again.times, video.times - 3, atol=1e-9)
    assert [videos.number(again.frames[k]) for k in range(20)] == list(range(20))


@pytest.mark.real
def test_a_real_pair_agrees_frame_by_frame(shared_data: Callable[[str], Path]) -> None:
    """Flies are bright: it is brightest under their key points in just the frame that these were found in."""
    folder = shared_data("flies")
    frames = read(folder / "demo-flies13-preds.mp4").frames
    with h5py.File(folder / "demo-flies13-preds.slp") as file:
        points = file["points"][:].reshape(1350, -1)  # two animals of 13 points on every frame

    def brightness(number: int, off: int) -> float:
        here = points[number][np.isfinite(points[number]["x"])]
        y, x = (np.rint(here[axis]).astype(int).clip(0, 1023) for axis in "yx")
        return float(frames[number + off][y, x, 0].mean())

    numbers = [1348, 1347, 1346, 1, 2, *np.random.default_rng(0).permutation(np.arange(2, 1346))[:12]]
    numbers += [*range(500, 480, -1)]  # last, first, random and stepped back
    before, now, after = (np.mean([brightness(int(k), off) for k in numbers]) for off in (-1, 0, 1))
    assert now > max(before, after) + 2


def cut(path: Path, share: float) -> Path:
    short = path.with_name(f"cut {path.name}")
    short.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    return short


def holding(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def sound(path: Path) -> Path:
    """A file without pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def nothing_in_it(path: Path) -> Path:
    """A video of no frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()
    return path


def index_last(path: Path) -> Path:
    return encode(path, videos.numbered(30).frames, np.arange(30) / 30)


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no index": (lambda folder: cut(index_last(folder / "a.mp4"), 0.6), r"has no index \(moov\)"),
    "only its beginning": (lambda folder: cut(index_last(folder / "a.mov"), 0.05), r"has no index \(moov\)"),
    "empty": (lambda folder: holding(folder / "a.mp4", b""), "is empty"),
    "text": (lambda folder: holding(folder / "a.mp4", b"no picture in it\n" * 40), "is no video that can be read"),
    "zeros": (lambda folder: holding(folder / "a.avi", bytes(5000)), "is no video that can be read"),
    "cut in its head": (lambda folder: holding(folder / "a.mkv", b"\x1aE\xdf\xa3\x01"), "is no video that can be read"),
    "sound alone": (lambda folder: sound(folder / "a.mp4"), "has no pictures, only audio"),
    "no frame": (lambda folder: nothing_in_it(folder / "a.mp4"), "has no frame in it"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_video_is_told_in_a_sentence_and_the_rest_stays_open(name: str, tmp_path: Path) -> None:
    make, words = BAD[name]
    session = nf.Session([videos.numbered(3)])
    path = make(tmp_path)
    with pytest.raises(DataError, match=words) as told:
        session.open(path)
    assert str(told.value).startswith(f"{path}: ")
    assert "\n" not in str(told.value)
    assert list(session.sources) == ["numbered"]


def test_what_is_left_of_a_video_that_was_cut_off_is_read(tmp_path: Path) -> None:
    whole = encode(
        tmp_path / "a.mp4", videos.numbered(COUNT, rough=1.0).frames, np.arange(COUNT) / 30, Coding(group=10),
        about={"movflags": "faststart"},
    )  # fmt: skip
    video = read(cut(whole, 0.6))
    count = len(video.times)
    assert 10 < count < COUNT
    assert f"is cut off: {count} of {COUNT} frames are there" in video.notes[0]
    assert [videos.number(video.frames[k]) for k in (0, count // 2, count - 2)] == [0, count // 2, count - 2]


def test_a_frame_that_is_damaged_is_refused_and_the_others_are_not(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "a.avi", videos.numbered(20).frames, np.arange(20) / 30,
        Coding(codec="mjpeg", format="yuvj420p", between=0, options=(("b", "9000k"),)),
    )  # fmt: skip
    content = bytearray(path.read_bytes())
    places = [k for k in range(len(content)) if content[k : k + 3] == b"\xff\xd8\xff"]
    content[places[7] : places[8] - 24] = bytes(places[8] - 24 - places[7])
    frames = read(holding(tmp_path / "b.avi", bytes(content))).frames
    with pytest.raises(DataError, match="frame 7: cannot be decoded"):
        frames[7]
    assert [videos.number(frames[k]) for k in (6, 8, 19)] == [6, 8, 19]


def test_a_file_that_changed_is_looked_through_again(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    for count in (12, 20):
        encode(path, videos.numbered(count).frames, np.arange(count) / 30)
        assert len(read(path).times) == count
