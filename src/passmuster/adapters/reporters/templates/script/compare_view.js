// Any two runs of the file side by side: what broke, was fixed or moved, by pair of agents and case by case.
import { captioned, choiceBox, dueSubject, growingList } from "./choices.js";
import { numberCell, rowsOfSubject, stepAlong, subjectBox } from "./choices.js";
import { chosenRuns, compareRuns, datasetNote, runTitle, sumByPair } from "./comparing.js";
import { button, element, fill } from "./dom.js";
import { agentText, signOf, toneOf } from "./marks.js";
import { agentLink } from "./matrix_view.js";
import { countOf, countText, percentText } from "./number_text.js";

/** Returns the view `compare`. */
export function compareView(context) {
  const { model, go } = context;
  const runs = model.columns.runs.filter(({ chosen }) => chosen.length > 0);
  const options = runs.map((run) => [run.identifier, runTitle(run)]).reverse();
  const first = choiceBox("Before", options, (identifier) => go({ first: identifier, from: "", to: "" }));
  const second = choiceBox("After", options, (identifier) => go({ second: identifier, from: "", to: "" }));
  const subjects = subjectBox(context);
  let shown = [0, 0];
  const swap = button("Swap", () => {
    go({ first: runs[shown[1]].identifier, second: runs[shown[0]].identifier, from: "", to: "" });
  });
  const bar = element("div", { class: "toolbar" }, first.element, second.element, swap, subjects.element);
  const body = element("div");
  bar.hidden = runs.length < 2;
  return {
    element: element("section", { class: "view-compare" }, element("h2", {}, "Compare two runs"), bar, body),
    move: (step) => stepAlong(body, ".differences tbody th a", step),
    show(state) {
      if (runs.length < 2) {
        fill(body, element("p", {}, "This report holds one run, so there is nothing to compare it with."));
        return;
      }
      const subject = dueSubject(model, state);
      shown = chosenRuns(runs, state.first, state.second);
      first.mark(runs[shown[0]].identifier);
      second.mark(runs[shown[1]].identifier);
      subjects.mark(model.subjects[subject]?.name);
      fill(body, ...comparisonParts({ ...context, state, subject }, runs[shown[0]], runs[shown[1]]));
    },
  };
}

function comparisonParts(drawing, first, second) {
  const { model, subject } = drawing;
  if (first === second) return [element("p", {}, "Both boxes hold the same run. Choose another one.")];
  const { counts, differences } = compareRuns(first, second, rowsOfSubject(model, subject));
  const note = datasetNote(first, second);
  const sums = sumByPair(differences);
  return [
    note ? element("p", { class: "warning", role: "note" }, `⚠ ${note}`) : null,
    element("p", { class: "comparison-sum" }, ...comparisonSum(counts)),
    sums.length ? pairTable(drawing, sums) : null,
    ...differenceList({ ...drawing, first, second }, differences),
  ];
}

function comparisonSum(counts) {
  const choice = ["broken", "fixed", "moved"].map((kind) => countedKind(counts[kind], kind));
  const parts = [`${countOf(counts.compared, "case")} compared: `, choice[0], ", ", choice[1], ", ", choice[2], "."];
  if (counts.rubricBroken || counts.rubricFixed) {
    const [broken, fixed] = [countedKind(counts.rubricBroken, "broken"), countedKind(counts.rubricFixed, "fixed")];
    parts.push(" Rubrics: ", broken, ", ", fixed, ".");
  }
  const lone = [
    counts.onlyFirst ? `${countText(counts.onlyFirst)} only before` : "",
    counts.onlySecond ? `${countText(counts.onlySecond)} only after` : "",
  ].filter(Boolean);
  if (lone.length) parts.push(` Measured on one side, and not compared: ${lone.join(", ")}.`);
  return parts;
}

function countedKind(number, kind) {
  return number ? element("b", { class: toneOf(kind) }, `${signOf(kind)} ${countText(number)} ${kind}`) : `0 ${kind}`;
}

function pairTable(drawing, sums) {
  const { model, address, state } = drawing;
  const isDue = ({ was, now }) => state.from === model.agentName(was) && state.to === model.agentName(now);
  const kinds = ["Broken", "Fixed", "Moved"].map((text) => [text, "number"]);
  const heads = ["Chosen before", "Chosen after", ...kinds, "Cases"];
  const { element: box, body } = captioned(`${countOf(sums.length, "pair")} of agents`, heads, []);
  const make = (sum) => {
    const patch = isDue(sum) ? { from: "", to: "" } : { from: model.agentName(sum.was), to: model.agentName(sum.now) };
    const text = isDue(sum) ? "all again" : "only these";
    const name = `${text}: from ${model.agentName(sum.was)} to ${model.agentName(sum.now)}`;
    return element(
      "tr",
      { class: isDue(sum) ? "due" : null },
      element("td", {}, agentLink(drawing, sum.was)),
      element("td", {}, agentLink(drawing, sum.now)),
      ...["broken", "fixed", "moved"].map((kind) => numberCell(countText(sum[kind]))),
      element("td", {}, element("a", { href: address(patch), "aria-label": name }, text)),
    );
  };
  const rest = growingList(body, sums, make, 15);
  const further = element("p", { class: "note narrow-only" }, "The table goes on to the right.");
  return element("div", {}, further, box, rest);
}

function differenceList(drawing, differences) {
  const { model, state } = drawing;
  const isDue = ({ was, now }) => model.agentName(was) === state.from && model.agentName(now) === state.to;
  const due = state.from || state.to ? differences.filter(isDue) : differences;
  const way = state.from || state.to ? `went from ${state.from} to ${state.to}` : "";
  if (!due.length) return [element("p", {}, way ? `No case ${way}.` : "No case differs between the two runs.")];
  const title = way ? `Cases that ${way}` : "Cases that differ";
  const heads = ["Case", "What became of it", "Should be", "Before", "After"];
  const { element: box, body } = captioned(countOf(due.length, "case"), heads, [], { class: "differences" });
  const rest = growingList(body, due, (difference) => differenceRow(drawing, difference));
  return [element("h3", {}, title), box, rest];
}

function differenceRow(drawing, { row: index, kind, rubric, was, now }) {
  const { model, address, first, second } = drawing;
  const row = model.row(index);
  const words = [];
  if (["broken", "fixed", "moved"].includes(kind)) words.push(countedWord(kind, kind));
  if (rubric === "broken" || rubric === "fixed") words.push(countedWord(rubric, `rubric ${rubric}`));
  const href = address({ view: "case", case: row.identifier, subject: row.subject });
  const request = element("span", { class: "start" }, row.request);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, element("a", { href }, row.identifier), request),
    element("td", {}, words),
    labelledCell("Should be", agentText(row.expected)),
    runCell("Before", model, first, index, was),
    runCell("After", model, second, index, now),
  );
}

function countedWord(kind, text) {
  return element("span", { class: `kind ${toneOf(kind)}` }, `${signOf(kind)} ${text}`);
}

/** Returns a cell that says what it is where a narrow page shows no headings. */
function labelledCell(label, ...children) {
  return element("td", { dataset: { label } }, children);
}

function runCell(label, model, run, index, choice) {
  const shares = [
    run.right[index] === null ? "" : `${percentText(run.right[index])} right`,
    run.passed[index] === null ? "" : `${percentText(run.passed[index])} passed`,
  ].filter(Boolean);
  return labelledCell(label, agentText(model.agentName(choice)), element("span", { class: "start" }, shares.join(", ")));
}
