// A list of any length of which only the entries in sight exist. Every entry has the same height, which the stylesheet
// says, so that places follow from numbers. The window scrolls; the entry that has the focus always exists.

import { element } from "./dom.js";

const BEYOND = 12;
const PRINTED = 400;

/** Returns the entries that must exist, as the half-open range of their positions. */
export function rangeInSight({ top, height, rowHeight, count }) {
  const first = Math.floor(-top / rowHeight) - BEYOND;
  const last = Math.ceil((height - top) / rowHeight) + BEYOND;
  return [Math.min(count, Math.max(0, first)), Math.max(0, Math.min(count, last))];
}

/**
 * Returns a virtual list.
 *
 * `label` names it for screen readers. `draw(position)` returns the content of an entry; `isStop(position)` says
 * whether keys stop at it: the first link inside it takes the focus.
 */
export function makeListing({ label, draw, isStop = () => true }) {
  const list = element("ol", { class: "listing", "aria-label": label, role: "list" });
  const made = new Map();
  let count = 0;
  let current = -1;
  let isDue = false;
  let isPrinting = false;

  const rowHeight = () => Number.parseFloat(getComputedStyle(list).getPropertyValue("--row-height")) || 56;

  const entryAt = (position, height) => {
    let entry = made.get(position);
    if (!entry) {
      entry = element("li", { "aria-setsize": count, "aria-posinset": position + 1 }, draw(position));
      entry.addEventListener("focusin", () => { current = position; });
      made.set(position, entry);
    }
    entry.style.setProperty("top", `${position * height}px`);
    return entry;
  };

  const redraw = () => {
    isDue = false;
    const height = rowHeight();
    const box = list.getBoundingClientRect();
    if (!list.isConnected || (box.width === 0 && box.height === 0 && count > 0)) return;
    const [first, last] = isPrinting
      ? [0, Math.min(count, PRINTED)]
      : rangeInSight({ top: box.top, height: innerHeight, rowHeight: height, count });
    const focused = [...made.entries()].find(([, entry]) => entry.contains(document.activeElement));
    const wanted = new Set();
    for (let position = first; position < last; position += 1) wanted.add(position);
    if (focused) wanted.add(focused[0]);
    for (const [position, entry] of made) {
      if (wanted.has(position)) continue;
      entry.remove();
      made.delete(position);
    }
    // In order of position, so that the tab key and screen readers meet them in that order.
    let next = list.firstElementChild;
    for (const position of [...wanted].sort((one, other) => one - other)) {
      const entry = entryAt(position, height);
      if (entry === next) next = next.nextElementSibling;
      else list.insertBefore(entry, next);
    }
  };

  const schedule = () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(redraw);
  };

  addEventListener("scroll", schedule, { passive: true });
  addEventListener("resize", () => {
    list.style.setProperty("height", `${count * rowHeight()}px`);
    schedule();
  });
  addEventListener("beforeprint", () => { isPrinting = true; redraw(); });
  addEventListener("afterprint", () => { isPrinting = false; redraw(); });

  const focusAt = (position) => {
    if (position < 0 || position >= count) return;
    current = position;
    const height = rowHeight();
    const top = list.getBoundingClientRect().top + position * height;
    const isHidden = top < 140 || top + height > innerHeight - 40;
    if (isHidden) scrollBy({ top: top - innerHeight / 2, behavior: "instant" });
    redraw();
    const entry = entryAt(position, height);
    if (!entry.isConnected) list.append(entry);
    entry.querySelector("a, button")?.focus({ preventScroll: true });
  };

  return {
    element: list,
    get current() { return current; },
    /** Shows so many entries, all drawn anew. */
    show(number) {
      count = number;
      current = -1;
      for (const entry of made.values()) entry.remove();
      made.clear();
      list.style.setProperty("height", `${count * rowHeight()}px`);
      redraw();
    },
    focusAt,
    /** Moves the focus by so many stops; from nowhere to the first in sight. */
    move(step) {
      if (count === 0) return;
      let position = current;
      if (position < 0) {
        const top = list.getBoundingClientRect().top;
        position = Math.min(count - 1, Math.max(0, Math.ceil((140 - top) / rowHeight())));
        while (position < count - 1 && !isStop(position)) position += 1;
      } else {
        do position += Math.sign(step); while (position >= 0 && position < count && !isStop(position));
      }
      if (position >= 0 && position < count && isStop(position)) focusAt(position);
    },
  };
}
