from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import center_of_mass, label

from neurofm.analysis import apart, cells
from neurofm.data.volume import Held, Pyramid
from neurofm.synthetic.phantoms import Plan, phantom

SPACING, ORIGIN = np.array([2.0, 1.0, 0.5]), np.array([10.0, 0.0, 5.0])
CELL = 2


class Chunked(Held):
    """Voxels in memory that are looked at in small pieces."""

    def __init__(self, array: np.ndarray, chunks: tuple[int, int, int] = (5, 7, 6)) -> None:
        super().__init__(array)
        self.chunks = tuple(min(c, n) for c, n in zip(chunks, self.shape))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells.blocks, "__defaults__", (300,))


@pytest.fixture(scope="module")
def classes() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.choice([0, 1, CELL], size=(17, 23, 19), p=[0.5, 0.25, 0.25])


def whole_at_once(mask: np.ndarray, least: int) -> np.ndarray:
    numbers, _ = label(mask)
    keep = np.bincount(numbers.ravel()) >= least
    keep[0] = False
    return np.where(keep, np.cumsum(keep), 0)[numbers]


@pytest.mark.parametrize("least", [1, 4])
@pytest.mark.parametrize("plane", [False, True])
def test_pieces_are_the_same_in_blocks_as_at_once(classes: np.ndarray, least: int, plane: bool) -> None:
    given = classes[:1] if plane else classes
    out = np.zeros(given.shape, np.uint32)
    count = cells.connected(Chunked(given), CELL, out, least=least)
    expected = whole_at_once(given == CELL, least)
    assert count == expected.max() > 3
    pairs = {(a, b) for a, b in zip(out.ravel().tolist(), expected.ravel().tolist())}
    assert len(pairs) == count + 1  # one number for one number


def test_a_snake_through_all_blocks_is_one_piece() -> None:
    snake = np.zeros((9, 30, 30), int)
    snake[4, ::2] = CELL
    for k, row in enumerate(range(1, 29, 2)):
        snake[4, row, -1 if k % 2 == 0 else 0] = CELL
    out = np.zeros(snake.shape, np.uint32)
    assert cells.connected(Chunked(snake), CELL, out) == 1
    assert ((out > 0) == (snake == CELL)).all()


def test_cells_are_measured_as_scipy_measures_them(classes: np.ndarray) -> None:
    numbers = whole_at_once(classes == CELL, 3)
    grey = np.random.default_rng(1).random(classes.shape)
    table = cells.measure(Chunked(numbers), SPACING, ORIGIN, image=Chunked(grey)).set_index("number")
    for number in (1, 5, int(numbers.max())):
        row, inside = table.loc[number], numbers == number
        place = np.array(center_of_mass(inside)) * SPACING + ORIGIN
        np.testing.assert_allclose(row[["z", "y", "x"]].astype(float), place)
        assert row["voxels"] == inside.sum()
        assert row["size"] == pytest.approx(inside.sum() * SPACING.prod())
        assert row["intensity"] == pytest.approx(grey[inside].mean())
        where = np.argwhere(inside)
        assert row["border"] == ((where == 0) | (where == np.array(inside.shape) - 1)).any()
        assert [row[f"{a}_low"] for a in "zyx"] == where.min(0).tolist()
        assert [row[f"{a}_high"] for a in "zyx"] == (where.max(0) + 1).tolist()


def test_a_plane_has_areas_and_no_border_above_and_below() -> None:
    plane = np.zeros((1, 8, 8), int)
    plane[0, 2:4, 2:5] = 1
    row = cells.measure(Chunked(plane), SPACING, ORIGIN).iloc[0]
    assert row["size"] == 6 * SPACING[1] * SPACING[2]
    assert not row["border"]


def test_no_cells_make_an_empty_table() -> None:
    table = cells.measure(Chunked(np.zeros((3, 4, 5), int)), SPACING, ORIGIN)
    assert len(table) == 0
    assert {"number", "size", "nearest", "third", "region"} <= set(table)


# ---- what the published features got wrong


LINE = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 3], [0, 0, 7], [0, 0, 20]], float)


def test_the_nearest_neighbour_is_another_cell_and_no_zero_is_averaged_in() -> None:
    assert cells.neighbours(LINE)["nearest"].tolist() == [1, 1, 2, 4, 13]


def test_the_third_neighbour_is_the_third() -> None:
    assert cells.neighbours(LINE)["third"].tolist() == [7, 6, 4, 7, 19]


@pytest.mark.parametrize(("count", "nearest", "third"), [(1, 0, 0), (2, 2, 0), (3, 3, 0), (4, 4, 4)])
def test_neighbours_that_are_not_there_are_unknown(count: int, nearest: int, third: int) -> None:
    told = cells.neighbours(LINE[:count])
    assert [int(np.isfinite(told[name]).sum()) for name in ("nearest", "third")] == [nearest, third]


def test_shares_count_all_objects_of_a_class() -> None:
    classes = np.zeros((4, 10, 10), int)
    classes[0, 0, 0], classes[2, 5:8, 5:7], classes[3, 9, 9] = 1, 1, 2
    counts = cells.counted(Chunked(classes))
    assert counts.loc[0].to_dict() == {0: 392, 1: 7, 2: 1}


def test_a_plane_without_a_vessel_has_a_share_of_none() -> None:
    counts = cells.counted(Chunked(np.full((1, 6, 6), 2)))
    assert 1 not in counts
    assert counts.loc[0, 2] == 36


def test_a_cell_across_quarters_is_one() -> None:
    volume = np.zeros((8, 16, 16), int)
    volume[2:6, 6:10, 6:10] = CELL
    out = np.zeros(volume.shape, np.uint32)
    assert cells.connected(Chunked(volume, (8, 8, 8)), CELL, out) == 1


# ---- regions


def test_regions_hold_their_own_cells_alone() -> None:
    table = pd.DataFrame({"region": [1, 1, 2], "size": [2.0, 4.0, 9.0], "nearest": [1.0, 3.0, np.nan], "third": np.nan})
    rows = cells.by_region(table, pd.Series({0: 5, 1: 10**6, 2: 2 * 10**6, 3: 10}), 1000.0)
    assert rows["cells"].tolist() == [2, 1, 0]  # what is no region is left out
    assert rows["mm3"].tolist() == [1.0, 2.0, 1e-5]
    assert rows["density"].tolist() == [2.0, 0.5, 0.0]
    assert rows["size"].tolist()[:2] == [3.0, 9.0]
    assert np.isnan(rows.loc[3, "size"])
    assert rows.loc[1, "nearest"] == 2.0
    assert np.isnan(rows.loc[2, "nearest"])


def test_planes_are_counted_by_area() -> None:
    rows = cells.by_region(pd.DataFrame({"region": [0], "size": [1.0], "nearest": 1.0, "third": 1.0}),
                           pd.Series({0: 10**6}), 1.0, flat=True)  # fmt: skip
    assert rows["mm2"].item() == 1.0
    assert rows["density"].item() == 1.0


def test_a_region_of_another_grid_is_looked_up_where_the_cell_is() -> None:
    fine = Pyramid((Chunked(np.zeros((4, 8, 8), int)),), np.ones(3), np.zeros(3))
    coarse = Pyramid((Held(np.arange(1, 9).reshape(2, 2, 2)),), np.array([2.0, 4.0, 4.0]), np.array([0.5, 1.5, 1.5]))
    on = cells.On(coarse, fine)
    assert on[:, :, :].tolist() == np.arange(1, 9).reshape(2, 2, 2).repeat(2, 0).repeat(4, 1).repeat(4, 2).tolist()
    assert on[3, 5, 1] == 7
    assert on[1:3, 0, 6:].tolist() == [[2, 2], [6, 6]]
    beyond = cells.On(Pyramid((Held(np.ones((1, 1, 1), int)),), np.ones(3), np.array([9.0, 0, 0])), fine)
    assert not beyond[:, :, :].any()


def test_counts_by_region_are_those_of_numpy(classes: np.ndarray) -> None:
    regions = (np.indices(classes.shape)[2] // 10 + 1).astype(np.uint8)
    counts = cells.counted(Chunked(classes), Chunked(regions))
    for region in (1, 2):
        for kind in (0, 1, CELL):
            assert counts.loc[region, kind] == ((regions == region) & (classes == kind)).sum()


# ---- cells that touch


def scattered(seed: int, *, bright: bool) -> tuple[np.ndarray, np.ndarray]:
    """Balls of a radius of 6, many of which touch, by number, and an image in which their middles stand out."""
    rng, shape = np.random.default_rng(seed), (30, 60, 60)
    grid, truth, image = np.indices(shape), np.zeros(shape, np.uint32), rng.normal(0.0, 0.05, shape)
    number, middles = 0, np.zeros((0, 3))
    for middle in rng.uniform([6, 6, 6], [24, 54, 54], (400, 3)):
        if len(middles) and np.linalg.norm(middles - middle, axis=1).min() < 8.5:
            continue
        middles, number = np.vstack([middles, middle]), number + 1
        far = np.sqrt(sum((axis - m) ** 2 for axis, m in zip(grid, middle)))
        truth[(far <= 6) & (truth == 0)] = number
        image += np.exp(-((far / 4) ** 2)) * (1 if bright else -1)
    return truth, image


def matched(out: np.ndarray, truth: np.ndarray) -> float:
    """F1 of the balls that a piece covers with an IoU above 0.5."""
    hits = 0
    for number in range(1, int(truth.max()) + 1):
        own = truth == number
        best = np.bincount(out[own]).argmax()
        hits += best > 0 and np.count_nonzero(own & (out == best)) > 0.5 * np.count_nonzero(own | (out == best))
    return 2 * hits / (len(np.unique(truth[truth > 0])) + len(np.unique(out[out > 0])))


@pytest.mark.parametrize("bright", [True, False])
def test_an_image_tells_apart_what_a_shape_does_not(bright: bool) -> None:
    found = []
    truth, image = scattered(0, bright=bright)
    for grey in (None, Held(image)):
        out = np.zeros(truth.shape, np.uint32)
        cells.connected(Held((truth > 0).astype(np.uint8)), 1, out)
        apart.split(out, cells.measure(Held(out), np.ones(3), np.zeros(3)), np.ones(3), image=grey)
        assert ((out > 0) == (truth > 0)).all()
        found.append(matched(out, truth))
    assert found[1] > 0.9
    assert found[1] > found[0] + 0.03


def test_pieces_of_one_number_that_lie_apart_become_several() -> None:
    out = np.zeros((1, 40, 60), np.uint32)
    out[0, 5:15, 5:15] = out[0, 5:15, 30:40] = out[0, 30:33, 50:53] = 7
    table = cells.measure(Held(out), np.ones(3), np.zeros(3))
    assert apart.split(out, table, np.ones(3)) == 2
    assert len({int(out[0, 10, 10]), int(out[0, 10, 35]), int(out[0, 30, 50])}) == 3
    assert (out > 0).sum() == 209


@pytest.mark.parametrize("flat", [True, False])
def test_discs_and_balls_that_touch_are_cut(flat: bool) -> None:
    shape = (1, 60, 90) if flat else (30, 40, 60)
    z, y, x = np.indices(shape)
    volume = np.zeros(shape, np.uint32)
    middles = [(0 if flat else 14, 20, 15), (0 if flat else 14, 20, 30), (0 if flat else 14, 20, 50)]
    for middle in middles:
        ball = sum((axis - m) ** 2 for axis, m in zip((z, y, x), middle)) <= 8**2
        volume[ball] = 1
    out = np.zeros(shape, np.uint32)
    assert cells.connected(Held(volume), 1, out) == 2
    table = cells.measure(Held(out), np.ones(3), np.zeros(3))
    assert apart.split(out, table, np.ones(3)) == 1
    assert ((out > 0) == (volume > 0)).all()
    places = cells.measure(Held(out), np.ones(3), np.zeros(3))[["y", "x"]].to_numpy(float)
    wanted = np.array(middles, float)[:, 1:]
    assert all(np.linalg.norm(places - one, axis=1).min() < 1.5 for one in wanted)


def test_cells_of_a_phantom_are_counted() -> None:
    volume = phantom(Plan(shape=(40, 96, 96), areas=(0,), seed=1)).loaded()
    out = np.zeros(volume.whole.shape, np.uint32)
    truth = volume.labels["cell"].levels[0][:, :, :]
    count = cells.connected(Chunked(volume.labels["structure"].levels[0][:, :, :], (20, 32, 32)), CELL, out, least=20)
    large = (np.unique(truth, return_counts=True)[1][1:] >= 20).sum()
    assert abs(count - large) <= 1 + 0.1 * large


def test_a_speck_that_is_no_cell_keeps_its_number_to_itself() -> None:
    out = np.zeros((1, 40, 80), np.uint32)
    y, x = np.indices((40, 80))
    for middle in (20, 33):
        out[0][(y - 20) ** 2 + (x - middle) ** 2 <= 64] = 1
    out[0, 2, 70:73] = 2  # too small to be in the table
    table = cells.measure(Held(out), np.ones(3), np.zeros(3), least=20)
    assert apart.split(out, table, np.ones(3)) == 1
    assert sorted(np.unique(out[0, :, :60]).tolist()) == [0, 1, 3]
    assert (out[0, 2, 70:73] == 2).all()


def test_a_speck_beside_a_cell_stays_with_it() -> None:
    out = np.zeros((1, 40, 40), np.uint32)
    out[0, 5:25, 5:25] = 4
    out[0, 25, 25] = 4  # connected by its corner alone
    table = cells.measure(Held(out), np.ones(3), np.zeros(3))
    assert apart.split(out, table, np.ones(3)) == 0
    assert out[0, 25, 25] == 4


def test_voxels_without_a_grey_value_spoil_no_cut() -> None:
    truth, image = scattered(1, bright=True)
    image[truth == 3] = np.nan
    image[::7, ::5, ::3] = np.nan
    out = np.zeros(truth.shape, np.uint32)
    cells.connected(Held((truth > 0).astype(np.uint8)), 1, out)
    apart.split(out, cells.measure(Held(out), np.ones(3), np.zeros(3)), np.ones(3), image=Held(image))
    assert matched(out, truth) > 0.85


def test_a_thin_piece_beside_thick_ones_is_no_error_and_stays_one() -> None:
    """Nowhere deep against what is usual, so that it has no middle; with anisotropic voxels it once crashed."""
    spacing = np.array([1.0, 0.3, 0.3])
    z, y, x = np.mgrid[:16, :40, :40] * spacing[:, None, None, None]
    out = np.where((z - 6) ** 2 + (y - 6) ** 2 + (x - 6) ** 2 < 20, 1, 0).astype(np.uint32)
    out[4:14, 2:11, 36] = 2
    table = cells.measure(Held(out), spacing, np.zeros(3))
    assert apart.split(out, table, spacing) == 0
    assert np.unique(out).tolist() == [0, 1, 2]


def test_pieces_of_a_class_are_cut_as_if_each_were_a_cell() -> None:
    spacing = np.array([1.0, 1.0, 1.0])
    z, y, x = np.mgrid[:20, :60, :60]
    balls = [(10, 12, 12), (10, 12, 26), (10, 42, 40), (10, 42, 52)]  # two that touch, twice
    mask = np.zeros(z.shape, bool)
    for ball in balls:
        mask |= (z - ball[0]) ** 2 + (y - ball[1]) ** 2 + (x - ball[2]) ** 2 < 56
    numbers, count = label(mask)
    assert count == 2
    once, each = mask.astype(np.uint32), numbers.astype(np.uint32)
    for out in (once, each):
        apart.split(out, cells.measure(Held(out), spacing, np.zeros(3)), spacing)
    assert len(np.unique(once)) == len(np.unique(each)) == 5
    pairs = np.unique(np.stack([once[mask], each[mask]]), axis=1)
    assert pairs.shape[1] == 4  # the same cells, however they are called
