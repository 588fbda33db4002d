// The box for queries, which stands above every view that shows rows: the box, buttons that edit what is in it, how
// many rows it finds, and what is wrong with it.

import { copyText, download } from "./copying.js";
import { button, element, fill } from "./dom.js";
import { countText } from "./number_text.js";
import { term } from "./query.js";
import { rowsAsCsv, rowsAsMarkdown } from "./row_table.js";

const TYPING_PAUSE = 30;
const COMMON = ["outcome:wrong", "outcome:flaky", "outcome:unmeasured", "change:broken", "change:fixed", "change:moved"];
const EXAMPLES = [
  ["agent:name", "expected or chosen; also expected: chosen: was: stolen: lost:"],
  ["outcome:wrong", "right, wrong, flaky, unmeasured, acceptable, forbidden …"],
  ["change:broken", "broken, fixed, moved, edited, added …"],
  ["tag:name", "also stratum: split: subject: state: case:"],
  ["score<0.5", "also right, passed, cost, seconds, trials, with < <= > >= ="],
  ["tag:one,other", "either of them"],
  ['"two words" -word', "in name, request or tags; a minus sign means not"],
  ['expected:"name"', "in quotes: exactly this name; without: the name, or else any that holds it"],
  ["lost:*", "any at all"],
];

/** Returns a query with a condition put in, or taken out where it stands in it. */
export function toggled(q, condition) {
  const parts = ` ${q} `;
  const wanted = ` ${condition} `;
  if (parts.includes(wanted)) return parts.replace(wanted, " ").trim();
  return `${q.trim()} ${condition}`.trim();
}

const holds = (q, condition) => ` ${q} `.includes(` ${condition} `);

function chipsFor(model) {
  const states = new Set();
  for (const row of model.columns.rows.states) for (const word of row) states.add(word);
  const known = ["critical", "control", "quarantined", "rubric"].filter((word) =>
    [...states].some((index) => model.words[index] === word));
  const subjects = model.subjects.length > 1 && model.subjects.length <= 8
    ? model.subjects.map(({ name }) => ({ condition: term("subject", name), label: `subject:${name}` }))
    : [];
  const conditions = [
    ...COMMON.filter((condition) => model.hasBaseline || !condition.startsWith("change:")),
    ...known.map((word) => `state:${word}`),
  ];
  return [...conditions.map((condition) => ({ condition, label: condition })), ...subjects];
}

/** Returns the box: `update(state, found, total, shown)` shows a query and what it found. */
export function makeQueryBox({ model, go, announce }) {
  const input = element("input", {
    id: "query", type: "search", autocomplete: "off", spellcheck: "false", autocapitalize: "off",
    placeholder: "words, agent:name, outcome:wrong, score<0.5", "aria-describedby": "problems",
  });
  const count = element("output", { id: "count", for: "query", "aria-live": "polite" });
  const problems = element("ul", { id: "problems", "aria-live": "polite" });
  let shownRows = () => [];
  const suite = model.columns.suite.replace(/[^\w.-]+/g, "-").slice(0, 60) || "suite";

  let waiting = 0;
  const apply = (options) => {
    clearTimeout(waiting);
    go({ q: input.value.trim() }, options);
  };
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, TYPING_PAUSE, { replace: true });
  });

  const chips = chipsFor(model).map(({ condition, label }) => {
    const chip = button(label, () => {
      input.value = toggled(input.value, condition);
      apply();
    });
    return { chip, condition };
  });

  const copy = button("Copy as Markdown", async () => {
    const isDone = await copyText(rowsAsMarkdown(model, shownRows()));
    announce(isDone ? "Copied as Markdown." : "The browser did not let the page copy.");
  });
  const save = button("Download CSV", () => {
    download(`${suite}.csv`, rowsAsCsv(model, shownRows()));
    announce("The file was handed to the browser.");
  });

  const form = element(
    "form",
    { class: "query", role: "search", onsubmit: (event) => { event.preventDefault(); apply(); } },
    element("div", { class: "line" }, element("label", { for: "query" }, "Query"), input, count),
    problems,
    element(
      "div",
      { class: "line" },
      element("span", { class: "chips", role: "group", "aria-label": "Conditions" }, chips.map(({ chip }) => chip)),
      element("span", { class: "actions" }, copy, save),
    ),
    element(
      "details",
      { class: "language" },
      element("summary", {}, "How to write a query"),
      element("dl", {}, EXAMPLES.map(([example, meaning]) => [
        element("dt", {}, element("code", {}, example)), element("dd", {}, meaning),
      ])),
    ),
  );

  return {
    element: form,
    focus() {
      input.focus();
      input.select();
    },
    /** Shows a query and how many of how many rows there are; `rows()` returns them for copying. */
    update({ q = "", found, total, complaints, rows }) {
      // Never while somebody types: the cursor would jump.
      if (document.activeElement !== input || input.value.trim() !== q.trim()) input.value = q;
      count.textContent = `${countText(found)} of ${countText(total)}`;
      fill(problems, complaints.map((text) => element("li", {}, text)));
      for (const { chip, condition } of chips) chip.setAttribute("aria-pressed", String(holds(q, condition)));
      copy.hidden = save.hidden = rows === undefined;
      shownRows = rows ?? (() => []);
    },
  };
}
