// The drawn part of a view: its marks on a canvas of their own, from which they are copied while the picture moves.

import { drawAxes } from "./axes.js";
import { areaOf, scalesOf, shownOf } from "./geometry.js";
import { drawMark } from "./marks.js";
import { apart, FONT } from "./parts.js";

export class Canvas {
  /** `stage` holds the canvas and gives its size; `color` tells a colour of the theme by its name. */
  constructor(canvas, stage, color) {
    Object.assign(this, { canvas, stage, color, ctx: canvas.getContext("2d") });
    Object.assign(this, { bitmap: document.createElement("canvas"), picture: null, marks: [], painted: null });
    Object.assign(this, { ranges: null, cursor: null, drawn: null }); // chosen by hand; the time; the shape in the hand
  }

  get size() {
    return [this.stage.clientWidth, this.stage.clientHeight];
  }

  /** Hold this picture; gives the one before, whose `marks` are let go of by `drop`. */
  take(picture, marks) {
    const before = { picture: this.picture, marks: this.marks };
    if (before.picture && before.picture.x.label !== picture.x.label) this.ranges = null; // another map: all of it
    Object.assign(this, { picture, marks });
    return before;
  }

  close() {
    cancelAnimationFrame(this.frame);
  }

  area() {
    this.ctx.font = `11px ${FONT}`;
    return areaOf(this.picture, this.ranges, this.size, (words) => this.ctx.measureText(words).width);
  }

  shown() {
    return shownOf(this.picture, this.ranges, this.area());
  }

  scales() {
    return scalesOf(this.shown(), this.area());
  }

  /** Draw the marks anew. */
  paint() {
    if (!this.picture || this.canvas.hidden) return;
    const { x, y } = this.shown();
    const area = this.area();
    const ratio = devicePixelRatio;
    this.bitmap.width = Math.round(area.width * ratio);
    this.bitmap.height = Math.round(area.height * ratio);
    const ctx = this.bitmap.getContext("2d");
    ctx.scale(ratio, ratio);
    const at = {
      x: (value) => ((value - x[0]) / (x[1] - x[0])) * area.width,
      y: (value) => ((y[1] - value) / (y[1] - y[0])) * area.height,
      height: area.height,
    };
    for (const mark of this.marks) drawMark(ctx, mark, at);
    this.painted = { x, y };
    this.draw();
  }

  /** Draw soon what moved. */
  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  draw() {
    if (!this.painted || this.canvas.hidden) return;
    const ratio = devicePixelRatio;
    const [width, height] = this.size.map((pixels) => Math.round(pixels * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.ctx.clearRect(0, 0, width, height);
    const at = this.scales();
    apart(this.ctx, () => this.drawInside(at));
    drawAxes(this.ctx, at, this.picture, this.color, this.size[1]);
  }

  drawInside({ area, px, py }) {
    const { ctx, painted: { x, y } } = this;
    ctx.beginPath();
    ctx.rect(area.left, area.top, area.width, area.height);
    ctx.clip();
    ctx.drawImage(this.bitmap, px(x[0]), py(y[1]), px(x[1]) - px(x[0]), py(y[0]) - py(y[1]));
    ctx.strokeStyle = this.color("ink");
    ctx.lineWidth = 1.25;
    if (this.cursor !== null) this.drawCursor(px(this.cursor), area);
    if (this.drawn) this.drawShape(this.drawn);
  }

  drawCursor(x, area) {
    this.ctx.beginPath();
    this.ctx.moveTo(x, area.top);
    this.ctx.lineTo(x, area.top + area.height);
    this.ctx.stroke();
  }

  drawShape({ tool, path }) {
    const { ctx } = this;
    ctx.beginPath();
    if (tool === "grip") {
      const [x, y] = path.at(-1);
      ctx.moveTo(...path[0]);
      ctx.lineTo(x, y);
      ctx.moveTo(x + 6, y);
      ctx.arc(x, y, 6, 0, 2 * Math.PI);
      apart(ctx, () => { // seen over dark and bright pictures alike
        ctx.strokeStyle = this.color("paper");
        ctx.lineWidth = 4;
        ctx.stroke();
      });
    } else if (tool === "box") {
      const [[ax, ay], [bx, by]] = [path[0], path.at(-1)];
      ctx.rect(Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by));
    } else {
      path.forEach(([x, y]) => ctx.lineTo(x, y));
      ctx.closePath();
    }
    ctx.setLineDash([4, 3]);
    ctx.fillStyle = this.color("row");
    ctx.fill();
    ctx.stroke();
    ctx.setLineDash([]);
  }

  /** The picture with its words, as a PNG. */
  copy() {
    const { width, height } = this.canvas;
    const copy = Object.assign(document.createElement("canvas"), { width, height });
    const ctx = copy.getContext("2d");
    ctx.fillStyle = this.color("paper");
    ctx.fillRect(0, 0, width, height);
    ctx.drawImage(this.canvas, 0, 0);
    return new Promise((resolve) => { copy.toBlob(resolve); });
  }
}
