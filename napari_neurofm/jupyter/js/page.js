// A page of its own: views without a kernel. What can be told from their pictures is: zoom, hover, time, and picks of
// points and rows, which every view of the page follows.

import { css, element, numbers } from "./parts.js";
import { View } from "./view.js";

/** Bytes that were written as text are bytes again. */
function filled(value) {
  if (value?.base64 !== undefined) {
    return new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
  }
  if (Array.isArray(value)) return value.map(filled);
  if (!value || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item)]));
}

/** What a view takes for its model; what it says goes to the page. */
class Still {
  constructor(page, values) {
    Object.assign(this, { page, values: filled(values), calls: [] });
    this.first = this.values.picture;
    this.things = this.first.marks.filter((mark) => mark.ids);
  }

  get(name) { return this.values[name]; }
  on(event, call) { this.calls.push([event, call]); }
  off(event, call) { this.calls = this.calls.filter(([e, c]) => e !== event || c !== call); }
  tell(event, ...said) { for (const [e, call] of this.calls) if (e === event) call(...said); }
  send(said) { setTimeout(() => this.page.hear(this, said)); }

  set(name, value) {
    this.values[name] = value;
    this.tell(`change:${name}`);
  }

  /** The picture with these things picked, by space. */
  show(picks) {
    if (!this.things.length) return;
    const marks = this.first.marks.flatMap((mark) => {
      const picked = picks.get(mark.space) ?? new Set();
      if (!mark.ids) return [mark];
      const is = mark.ids.map((id) => picked.has(id));
      if (mark.kind === "table") return [{ ...mark, picked: new DataView(Uint8Array.from(is, Number).buffer) }];
      const some = this.things.some((other) => other.space === mark.space && other.ids.some((id) => picked.has(id)));
      return some ? [part(mark, is, false, this.first.ink), part(mark, is, true, this.first.ink)] : [mark];
    });
    this.set("picture", { ...this.first, marks: [...marks.filter((m) => !m.above), ...marks.filter((m) => m.above)],
      note: this.note(picks) });
  }

  note(picks) {
    const { space } = this.things[0];
    const all = new Set(this.things.flatMap(({ ids }) => ids)), picked = picks.get(space) ?? new Set();
    const count = [...picked].filter((id) => all.has(id)).length;
    const note = this.first.note.replace(/[\d,]+ of ([\d,]+ .*?) picked/, "$1");
    return count ? `${note} · ${count} picked` : note;
  }
}

/** Those points of a mark that are picked, with a rim, or those that are not, faded. */
function part(mark, is, picked, ink) {
  const xy = numbers(mark.xy), color = numbers(mark.color, Uint8Array);
  const rows = [...is.keys()].filter((k) => is[k] === picked);
  const alpha = (k) => (picked ? 255 : Math.min(color[4 * k + 3], 64));
  return { ...mark, above: picked, outline: picked ? ink : null,
    xy: new DataView(Float64Array.from(rows.flatMap((k) => [xy[2 * k], xy[2 * k + 1]])).buffer),
    color: new DataView(Uint8Array.from(rows.flatMap((k) => [...color.subarray(4 * k, 4 * k + 3), alpha(k)])).buffer) };
}

const INSIDE = {
  box: ([[ax, ay], [bx, by]]) => ([x, y]) => (x - ax) * (x - bx) <= 0 && (y - ay) * (y - by) <= 0,
  lasso: (corners) => ([x, y]) => corners.reduce((odd, [bx, by], k) => {
    const [ax, ay] = corners.at(k - 1);
    return (ay > y) !== (by > y) && x < ax + ((y - ay) * (bx - ax)) / (by - ay) ? !odd : odd;
  }, false),
};

/** Places in a mark of what is under a shape; of a point the nearest. */
function under(mark, { kind, xy: shape, reach }) {
  const [from, to] = [shape[0][1], shape.at(-1)[1]];
  if (mark.kind === "table") return [...mark.ids.keys()].filter((k) => k >= Math.floor(from) && k < Math.ceil(to));
  const xy = numbers(mark.xy), at = (k) => [xy[2 * k], xy[2 * k + 1]];
  const rows = [...mark.ids.keys()];
  if (kind !== "point") return rows.filter((k) => INSIDE[kind](shape)(at(k)));
  const far = rows.map((k) => Math.hypot(...at(k).map((v, axis) => (v - shape[0][axis]) / reach[axis])));
  const near = far.reduce((best, v, k) => (v < far[best] ? k : best), 0);
  return far[near] <= 1 ? [near] : [];
}

class Page {
  constructor(parent, { rows, picks }) {
    this.picks = new Map(Object.entries(picks).map(([space, ids]) => [space, new Set(ids)]));
    this.models = [];
    for (const row of rows) {
      const place = parent.appendChild(element("div", { className: "nf-row" }));
      place.style.setProperty("--share", `${100 / row.length}%`);
      row.forEach((values) => this.add(place.appendChild(element("div")), values));
    }
    this.show();
  }

  add(node, values) {
    const model = new Still(this, values);
    this.models.push(model);
    model.view = new View(model, node);
    model.view.canvas.ranges = values.ranges && { x: values.ranges[0], y: values.ranges[1] };
  }

  show() {
    for (const model of this.models) model.show(this.picks);
  }

  hear(model, said) {
    DOES[said.do]?.(this, model, said);
    if (said.ack) model.tell("msg:custom", { acks: [[said.view, said.ack]] });
  }

  /** Pick things by space; shift adds them, alt takes them away. */
  pick(space, ids, mode) {
    const before = mode === "replace" ? [] : this.picks.get(space) ?? [];
    const gone = new Set(mode === "remove" ? ids : []);
    if (mode === "replace") this.picks.clear();
    this.picks.set(space, new Set([...before, ...ids].filter((id) => !gone.has(id))));
    this.show();
  }
}

const DOES = {
  look: (_, { view }) => { view?.canvas.paint(); },
  time(page, _, { seconds }) {
    for (const model of page.models) if (model.get("cursor") !== null) model.set("cursor", seconds);
  },
  hover(_, model, said) {
    const words = model.things.flatMap((mark) => under(mark, said).map((k) => mark.told[k] ?? ""));
    model.tell("msg:custom", { tip: words[0] ?? "", view: said.view });
  },
  pick(page, model, said) {
    const hits = model.things.map((mark) => [mark.space, under(mark, said).map((k) => mark.ids[k])]);
    const some = hits.filter(([, ids]) => ids.length);
    if (some.length) page.pick(some[0][0], some.flatMap(([, ids]) => ids), said.mode);
    else if (said.mode === "replace") model.tell("msg:custom", { missed: said.click, view: said.view });
  },
  name(page, model, said) {
    const color = model.first.legend.find(([words]) => words === said.name)[1].split(",", 3).join();
    const marks = model.things.filter((mark) => mark.kind === "points");
    const ids = marks.flatMap(({ ids, color: bytes }) => ids.filter((_, k) =>
      css(numbers(bytes, Uint8Array), k).split(",", 3).join() === color));
    if (ids.length) page.pick(marks[0].space, ids, said.mode);
  },
  key(page, _, { key }) {
    if (key !== "Esc") return;
    page.picks.clear();
    page.show();
  },
};

new Page(document.querySelector("main"), JSON.parse(document.getElementById("neurofm").textContent));
