// Agents: how each fares in a table, and a page for one: its flows, its neighbours, its definition and what changed.
import { captioned, choiceBox, dueSubject, numberCell, rowsOfSubject, stepAlong, subjectBox } from "./choices.js";
import { button, element, fill, unseen } from "./dom.js";
import { intervalBar, intervalText, shareBar } from "./drawing.js";
import { agentEntries, countMoves, diffKind, flowsOf, sortedEntries } from "./flows.js";
import { signOf } from "./marks.js";
import { agentLink } from "./matrix_view.js";
import { countOf, countText, decimalText, percentText, signedText } from "./number_text.js";
import { term } from "./query.js";

const AGENT_COLUMNS = [
  ["name", "Agent"],
  ["recall", "Recall"],
  ["precision", "Precision"],
  ["f1", "F1"],
  ["expected", "Cases"],
  ["chosen", "Chosen"],
  ["tokens", "Tokens"],
  ["moves", "Moved"],
  ["change", "Edit"],
];

/** Returns the view `agents`. */
export function agentsView(context) {
  const subjects = subjectBox(context);
  const heading = element("h2", {}, "Agents");
  const body = element("div");
  const bar = element("div", { class: "toolbar" }, subjects.element);
  const view = element("section", { class: "view-agents" }, heading, bar, body);
  return {
    element: view,
    move: (step) => stepAlong(body, ".agents-table tbody th a", step),
    close: () => context.go({ agent: "" }),
    show(state) {
      const subject = dueSubject(context.model, state);
      subjects.mark(context.model.subjects[subject]?.name);
      const drawing = { ...context, state, subject };
      const isOne = Boolean(state.agent);
      heading.textContent = isOne ? `Agent ${state.agent}` : "Agents";
      if (isOne) fill(body, ...agentPage(drawing, state.agent));
      else showAgents(drawing, body);
    },
  };
}

/** The table is put together again in place, so that the button of a column keeps the focus when it is pressed. */
function showAgents(drawing, body) {
  const { model, state, subject } = drawing;
  const sort = state.sort ?? "recall";
  const entries = countMoves(model.columns, rowsOfSubject(model, subject), agentEntries(model.columns, subject));
  const rows = sortedEntries(entries, sort).map((entry) => agentRow(drawing, entry));
  const heads = AGENT_COLUMNS.filter(([key]) => key !== "moves" || model.hasBaseline);
  const agents = entries.filter(({ agent }) => agent !== model.nobody);
  const legend =
    `${countOf(agents.length, "agent")}. Recall: of the requests an agent should get, the share that it gets, or one ` +
    "that is acceptable, too. Precision: of those it gets, the share that is its to take. Bars are 95 % intervals. " +
    "Tokens: what its description costs in each request.";
  const focused = document.activeElement?.dataset?.sort;
  const { element: box } = captioned(unseen("Agents and their figures"), [], rows, { class: "agents-table" });
  fill(box.querySelector("thead tr"), ...heads.map(([key, text]) => sortHead(drawing, key, text, sort)));
  const boxOfSort = choiceBox(
    "Sorted by",
    heads.flatMap(([key, text]) => [[key, `${text}, ascending`], [`-${key}`, `${text}, descending`]]),
    (key) => drawing.go({ sort: key }),
  );
  boxOfSort.element.classList.add("narrow-only");
  boxOfSort.mark(sort);
  const further = element("p", { class: "note narrow-only" }, "The table goes on to the right.");
  fill(body, element("p", { class: "note" }, legend), boxOfSort.element, further, box);
  if (focused) body.querySelector(`[data-sort="${focused}"]`)?.focus();
}

function sortHead({ go }, key, text, sort) {
  const isSorted = sort.replace(/^-/, "") === key;
  const isBackwards = sort.startsWith("-");
  const next = isSorted && !isBackwards ? `-${key}` : key;
  const sign = isSorted ? (isBackwards ? " ▼" : " ▲") : "";
  const order = isSorted ? (isBackwards ? "descending" : "ascending") : null;
  const sorter = button([text, sign], () => go({ sort: next }), { class: "sort", dataset: { sort: key } });
  return element(
    "th",
    { scope: "col", "aria-sort": order, class: ["name", "moves", "change"].includes(key) ? null : "number" },
    sorter,
  );
}

function agentRow(drawing, entry) {
  const { roster } = entry;
  const movesOf = (kind) => (entry[kind] ? `${signOf(kind)} ${countText(entry[kind])} ${kind}` : "");
  const moves = ["broken", "fixed"].map(movesOf).filter(Boolean).join(", ");
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, agentLink(drawing, entry.agent)),
    intervalCell(entry.recall),
    intervalCell(entry.precision),
    numberCell(decimalText(entry.f1)),
    numberCell(countText(entry.expected)),
    numberCell(countText(entry.chosen)),
    numberCell(roster ? countText(roster.tokens) : ""),
    drawing.model.hasBaseline ? element("td", { class: "moves" }, moves) : null,
    element("td", {}, roster?.change ? element("span", { class: "agent-change" }, roster.change) : ""),
  );
}

function intervalCell(triple) {
  if (!triple) return numberCell("–");
  const [value, lower, upper] = triple.map((share) => percentText(share));
  const bounds = element("span", { class: "bounds" }, `${lower} to ${upper}`);
  return element("td", { class: "number interval-cell" }, element("b", {}, value), " ", bounds, intervalBar(triple));
}

function agentPage(drawing, name) {
  const { model, address, subject } = drawing;
  const back = element("p", {}, element("a", { href: address({ view: "agents", agent: "" }) }, "‹ All agents"));
  const agent = model.agentIndex(name);
  const entry = agentEntries(model.columns, subject).find((one) => one.agent === agent);
  if (!entry) return [back, element("p", {}, "There is no agent of this name in this report.")];
  const rows = rowsOfSubject(model, subject);
  const flows = flowsOf(model.columns, rows, agent);
  return [
    back,
    agentFacts(drawing, entry, flows),
    element("div", { class: "flow-pair" }, ["lost", "taken"].map((kind) => flowTable(drawing, agent, flows, kind))),
    neighbourTable(drawing, entry),
    ...agentTexts(drawing, entry),
  ];
}

function fact(text, ...children) {
  return element("div", {}, element("dt", {}, text), element("dd", {}, ...children));
}

function agentFacts(drawing, entry, { kept }) {
  const { model, address } = drawing;
  const { roster } = entry;
  const link = (text, patch) => element("a", { href: address(patch) }, text);
  const facts = [
    fact("Recall", intervalText(entry.recall), entry.recall ? intervalBar(entry.recall) : ""),
    fact("Precision", intervalText(entry.precision), entry.precision ? intervalBar(entry.precision) : ""),
    fact("F1", decimalText(entry.f1)),
    fact("Gets of its own requests", keptText(model, kept, entry.expected)),
  ];
  if (roster) {
    facts.push(fact("Description", countOf(roster.tokens, "token"), " in every request"));
    const clamped = (text, tag = "span") => element(tag, { class: "clamped", title: text }, text);
    facts.push(fact("Model", clamped(roster.model || "not set")));
    facts.push(fact("Tools", clamped(roster.tools === null ? "all" : roster.tools.join(", ") || "none")));
    if (roster.path) facts.push(fact("File", clamped(roster.path, "code")));
    const former = roster.former ? `, before ${roster.former}` : "";
    if (roster.change) facts.push(fact("Edit", roster.change, former));
  }
  const query = term("agent", entry.name);
  const cases = link("Its cases", { view: "cases", q: query });
  const past = link("Its history", { view: "history", agent: entry.name });
  return element("div", {}, element("dl", { class: "agent-facts" }, facts), element("p", {}, cases, " · ", past));
}

function keptText(model, kept, expected) {
  const now = `${countText(kept.now)} of ${countText(expected)}`;
  return model.hasBaseline ? `${now}; ${countText(kept.before)} in the baseline` : now;
}

const FLOWS = {
  lost: ["Where its requests went instead", "Chosen"],
  taken: ["Whose requests it got", "Should be"],
};

function flowTable(drawing, agent, flows, kind) {
  const { model } = drawing;
  const [caption, head] = FLOWS[kind];
  const section = element("section", {}, element("h3", {}, caption));
  const list = flows[kind];
  if (!list.length) {
    section.append(element("p", { class: "note" }, "None."));
    return section;
  }
  const greatest = Math.max(1, ...list.map(({ now, before }) => Math.max(now, before)));
  const heads = [head, ["This run", "number"]];
  if (model.hasBaseline) heads.push(["Baseline", "number"], ["Difference", "number"]);
  const rows = list.map((flow) =>
    element(
      "tr",
      {},
      element("td", {}, agentLink(drawing, flow.agent), shareBar(flow.now / greatest)),
      numberCell(flowLink(drawing, kind, agent, flow, "chosen", flow.now)),
      model.hasBaseline ? numberCell(flowLink(drawing, kind, agent, flow, "was", flow.before)) : null,
      model.hasBaseline ? numberCell(signedText(flow.now - flow.before)) : null,
    ),
  );
  section.append(captioned("", heads, rows, { "aria-label": caption, class: "flows" }).element);
  return section;
}

function flowLink({ model, address, subject }, kind, agent, flow, key, number) {
  if (!number) return "0";
  const [expected, chosen] = kind === "lost" ? [agent, flow.agent] : [flow.agent, agent];
  const parts = [term("expected", model.agentName(expected)), term(key, model.agentName(chosen))];
  if (model.subjects.length > 1) parts.push(term("subject", model.subjects[subject].name));
  const more = unseen(` for ${model.agentName(expected)}, chosen ${model.agentName(chosen)}`);
  return element("a", { href: address({ view: "cases", q: parts.join(" ") }) }, countText(number), more);
}

function neighbourTable(drawing, entry) {
  const neighbours = entry.roster?.neighbours ?? [];
  if (!neighbours.length) return null;
  const rows = neighbours.map(([agent, overlap]) =>
    element(
      "tr",
      {},
      element("td", {}, agentLink(drawing, agent)),
      element("td", { class: "number interval-cell" }, element("b", {}, percentText(overlap)), shareBar(overlap)),
    ),
  );
  const title = "Descriptions that overlap with its own";
  const table = captioned("", ["Agent", ["Overlap", "number"]], rows, { "aria-label": title, class: "flows" });
  return element("section", {}, element("h3", {}, title), table.element);
}

function agentTexts(drawing, { roster }) {
  if (!roster) return [element("p", { class: "note" }, "It is not in the roster, so there is no definition.")];
  const described = element("section", {}, element("h3", {}, "Description"));
  if (roster.description_before !== null && roster.description_before !== roster.description) {
    const sides = [saidBlock("Before", roster.description_before), saidBlock("Now", roster.description)];
    described.append(element("div", { class: "flow-pair" }, sides));
  } else described.append(element("p", { class: "said" }, roster.description));
  const definition = element("section", { class: "definition", "aria-busy": "true" }, element("h3", {}, "Definition"));
  showDefinition(drawing, roster, definition);
  return [described, definition];
}

function saidBlock(title, text) {
  return element("div", {}, element("h4", {}, title), element("p", { class: "said" }, text));
}

async function showDefinition({ readChunk }, roster, section) {
  try {
    if (roster.chunk < 0) throw new RangeError("it is not in this page");
    const detail = (await readChunk(roster.chunk))[roster.place];
    if (detail?.kind !== "agent") throw new RangeError("the page does not hold it");
    if (detail.diff.length) section.append(element("h4", {}, "What changed"), diffBlock(detail.diff));
    if (detail.missing) section.append(element("p", { class: "note" }, detail.missing));
    if (!detail.front_matter) return;
    const text = element("details", { open: !detail.diff.length });
    text.append(element("summary", {}, "Front matter and instructions"));
    text.append(element("pre", { class: "definition-text" }, detail.front_matter));
    text.append(element("pre", { class: "definition-text" }, detail.instructions));
    section.append(text);
  } catch (problem) {
    section.append(element("p", { class: "note" }, `The definition cannot be shown: ${problem.message}.`));
  } finally {
    section.removeAttribute("aria-busy");
  }
}

const DIFF_WORDS = { added: "added: ", removed: "removed: " };

/** Returns the lines of a unified diff; a sign stands before each, and screen readers hear the word. */
function diffBlock(lines) {
  const made = lines.map((line, index) => {
    const kind = diffKind(line, index);
    const word = DIFF_WORDS[kind];
    return element("span", { class: `diff-line ${kind}` }, word ? unseen(word) : "", line.replace(/\n$/, ""), "\n");
  });
  return element("pre", { class: "diff", tabindex: "0", "aria-label": "Differences of the definition" }, made);
}
