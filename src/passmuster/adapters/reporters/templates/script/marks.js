// Signs and words of outcomes and changes: each meaning has a word, a sign and a tone, so that none rests on colour.

import { element, unseen } from "./dom.js";

const SIGNS = {
  right: ["✓", "good"], acceptable: ["≈", "good"], twin: ["≡", "good"], passed: ["✓", "good"], preferred: ["✓", "good"],
  wrong: ["✗", "bad"], failed: ["✗", "bad"], forbidden: ["‼", "bad"], "over-delegated": ["✗", "bad"],
  "under-delegated": ["✗", "bad"], flaky: ["~", "doubt"], unmeasured: ["?", "doubt"], unscored: ["?", "doubt"],
  broken: ["✗", "bad"], fixed: ["✓", "good"], moved: ["→", "doubt"], added: ["+", "plain"], removed: ["−", "plain"],
  edited: ["✎", "plain"], "left out": ["○", "plain"], unchanged: ["=", "plain"], "not run": ["○", "plain"],
  "newly flaky": ["~", "doubt"],
};
const LONG_WORDS = { "over-delegated": "wrong: should be nobody", "under-delegated": "wrong: nobody took it" };
const QUIET_CHANGES = new Set(["", "unchanged", "left out", "left-out"]);

// Words come out of the data: "constructor" is a property of every object.
const known = (word) => (Object.hasOwn(SIGNS, word) ? SIGNS[word] : ["·", "plain"]);
const longer = (word) => (Object.hasOwn(LONG_WORDS, word) ? LONG_WORDS[word] : word);

/** Returns the sign of a word. */
export function signOf(word) {
  return known(word)[0];
}

/** Returns the tone of a word: its class. */
export function toneOf(word) {
  return known(word)[1];
}

/** Returns a word of an outcome or a change with its sign. */
export function markOf(word, tone = toneOf(word), text = longer(word)) {
  if (!word) return null;
  return element("span", { class: `mark ${safeTone(tone)}` }, element("span", { "aria-hidden": "true" }, signOf(word)), ` ${text}`);
}

// A tone comes out of the data, and becomes a class.
const safeTone = (tone) => (/^[a-z]+$/.test(tone) ? tone : "plain");

/** Returns an agent's name; nobody is told apart from nothing. */
export function agentText(name) {
  return name === "" ? element("span", { class: "absent" }, "not measured") : element("span", { class: "agent" }, name);
}

/** Returns the words for what became of a row, gravest first; none where nothing did. */
export function changesOf(row) {
  const words = [];
  if (!QUIET_CHANGES.has(row.change)) words.push(row.change);
  if (!QUIET_CHANGES.has(row.rubricChange)) words.push(`output ${row.rubricChange}`);
  if (row.isNewlyFlaky) words.push("newly flaky");
  return words;
}

/** Returns marks for what became of a row. */
export function changeMarks(row) {
  return changesOf(row).map((word) => {
    const bare = word.replace(/^output /, "");
    return element("span", { class: `change ${toneOf(bare)}` }, element("span", { "aria-hidden": "true" }, `${signOf(bare)} `), word);
  });
}

/** Returns how many choices of a flaky row were right; undefined for other rows. */
export function flakyText({ outcome, right, choices }) {
  if (outcome !== "flaky" || right === null) return undefined;
  // Trials that the harness could not measure are no choices.
  return `flaky: ${Math.round(right * choices.length)} of ${choices.length} right`;
}

/** Returns the content of a row in a list: a link to its case. */
export function rowLink(row, href) {
  return element(
    "a",
    { class: "entry", href, "data-row": row.index },
    element("span", { class: "id" }, row.identifier),
    element("span", { class: "wanted" }, unseen("expected "), agentText(row.expected)),
    element("span", { class: "got" }, element("span", { class: "arrow", "aria-hidden": "true" }, "→ "), unseen("chosen "), agentText(row.chosen)),
    element("span", { class: "marks" }, markOf(row.outcome, row.tone || undefined, flakyText(row)), changeMarks(row)),
    element(
      "span",
      { class: "tags" },
      row.badges.map((badge) => element("span", { class: "flag" }, badge)),
      [row.model.subjects.length > 1 ? row.subject : "", row.split, row.stratum, ...row.tags].filter(Boolean).map((tag) => element("span", {}, tag)),
    ),
    element("span", { class: "start" }, row.request),
  );
}
