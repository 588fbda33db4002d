// What earlier runs say of each metric: which series are shown, in which order, with what on them. Pure.

/** Returns the choices of series: everything about the subject, and each metric that agents have. */
export function historyChoices(columns, subject) {
  const own = columns.series.filter((series) => series.subject === subject);
  const byAgent = [...new Set(own.filter(({ agent }) => agent >= 0).map(({ metric }) => metric))];
  const choices = own.some(({ agent }) => agent < 0) ? [["all", "Whole roster"]] : [];
  return [...choices, ...byAgent.map((metric) => [metric, `${metricTitle(metric)} by agent`])];
}

const METRIC_TITLES = {
  routing_accuracy: "Routing accuracy",
  top3_accuracy: "Right agent among first three",
  macro_f1: "Macro F1 over agents",
  forbidden_rate: "Forbidden choices",
  over_delegation_rate: "Over-delegated",
  under_delegation_rate: "Under-delegated",
  abstention_rate: "Nobody chosen",
  rubric_pass_rate: "Rubrics passed",
  rubric_score: "Rubric score",
  harness_failure_rate: "Harness failures",
};
const LESS_IS_BETTER = new Set([
  "forbidden_rate", "over_delegation_rate", "under_delegation_rate", "harness_failure_rate",
]);

/** Returns a metric's name for people. */
export function metricTitle(metric) {
  const text = METRIC_TITLES[metric] ?? metric.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Returns the series to show, each with its place in the columns and the changes of its level.
 *
 * Series whose level changed come first, then those of which the last value is furthest below the mean of the values
 * before, so that what got worse is at the top.
 */
export function dueSeries(columns, subject, choice, agent = -1) {
  const due = [];
  columns.series.forEach((series, place) => {
    if (series.subject !== subject || !isDueSeries(series, choice, agent)) return;
    const changes = columns.changes.filter((change) => change.series === place);
    due.push({ series, place, changes, fall: fallOf(series) });
  });
  // A handful of metrics of the whole roster keeps its order, so that each is found where it was.
  if (choice === "all" && agent < 0) return due;
  return due.sort(
    (one, other) => other.changes.length - one.changes.length || other.fall - one.fall || one.place - other.place,
  );
}

function isDueSeries(series, choice, agent) {
  if (agent >= 0) return series.agent === agent;
  return choice === "all" ? series.agent < 0 : series.agent >= 0 && series.metric === choice;
}

function fallOf({ metric, values }) {
  if (values.length < 2) return 0;
  const before = values.slice(0, -1);
  const fall = before.reduce((sum, value) => sum + value, 0) / before.length - values.at(-1);
  return LESS_IS_BETTER.has(metric) ? -fall : fall;
}

/** Returns whether a change of level is for the better: the mean of the values after it against that before. */
export function isBetter({ metric, places, values }, change) {
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / Math.max(1, list.length);
  const before = mean(values.filter((_, index) => places[index] <= change.before));
  const after = mean(values.filter((_, index) => places[index] >= change.after));
  return LESS_IS_BETTER.has(metric) ? after < before : after > before;
}

/**
 * Returns the place of the run in which a break that was accepted first showed; -1 where the runs do not hold it.
 *
 * Nobody keeps when something was accepted. What is known is how each run chose and judged: a choice broke where it
 * became the accepted one, an output where fewer answers passed than in the run before.
 */
export function breakPlace(runs, row, { is_choice: isChoice, now }) {
  const told = runs
    .map((run, place) => ({ run, place }))
    .filter(({ run }) => run.started && (isChoice ? run.right : run.passed)[row] !== undefined)
    .filter(({ run }) => (isChoice ? run.right : run.passed)[row] !== null);
  const found = told.findLast(({ run }, index) => {
    if (index === 0) return false;
    const before = told[index - 1].run;
    return isChoice ? run.chosen[row] === now && before.chosen[row] !== now : run.passed[row] < before.passed[row];
  });
  return found ? found.place : -1;
}

/** Returns the acceptances on the way of a series: of its subject, and of its agent's cases. */
export function acceptancesOf(columns, series) {
  const name = columns.subjects[series.subject]?.name;
  return columns.acceptances.filter((acceptance) => {
    if (acceptance.subject && acceptance.subject !== name) return false;
    if (series.agent < 0) return true;
    const place = columns.cases.identifier.indexOf(acceptance.case);
    return place >= 0 && columns.cases.expected[place] === series.agent;
  });
}

/** Returns the run that a run is compared with when it is chosen: this one; for this one, the run before it. */
export function counterpart(runs, place) {
  const last = runs.length - 1;
  const [first, second] = place === last ? [Math.max(0, last - 1), last] : [place, last];
  const isThere = first !== second && runs[first].chosen.length > 0 && runs[second].chosen.length > 0;
  return isThere ? { first: runs[first].identifier, second: runs[second].identifier } : null;
}
