// What moved against the baseline: newly wrong, newly right, stolen, lost, newly flaky; grouped by the pair of agents.

import { button, element, fill } from "./dom.js";
import { makeListing } from "./listing.js";
import { rowLink } from "./marks.js";
import { countText } from "./number_text.js";
import { term } from "./query.js";

const MOVED_OUTPUTS = new Set(["broken", "fixed", "moved", "unmeasured"]);

const KINDS = [
  { key: "", label: "All", holds: (columns, row) => KINDS.some((kind) => kind.key !== "" && kind.holds(columns, row)) },
  { key: "broken", label: "Newly wrong", holds: ({ change }, row) => change(row) === "broken" },
  { key: "fixed", label: "Newly right", holds: ({ change }, row) => change(row) === "fixed" },
  { key: "stolen", label: "Stolen by", holds: ({ rows }, row) => rows.stolen_by[row] >= 0 },
  { key: "lost", label: "Lost to", holds: ({ rows }, row) => rows.lost_to[row] >= 0 },
  { key: "flaky", label: "Newly flaky", holds: ({ rows }, row) => rows.is_newly_flaky[row] === 1 },
  { key: "moved", label: "Moved", holds: ({ change }, row) => change(row) === "moved" },
  { key: "unmeasured", label: "No longer measured", holds: ({ change }, row) => change(row) === "unmeasured" },
  { key: "output", label: "Output", holds: ({ output }, row) => MOVED_OUTPUTS.has(output(row)) },
];

function columnsOf(model) {
  const { rows } = model.columns;
  return { rows, change: (row) => model.word(rows.change[row]), output: (row) => model.word(rows.rubric_change[row]) };
}

/** Counts the rows of each kind of transition. */
export function transitionCounts(model, rows) {
  const columns = columnsOf(model);
  const counts = new Map(KINDS.map(({ key }) => [key, 0]));
  for (const row of rows) {
    for (const { key, holds } of KINDS) if (holds(columns, row)) counts.set(key, counts.get(key) + 1);
  }
  return counts;
}

/** Groups the rows of one kind by who had the request and who has it now; groups with most breaks come first. */
export function transitionGroups(model, rows, kind = "") {
  const columns = columnsOf(model);
  const { holds } = KINDS.find(({ key }) => key === kind) ?? KINDS[0];
  const groups = new Map();
  for (const row of rows) {
    if (!holds(columns, row)) continue;
    const was = columns.rows.was[row];
    const now = columns.rows.chosen[row];
    const key = `${was} ${now}`;
    if (!groups.has(key)) groups.set(key, { was: model.agentName(was), now: model.agentName(now), broken: 0, rows: [] });
    const group = groups.get(key);
    group.rows.push(row);
    if (columns.change(row) === "broken") group.broken += 1;
  }
  const byName = (one, other) => (one === other ? 0 : one < other ? -1 : 1);
  return [...groups.values()].sort((one, other) =>
    other.broken - one.broken || other.rows.length - one.rows.length
    || byName(one.was, other.was) || byName(one.now, other.now));
}

/** Returns the rows of one kind in the order in which they are listed. */
export function transitionRows(model, rows, kind) {
  return transitionGroups(model, rows, kind).flatMap((group) => group.rows);
}

function headingOf(group) {
  if (group.was === group.now) return [group.was || "not measured", element("span", { class: "tally" }, "same choice")];
  return [
    group.was || "not measured",
    element("span", { class: "arrow" }, " → "),
    group.now || "not measured",
  ];
}

/** Returns the view. */
export function transitionsView({ model, go, address, search }) {
  let items = [];
  let kind = "";

  const drawHeading = (group) => {
    const q = [group.was && term("was", group.was), group.now && term("chosen", group.now)].filter(Boolean).join(" ");
    const broken = group.broken ? `, ${countText(group.broken)} broken` : "";
    return element(
      "h3",
      { class: "pair" },
      headingOf(group),
      " ",
      element("span", { class: "tally" }, `${model.counted(group.rows.length)}${broken} `),
      element("a", { class: "all", href: address({ view: "cases", q, kind: "" }) }, "all of this pair"),
    );
  };
  const listing = makeListing({
    label: "Transitions",
    isStop: (position) => items[position].row !== undefined,
    draw(position) {
      const { group, row: index } = items[position];
      if (index === undefined) return drawHeading(group);
      const row = model.row(index);
      return rowLink(row, address({ view: "case", case: row.identifier, subject: row.subject, kind: kind || "all" }));
    },
  });

  const buttons = KINDS.map(({ key, label }) => {
    const tally = element("span", { class: "count" });
    return { key, tally, chip: button([label, " ", tally], () => go({ view: "transitions", kind: key })) };
  });
  const note = element("p", { class: "note" });
  const view = element(
    "section",
    { class: "view", "aria-labelledby": "moved-pairs-title" },
    element("h2", { id: "moved-pairs-title", tabindex: "-1" }, "Transitions"),
    element("p", { class: "note" }, model.hasBaseline
      ? `Compared with ${model.against}. Grouped by who had the request and who has it now; pairs with most breaks first.`
      : "There is no accepted baseline, so nothing can be said about what moved."),
    element("div", { class: "chips", role: "group", "aria-label": "Kind of transition" }, buttons.map(({ chip }) => chip)),
    listing.element,
    note,
  );
  return {
    element: view,
    listing,
    show(state) {
      kind = KINDS.some(({ key }) => key === state.kind) ? state.kind : "";
      const { rows } = search(state.q);
      const counts = transitionCounts(model, rows);
      for (const { key, tally, chip } of buttons) {
        tally.textContent = countText(counts.get(key));
        chip.hidden = key !== "" && key !== kind && counts.get(key) === 0;
        chip.setAttribute("aria-pressed", String(key === kind));
      }
      items = transitionGroups(model, rows, kind).flatMap((group) => [{ group }, ...group.rows.map((row) => ({ row }))]);
      listing.show(items.length);
      fill(note, items.length || !model.hasBaseline ? "" : "Nothing of this kind moved.");
    },
    shown: () => items.filter(({ row }) => row !== undefined).map(({ row }) => row),
    focusRow(index) {
      const position = items.findIndex(({ row }) => row === index);
      if (position >= 0) listing.focusAt(position);
      return position >= 0;
    },
  };
}
