// The confusion matrix, which is the way to the cases: each number, row and column leads to what it counts.
import { captioned, choiceGroup, dueSubject, growingList } from "./choices.js";
import { numberCell, rowsOfSubject, stepAlong, subjectBox } from "./choices.js";
import { element, fill, unseen } from "./dom.js";
import { agentsOf, countPairs, mixUps, pairNumber, pairsOf, seriate, shadeOf } from "./matrix_order.js";
import { countOf, countText, signedText } from "./number_text.js";
import { term } from "./query.js";

const MOST_AGENTS = 40;
const FIRST_MIX_UPS = 10;
const MANY_MIX_UPS = 50;

const SIDES = [
  ["now", "This run"],
  ["before", "Baseline"],
  ["difference", "Difference"],
];

/** Returns the view `matrix`. */
export function matrixView(context) {
  const { model, go, search } = context;
  const sides = choiceGroup("What is counted", SIDES, (side) => go({ side: side === "now" ? "" : side }));
  if (!model.hasBaseline) sides.element.hidden = true;
  const subjects = subjectBox(context);
  const body = element("div", { class: "matrix-body" });
  const view = element(
    "section",
    { class: "view-matrix" },
    element("h2", {}, "Confusion matrix"),
    element("div", { class: "toolbar" }, sides.element, subjects.element),
    body,
  );
  return {
    element: view,
    move: (step) => stepAlong(view, ".mix-ups tbody td:nth-child(3) a", step),
    show(state) {
      const side = model.hasBaseline && SIDES.some(([name]) => name === state.side) ? state.side : "now";
      const subject = dueSubject(model, state);
      sides.mark(side);
      subjects.mark(model.subjects[subject]?.name);
      const rows = rowsOfSubject(model, subject, search(state.q ?? "").rows);
      const pairs = pairsOf(countPairs(model.columns, rows), countPairs(model.columns, rows, true));
      const queryOf = queryMaker(model, state, subject);
      fill(body, ...matrixParts({ ...context, side, pairs, queryOf, rows }));
    },
  };
}

/** Returns a function that makes the query for a row, a column or a cell, within the query that is already there. */
function queryMaker(model, state, subject) {
  const own = model.subjects.length > 1 ? [term("subject", model.subjects[subject].name)] : [];
  const start = [state.q ?? "", ...own].filter(Boolean);
  return (side, { expected, chosen, difference }) => {
    const parts = [...start];
    if (expected !== undefined) parts.push(term("expected", model.agentName(expected)));
    if (chosen === undefined) return parts.join(" ");
    const name = model.agentName(chosen);
    if (side === "before" || (side === "difference" && difference < 0)) parts.push(term("was", name));
    else parts.push(term("chosen", name));
    if (side === "difference" && difference !== undefined) {
      parts.push(`-${difference < 0 ? term("chosen", name) : term("was", name)}`);
    }
    return parts.join(" ");
  };
}

function matrixParts(drawing) {
  const { model, side, pairs, rows } = drawing;
  const counted = pairs.filter((pair) => pairNumber(pair, side) !== 0);
  if (!counted.length) return [element("p", { class: "note" }, nothingText(side, rows.length))];
  const mixed = mixUps(pairs, side);
  const agents = agentsOf(pairs);
  const named = agents.filter((agent) => agent !== model.nobody);
  const parts = [element("p", { class: "matrix-sum" }, sumText(side, pairs, named.length))];
  if (agents.length <= MOST_AGENTS) {
    parts.push(element("p", { class: "note" }, legendText(side)));
    parts.push(matrixTable(drawing, seriate(agents, pairs)));
  } else {
    const text =
      `A table of more than ${MOST_AGENTS} agents could not be read, so the pairs that are mixed up follow. A query ` +
      "narrows them down, such as agent:name.";
    parts.push(element("p", { class: "note" }, text));
  }
  if (mixed.length) parts.push(mixUpTable(drawing, mixed, agents.length > MOST_AGENTS ? MANY_MIX_UPS : FIRST_MIX_UPS));
  else if (side !== "difference") parts.push(element("p", {}, `Nothing is mixed up.`));
  return parts;
}

function nothingText(side, shown) {
  if (!shown) return "No case fits the query.";
  if (side === "difference") return "Every pair of agents has the same number as in the baseline.";
  return side === "before" ? "The baseline measured none of these cases." : "None of these cases was measured.";
}

function sumText(side, pairs, size) {
  const sum = (which, choice) => pairs.filter(choice).reduce((total, pair) => total + pair[which], 0);
  const isMixed = ({ expected, chosen }) => expected !== chosen;
  const agents = countOf(size, "agent");
  if (side === "difference") {
    const change = signedText(sum("now", isMixed) - sum("before", isMixed));
    return `${agents}; ${change} off the diagonal against the baseline.`;
  }
  const mixed = countText(sum(side, isMixed));
  return `${countOf(sum(side, () => true), "case")} of ${agents}, ${mixed} off the diagonal.`;
}

function legendText(side) {
  const what =
    side === "difference"
      ? "Numbers are this run less the baseline; off the diagonal, more is worse. "
      : "≈ is a choice that is acceptable, too. ";
  return (
    "A row is the agent that should be chosen, a column the one that was. Agents that are mixed up stand side by " +
    `side. ${what}Arrow keys move, Enter shows the cases.`
  );
}

function matrixTable(drawing, order) {
  const { model, side, pairs } = drawing;
  const byKey = new Map(pairs.map((pair) => [`${pair.expected} ${pair.chosen}`, pair]));
  const greatest = Math.max(0, ...mixUps(pairs, side).map((pair) => Math.abs(pairNumber(pair, side))));
  const head = (agent) =>
    element("th", { scope: "col" }, cellLink(drawing, { chosen: agent }, model.agentName(agent), ""));
  const line = (expected) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, cellLink(drawing, { expected }, model.agentName(expected), "")),
      order.map((chosen) => matrixCell(drawing, byKey.get(`${expected} ${chosen}`), expected === chosen, greatest)),
    );
  const corner = element("td", {}, element("span", { class: "corner" }, "should be ↓ chosen →"));
  const table = element(
    "table",
    { class: `matrix ${side}` },
    element("caption", {}, unseen("Cases by the agent that should be chosen and the one that was")),
    element("thead", {}, element("tr", {}, corner, order.map(head))),
    element("tbody", {}, order.map(line)),
  );
  walkByArrows(table);
  return element("div", { class: "scroll matrix-scroll" }, table);
}

function matrixCell(drawing, pair, isDiagonal, greatest) {
  const number = pairNumber(pair, drawing.side);
  const place = isDiagonal ? "diagonal" : "";
  if (!number) return element("td", { class: place || null });
  const isGood = !isDiagonal && isAccepted(pair);
  const tone = cellTone(drawing.side, number, isDiagonal, isGood);
  const shade = isDiagonal || isGood ? "" : `shade-${shadeOf(number, greatest)}`;
  const text = drawing.side === "difference" ? signedText(number) : countText(number);
  return element(
    "td",
    { class: [place, tone, shade].filter(Boolean).join(" ") },
    cellLink(drawing, pair, `${text}${isGood ? "\u00a0≈" : ""}`, pairText(drawing.model, pair)),
  );
}

const ACCEPTED = " ≈ acceptable, too";

/** Returns whether every case of a pair accepts the choice. */
function isAccepted({ accepted, now, before }) {
  return accepted > 0 && accepted >= Math.max(now, before);
}

function cellTone(side, number, isDiagonal, isGood) {
  if (isGood) return "accepted";
  if (side !== "difference") return isDiagonal ? "right" : "mixed";
  // The diagonal only mirrors its row, so it stays dimmed.
  if (isDiagonal) return "";
  return number < 0 ? "better" : "worse";
}

function pairText(model, { expected, chosen }) {
  return expected === chosen
    ? `for ${model.agentName(expected)}, rightly chosen`
    : `for ${model.agentName(expected)}, chosen ${model.agentName(chosen)}`;
}

function cellLink({ address, queryOf, side }, which, text, more) {
  const href = address({ view: "cases", q: queryOf(side, which) });
  const attributes = { href, class: "cell", title: more || text };
  return element("a", attributes, element("span", {}, text), more ? unseen(` ${more}`) : "");
}

/** Lets one link of a table be reached by Tab and the others by arrow keys; cells without a link are jumped over. */
function walkByArrows(table) {
  const grid = [...table.rows].map((line) => [...line.cells].map((cell) => cell.querySelector("a")));
  const all = grid.flat().filter(Boolean);
  for (const link of all) link.tabIndex = -1;
  const first = table.querySelector("td.mixed a, td.worse a") ?? all[0];
  if (first) first.tabIndex = 0;
  const become = (link) => {
    for (const other of all) if (other.tabIndex === 0) other.tabIndex = -1;
    link.tabIndex = 0;
  };
  table.addEventListener("focusin", (event) => {
    const link = event.target.closest("a");
    if (link) become(link);
  });
  table.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const cell = event.target.closest("td, th");
    const next = cell && nextInGrid(grid, cell.parentElement.rowIndex, cell.cellIndex, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Returns the next thing of a grid in the direction of a key, the first or last of the row for Home and End. */
export function nextInGrid(grid, row, column, key) {
  if (key === "Home") return grid[row].find(Boolean) ?? null;
  if (key === "End") return grid[row].findLast(Boolean) ?? null;
  if (!Object.hasOwn(STEPS, key)) return null;
  const [down, right] = STEPS[key];
  for (let at = [row + down, column + right]; grid[at[0]]?.[at[1]] !== undefined; at = [at[0] + down, at[1] + right]) {
    if (grid[at[0]][at[1]]) return grid[at[0]][at[1]];
  }
  return null;
}

function mixUpTable(drawing, mixed, first) {
  const { model } = drawing;
  const heads = ["Should be", "Chosen", ["This run", "number"]];
  if (model.hasBaseline) heads.push(["Baseline", "number"], ["Difference", "number"]);
  const title = drawing.side === "difference" ? "What changed most" : "Most frequent mix-ups";
  const caption = `${title}: ${countOf(mixed.length, "pair")}`;
  const { element: box, body } = captioned(caption, heads, [], { class: "mix-ups" });
  const rest = growingList(body, mixed, (pair) => mixUpRow(drawing, pair), first);
  return element("div", { class: "mix-up-list" }, box, rest);
}

function mixUpRow(drawing, pair) {
  const { model } = drawing;
  const count = (side, number, text) => {
    if (!number) return numberCell("0");
    return numberCell(cellLink({ ...drawing, side }, pair, text, pairText(model, pair)));
  };
  const note = isAccepted(pair) ? element("span", { class: "note" }, ACCEPTED) : "";
  return element(
    "tr",
    {},
    element("td", {}, agentLink(drawing, pair.expected)),
    element("td", {}, agentLink(drawing, pair.chosen), note),
    count("now", pair.now, countText(pair.now)),
    model.hasBaseline ? count("before", pair.before, countText(pair.before)) : null,
    model.hasBaseline ? count("difference", pair.difference, signedText(pair.difference)) : null,
  );
}

/** Returns a link to an agent's page; nobody has none. */
export function agentLink({ model, address }, agent) {
  const name = model.agentName(agent);
  if (agent === model.nobody || agent < 0) return element("span", { class: "agent-name" }, name || "not measured");
  return element("a", { class: "agent-name", href: address({ view: "agents", agent: name }) }, name);
}
