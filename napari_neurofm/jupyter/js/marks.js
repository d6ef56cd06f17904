// Marks of a scene: unpacked from what the kernel sends, and drawn.

import { css, numbers } from "./parts.js";

/** A mark as it came, ready to be drawn. */
export async function unpacked(mark) {
  if (mark.kind === "points") {
    return { ...mark, xy: numbers(mark.xy), groups: byColor(numbers(mark.color, Uint8Array)) };
  }
  if (mark.kind === "line") return { ...mark, x: numbers(mark.x), y: numbers(mark.y) };
  if (mark.kind === "spans") return { ...mark, ranges: numbers(mark.ranges) };
  if (mark.kind === "image") return { ...mark, bitmap: await createImageBitmap(new Blob([mark.png])) };
  return mark;
}

/** Let go of marks that are drawn no more. */
export function drop(marks) {
  for (const mark of marks) mark.bitmap?.close();
}

/** Rows of points by their colour, each colour as long as it is not told twice. */
function byColor(bytes) {
  const words = new Uint32Array(bytes.buffer);
  const groups = new Map();
  words.forEach((word, k) => {
    if (!groups.has(word)) groups.set(word, [css(bytes, k), []]);
    groups.get(word)[1].push(k);
  });
  return [...groups.values()];
}

/** Draw a mark; `at` has the pixels of values, x and y, and the height. */
export function drawMark(ctx, mark, at) {
  DRAWN[mark.kind](ctx, mark, at);
}

const DRAWN = {
  points(ctx, { groups, xy, size, outline }, at) {
    const radius = size / 2;
    for (const [color, rows] of groups) {
      ctx.fillStyle = color;
      for (let from = 0; from < rows.length; from += 256) { // longer paths are filled more slowly
        ctx.beginPath();
        for (const k of rows.slice(from, from + 256)) {
          const x = at.x(xy[2 * k]), y = at.y(xy[2 * k + 1]);
          ctx.moveTo(x + radius, y);
          ctx.arc(x, y, radius, 0, 7);
        }
        ctx.fill();
        if (outline) {
          ctx.strokeStyle = outline;
          ctx.lineWidth = 1.2;
          ctx.stroke();
        }
      }
    }
  },
  line(ctx, mark, at) {
    ctx.strokeStyle = mark.color;
    ctx.lineWidth = mark.width;
    ctx.lineJoin = "round";
    ctx.beginPath();
    let pen = false;
    for (let k = 0; k < mark.x.length; k++) {
      const x = at.x(mark.x[k]), y = at.y(mark.y[k]);
      if (Number.isNaN(x) || Number.isNaN(y)) pen = false;
      else if (pen) ctx.lineTo(x, y);
      else { ctx.moveTo(x, y); pen = true; }
    }
    ctx.stroke();
  },
  image(ctx, mark, at) {
    const left = at.x(mark.x[0]), top = at.y(mark.y[1]);
    const width = at.x(mark.x[1]) - left, height = at.y(mark.y[0]) - top;
    ctx.imageSmoothingEnabled = width * devicePixelRatio < 1.5 * mark.bitmap.width; // large pixels stay pixels
    ctx.drawImage(mark.bitmap, left, top, width, height);
  },
  spans(ctx, mark, at) {
    ctx.fillStyle = mark.color;
    for (let k = 0; k < mark.ranges.length; k += 2) {
      const left = at.x(mark.ranges[k]);
      ctx.fillRect(left, 0, Math.max(at.x(mark.ranges[k + 1]) - left, 0.5), at.height);
    }
  },
  table() {}, // rows are elements of the page
};
