// Controls that several views share: a row of buttons of which one is pressed, a select box, a list that grows.
import { button, element, fill } from "./dom.js";
import { countText } from "./number_text.js";

/** Returns buttons of which one is pressed; `options` are pairs of value and text. */
export function choiceGroup(label, options, choose) {
  const buttons = options.map(([value, text]) => [value, button(text, () => choose(value))]);
  const attributes = { class: "choices", role: "group", "aria-label": label };
  const group = element("div", attributes, buttons.map(([, made]) => made));
  group.hidden = options.length < 2;
  return {
    element: group,
    mark(chosen) {
      for (const [value, made] of buttons) made.setAttribute("aria-pressed", String(value === chosen));
    },
  };
}

/** Returns a labelled select box; `options` are pairs of value and text. */
export function choiceBox(label, options, choose) {
  const box = element(
    "select",
    { onchange: () => choose(box.value) },
    options.map(([value, text]) => element("option", { value }, text)),
  );
  const labelled = element("label", { class: "choice" }, `${label} `, box);
  return {
    element: labelled,
    mark(chosen) {
      box.value = chosen;
    },
  };
}

/** Returns a box for the subject, which is hidden where there is only one. */
export function subjectBox({ model, go }) {
  const options = model.subjects.map(({ name }) => [name, name]);
  const box = choiceBox("Subject", options, (name) => go({ subject: name }));
  box.element.hidden = options.length < 2;
  return box;
}

/** Returns the index of the subject of a state, by default the first. */
export function dueSubject(model, state) {
  return Math.max(0, model.subjectIndex(state.subject ?? ""));
}

/** Returns the rows of one subject. */
export function rowsOfSubject(model, subject, rows = null) {
  const { subject: subjects } = model.columns.rows;
  if (rows !== null) return model.subjects.length < 2 ? rows : rows.filter((row) => subjects[row] === subject);
  const found = [];
  for (let row = 0; row < subjects.length; row += 1) if (subjects[row] === subject) found.push(row);
  return found;
}

/** Moves the focus along the links of a view that are shown; `j` and `k` do it. */
export function stepAlong(root, selector, step) {
  const stops = [...root.querySelectorAll(selector)].filter((stop) => stop.getClientRects().length);
  const here = stops.indexOf(document.activeElement);
  const next = stops[here < 0 ? 0 : Math.min(stops.length - 1, Math.max(0, here + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** Puts items into a parent, the first ones now, and returns the button that adds more of them. */
export function growingList(parent, items, make, step = 100) {
  const rest = button("", () => grow());
  rest.classList.add("more");
  let shown = 0;
  const grow = () => {
    const hadFocus = document.activeElement === rest;
    const next = items.slice(shown, shown + step).map(make);
    parent.append(...next);
    shown += next.length;
    rest.hidden = shown >= items.length;
    const left = items.length - shown;
    rest.textContent = `Show ${countText(Math.min(step, left))} more of ${countText(left)}`;
    if (hadFocus && rest.hidden) next[0]?.querySelector("a, button")?.focus();
  };
  fill(parent);
  grow();
  return rest;
}

/** Returns a table with a caption, in a box that scrolls where the page is too narrow. */
export function captioned(caption, heads, bodyRows, attributes = {}) {
  const body = element("tbody", {}, bodyRows);
  const table = element(
    "table",
    attributes,
    caption ? element("caption", {}, caption) : null,
    element("thead", {}, element("tr", {}, heads.map((head) => headCell(head)))),
    body,
  );
  return { element: element("div", { class: "scroll" }, table), table, body };
}

function headCell(head) {
  const [text, kind] = Array.isArray(head) ? head : [head, ""];
  return element("th", { scope: "col", class: kind || null }, text);
}

/** Returns a cell with a number. */
export function numberCell(...children) {
  return element("td", { class: "number" }, ...children);
}
