// Numbers and words as people read them, and the exchange of a trial.
import assert from "node:assert/strict";
import test from "node:test";
import { deflateRawSync } from "node:zlib";

import { messagesOf } from "../../../src/passmuster/adapters/reporters/templates/script/exchange.js";
import { flakyText } from "../../../src/passmuster/adapters/reporters/templates/script/marks.js";
import { makeModel } from "../../../src/passmuster/adapters/reporters/templates/script/model.js";
import { moneyText, percentText, secondsText } from "../../../src/passmuster/adapters/reporters/templates/script/number_text.js";
import { makeReader } from "../../../src/passmuster/adapters/reporters/templates/script/unpacking.js";
import { columns } from "./small_columns.mjs";

test("a chunk that is asked for while the document is still read comes when it is whole, and is read once", async () => {
  const root = Object.assign(new EventTarget(), { readyState: "loading", getElementById: () => null });
  const packed = Buffer.from(deflateRawSync('[{"kind":"row"}]')).toString("base64");
  const { readChunk } = makeReader(root);

  const reading = readChunk(0);
  Object.assign(root, { readyState: "interactive", getElementById: () => ({ textContent: packed }) });
  root.dispatchEvent(new Event("DOMContentLoaded"));

  assert.deepEqual(await reading, [{ kind: "row" }]);
  assert.equal(readChunk(0), reading);
});

test("nearly all is not all, and hardly any is not none", () => {
  assert.deepEqual([1, 0.9996, 0.9994, 0.5, 0.0004, 0, null].map((share) => percentText(share)), [
    "100 %", "> 99.9 %", "99.9 %", "50 %", "< 0.1 %", "0 %", "–",
  ]);
});

test("money has cents, or two digits that tell something, and never a power of ten", () => {
  assert.deepEqual([0, 12, 0.1, 0.0999, 0.0123, 0.00002, 0.00000001].map(moneyText), [
    "$0", "$12.00", "$0.10", "$0.10", "$0.012", "$0.00002", "$0.00000001",
  ]);
});

test("a duration that rounds to the next unit is told in it", () => {
  assert.deepEqual([0.0002, 0.9994, 0.9996, 99.96].map(secondsText), ["under 1 ms", "999 ms", "1.0 s", "100 s"]);
});

test("a flaky row says how many of the choices were right, without trials that could not be measured", () => {
  const row = { outcome: "flaky", right: 0.5, trials: 5, choices: ["a", "b", "a", "b"] };

  assert.equal(flakyText(row), "flaky: 2 of 4 right");
  assert.equal(flakyText({ ...row, outcome: "wrong" }), undefined);
  assert.equal(flakyText({ ...row, right: null, choices: [] }), undefined);
});

test("rows are cases only where there is one subject", () => {
  const two = columns();
  const alone = { ...two, subjects: two.subjects.slice(0, 1) };

  assert.equal(makeModel(alone).counted(2), "2 cases");
  assert.equal(makeModel(two).counted(2), "2 rows");
});

test("an exchange is the instructions, the history, the request and the answer, each with what is left out", () => {
  const detail = {
    history: [["user", { text: "It is slow.", left_out: 0 }], ["assistant", { text: "Which one?", left_out: 0 }]],
    request: { text: "The index.", left_out: 3 },
  };

  const messages = messagesOf("You are a debugger.", detail, { text: "Drop it.", left_out: 7 });

  assert.deepEqual(messages.map(({ role, text }) => `${role}: ${text}`), [
    "system: You are a debugger.", "user: It is slow.", "assistant: Which one?", "user: The index.", "assistant: Drop it.",
  ]);
  assert.deepEqual(messages.map((message) => message.left_out), [0, 0, 0, 3, 7]);
});
