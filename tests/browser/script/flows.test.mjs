import assert from "node:assert/strict";
import { test } from "node:test";

import {
  agentEntries, countMoves, diffKind, flowsOf, sortedEntries,
} from "../../../src/passmuster/adapters/reporters/templates/script/flows.js";
import { allRows, columnsOf } from "./views_columns.mjs";

test("flows say who gets an agent's requests and whose it gets, on both sides", () => {
  const columns = columnsOf(
    ["a", "b", "c"],
    [["a", "a", "a"], ["a", "b", "a"], ["a", "c", "c"], ["b", "a", "b"], ["c", "c", "a"], ["b", null, "a"]],
  );

  const { lost, taken, kept } = flowsOf(columns, allRows(columns), 0);

  assert.deepEqual(lost, [{ agent: 2, now: 1, before: 1 }, { agent: 1, now: 1, before: 0 }]);
  assert.deepEqual(taken, [{ agent: 1, now: 1, before: 1 }, { agent: 2, now: 0, before: 1 }]);
  assert.deepEqual(kept, { now: 1, before: 2 });
});

test("entries take the figures of the subject that is asked for, and agents that are in no roster", () => {
  const columns = columnsOf(["a", "b"], []);
  columns.roster = [{ agent: 0, tokens: 7, change: "" }];
  Object.assign(columns.figures, {
    subject: [0, 1, 1],
    agent: [0, 0, 1],
    expected: [3, 4, 5],
    chosen: [1, 2, 3],
    recall: [[0.1, 0, 0.2], [0.5, 0.4, 0.6], null],
    precision: [null, null, null],
    f1: [0.2, 0.3, null],
  });

  const entries = agentEntries(columns, 1);

  assert.deepEqual(entries.map(({ name, expected, f1 }) => [name, expected, f1]), [["a", 4, 0.3], ["b", 5, null]]);
  assert.equal(entries[0].roster.tokens, 7);
  assert.equal(entries[1].roster, null);
});

test("moves are counted for the agent that should get the request", () => {
  const columns = columnsOf(
    ["a", "b"],
    [["a", "b", "a", "broken"], ["a", "a", "b", "fixed"], ["a", "a", "a", "unchanged"], ["b", "a", "b", "broken"], ["b", "b"]],
  );
  columns.roster = [{ agent: 0, tokens: 1 }, { agent: 1, tokens: 1 }];

  const entries = countMoves(columns, allRows(columns), agentEntries(columns, 0));

  assert.deepEqual(entries.map(({ broken, fixed }) => [broken, fixed]), [[1, 1], [1, 0]]);
});

test("what has no value comes last in either order, and equals keep the order of the roster", () => {
  const entry = (agent, recall) => ({ agent, name: `agent ${agent}`, recall: recall === null ? null : [recall, 0, 1] });
  const entries = [entry(0, null), entry(1, 0.9), entry(2, 0.5), entry(3, 0.9)];

  const order = (key) => sortedEntries(entries, key).map(({ agent }) => agent);

  assert.deepEqual(order("recall"), [2, 1, 3, 0]);
  assert.deepEqual(order("-recall"), [1, 3, 2, 0]);
  assert.deepEqual(order("-name"), [3, 2, 1, 0]);
  assert.deepEqual(order("no such column"), [0, 1, 2, 3]);
});

test("lines of a diff are told apart by their sign, and headings are no changes", () => {
  const lines = ["--- before", "+++ now", "@@ -1 +1 @@", "-old", "+new", " same", "", "---", "+++", "--- a rule"];

  assert.deepEqual(
    lines.map(diffKind),
    ["place", "place", "place", "removed", "added", "same", "same", "removed", "added", "removed"],
  );
});
