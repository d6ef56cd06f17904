// Rows instead of a picture: those in sight are there, and room for the rest.

import { css, dot, element, numbers } from "./parts.js";

export const ROW = 24; // pixels of a row, as in view.css

/** The rows in sight, from the first to behind the last. */
export function inSight(parent) {
  const first = Math.floor(parent.scrollTop / ROW);
  return [first, first + Math.ceil(parent.clientHeight / ROW) + 1];
}

export function fillTable(parent, { columns, first, total, sorted, descending, picked }) {
  const isPicked = numbers(picked, Uint8Array);
  const heads = columns.map(({ name, heading }) => {
    const arrow = name === sorted ? (descending ? " ▾" : " ▴") : "";
    return element("th", { textContent: heading + arrow, data: { column: name }, title: `Sort by ${name}` });
  });
  const cells = columns.map(({ text, bars, color }) => {
    const lengths = bars && numbers(bars), colors = color && numbers(color, Uint8Array);
    return text.map((words, k) => cell(words, lengths?.[k], colors && css(colors, k)));
  });
  const rows = Array.from(isPicked, (is, k) => {
    const options = { className: is ? "nf-picked" : "", data: { row: first + k } };
    return element("tr", options, ...cells.map((column) => column[k]));
  });
  const gap = (count) => element("tr", { className: "nf-gap" },
    element("td", { colSpan: columns.length, style: `height: ${ROW * Math.max(count, 0)}px` }));
  parent.replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, gap(first), ...rows, gap(total - first - rows.length))));
}

function cell(words, length, color) {
  const node = element("td", { title: words });
  if (color) node.append(dot(color));
  if (length >= 0) { // not NaN
    node.style.backgroundImage = "linear-gradient(var(--accent), var(--accent))";
    node.style.backgroundSize = `calc((100% - 20px) * ${length}) 3px`;
  }
  node.append(words);
  return node;
}
