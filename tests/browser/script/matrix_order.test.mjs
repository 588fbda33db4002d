import assert from "node:assert/strict";
import { test } from "node:test";

import {
  agentsOf, countPairs, mixUps, pairsOf, seriate, shadeOf,
} from "../../../src/passmuster/adapters/reporters/templates/script/matrix_order.js";
import { nextInGrid } from "../../../src/passmuster/adapters/reporters/templates/script/matrix_view.js";
import { allRows, columnsOf } from "./views_columns.mjs";

const pair = (expected, chosen, now, before = 0) => ({ expected, chosen, now, before, difference: now - before });

test("pairs count both sides, leave out what was not measured, and know what is acceptable", () => {
  const columns = columnsOf(
    ["a", "b", "c"],
    [["a", "a", "a"], ["a", "b", "a"], ["a", "b", "b"], ["b", null, "b"], ["c", "b", null, null, ["b"]]],
  );

  const rows = allRows(columns);
  const pairs = pairsOf(countPairs(columns, rows), countPairs(columns, rows, true));

  assert.deepEqual(
    pairs.map(({ expected, chosen, now, before, difference, accepted }) => [expected, chosen, now, before, difference, accepted]),
    [[0, 0, 1, 2, -1, 0], [0, 1, 2, 1, 1, 0], [1, 1, 0, 1, -1, 0], [2, 1, 1, 0, 1, 1]],
  );
  assert.deepEqual(agentsOf(pairs), [0, 1, 2]);
});

test("only the rows that are asked for are counted", () => {
  const columns = columnsOf(["a", "b"], [["a", "a"], ["a", "b"], ["b", "b"]]);

  const { counts } = countPairs(columns, Int32Array.of(1));

  assert.deepEqual([...counts], [[1, 1]]);
});

test("mix-ups leave out the diagonal, and come most frequent first, gains and losses alike in a difference", () => {
  const pairs = [pair(0, 0, 9, 9), pair(0, 1, 1, 6), pair(1, 0, 4, 1), pair(2, 1, 2, 2)];

  const order = (side) => mixUps(pairs, side).map(({ expected, chosen }) => `${expected}${chosen}`);

  assert.deepEqual(order("now"), ["10", "21", "01"]);
  assert.deepEqual(order("before"), ["01", "21", "10"]);
  assert.deepEqual(order("difference"), ["01", "10"]);
});

test("agents that are mixed up stand side by side, and those without a mix-up last", () => {
  const agents = [0, 1, 2, 3, 4, 5];
  const pairs = [...agents.map((agent) => pair(agent, agent, 10)), pair(0, 4, 7), pair(5, 2, 9)];

  const order = seriate(agents, pairs);

  assert.equal(Math.abs(order.indexOf(0) - order.indexOf(4)), 1);
  assert.equal(Math.abs(order.indexOf(5) - order.indexOf(2)), 1);
  assert.deepEqual(order.slice(4), [1, 3]);
  assert.deepEqual(new Set(order.slice(0, 2)), new Set([2, 5]));
});

test("clusters are turned so that a chain of mix-ups stays a chain", () => {
  const agents = [0, 1, 2, 3];
  const pairs = [pair(0, 3, 9), pair(1, 2, 8), pair(3, 2, 5)];

  const order = seriate(agents, pairs);

  assert.ok(["0,3,2,1", "1,2,3,0"].includes(order.join()), order.join());
});

test("the order holds each agent once, and does not depend on the order of the pairs", () => {
  const agents = Array.from({ length: 30 }, (_, index) => index);
  const pairs = agents.flatMap((one) => agents.filter((other) => (one * 7 + other * 3) % 11 === 0).map((other) => pair(one, other, 1 + (one % 3))));

  const order = seriate(agents, pairs);

  assert.deepEqual([...order].sort((one, other) => one - other), agents);
  assert.deepEqual(seriate(agents, [...pairs].reverse()), order);
});

test("no agents have an order without agents", () => {
  assert.deepEqual(seriate([], []), []);
});

test("shades go from 1 for the fewest to 4 for the greatest, and nothing has none", () => {
  assert.deepEqual([0, 1, 5, 6, 20, -20].map((number) => shadeOf(number, 20)), [0, 1, 1, 2, 4, 4]);
  assert.equal(shadeOf(3, 0), 0);
});

test("arrow keys jump over empty cells, and stop at the edge", () => {
  const grid = [[null, "head a", "head b"], ["row a", "1", null], ["row b", null, "2"]];

  assert.equal(nextInGrid(grid, 1, 0, "ArrowRight"), "1");
  assert.equal(nextInGrid(grid, 0, 2, "ArrowDown"), "2");
  assert.equal(nextInGrid(grid, 2, 2, "ArrowLeft"), "row b");
  assert.equal(nextInGrid(grid, 1, 1, "ArrowRight"), null);
  assert.equal(nextInGrid(grid, 0, 2, "Home"), "head a");
  assert.equal(nextInGrid(grid, 2, 0, "End"), "2");
  assert.equal(nextInGrid(grid, 2, 0, "Enter"), null);
});
