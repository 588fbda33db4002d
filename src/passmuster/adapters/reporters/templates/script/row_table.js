// Rows as a table for elsewhere: its headings, and the cells of each row.

import { csvText, markdownTable } from "./copying.js";
import { changesOf } from "./marks.js";
import { percentText } from "./number_text.js";

const CSV_HEADINGS = [
  "subject", "case", "expected", "chosen", "outcome", "right", "passed", "score", "trials", "was", "right_before",
  "change", "output_change", "stolen_by", "lost_to", "newly_flaky", "stratum", "split", "tags", "cost", "seconds",
  "request",
];

const csvCells = (row) => [
  row.subject, row.identifier, row.expected, row.chosen, row.outcome, row.right, row.passed, row.score, row.trials,
  row.was, row.rightBefore, row.change, row.rubricChange, row.stolenBy, row.lostTo, row.isNewlyFlaky ? 1 : 0,
  row.stratum, row.split, row.tags.join(" "), row.cost, row.seconds, row.request,
];

const MARKDOWN_HEADINGS = ["Case", "Subject", "Expected", "Chosen", "Outcome", "Right", "Was", "What became of it"];

const markdownCells = (row) => [
  row.identifier, row.subject, row.expected, row.chosen, row.outcome, percentText(row.right), row.was,
  changesOf(row).join(", "),
];

/** Returns rows as CSV, with everything that the columns hold. */
export function rowsAsCsv(model, rows) {
  return csvText(CSV_HEADINGS, Array.from(rows, (index) => csvCells(model.row(index))));
}

/** Returns rows as a table of Markdown. */
export function rowsAsMarkdown(model, rows) {
  return markdownTable(MARKDOWN_HEADINGS, Array.from(rows, (index) => markdownCells(model.row(index))));
}
