// The query language: what it finds, and what it says of a query that is wrong.
import assert from "node:assert/strict";
import test from "node:test";

import { makeModel } from "../../../src/passmuster/adapters/reporters/templates/script/model.js";
import { makeSearch, parseQuery, quotedValue, term } from "../../../src/passmuster/adapters/reporters/templates/script/query.js";
import { columns } from "./small_columns.mjs";

const found = (q) => [...makeSearch(makeModel(columns())).search(q).rows];
const problems = (q) => makeSearch(makeModel(columns())).search(q).problems;

test("an empty query finds every row in order", () => {
  assert.deepEqual(found("  "), [0, 1, 2, 3, 4, 5]);
});

test("words are found in name, request and tags, whatever their case", () => {
  assert.deepEqual(found("ORDERS-2"), [1, 4]);
  assert.deepEqual(found("order crash"), [1, 4]);
  assert.deepEqual(found("Chatty"), [0, 3]);
  assert.deepEqual(found('"api of"'), [0, 3]);
});

test("a minus leaves out, in front of words, phrases and keys", () => {
  assert.deepEqual(found("-order"), [2, 5]);
  assert.deepEqual(found('-"api of" subject:live'), [1, 2]);
  assert.deepEqual(found("-outcome:wrong subject:live"), [0]);
});

test("a name means exactly the agent of that name, and a part of a name every agent that holds it", () => {
  assert.deepEqual(found("chosen:designer"), [2, 3]);
  assert.deepEqual(found("chosen:design"), [0, 1, 2, 3]);
  assert.deepEqual(found('chosen:"design"'), []);
  assert.deepEqual(found(term("chosen", "api-designer")), [0, 1]);
});

test("agent means expected or chosen", () => {
  assert.deepEqual(found("agent:debugger"), [1, 4]);
  assert.deepEqual(found("agent:designer"), [2, 3]);
});

test("values parted by commas mean either, and an asterisk any", () => {
  assert.deepEqual(found("expected:debugger,(nobody)"), [1, 2, 4, 5]);
  assert.deepEqual(found("stolen:*"), [1, 3]);
  assert.deepEqual(found("-chosen:*"), [5]);
});

test("outcomes gather what people call right, wrong, flaky and unmeasured", () => {
  assert.deepEqual(found("outcome:right"), [0, 4]);
  assert.deepEqual(found("outcome:wrong"), [1, 2, 3]);
  assert.deepEqual(found("outcome:flaky"), [2]);
  assert.deepEqual(found("outcome:unmeasured"), [5]);
  assert.deepEqual(found("outcome:over-delegated"), [2]);
});

test("changes are those of the choice and of the output", () => {
  assert.deepEqual(found("change:broken"), [1, 3]);
  assert.deepEqual(found("change:fixed"), [1]);
});

test("tags, strata, splits, subjects, states and cases filter", () => {
  assert.deepEqual(found("tag:chatty"), [0, 3]);
  assert.deepEqual(found("stratum:implicit subject:lexical"), [4, 5]);
  assert.deepEqual(found("split:test state:critical"), [1, 4]);
  assert.deepEqual(found("case:weather"), [2, 5]);
  assert.deepEqual(found("was:debugger"), [1, 4]);
});

test("numbers are compared, shares also in per cent, and what was not measured never fits", () => {
  assert.deepEqual(found("score<0.5"), [1]);
  assert.deepEqual(found("score>=1"), [4]);
  assert.deepEqual(found("right<100%"), [1, 2, 3]);
  assert.deepEqual(found("cost>$0.01"), [0]);
  assert.deepEqual(found("trials=1"), [3, 4, 5]);
});

test("a wrong key is named with what to write instead, and the rest of the query still holds", () => {
  assert.match(problems("agnet:x")[0], /no key “agnet”: did you mean agent:\?/);
  assert.deepEqual(found("agnet:x subject:live"), [0, 1, 2]);
  assert.match(problems("score<much")[0], /“much” is no number/);
  assert.match(problems("score:1")[0], /write score<0\.5/);
  assert.match(problems("tag:")[0], /needs a value/);
  assert.match(problems('"open')[0], /not closed/);
  assert.match(problems("agent<3")[0], /write agent:3/);
});

test("a value that nothing has is named with the nearest there is", () => {
  assert.match(problems("expected:debuger")[0], /did you mean “debugger”/);
  assert.deepEqual(found("expected:debuger"), []);
});

test("a text with a colon is found when it is put in quotes", () => {
  assert.deepEqual(problems('"http://order.invalid"'), []);
  assert.equal(parseQuery('"http://order.invalid"').conditions[0].text, "http://order.invalid");
});

test("every name can be quoted, with quotes and backslashes and commas in it", () => {
  const name = 'a "b", \\c';
  const [condition] = parseQuery(`expected:${quotedValue(name)}`).conditions;
  assert.deepEqual(condition.values, [{ text: name, isExact: true }]);
});

test("any text is a query that is answered", () => {
  for (const q of ["outcome:constructor", "__proto__:x", "tag:__proto__", "-", ":", '"', "\\", "<", "a:b:c", "--x", "-\"", "score<", "tag:,", "ＡＢＣ", "\u0000", '"\\'] ) {
    assert.ok(Array.isArray(problems(q)), q);
  }
});
