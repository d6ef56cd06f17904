// What the mouse does: picks, moves, zooms, turns, moves the time, and rests.

import { about } from "./geometry.js";
import { element, mode } from "./parts.js";

const REACH = 6; // pixels around a point that still hit it
const REST = 40; // ms the mouse rests before the kernel is asked what is under it
const DOUBLE = 300; // ms in which a second click makes a double click
const SCROLL = 250; // ms after which the wheel of a page that was scrolling belongs to the picture again
const POINTERS = { pan: "grab", turn: "grab", time: "ew-resize", grip: "move" };

let scrolled = 0; // when the wheel last turned outside of any view
globalThis.addEventListener?.("wheel", (e) => {
  const over = e.composedPath().some((node) => node.classList?.contains("neurofm")); // in a shadow tree, too
  if (!over) scrolled = e.timeStamp;
}, { capture: true, passive: true });

export class Mouse {
  constructor(view) {
    Object.assign(this, { view, wire: view.wire, canvas: view.canvas, bar: view.bar, drag: null, under: null });
    Object.assign(this, { clicks: 0, doubled: 0 }); // of all clicks, and the last that made a double click
    this.words = element("div", { className: "nf-tip", hidden: true });
  }

  follow(on) {
    const node = this.canvas.canvas;
    on(node, "pointerdown", (e) => this.down(e));
    on(node, "pointermove", (e) => this.move(e));
    on(node, "pointerup", (e) => this.up(e));
    on(node, "pointercancel", () => this.drop());
    on(node, "pointerleave", () => this.leave());
    on(node, "dblclick", (e) => this.double(e));
    on(node, "wheel", (e) => this.wheel(e), { passive: false });
    on(node, "mousedown", (e) => { if (e.button === 1) e.preventDefault(); });
  }

  close() {
    clearTimeout(this.resting);
  }

  /** Where the mouse is, in pixels and in the data. */
  at(e) {
    const box = this.canvas.canvas.getBoundingClientRect();
    const scales = this.canvas.scales();
    const { area } = scales;
    const px = e.clientX - box.left, py = e.clientY - box.top;
    const over = {
      x: px >= area.left && px <= area.left + area.width,
      y: py >= area.top && py <= area.top + area.height,
    };
    return { ...scales, left: px, top: py, over, inside: over.x && over.y, at: [scales.toX(px), scales.toY(py)] };
  }

  /** A point as the kernel is asked for it. */
  point(at) {
    return { kind: "point", xy: [at.at], reach: [Math.abs(at.perX) * REACH, Math.abs(at.perY) * REACH] };
  }

  /** What a drag from here would do. */
  what(e, at) {
    if (this.bar.tool === "hand" || e.ctrlKey || e.metaKey || e.button === 1) return "pan";
    if (this.bar.tool === "turn") return "turn";
    if (this.view.time && at.over.x && !at.over.y) return "time";
    const { cursor } = this.canvas;
    const near = cursor !== null && Math.abs((cursor - at.at[0]) / at.perX) <= REACH;
    if (this.view.time && at.inside && near) return "time";
    if (at.inside && this.grip(at) >= 0) return "grip";
    return at.inside ? "draw" : "pan";
  }

  /** Which of the places that can be dragged is under the mouse; -1 if none is. */
  grip(at) {
    const off = (this.canvas.picture.grips ?? []).map(([x, y]) =>
      Math.hypot((x - at.at[0]) / at.perX, (y - at.at[1]) / at.perY));
    const near = Math.min(REACH, ...off);
    return off.indexOf(near);
  }

  down(e) {
    if (e.button > 1 || !this.canvas.picture) return;
    e.preventDefault();
    const at = this.at(e), kind = this.what(e, at);
    this.bar.fold();
    this.tip("");
    this.canvas.canvas.setPointerCapture(e.pointerId);
    this.drag = { kind, tool: this.bar.tool, from: at, ranges: this.canvas.shown(), path: [[at.left, at.top]],
      moved: false, only: at.inside ? "" : at.over.x ? "x" : "y", turns: this.canvas.picture.turns };
    this.canvas.drawn = kind === "draw" || kind === "grip" ? this.drag : null;
    if (kind === "grip") Object.assign(this.drag, { tool: "grip", key: this.canvas.picture.keys[this.grip(at)] });
    if (kind === "time") this.moveTime(at);
  }

  move(e) {
    if (!this.canvas.picture) return;
    const at = this.at(e);
    if (this.drag) this.pull(at);
    else {
      this.canvas.canvas.style.cursor = POINTERS[this.what(e, at)] ?? "crosshair";
      this.rest(at);
    }
  }

  pull(at) {
    const { drag } = this;
    const dx = at.left - drag.from.left, dy = at.top - drag.from.top;
    drag.moved ||= Math.hypot(dx, dy) > 3;
    if (drag.kind === "time") this.moveTime(at);
    else if (drag.kind === "draw" || drag.kind === "grip") drag.path.push([at.left, at.top]);
    else if (drag.kind === "turn") this.turn(dx, dy);
    else if (drag.moved) this.pan(dx, dy);
    this.canvas.redraw();
  }

  up(e) {
    const { drag } = this;
    this.drop();
    if (drag?.kind === "grip" && drag.moved) this.putDown(drag);
    else if (drag?.kind === "draw" || drag?.kind === "grip") this.pick(e, drag);
  }

  /** What was gripped is put where the hand lets go. */
  putDown({ key, from, path }) {
    const [left, top] = path.at(-1);
    this.wire.tell("drag", { key, xy: [from.toX(left), from.toY(top)] });
  }

  drop() {
    this.drag = this.canvas.drawn = null;
    this.canvas.redraw();
  }

  pick(e, { from, moved, tool, path }) {
    const click = ++this.clicks;
    if (!moved) {
      this.wire.tell("pick", { ...this.point(from), mode: mode(e), click });
      return;
    }
    const corners = tool === "box" ? [path[0], path.at(-1)] : path;
    const xy = corners.map(([px, py]) => [from.toX(px), from.toY(py)]);
    this.wire.tell("pick", { kind: tool, xy, mode: mode(e), click });
  }

  /** Nothing was under a click; it clears, unless it turns out to be half of a double click. */
  missed(click) {
    setTimeout(() => { if (click > this.doubled && click === this.clicks) this.wire.tell("key", { key: "Esc" }); }, DOUBLE);
  }

  double(e) {
    this.doubled = this.clicks;
    if (this.canvas.ranges !== null) this.view.fit();
    else this.wire.tell("fit");
    e.preventDefault();
  }

  wheel(e) {
    if (!this.canvas.picture || e.timeStamp - scrolled < SCROLL) { scrolled = e.timeStamp; return; }
    e.preventDefault();
    const at = this.at(e);
    const factor = 1.0015 ** (e.deltaY * (e.deltaMode === 1 ? 16 : 1));
    const onX = !at.over.y, onY = !at.over.x;
    const onlyX = onX || (this.view.time && !onY && !e.ctrlKey);
    this.view.go(onY ? at.x : about(at.x, at.at[0], factor), onlyX ? at.y : about(at.y, at.at[1], factor), true);
  }

  pan(dx, dy) {
    const { only, ranges, from } = this.drag;
    const by = (range, d, axis) => (only && only !== axis ? range : range.map((v) => v + d));
    this.view.go(by(ranges.x, -dx * from.perX, "x"), by(ranges.y, dy * from.perY, "y"), true);
  }

  turn(right, down) {
    this.wire.ask("turn", { turns: this.drag.turns, right, down });
  }

  moveTime(at) {
    [this.canvas.cursor] = at.at;
    this.canvas.redraw();
    this.wire.ask("time", { seconds: this.canvas.cursor });
  }

  // -- what is under the mouse

  leave() {
    clearTimeout(this.resting);
    this.under = null;
    this.tip("");
  }

  rest(at) {
    this.under = at;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (this.under?.inside) this.wire.ask("hover", this.point(at));
      else this.tip("");
    }, REST);
  }

  tip(words) {
    const { words: node, under } = this;
    node.hidden = !words || !under || Boolean(this.drag);
    if (node.hidden) return;
    node.textContent = words;
    const [width, height] = this.canvas.size;
    node.style.left = `${Math.max(Math.min(under.left + 12, width - node.offsetWidth - 2), 0)}px`;
    const below = under.top + 16;
    node.style.top = `${below + node.offsetHeight > height ? under.top - node.offsetHeight - 6 : below}px`;
  }
}
