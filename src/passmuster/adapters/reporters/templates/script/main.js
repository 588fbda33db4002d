// Starts the page: reads the columns, makes the tabs, and shows the view that the address asks for.

import { makeAddress } from "./address.js";
import { agentsView } from "./agents_view.js";
import { caseView } from "./case_page.js";
import { casesView } from "./cases_view.js";
import { stepAlong } from "./choices.js";
import { compareView } from "./compare_view.js";
import { element, fill } from "./dom.js";
import { historyView } from "./history_view.js";
import { helpDialog, startKeys } from "./keys.js";
import { matrixView } from "./matrix_view.js";
import { makeModel } from "./model.js";
import { makeQueryBox } from "./query_box.js";
import { makeSearch } from "./query.js";
import { transitionsView } from "./transitions.js";
import { makeReader } from "./unpacking.js";

const VIEWS = {
  transitions: transitionsView,
  cases: casesView,
  matrix: matrixView,
  agents: agentsView,
  history: historyView,
  compare: compareView,
  case: caseView,
};
const TABS = [
  ["summary", "Summary"],
  ["transitions", "Transitions"],
  ["cases", "Cases"],
  ["matrix", "Matrix"],
  ["agents", "Agents"],
  ["history", "History"],
  ["compare", "Compare"],
];
const SEARCHED = new Set(["transitions", "cases", "matrix"]);
const SAID_FOR = 5_000;

function makeAnnouncer() {
  const said = element("p", { class: "announcement", role: "status" });
  let waiting = 0;
  const announce = (text) => {
    clearTimeout(waiting);
    said.textContent = text;
    waiting = setTimeout(() => { said.textContent = ""; }, SAID_FOR);
  };
  return { said, announce };
}

function makeTabs(addressOf) {
  const links = TABS.map(([view, label]) => [view, element("a", {}, label)]);
  const help = element("button", { type: "button", class: "help", "aria-label": "Keys and help" }, "?");
  const bar = element("nav", { class: "tabs", "aria-label": "Views" }, links.map(([, link]) => link), help);
  const show = ({ view: shown, kind }) => {
    const current = shown === "case" ? (kind ? "transitions" : "cases") : shown;
    for (const [view, link] of links) {
      link.setAttribute("href", addressOf({ view, anchor: "" }));
      if (view === current) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };
  return { bar, help, show };
}

/** What the focus and the place on the page belong to: the view, and what is opened in it. */
const subjectOf = ({ view, case: name = "", subject = "", agent = "" }) =>
  [view, name, view === "case" ? subject : "", agent].join("\n");

async function startPage() {
  const summary = document.getElementById("summary");
  const place = document.getElementById("views");
  const reader = makeReader(document);
  const model = makeModel(await reader.readColumns());
  const { search, prepare } = makeSearch(model);
  const { said, announce } = makeAnnouncer();
  const made = new Map();
  let shown = null;
  let summaryTop = 0;
  let box = null;

  const address = makeAddress(window, (state) => show(state));
  const context = {
    model,
    search,
    announce,
    readChunk: reader.readChunk,
    go: address.go,
    address: address.of,
  };
  const tabs = makeTabs(address.of);
  box = makeQueryBox(context);
  const dialog = helpDialog();
  document.getElementById("tabs").append(tabs.bar);
  place.prepend(box.element);
  document.body.append(dialog, said);
  tabs.help.addEventListener("click", () => dialog.showModal());

  const viewOf = (name) => {
    if (!made.has(name)) {
      const view = VIEWS[name](context);
      place.append(view.element);
      made.set(name, view);
    }
    return made.get(name);
  };

  const settle = (state, previous, view) => {
    if (previous === null || subjectOf(previous) === subjectOf(state)) return;
    if (previous.view === "case" && view?.focusRow?.(model.find(previous.case ?? "", previous.subject ?? ""))) return;
    const heading = view ? view.element.querySelector("h2") : document.querySelector("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
    const top = view ? Math.min(scrollY, document.getElementById("tabs").offsetTop) : summaryTop;
    scrollTo({ top, behavior: "instant" });
  };

  function show(asked) {
    const state = asked.view === "summary" || Object.hasOwn(VIEWS, asked.view) ? asked : { ...asked, view: "cases" };
    const previous = shown;
    if (previous?.view === "summary" && state.view !== "summary") summaryTop = scrollY;
    shown = state;
    document.body.dataset.view = state.view;
    tabs.show(state);
    summary.hidden = state.view !== "summary";
    for (const [name, view] of made) view.element.hidden = name !== state.view;
    box.element.hidden = !SEARCHED.has(state.view);
    if (state.view === "summary") {
      settle(state, previous, null);
      document.getElementById(state.anchor ?? "")?.scrollIntoView();
      return;
    }
    const began = performance.now();
    const view = viewOf(state.view);
    view.element.hidden = false;
    view.show(state);
    if (SEARCHED.has(state.view)) {
      const { rows, problems } = search(state.q);
      const found = view.shown ? view.shown().length : rows.length;
      box.update({ q: state.q, found, total: model.rowCount, complaints: problems, rows: view.shown });
      performance.measure("query", { start: began, end: performance.now() });
    }
    settle(state, previous, view);
  }

  const current = () => made.get(shown.view);
  const move = (step) => {
    const view = current();
    if (view?.listing) view.listing.move(step);
    else if (view?.move) view.move(step);
    else if (shown.view === "summary") stepAlong(summary, 'a[href^="#view="]', step);
  };
  startKeys({
    j: () => move(1),
    k: () => move(-1),
    "[": () => current()?.step?.(-1, shown),
    "]": () => current()?.step?.(1, shown),
    "/": () => {
      if (!SEARCHED.has(shown.view)) address.go({ view: "cases" });
      box.focus();
    },
    "?": () => dialog.showModal(),
    Escape: () => current()?.close?.(),
    ...Object.fromEntries(TABS.map(([view], index) => [String(index + 1), () => address.go({ view, anchor: "" })])),
  }, dialog);

  history.scrollRestoration = "manual";
  show(address.state);
  performance.mark("interactive");
  document.body.dataset.ready = "true";
  // What the first search needs is built while nobody waits.
  (window.requestIdleCallback ?? setTimeout)(prepare);
}

startPage().catch((problem) => {
  // The summary is complete without the views.
  const note = element("p", { class: "failure" }, `Only the summary can be shown: ${problem.message}`);
  fill(document.getElementById("tabs"), note);
});
