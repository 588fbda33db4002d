"use strict";
// The page is complete without this: it adds a filter, keys, tabs and paging. Text is only ever set as text.

const PAGE_SIZE = 200;

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const isVisible = (element) => element.getClientRects().length > 0;

const panels = all(".subject");
const form = document.querySelector(".filter");
const query = document.querySelector("#query");
const output = form.querySelector("output");

// One list for each subject: its rows in full, then its other rows.
const lists = all("#cases .subject").map((panel) => ({
  panel,
  rows: all(".case, .others tbody tr", panel),
  rest: panel.querySelector(".rest"),
  more: panel.querySelector(".more"),
  limit: PAGE_SIZE,
}));

const cellText = (row, name, column) => (row.querySelector(`.${name}`) ?? row.cells[column]).textContent;
const words = new Map();
const textOf = (row) => {
  // A state such as "wrong" counts as a word, so that "-wrong" leaves out forbidden choices, too.
  if (!words.has(row)) words.set(row, `${row.className} ${row.textContent}`.toLowerCase());
  return words.get(row);
};

const TESTS = {
  expected: (row, name) => cellText(row, "wanted", 1).replace("expected ", "").toLowerCase() === name,
  chosen: (row, name) => cellText(row, "got", 2).replace("chosen ", "").toLowerCase() === name,
};

const conditionOf = (word) => {
  const [, kind, rest] = /^(expected|chosen):(.+)$/.exec(word) ?? [];
  if (kind) return (row) => TESTS[kind](row, rest);
  if (word.length > 1 && word.startsWith("-")) return (row) => !textOf(row).includes(word.slice(1));
  return (row) => textOf(row).includes(word);
};

const conditions = () => {
  const found = query.value.toLowerCase().split(/\s+/).filter(Boolean).map(conditionOf);
  for (const box of all("input[name=state]:checked", form)) found.push((row) => row.classList.contains(box.value));
  return found;
};

const show = (list, wanted) => {
  let matches = 0;
  for (const row of list.rows) {
    const fits = wanted.every((condition) => condition(row));
    matches += fits ? 1 : 0;
    row.classList.toggle("hidden", !fits || matches > list.limit);
  }
  // Closed, the rows of the rest cost no layout; open, they would hide what the filter has found.
  if (list.rest && (wanted.length || matches <= list.limit || list.limit > PAGE_SIZE)) list.rest.open = true;
  const more = matches - list.limit;
  list.more.hidden = more <= 0;
  list.more.textContent = `Show ${Math.min(more, PAGE_SIZE)} more of ${more}`;
  return matches;
};

const apply = () => {
  const wanted = conditions();
  const counts = lists.map((list) => [list, show(list, wanted)]).filter(([list]) => !list.panel.hidden);
  const matches = counts.reduce((sum, [, count]) => sum + count, 0);
  const total = counts.reduce((sum, [list]) => sum + list.rows.length, 0);
  output.textContent = `${matches} of ${total}`;
};

const select = (key) => {
  for (const panel of panels) panel.hidden = panel.dataset.subject !== key;
  for (const tab of all(".tabs button")) tab.setAttribute("aria-pressed", String(tab.dataset.subject === key));
  apply();
};

const clearFilter = () => {
  query.value = "";
  for (const box of all("input[name=state]", form)) box.checked = false;
};

const addTabs = (before) => {
  const tabs = document.createElement("div");
  tabs.className = "tabs";
  tabs.setAttribute("role", "group");
  tabs.setAttribute("aria-label", "Subject");
  for (const panel of panels.filter((one) => one.dataset.name !== undefined)) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.dataset.subject = panel.dataset.subject;
    tab.textContent = panel.dataset.name;
    tab.addEventListener("click", () => select(panel.dataset.subject));
    tabs.append(tab);
  }
  before.before(tabs);
};

// A mixed-up cell of a matrix leads to its cases.
for (const cell of all(".matrix .mixed")) {
  const table = cell.closest("table");
  const expected = cell.parentElement.querySelector("th").textContent.trim();
  const chosen = table.tHead.rows[0].cells[cell.cellIndex].textContent.trim();
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = cell.textContent.trim();
  button.title = `Show the cases expected ${expected}, chosen ${chosen}`;
  button.addEventListener("click", () => {
    clearFilter();
    query.value = `expected:${expected} chosen:${chosen}`;
    apply();
    document.querySelector("#cases").scrollIntoView();
  });
  cell.replaceChildren(button);
}

const reveal = () => {
  const target = document.getElementById(location.hash.slice(1));
  const list = lists.find(({ rows }) => rows.includes(target));
  if (!list) return;
  if (list.panel.hidden) select(list.panel.dataset.subject);
  if (target.classList.contains("hidden")) {
    clearFilter();
    list.limit = Math.max(list.limit, list.rows.indexOf(target) + 1);
    apply();
  }
  if (list.rest?.contains(target)) list.rest.open = true;
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.querySelector("summary").focus({ preventScroll: true });
  }
  target.scrollIntoView({ block: "start" });
};

const move = (step) => {
  const stops = all(".stop, .case > summary").filter(isVisible);
  if (!stops.length) return;
  const here = stops.indexOf(document.activeElement);
  const next = stops[here < 0 ? 0 : Math.min(stops.length - 1, Math.max(0, here + step))];
  next.focus();
  next.scrollIntoView({ block: "center" });
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === query) {
    if (event.key === "Escape") query.blur();
    return;
  }
  const action = { "/": () => query.focus(), j: () => move(1), k: () => move(-1) }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

let waiting = 0;
query.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(apply, 120);
});
form.addEventListener("change", apply);
form.addEventListener("submit", (event) => event.preventDefault());
for (const list of lists) {
  list.more.addEventListener("click", () => {
    list.limit += PAGE_SIZE;
    apply();
  });
}
addEventListener("hashchange", reveal);

form.hidden = false;
const keys = [...new Set(panels.map((panel) => panel.dataset.subject))];
if (keys.length > 1) {
  for (const group of all(".panels")) addTabs(group.firstElementChild);
  addTabs(form);
  select(keys[0]);
} else {
  apply();
}
reveal();
