// The columns by name.
import assert from "node:assert/strict";
import test from "node:test";
import { deflateRawSync } from "node:zlib";

import { makeModel } from "../../../src/passmuster/adapters/reporters/templates/script/model.js";
import { makeReader, unpack } from "../../../src/passmuster/adapters/reporters/templates/script/unpacking.js";
import { columns } from "./small_columns.mjs";

const packed = (value) => deflateRawSync(Buffer.from(JSON.stringify(value))).toString("base64");

test("a row says by name what its columns hold by number", () => {
  const row = makeModel(columns()).row(1);

  assert.equal(row.identifier, "orders-2");
  assert.equal(row.subject, "live");
  assert.equal(row.expected, "debugger");
  assert.equal(row.chosen, "api-designer");
  assert.equal(row.was, "debugger");
  assert.equal(row.stolenBy, "api-designer");
  assert.equal(row.lostTo, "");
  assert.deepEqual(row.badges, ["critical"]);
  assert.deepEqual(row.outcomes, ["wrong", "wrong"]);
});

test("what was not measured is an empty text", () => {
  assert.equal(makeModel(columns()).row(5).chosen, "");
});

test("a row is found by case and subject, and by case alone the first one", () => {
  const model = makeModel(columns());

  assert.equal(model.find("weather", "lexical"), 5);
  assert.equal(model.find("weather"), 2);
  assert.equal(model.find("weather", "strange"), -1);
  assert.equal(model.find("strange", "live"), -1);
});

test("what was packed comes back, with every character", async () => {
  const value = { text: "ü 𝄞 </script>", list: [1, null, -1] };

  assert.deepEqual(await unpack(`\n${packed(value)}\n`), value);
});

test("a chunk is read once while it is kept, and again after it was dropped", async () => {
  const reads = [];
  const root = {
    getElementById(identifier) {
      reads.push(identifier);
      return { textContent: packed([identifier]) };
    },
  };
  const { readChunk } = makeReader(root);

  await readChunk(0);
  await readChunk(0);
  assert.deepEqual(reads, ["chunk-0"]);

  for (let number = 1; number <= 12; number += 1) await readChunk(number);
  assert.deepEqual(await readChunk(0), ["chunk-0"]);
  assert.equal(reads.filter((identifier) => identifier === "chunk-0").length, 2);
});

test("data that are missing are named", async () => {
  const { readColumns } = makeReader({ getElementById: () => null });

  assert.throws(() => readColumns(), /no data called columns/);
});
