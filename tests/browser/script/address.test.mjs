// What is shown is a state, and the state is the address.
import assert from "node:assert/strict";
import test from "node:test";

import { formatAddress, makeAddress, parseAddress, patched } from "../../../src/passmuster/adapters/reporters/templates/script/address.js";

test("a state comes back from its address, whatever its values hold", () => {
  const state = { view: "case", q: 'expected:"a&b=c" 100%', case: "x/ü #1", subject: "line\nbreak" };

  assert.deepEqual(parseAddress(formatAddress(state)), state);
});

test("equal states have equal addresses, with the view first", () => {
  assert.equal(formatAddress({ q: "b", side: "now", view: "cases" }), "#view=cases&q=b&side=now");
});

test("half a surrogate pair and a stray per cent sign do no harm", () => {
  assert.equal(parseAddress("#view=cases&q=50%").q, "50%");
  assert.equal(parseAddress(formatAddress({ view: "cases", q: "\ud800" })).q, "\ufffd");
});

test("no address, and an anchor, mean the summary", () => {
  assert.deepEqual(parseAddress(""), { view: "summary" });
  assert.deepEqual(parseAddress("#moved"), { view: "summary", anchor: "moved" });
});

test("another view keeps the query and drops what belonged to the view", () => {
  const state = { view: "agents", q: "x", subject: "live", agent: "a" };

  assert.deepEqual(patched(state, { view: "cases" }), { view: "cases", q: "x", subject: "live" });
});

test("the subject that named a case is dropped with the case", () => {
  assert.deepEqual(patched({ view: "case", q: "x", case: "c", subject: "s" }, { view: "cases" }), { view: "cases", q: "x" });
});

test("an empty value removes its key", () => {
  assert.deepEqual(patched({ view: "cases", q: "x" }, { q: "" }), { view: "cases" });
});

function fakeWindow(hash) {
  const listeners = {};
  const pushed = [];
  return {
    location: { hash },
    addEventListener: (name, listener) => { listeners[name] = listener; },
    history: {
      pushState: (_state, _title, fragment) => pushed.push(["push", fragment]),
      replaceState: (_state, _title, fragment) => pushed.push(["replace", fragment]),
    },
    listeners,
    pushed,
  };
}

test("going somewhere is a step in the history, and going nowhere is none", () => {
  const place = fakeWindow("#view=cases");
  const seen = [];
  const address = makeAddress(place, (state) => seen.push(state));

  address.go({ q: "x" });
  address.go({ q: "x" });
  address.go({ q: "xy" }, { replace: true });

  assert.deepEqual(place.pushed, [["push", "#view=cases&q=x"], ["replace", "#view=cases&q=xy"]]);
  assert.deepEqual(seen.map(({ q }) => q), ["x", "xy"]);
});

test("a step back is told once, though browsers tell it twice", () => {
  const place = fakeWindow("#view=cases&q=x");
  const seen = [];
  makeAddress(place, (state) => seen.push(state));

  place.location.hash = "#view=cases";
  place.listeners.popstate();
  place.listeners.hashchange();

  assert.deepEqual(seen, [{ view: "cases" }]);
});
