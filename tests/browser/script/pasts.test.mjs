import assert from "node:assert/strict";
import { test } from "node:test";

import { bandPath, extentOf, intervalText, linePath, linearScale } from "../../../src/passmuster/adapters/reporters/templates/script/drawing.js";
import {
  acceptancesOf, breakPlace, counterpart, dueSeries, historyChoices, isBetter, metricTitle,
} from "../../../src/passmuster/adapters/reporters/templates/script/pasts.js";
import { columnsOf } from "./views_columns.mjs";

const series = (metric, agent, values, subject = 0) => ({
  subject, metric, agent, places: values.map((_, index) => index), values, lower: values, upper: values, cases: 3,
});

test("choices are the whole roster and each metric that agents have, for the subject that is asked for", () => {
  const columns = columnsOf(["a"], [], {
    series: [series("routing_accuracy", -1, [1]), series("recall", 0, [1]), series("f1", 0, [1], 1)],
  });

  assert.deepEqual(historyChoices(columns, 0), [["all", "Whole roster"], ["recall", "Recall by agent"]]);
  assert.deepEqual(historyChoices(columns, 1), [["f1", "F1 by agent"]]);
});

test("agents whose level changed come first, then the greatest fall; the roster's metrics keep their order", () => {
  const columns = columnsOf(["a", "b", "c"], [], {
    series: [
      series("rubric_score", -1, [1, 0]), series("routing_accuracy", -1, [1, 1]),
      series("recall", 0, [1, 1]), series("recall", 1, [1, 0.5]), series("recall", 2, [0.5, 1]),
    ],
    changes: [{ series: 4, before: 0, after: 1, cause: "", commits: [] }],
  });

  const places = (...choice) => dueSeries(columns, 0, ...choice).map(({ place }) => place);

  assert.deepEqual(places("all"), [0, 1]);
  assert.deepEqual(places("recall"), [4, 3, 2]);
  assert.deepEqual(places("recall", 1), [3]);
});

test("a change is for the better by its metric: fewer forbidden choices are", () => {
  const change = { before: 1, after: 2 };

  assert.equal(isBetter(series("recall", 0, [0.5, 0.5, 0.9]), change), true);
  assert.equal(isBetter(series("forbidden_rate", -1, [0.1, 0.1, 0.3]), change), false);
  assert.equal(isBetter(series("forbidden_rate", -1, [0.3, 0.3, 0.1]), change), true);
});

test("an accepted break stands where it first showed, and nowhere if the runs do not hold that", () => {
  const run = (chosen, passed, started = "2026-01-01") => ({ started, chosen: [chosen], right: [1], passed: [passed] });
  const choice = { is_choice: true, now: 2 };
  const output = { is_choice: false, now: -1 };
  const few = { started: "2026-01-01", chosen: [], right: [], passed: [] };
  const unmeasured = { ...run(-1, null), right: [null] };

  assert.equal(breakPlace([run(2, 1, ""), run(1, 1), unmeasured, run(2, 1), run(2, 1)], 0, choice), 3);
  assert.equal(breakPlace([few, run(2, 1), run(2, 1)], 0, choice), -1);
  assert.equal(breakPlace([run(1, 1), run(1, 0.5), run(1, 0.5)], 0, output), 1);
  assert.equal(breakPlace([run(1, 1), run(2, 1)], -1, choice), -1);
});

test("acceptances belong to the subject, and to the agent whose case it was", () => {
  const columns = columnsOf(["a", "b"], [["a", "a"], ["b", "b"]], {
    acceptances: [
      { case: "case-0", subject: "router", expires: "", reason: "" },
      { case: "case-1", subject: "other", expires: "", reason: "" },
      { case: "gone", subject: "router", expires: "", reason: "" },
    ],
  });

  const names = (one) => acceptancesOf(columns, one).map((acceptance) => acceptance.case);

  assert.deepEqual(names(series("recall", 0, [1])), ["case-0"]);
  assert.deepEqual(names(series("recall", 1, [1])), []);
  assert.deepEqual(names(series("routing_accuracy", -1, [1])), ["case-0", "gone"]);
});

test("a run leads to its comparison with this one, this one to that before, and runs without rows to none", () => {
  const runs = ["one", "two", "three"].map((identifier) => ({ identifier, chosen: [0] }));

  assert.deepEqual(counterpart(runs, 0), { first: "one", second: "three" });
  assert.deepEqual(counterpart(runs, 2), { first: "two", second: "three" });
  assert.equal(counterpart([{ identifier: "one", chosen: [] }, runs[1]], 0), null);
  assert.equal(counterpart([runs[0]], 0), null);
});

test("metrics have names for people, and an unknown one is called by its own", () => {
  assert.equal(metricTitle("over_delegation_rate"), "Over-delegated");
  assert.equal(metricTitle("my_metric"), "My metric");
});

test("a scale is linear, and a domain without width leads to the middle", () => {
  assert.equal(linearScale([0, 10], [100, 0])(2.5), 75);
  assert.equal(linearScale([3, 3], [0, 100])(3), 50);
});

test("extents of shares stay within 0 and 1, leave room, and pass over what is no number", () => {
  assert.deepEqual(extentOf([[1, 1], [0]]), [0, 1]);
  assert.deepEqual(extentOf([]), [0, 1]);
  const [least, greatest] = extentOf([[0.5, NaN], [0.6]]);
  assert.ok(least < 0.5 && greatest > 0.6);
  assert.ok(extentOf([[5, 9]])[1] > 9);
});

test("paths run along the points, and a band comes back along its other side", () => {
  assert.equal(linePath([[0, 1], [2, 3.25]]), "M0.0,1.0L2.0,3.3");
  assert.equal(bandPath([[0, 1], [2, 1]], [[0, 5], [2, 5]]), "M0.0,1.0L2.0,1.0L2.0,5.0L0.0,5.0Z");
  assert.equal(bandPath([], []), "");
});

test("an interval says its value and its bounds", () => {
  assert.equal(intervalText([0.912, 0.88, 0.941]).replaceAll("\u00a0", " "), "91.2 % (88 % to 94.1 %)");
});
