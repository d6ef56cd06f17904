// Small parts that know nothing of a view: elements, buffers, colours, words.

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export function element(tag, options = {}, ...children) {
  const { data, ...rest } = options;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, data ?? {});
  node.append(...children);
  return node;
}

export function button(words, title, onclick) {
  return element("button", { type: "button", textContent: words, title, onclick });
}

export function choice(values, now, set) {
  const select = element("select", {}, ...values.map(([value, words]) =>
    element("option", { value, textContent: sentence(words) })));
  select.value = now;
  select.onchange = () => set(select.value);
  return select;
}

/** A copy of a buffer, since what comes over the wire need not start where numbers may. */
export function numbers(view, Kind = Float64Array) {
  return new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

/** The colour of row k of an RGBA buffer. */
export function css(bytes, k) {
  return `rgba(${bytes[4 * k]}, ${bytes[4 * k + 1]}, ${bytes[4 * k + 2]}, ${(bytes[4 * k + 3] / 255).toFixed(3)})`;
}

export function dot(color) {
  const node = element("span", { className: "nf-dot" });
  node.style.background = color;
  return node;
}

/** A name with a capital and spaces. */
export function sentence(words) {
  return words[0].toUpperCase() + words.slice(1).replaceAll("_", " ");
}

export function short(value) {
  return String(Number(value.toPrecision(Math.abs(value) < 1000 ? 3 : 6))).replace("-", "−");
}

/** Shift adds, alt takes away, else the pick is replaced. */
export function mode(e) {
  return e.shiftKey ? "add" : e.altKey ? "remove" : "replace";
}

/** Draw with settings of its own, which end with it even where it fails: else nothing would be drawn right any more. */
export function apart(ctx, draw) {
  ctx.save();
  try {
    draw();
  } finally {
    ctx.restore();
  }
}
