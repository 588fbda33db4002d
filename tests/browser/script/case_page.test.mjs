// What the page of a case shows: words, code with its findings, the agents that are compared, transitions.
import assert from "node:assert/strict";
import test from "node:test";

import { caseAsMarkdown, comparedAgents, rerunCommand, wordsFor } from "../../../src/passmuster/adapters/reporters/templates/script/case_page.js";
import { isSameWord, markedPieces } from "../../../src/passmuster/adapters/reporters/templates/script/case_parts.js";
import { findingsOf, placeFindings, splitAnswer } from "../../../src/passmuster/adapters/reporters/templates/script/code_view.js";
import { rangeInSight } from "../../../src/passmuster/adapters/reporters/templates/script/listing.js";
import { makeModel } from "../../../src/passmuster/adapters/reporters/templates/script/model.js";
import { toggled } from "../../../src/passmuster/adapters/reporters/templates/script/query_box.js";
import { transitionCounts, transitionGroups, transitionRows } from "../../../src/passmuster/adapters/reporters/templates/script/transitions.js";
import { columns } from "./small_columns.mjs";

const ALL = [0, 1, 2, 3, 4, 5];

test("words are marked with other endings, and short words only when they are equal", () => {
  assert.ok(isSameWord("migrations", "migration"));
  assert.ok(!isSameWord("and", "an"));
  assert.ok(!isSameWord("interview", "inter"));
  assert.deepEqual(markedPieces("Writes tests, for APIs.", ["test", "api"]), [
    { text: "Writes ", isMarked: false },
    { text: "tests", isMarked: true },
    { text: ", for APIs.", isMarked: false },
  ]);
});

test("marking loses no character", () => {
  const text = "  a\n<b> ü_1 — 𝄞 test";

  assert.equal(markedPieces(text, ["test", "ü"]).map((piece) => piece.text).join(""), text);
});

test("an answer is split into text and code, and code takes its path from the fence, the line above or a comment", () => {
  const answer = "Here:\n```python src/a.py\nx = 1\n```\n`b.py`:\n```\ny\n```\n~~~js\n// c.js\nz\n~~~\nDone.";

  const segments = splitAnswer(answer);

  assert.deepEqual(segments.map(({ kind, path }) => [kind, path]), [
    ["text", undefined], ["code", "src/a.py"], ["text", undefined], ["code", "b.py"], ["code", "c.js"], ["text", undefined],
  ]);
  assert.deepEqual(segments[1].lines, ["x = 1"]);
});

test("a path that is known goes before one that is guessed", () => {
  const [code] = splitAnswer("```python wrong.py\nx\n```", [["right.py", 2, 1]]);

  assert.equal(code.path, "right.py");
});

test("a fence that is never closed, and one inside a longer one, keep every line", () => {
  assert.deepEqual(splitAnswer("```\na\nb")[0].lines, ["a", "b"]);
  assert.deepEqual(splitAnswer("````\n```\nx\n```\n````")[0].lines, ["```", "x", "```"]);
});

test("findings stand beneath their lines, and those that fit no line are kept", () => {
  const segments = splitAnswer("```python a.py\none\ntwo\n```\n```python pkg/b.py\none\n```");
  const findings = findingsOf([{
    name: "typed",
    state: "failed",
    places: [
      { file: "a.py", line: 2, message: "no type" },
      { file: "b.py", line: 1, message: "no test" },
      { file: "a.py", line: 9, message: "beyond" },
      { file: "a.py", line: 0, message: "whole" },
    ],
  }]);

  const { placed, rest } = placeFindings(segments, findings);

  assert.deepEqual([...placed.get(segments[0]).keys()], [2]);
  assert.equal(placed.get(segments[1]).get(1)[0].message, "no test");
  assert.deepEqual(rest.map(({ message }) => message), ["beyond", "whole"]);
});

test("the only block of an answer takes findings of a file that it does not name", () => {
  const segments = splitAnswer("```\none\n```");

  const { placed } = placeFindings(segments, findingsOf([{ name: "x", state: "failed", places: [{ file: "solution.py", line: 1, message: "m" }] }]));

  assert.equal(placed.get(segments[0]).get(1)[0].message, "m");
});

test("the descriptions of expected, chosen and the former choice are compared, each once, and nobody's never", () => {
  const row = { expected: "a", chosen: "b", was: "a" };

  assert.deepEqual(comparedAgents(row), [{ name: "a", roles: ["expected", "chosen before"] }, { name: "b", roles: ["chosen"] }]);
  assert.deepEqual(comparedAgents({ expected: "a", chosen: "a", was: "a" }, [{ agent: "a" }, { agent: "c" }]).map(({ name }) => name), ["a", "c"]);
  assert.deepEqual(comparedAgents({ expected: "(nobody)", chosen: "", was: "" }), []);
});

test("words that weigh little, or against an agent, do not count for it", () => {
  const ranking = [{ agent: "a", terms: [
    { term: "orm", width: 20, is_negative: false }, { term: "the", width: 1, is_negative: false }, { term: "css", width: 9, is_negative: true },
  ] }];

  assert.deepEqual(wordsFor("a", ranking, ["query"]), ["query", "orm"]);
});

test("the command names the case, quoted for a shell", () => {
  assert.equal(rerunCommand("run --trace {case}", "a $& b"), "run --trace 'a $& b'");
});

test("a case as Markdown has no markup of strangers", () => {
  const row = makeModel(columns()).row(1);

  const text = caseAsMarkdown(row, { request: { text: "```\n<b>" }, explanations: ["<i>"], words: [], trials: [] }, "");

  assert.match(text, /^### orders-2: wrong\n/);
  assert.match(text, /\n````\n```\n<b>\n````\n/);
  assert.match(text, /- \\<i\\>/);
});

test("transitions are counted by kind", () => {
  const counts = transitionCounts(makeModel(columns()), ALL);

  assert.deepEqual([...counts], [
    ["", 4], ["broken", 2], ["fixed", 0], ["stolen", 2], ["lost", 0], ["flaky", 1], ["moved", 0], ["unmeasured", 1], ["output", 1],
  ]);
});

test("transitions are grouped by pair, pairs with breaks first", () => {
  const model = makeModel(columns());

  const groups = transitionGroups(model, ALL);

  assert.deepEqual(groups.map(({ was, now, rows }) => [was, now, rows]), [
    ["api-designer", "designer", [3]], ["debugger", "api-designer", [1]], ["(nobody)", "", [5]], ["(nobody)", "designer", [2]],
  ]);
  assert.deepEqual(transitionRows(model, ALL, "flaky"), [2]);
});

test("only the entries in sight exist, and some beyond", () => {
  assert.deepEqual(rangeInSight({ top: -5600, height: 560, rowHeight: 56, count: 50_000 }), [88, 122]);
  assert.deepEqual(rangeInSight({ top: 100, height: 560, rowHeight: 56, count: 3 }), [0, 3]);
  assert.deepEqual(rangeInSight({ top: 5000, height: 560, rowHeight: 56, count: 3 }), [0, 0]);
});

test("a button puts its condition into the query, and takes it out again", () => {
  assert.equal(toggled("a", "outcome:wrong"), "a outcome:wrong");
  assert.equal(toggled("a outcome:wrong b", "outcome:wrong"), "a b");
});
