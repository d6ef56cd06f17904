"""How long it takes to see a frame of a video: one back, one at random, one after the other; beside other readers.

The file that is made has one key frame in 250, as cameras' files have; every frame bears its number, and a reader that
gives another frame than was asked for is said to.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.views import video as view
from neurofm.bench._table import Row, missing, row
from neurofm.io import _frame_index, _frames, _proxy, read
from neurofm.io._encode import Coding, encode
from neurofm.specs import BenchSpec
from neurofm.synthetic import videos

HD, SMALL = (1080, 1920), (144, 256)  # pixels
COUNT, GROUP = 1200, 250  # frames, and those from one key frame to the next
TICK = 1 / 30  # seconds that a frame is shown
LEARNS = """
from neurofm.synthetic.demo import demo
from neurofm.training import train
train("poyo", demo(duration=60)[:1], "{out}", settings={{"steps": 100000}}, step=lambda *_, **__: print(flush=True))
"""  # a job of ours, as the window starts it, until it is ended
OPTIONS = (("preset", "veryfast"), ("crf", "23"), ("x264-params", "scenecut=0"))
Show = Callable[[int], NDArray[Any]]
Took = tuple[float, float]  # seconds of processor time, and until it is there


def run(paths: Sequence[Any], quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """Milliseconds for a picture as an array, of processor time and as a user waits; and the memory that is kept."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(path) for path in paths] or [made(Path(folder) / "made.mp4", quick=quick)]
        return [line for file in files for line in _file(file, 3 if quick else 12, seed)]


def made(path: Path, *, quick: bool) -> Path:
    """A video at 30 frames a second in H.264."""
    video = videos.numbered(3 * GROUP // 5 if quick else COUNT, size=SMALL if quick else HD, rough=1.0)
    return encode(path, video.frames, video.times, Coding(group=GROUP, options=OPTIONS))


def _file(path: Path, times: int, seed: int) -> list[Row]:
    began = time.perf_counter()
    film = _film(path)
    count, height, width = film.shape[:3]
    case = f"{path.name}, {width} x {height}, {count:,} frames"
    rows = [row(case, "ours", "open", time.perf_counter() - began, "s", "index built once, kept in the cache")]
    for name, reader in READERS.items():
        try:
            with reader(path) as show:
                rows += _leafed(case, name, show, count, times, seed)
            with reader(path) as show:
                rows += _played(case, name, show, min(count, 30 * times))
        except ImportError as error:
            rows.append(missing(case, name, f"{error}"))
    rows += [*_on_screen(case, path, min(count, 30 * times)), _beside_training(case, path, min(count, 60 * times))]
    return [*rows, *_with_proxy(case, path, times, seed), *_memory(case, path)]


def _leafed(case: str, name: str, show: Show, count: int, times: int, seed: int) -> list[Row]:
    """One frame at random, then back from it; and back over a key frame."""
    rng, most = np.random.default_rng(seed), min(3 * times, count // 3)
    steps: dict[str, list[Took]] = {"random frame": [], "one frame back": [], "into the group before": []}
    for n, k in enumerate(rng.integers(most, count, times).tolist()):
        steps["random frame"].append(_took(show, k))
        if n % 4 == 0:
            steps["one frame back"] += [_took(show, k - n) for n in range(1, most + 1)]
    for key in range(GROUP, min(count, (times + 1) * GROUP), GROUP):
        show(key)
        steps["into the group before"].append(_took(show, key - 1))
    return [_spent(case, name, what, each) for what, each in steps.items() if each]


def _played(case: str, name: str, show: Show, count: int) -> list[Row]:
    """One frame after the other."""
    play = [_took(show, k) for k in range(count)]
    in_time = float(np.mean([wall <= TICK for _, wall in play]))
    return [_spent(case, name, "next frame", play), row(case, name, "frames in time at 30/s", 100 * in_time, "%")]


def _took(show: Show, number: int) -> Took:
    """Seconds of processor time, and until it is there."""
    cpu, wall = time.process_time(), time.perf_counter()
    show(number)
    return time.process_time() - cpu, time.perf_counter() - wall


def _on_screen(case: str, path: Path, count: int) -> list[Row]:
    """What a front draws of one frame after the other: cut to its pixels, with a fourth value."""
    session = Session([read(path)])
    (video,) = session.sources.values()
    state, viewport = session.view("video"), Viewport(width=960, height=540, exact=True)

    def draw(number: int) -> Any:
        session.time = float(video.times[number])  # type: ignore[attr-defined]
        return view.scene(state, session, viewport)

    return [_spent(case, "ours, on the screen", "next frame", [_took(draw, k) for k in range(count)])]


def _beside_training(case: str, path: Path, count: int) -> Row:
    """How many frames are there when they are due, in the order of play, while a model trains in another process."""
    film, times = _film(path), _frame_index.index(path).times
    film.picture(0)
    with _training():
        there, begin = 0, time.perf_counter() - float(times[0])
        for k in range(count):
            time.sleep(max(0.0, begin + float(times[k]) - time.perf_counter()))
            there += film.now(k)[0] == k
    note = "a POYO learns in another process meanwhile; frames that are exact when they are due"
    return row(case, "ours", "frames in time at 1x while a model trains", 100 * there / count, "%", note)


@contextmanager
def _training() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as out:
        call = [sys.executable, "-c", LEARNS.format(out=Path(out) / "run")]
        with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            try:
                if child.stdout is None or not child.stdout.readline():  # its first step
                    raise RuntimeError("the training beside which a video is played did not begin")
                yield
            finally:
                child.kill()


def _film(path: Path) -> _frames.Film:
    return _frames.Film(path, _frame_index.index(path))


def _spent(case: str, name: str, what: str, took: list[Took]) -> Row:
    cpu, wall = 1e3 * np.array(took).T
    note = f"median {np.median(wall):.1f}, longest {wall.max():.0f} ms until it is there"
    return row(case, name, f"{what}, CPU", cpu, "ms", note)


def _with_proxy(case: str, path: Path, times: int, seed: int) -> list[Row]:
    """What is shown at once while a user leafs, from a small copy."""
    began = time.process_time()
    _proxy.make(path)
    rows = [row(case, "ours, small copy", "made once, CPU", time.process_time() - began, "s")]
    film = _film(path)
    rng = np.random.default_rng(seed)

    def leaf(number: int) -> NDArray[Any]:
        return film.at_once(number)[1]

    took = [_took(leaf, int(k)) for k in rng.integers(0, len(film), 4 * times)]
    back = [_took(leaf, k - 1) for k in range(GROUP, len(film), GROUP)]
    rows.append(_spent(case, "ours, small copy", "random frame", took))
    return rows + ([_spent(case, "ours, small copy", "into the group before", back)] if back else [])


def _memory(case: str, path: Path) -> list[Row]:
    film = _film(path)
    most = 0
    for k in range(len(film)):
        film.picture(k)
        most = max(most, film.nbytes)
    each = film.nbytes / 2**20 / len(film._kept)
    limit = f"bound {_frames.memory() / 2**20:,.0f} MB by {_frames.SETTING}; a frame takes {each:.1f} MB"
    return [row(case, "ours", "decoded frames kept, most", most / 2**20, "MB", limit)]


@contextmanager
def _ours(path: Path) -> Iterator[Show]:
    yield _film(path).picture


@contextmanager
def _pyav(path: Path) -> Iterator[Show]:
    """Seek to the key frame and decode on, as PyAV's own examples do; the next frame is decoded without."""
    import av

    times = _frame_index.index(path).pts
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        place, frames = -1, cast(Iterator[Any], iter(()))

        def show(number: int) -> NDArray[Any]:
            nonlocal place, frames
            if number != place:
                container.seek(int(times[number]), stream=stream)
                frames = container.decode(stream)
            place = number + 1
            return next(frame for frame in frames if frame.pts >= times[number]).to_ndarray(format="rgb24")

        yield show


@contextmanager
def _opencv(path: Path) -> Iterator[Show]:
    import cv2  # type: ignore[import-not-found]

    capture = cv2.VideoCapture(str(path))
    place = [0]

    def show(number: int) -> NDArray[Any]:
        if number != place[0]:
            capture.set(cv2.CAP_PROP_POS_FRAMES, number)
        place[0] = number + 1
        return cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB)

    yield show
    capture.release()


@contextmanager
def _torchcodec(path: Path) -> Iterator[Show]:
    try:
        from torchcodec.decoders import VideoDecoder  # type: ignore[import-not-found]
    except (RuntimeError, OSError) as error:  # it finds no FFmpeg that suits it
        raise ImportError(f"torchcodec finds no libraries of FFmpeg ({str(error).splitlines()[0]})") from error
    decoder = VideoDecoder(str(path), dimension_order="NHWC", num_ffmpeg_threads=0)
    yield lambda number: decoder[number].numpy()


READERS = {"ours": _ours, "PyAV, seek and decode": _pyav, "OpenCV": _opencv, "torchcodec": _torchcodec}
SPEC = BenchSpec(title="Frames of a video", run=run, timed=True)
