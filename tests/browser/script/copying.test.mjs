// What is shown as text for elsewhere.
import assert from "node:assert/strict";
import test from "node:test";

import { csvText, markdownCell, markdownCode, markdownTable, shellWord } from "../../../src/passmuster/adapters/reporters/templates/script/copying.js";
import { makeModel } from "../../../src/passmuster/adapters/reporters/templates/script/model.js";
import { moneyText, percentText, secondsText } from "../../../src/passmuster/adapters/reporters/templates/script/number_text.js";
import { rowsAsCsv, rowsAsMarkdown } from "../../../src/passmuster/adapters/reporters/templates/script/row_table.js";
import { columns } from "./small_columns.mjs";

test("a cell of Markdown means itself", () => {
  assert.equal(markdownCell("a|b\n<img> [x](y) @all"), "a\\|b \\<img\\> \\[x\\](y) \\@all");
});

test("a fence is longer than any in the code", () => {
  assert.equal(markdownCode("a\n````\nb"), "`````\na\n````\nb\n`````\n");
});

test("a table says how many rows it leaves out", () => {
  const table = markdownTable(["a"], Array.from({ length: 203 }, () => ["x"]));

  assert.match(table, /… and 3 more\./);
});

test("a cell of CSV is quoted where it must be, and is never a formula", () => {
  assert.equal(csvText(["a", "b"], [['x "y", z', 0.5], ["=cmd()", null], ["-1", -1], ["two\nlines", ""]]),
    'a,b\r\n"x ""y"", z",0.5\r\n\'=cmd(),\r\n\'-1,-1\r\n"two\nlines",\r\n');
});

test("a word of a shell means the text itself", () => {
  assert.equal(shellWord("orders-1"), "orders-1");
  assert.equal(shellWord("it's $(x)"), "'it'\\''s $(x)'");
  assert.equal(shellWord("--all"), "'--all'");
  assert.equal(shellWord(""), "''");
});

test("rows become a table in both forms, in the order that was shown", () => {
  const model = makeModel(columns());

  const lines = rowsAsCsv(model, [1, 0]).trim().split("\r\n");
  assert.equal(lines.length, 3);
  assert.match(lines[1], /^live,orders-2,debugger,api-designer,wrong,0,0\.5,0\.4,2,debugger,1,broken,fixed,api-designer,/);
  assert.match(rowsAsMarkdown(model, [1]), /\| orders-2 \| live \| debugger \| api-designer \| wrong \| 0 % \| debugger \| broken, output fixed \|/);
});

test("a share that is nearly all or hardly any is not rounded to all or none", () => {
  assert.deepEqual([0, 0.0004, 0.912, 0.9996, 1, null].map((share) => percentText(share)),
    ["0 %", "< 0.1 %", "91.2 %", "> 99.9 %", "100 %", "–"]);
});

test("money and durations keep the digits that tell something", () => {
  assert.deepEqual([0, 0.00123, 1.5, null].map(moneyText), ["$0", "$0.0012", "$1.50", "–"]);
  assert.deepEqual([0.0001, 0.25, 12.34, 1234].map(secondsText), ["under 1 ms", "250 ms", "12.3 s", "1,234 s"]);
});
