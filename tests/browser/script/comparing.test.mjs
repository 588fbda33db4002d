import assert from "node:assert/strict";
import { test } from "node:test";

import {
  chosenRuns, compareRuns, datasetNote, kindOf, runTitle, sumByPair,
} from "../../../src/passmuster/adapters/reporters/templates/script/comparing.js";

const run = (identifier, more = {}) => ({
  identifier, started: "2026-03-01T12:34:56+00:00", commit: "", branch: "", is_dirty: false, label: "", is_same_dataset: true, ...more,
});

test("a share that falls is broken, one that rises fixed, and an equal one moved only by another choice", () => {
  assert.equal(kindOf(1, 0.5, 1, 1), "broken");
  assert.equal(kindOf(0, 0.5, 1, 1), "fixed");
  assert.equal(kindOf(0, 0, 1, 2), "moved");
  assert.equal(kindOf(1, 1, 1, 1), "unchanged");
  assert.equal(kindOf(null, 1, -1, 1), "unmeasured");
  assert.equal(kindOf(null, null, -1, -1), "absent");
});

test("two runs are compared row by row, the gravest first, with what only one of them measured counted apart", () => {
  const first = { chosen: [0, 0, 1, 2, -1, -1, 0], right: [1, 0, 1, 0, null, null, 1], passed: [null, null, 1, null, null, null, null] };
  const second = { chosen: [0, 1, 0, 3, 0, -1, -1], right: [1, 1, 0, 0, 1, null, null], passed: [null, null, 0, null, null, null, null] };

  const { counts, differences } = compareRuns(first, second, [0, 1, 2, 3, 4, 5, 6]);

  assert.deepEqual(differences.map(({ row, kind, rubric }) => [row, kind, rubric]), [
    [2, "broken", "broken"], [1, "fixed", "absent"], [3, "moved", "absent"],
  ]);
  assert.deepEqual(counts, {
    compared: 4, broken: 1, fixed: 1, moved: 1, rubricBroken: 1, rubricFixed: 0, onlyFirst: 1, onlySecond: 1,
  });
});

test("a rubric that breaks is a difference where no choice was asked for", () => {
  const first = { chosen: [-1], right: [null], passed: [1] };
  const second = { chosen: [-1], right: [null], passed: [0.5] };

  const { counts, differences } = compareRuns(first, second, [0]);

  assert.deepEqual(differences.map(({ row, rubric }) => [row, rubric]), [[0, "broken"]]);
  assert.equal(counts.compared, 1);
});

test("sums by pair hold the choices that moved, and no rubrics", () => {
  const differences = [
    { kind: "broken", rubric: "absent", was: 0, now: 1 },
    { kind: "moved", rubric: "absent", was: 2, now: 1 },
    { kind: "broken", rubric: "broken", was: 0, now: 1 },
    { kind: "unchanged", rubric: "broken", was: 0, now: 0 },
  ];

  assert.deepEqual(sumByPair(differences), [
    { was: 0, now: 1, broken: 2, fixed: 0, moved: 0 }, { was: 2, now: 1, broken: 0, fixed: 0, moved: 1 },
  ]);
});

test("without names the baseline stands against the last run, and without a baseline the run before", () => {
  const plain = [run("one"), run("two"), run("three")];
  const withBaseline = [run("one", { label: "baseline" }), run("two"), run("three", { label: "this run" })];

  assert.deepEqual(chosenRuns(plain, "", ""), [1, 2]);
  assert.deepEqual(chosenRuns(withBaseline, undefined, undefined), [0, 2]);
  assert.deepEqual(chosenRuns(withBaseline, "two", "one"), [1, 0]);
  assert.deepEqual(chosenRuns(withBaseline, "gone", "one"), [0, 0]);
});

test("a run is called by its label, its moment and its commit, or by its name where nothing else is known", () => {
  const long = run("x", { label: "this run", commit: "0123456789abcdef", branch: "main", is_dirty: true });

  assert.equal(runTitle(long), "this run: 2026-03-01 12:34, 012345678 and changes, main");
  assert.equal(runTitle(run("baseline", { label: "baseline", started: "" })), "baseline");
  assert.equal(runTitle(run("r-1", { started: "" })), "r-1");
});

test("the note names the runs of another dataset, and is silent where there is none", () => {
  const other = run("two", { is_same_dataset: false });

  assert.equal(datasetNote(run("one"), run("three")), "");
  assert.match(datasetNote(run("one"), other), /the run two was made of another dataset/);
  assert.match(datasetNote(run("four", { is_same_dataset: false }), other), /the runs four and two were/);
});
