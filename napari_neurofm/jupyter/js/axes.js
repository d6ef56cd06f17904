// Axes around a picture.

import { ticks } from "./geometry.js";
import { apart, FONT } from "./parts.js";

export function drawAxes(ctx, at, picture, color, tall) {
  const { area } = at;
  ctx.lineWidth = 1;
  ctx.strokeStyle = color("line");
  ctx.strokeRect(area.left - 0.5, area.top - 0.5, area.width + 1, area.height + 1);
  ctx.font = `11px ${FONT}`;
  ctx.fillStyle = color("soft");
  if (isNamed(picture.x)) drawAcross(ctx, at, picture.x.ticks.length ? picture.x.ticks : ticks(at.x, area.width, 76));
  if (isNamed(picture.y)) drawUp(ctx, at, picture.y.ticks.length ? picture.y.ticks : ticks(at.y, area.height, 44));
  ctx.font = `12px ${FONT}`;
  ctx.fillStyle = color("ink");
  drawLabels(ctx, area, picture, tall);
}

function isNamed(axis) {
  return axis.label || axis.ticks.length;
}

function inside(value, [low, high]) {
  return value >= low && value <= high;
}

function drawAcross(ctx, { area, x, px }, marks) {
  const bottom = area.top + area.height;
  ctx.textBaseline = "top";
  ctx.textAlign = "center";
  for (const [value, text] of marks.filter(([at]) => inside(at, x))) {
    stroke(ctx, px(value), bottom, px(value), bottom + 4);
    text.split("\n").forEach((line, k) => ctx.fillText(line, px(value), bottom + 7 + 13 * k));
  }
}

function drawUp(ctx, { area, y, py }, marks) {
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  for (const [value, text] of marks.filter(([at]) => inside(at, y))) {
    stroke(ctx, area.left, py(value), area.left - 4, py(value));
    ctx.fillText(text, area.left - 7, py(value), 140);
  }
}

function drawLabels(ctx, area, { x, y }, tall) {
  const words = ({ label, unit }) => (unit ? `${label} (${unit})` : label);
  ctx.textAlign = "center";
  if (x.label) {
    ctx.textBaseline = "bottom";
    ctx.fillText(words(x), area.left + area.width / 2, tall - 1);
  }
  if (y.label) {
    apart(ctx, () => {
      ctx.translate(12, area.top + area.height / 2);
      ctx.rotate(-Math.PI / 2);
      ctx.textBaseline = "middle";
      ctx.fillText(words(y), 0, 0);
    });
  }
}

function stroke(ctx, x0, y0, x1, y1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
