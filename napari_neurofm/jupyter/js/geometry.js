// Where things are: pure functions of a picture, the ranges in sight and the room there is.

/** A range that is not empty. */
export function wide([low, high]) {
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

/** A range, larger or smaller by a factor, in which `center` stays where it is. */
export function about([low, high], center, factor) {
  return [center + (low - center) * factor, center + (high - center) * factor];
}

/** Round values along a range, about `room` pixels apart, and their words. */
export function ticks([low, high], pixels, room) {
  const rough = (high - low) / Math.max(pixels / room, 1);
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * [1, 2, 5, 10].find((k) => k * size >= rough * 0.999);
  const digits = Math.max(-Math.floor(Math.log10(step) + 1e-9), 0);
  const large = Math.max(Math.abs(low), Math.abs(high)) >= 1e6 || digits > 5;
  const marks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    const value = k * step;
    marks.push([value, (large ? value.toPrecision(4) : value.toFixed(digits)).replace("-", "−")]);
  }
  return marks;
}

/** The part of the canvas in which data are drawn; the axes' words need what is left. */
export function areaOf({ x, y }, ranges, [all, tall], widthOf) {
  const lines = Math.max(1, ...x.ticks.map(([, words]) => words.split("\n").length));
  const bottom = x.label || x.ticks.length ? 8 + 13 * lines + (x.label ? 16 : 0) : 4;
  const height = Math.max(tall - bottom - 6, 8);
  const numbered = y.label && !y.ticks.length;
  const names = numbered ? ticks(ranges?.y ?? wide(y.range), height, 44) : y.ticks;
  const widest = Math.max(0, ...names.map(([, words]) => widthOf(words)));
  const left = names.length ? Math.min(Math.ceil(widest / 6) * 6 + 10, 150) + (y.label ? 18 : 0) : 4;
  return { left, top: 6, width: Math.max(all - left - 10, 8), height };
}

/** Ranges in sight: those chosen by hand, else all; with equal scales, as much more as the area is longer. */
export function shownOf({ x, y, equal }, ranges, { width, height }) {
  const given = ranges ?? { x: wide(x.range), y: wide(y.range) };
  if (!equal) return given;
  const scale = Math.max((given.x[1] - given.x[0]) / width, (given.y[1] - given.y[0]) / height);
  const around = ([low, high], half) => [(low + high) / 2 - half, (low + high) / 2 + half];
  return { x: around(given.x, (scale * width) / 2), y: around(given.y, (scale * height) / 2) };
}

/** From pixels to data and back. */
export function scalesOf({ x, y }, area) {
  const perX = (x[1] - x[0]) / area.width, perY = (y[1] - y[0]) / area.height;
  return {
    area, x, y, perX, perY,
    toX: (px) => x[0] + (px - area.left) * perX,
    toY: (py) => y[1] - (py - area.top) * perY,
    px: (value) => area.left + (value - x[0]) / perX,
    py: (value) => area.top + (y[1] - value) / perY,
  };
}
