// Small drawings of numbers: points with an interval, shares, and lines with a band. Colours are classes of the
// stylesheet; the text beside a drawing says the same, so that most of them are hidden from screen readers.
import { svgElement } from "./dom.js";
import { percentText } from "./number_text.js";

/** Returns a function from the domain to the range; a domain without width leads to the middle of the range. */
export function linearScale([from, to], [start, end]) {
  if (from === to) return () => (start + end) / 2;
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

/** Returns value, lower and upper bound as "91.2 % (88.0 % to 94.1 %)". */
export function intervalText(triple) {
  if (!triple) return percentText(null);
  const [value, lower, upper] = triple.map((share) => percentText(share).replace(" ", "\u00a0"));
  return `${value} (${lower} to ${upper})`;
}

const withinOne = (share) => Math.min(1, Math.max(0, share));

/** Returns a point with its interval on a rail from 0 to 1. */
export function intervalBar(triple) {
  const [value, lower, upper] = triple.map((share) => 2 + 96 * withinOne(share));
  return svgElement(
    "svg",
    { class: "interval-bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svgElement("line", { class: "rail", x1: 2, x2: 98, y1: 5, y2: 5 }),
    svgElement("line", { class: "reach", x1: lower, x2: upper, y1: 5, y2: 5 }),
    svgElement("line", { class: "point", x1: value, x2: value, y1: 0, y2: 10 }),
  );
}

/** Returns a bar whose length is a share of the whole. */
export function shareBar(share) {
  return svgElement(
    "svg",
    { class: "share-bar", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    svgElement("rect", { class: "rail", x: 0, y: 0, width: 100, height: 8 }),
    svgElement("rect", { class: "reach", x: 0, y: 0, width: 100 * withinOne(share), height: 8 }),
  );
}

/** Returns the path of a line through points. */
export function linePath(points) {
  return points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join("");
}

/** Returns the path of an area between two lines of equal length. */
export function bandPath(upper, lower) {
  return upper.length ? `${linePath([...upper, ...[...lower].reverse()])}Z` : "";
}

/** Returns the least and the greatest of several lists of numbers, a little widened; shares stay from 0 to 1. */
export function extentOf(lists) {
  let least = Infinity;
  let greatest = -Infinity;
  for (const list of lists) {
    for (const value of list) {
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
  }
  if (least > greatest) return [0, 1];
  const isShare = least >= 0 && greatest <= 1;
  const room = Math.max((greatest - least) * 0.08, isShare ? 0.02 : Math.abs(greatest) * 0.05);
  return isShare ? [Math.max(0, least - room), Math.min(1, greatest + room)] : [least - room, greatest + room];
}
