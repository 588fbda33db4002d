// History: one small chart for each metric or agent. The band is the interval; marks are changes of level and
// acceptances; each run is a link to its comparison, and says its commit when it is pointed at or focused.
import { captioned, choiceGroup, dueSubject, growingList, numberCell, stepAlong, subjectBox } from "./choices.js";
import { runTitle } from "./comparing.js";
import { element, fill, svgElement } from "./dom.js";
import { bandPath, extentOf, intervalText, linePath, linearScale } from "./drawing.js";
import { countOf, percentText } from "./number_text.js";
import { acceptancesOf, breakPlace, counterpart, dueSeries, historyChoices, isBetter, metricTitle } from "./pasts.js";

const FIRST_CHARTS = 24;
const RUNS_FOR_CHANGE = 8;
const NARROW = 0.05;
const WIDTH = 320;
const HEIGHT = 120;
const LEFT = 44;
const RIGHT = 10;
const TOP = 12;
const BOTTOM = 16;

/** Returns the view `history`. */
export function historyView(context) {
  const { model, go } = context;
  const subjects = subjectBox(context);
  const bar = element("div", { class: "toolbar" }, subjects.element);
  const body = element("div");
  let choices = null;
  let former = -1;
  return {
    element: element("section", { class: "view-history" }, element("h2", {}, "History"), bar, body),
    move: (step) => stepAlong(body, '.series .run[tabindex="0"]', step),
    show(state) {
      const { columns } = model;
      const subject = dueSubject(model, state);
      subjects.mark(model.subjects[subject]?.name);
      if (subject !== former) {
        choices?.element.remove();
        choices = choiceGroup("Metric", historyChoices(columns, subject), (metric) => go({ metric, agent: "" }));
        bar.prepend(choices.element);
        former = subject;
      }
      const options = historyChoices(columns, subject).map(([name]) => name);
      const choice = options.includes(state.metric) ? state.metric : (options[0] ?? "all");
      const agent = state.agent ? model.agentIndex(state.agent) : -1;
      choices.mark(state.agent ? "" : choice);
      fill(body, ...historyParts({ ...context, state }, dueSeries(columns, subject, choice, agent)));
    },
  };
}

function historyParts(drawing, due) {
  const { model, state, address } = drawing;
  const { runs } = model.columns;
  const parts = [];
  if (state.agent) {
    const all = element("a", { href: address({ agent: "" }) }, "Show all");
    parts.push(element("p", {}, `Only ${state.agent}. `, all));
  }
  const told = runs.filter((run) => run.started).length;
  if (told < 2) return [...parts, element("p", {}, `There is one run: a history takes two. ${fewText(told)}`)];
  if (!due.length) return [...parts, element("p", {}, "The runs in this report hold no history of it.")];
  const text =
    `${countOf(told, "run")} from ${dayOf(runs[firstRun(runs)])} to ${dayOf(runs.at(-1))}. ` +
    "The band is the interval, ▲ and ▼ a change of level, ◆ a break that was accepted. Arrow keys move from run to " +
    `run, Enter compares. ${fewText(told)}`;
  const charts = element("ul", { class: "charts" });
  const isOneMetric = new Set(due.map(({ series }) => series.metric)).size === 1;
  const extent = isOneMetric ? extentOf(due.flatMap(({ series }) => [series.lower, series.upper])) : null;
  const rest = growingList(charts, due, (one) => element("li", {}, chartOf(drawing, one, extent)), FIRST_CHARTS);
  return [...parts, element("p", { class: "note" }, text), charts, rest, acceptanceTable(drawing)];
}

function fewText(told) {
  if (told >= RUNS_FOR_CHANGE) return "";
  return `A change of level can be told from ${RUNS_FOR_CHANGE} runs on, four on each side of it.`;
}

/** Returns the place of the first run of the store: a baseline that is none has no time. */
function firstRun(runs) {
  return Math.max(0, runs.findIndex((run) => run.started));
}

function dayOf(run) {
  return run.started ? run.started.slice(0, 10) : run.identifier;
}

function valueText(series, index) {
  const [value, lower, upper] = [series.values[index], series.lower[index], series.upper[index]];
  // Where nothing is known of how far it can be trusted, both bounds are the value itself.
  return lower === upper ? percentText(value) : intervalText([value, lower, upper]);
}

function boundsText({ lower, upper }, index) {
  return lower[index] === upper[index] ? "–" : `${percentText(lower[index])} to ${percentText(upper[index])}`;
}

function chartOf(drawing, { series, changes }, extent) {
  const { model } = drawing;
  const { runs } = model.columns;
  const name = series.agent < 0 ? metricTitle(series.metric) : model.agentName(series.agent);
  const what = series.agent < 0 ? name : `${name}, ${metricTitle(series.metric).toLowerCase()}`;
  const scales = {
    x: linearScale([firstRun(runs), runs.length - 1], [LEFT, WIDTH - RIGHT]),
    y: linearScale(extent ?? extentOf([series.lower, series.upper]), [HEIGHT - BOTTOM, TOP]),
    ends: extent ?? extentOf([series.lower, series.upper]),
  };
  const last = series.places.length - 1;
  const saying = (index) => `${runTitle(runs[series.places[index]])}: ${valueText(series, index)}`;
  const readout = element("p", { class: "readout" }, last >= 0 ? saying(last) : "not measured");
  const points = series.places.map((_, index) => pointOf(drawing, series, index, scales, saying(index)));
  const tell = (event) => {
    const index = points.indexOf(event.target.closest(".run"));
    if (index >= 0) readout.textContent = saying(index);
  };
  const cases = countOf(series.cases, "case");
  const accepted = acceptancesOf(model.columns, series)
    .map((one) => breakPlace(runs, model.find(one.case, one.subject), one))
    .filter((place) => place >= 0);
  const chart = svgElement(
    "svg",
    {
      class: "series",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: "group",
      "aria-label": what,
      onpointerover: tell,
      onfocusin: tell,
    },
    axisOf(scales, runs),
    ...linesOf(series, scales),
    changes.map((change) => changeMark(change, series, scales)),
    [...new Set(accepted)].map((place) => acceptanceMark(place, scales)),
    points,
  );
  roveAlong(chart, points);
  return element(
    "figure",
    { class: "small-multiple" },
    element("h3", {}, element("span", { class: "series-name" }, name), " ", element("span", { class: "tally" }, cases)),
    chart,
    readout,
    changes.map((change) => element("p", { class: "cause" }, ...changeText(runs, series, change))),
    tableBehind(drawing, series, changes, what),
  );
}

function axisOf({ x, y, ends }, runs) {
  const tick = (text, at, anchor) => svgElement("text", { class: "tick", "text-anchor": anchor, ...at }, text);
  // Ends that lie close together would be called by the same number.
  const digits = ends[1] - ends[0] < NARROW ? 1 : 0;
  const label = (value) => tick(percentText(value, digits), { x: LEFT - 4, y: y(value) + 3 }, "end");
  const across = { class: "axis", x1: LEFT, x2: WIDTH - RIGHT };
  const rule = (value) => svgElement("line", { ...across, y1: y(value), y2: y(value) });
  const day = (place, anchor) => tick(dayOf(runs[place]), { x: x(place), y: HEIGHT - 3 }, anchor);
  return svgElement(
    "g",
    { "aria-hidden": "true" },
    rule(ends[0]),
    rule(ends[1]),
    label(ends[0]),
    label(ends[1]),
    day(firstRun(runs), "start"),
    day(runs.length - 1, "end"),
  );
}

function linesOf(series, { x, y }) {
  const along = (values) => values.map((value, index) => [x(series.places[index]), y(value)]);
  return [
    svgElement("path", { class: "band", d: bandPath(along(series.upper), along(series.lower)), "aria-hidden": "true" }),
    svgElement("path", { class: "line", d: linePath(along(series.values)), "aria-hidden": "true" }),
  ];
}

function pointOf({ model, address }, series, index, { x, y }, saying) {
  const { runs } = model.columns;
  const pair = counterpart(runs, series.places[index]);
  const place = { cx: x(series.places[index]), cy: y(series.values[index]) };
  const href = pair ? address({ view: "compare", ...pair }) : null;
  const attributes = pair
    ? { href, "aria-label": `${saying}; compare` }
    : { role: "img", "aria-label": saying };
  return svgElement(
    pair ? "a" : "g",
    { class: "run", tabindex: "-1", ...attributes },
    svgElement("circle", { class: "target", ...place, r: 9 }),
    svgElement("circle", { class: "dot", ...place, r: index === series.places.length - 1 ? 4 : 2.5 }),
  );
}

function changeMark(change, series, { x }) {
  const at = (x(change.before) + x(change.after)) / 2;
  const isGood = isBetter(series, change);
  return svgElement(
    "g",
    { class: `level ${isGood ? "good" : "bad"}`, "aria-hidden": "true" },
    svgElement("line", { x1: at, x2: at, y1: TOP, y2: HEIGHT - BOTTOM }),
    svgElement("text", { x: at, y: TOP - 2, "text-anchor": "middle" }, isGood ? "▲" : "▼"),
  );
}

function acceptanceMark(place, { x }) {
  const at = { x: x(place), y: HEIGHT - BOTTOM + 4, "text-anchor": "middle" };
  return svgElement("text", { class: "acceptance", "aria-hidden": "true", ...at }, "◆");
}

function changeText(runs, series, change) {
  const sign = isBetter(series, change) ? "▲ better" : "▼ worse";
  const commits = change.commits.flatMap(([short, title]) => [element("br"), element("code", {}, short), ` ${title}`]);
  return [element("b", {}, sign), ` since ${dayOf(runs[change.after])}${change.cause ? `: ${change.cause}` : "."}`, ...commits];
}

/** One stop for Tab in each chart, the last run; arrow keys lead to the others. */
function roveAlong(chart, points) {
  points.at(-1)?.setAttribute("tabindex", "0");
  chart.addEventListener("keydown", (event) => {
    const here = points.indexOf(event.target.closest(".run"));
    const place = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: points.length - 1 }[event.key];
    if (here < 0 || !points[place] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    points[here].setAttribute("tabindex", "-1");
    points[place].setAttribute("tabindex", "0");
    points[place].focus();
  });
}

/** Returns the figures of a chart as a table, which is filled when it is opened. */
function tableBehind(drawing, series, changes, what) {
  const { runs } = drawing.model.columns;
  const folded = element("details", { class: "behind" }, element("summary", {}, "As a table"));
  folded.addEventListener("toggle", () => {
    if (!folded.open || folded.querySelector("table")) return;
    const rows = series.places.map((place, index) => tableRow(drawing, series, changes, place, index));
    const heads = ["Run", ["Value", "number"], ["Interval", "number"], "Change"];
    folded.append(captioned(what, heads, rows.reverse()).element);
  });
  if (!runs.length) folded.hidden = true;
  return folded;
}

function tableRow({ model, address }, series, changes, place, index) {
  const { runs } = model.columns;
  const pair = counterpart(runs, place);
  const title = runTitle(runs[place]);
  const change = changes.find(({ after }) => after === place);
  const link = pair ? element("a", { href: address({ view: "compare", ...pair }) }, title) : title;
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, link),
    numberCell(percentText(series.values[index])),
    numberCell(boundsText(series, index)),
    element("td", {}, change ? (isBetter(series, change) ? "▲ better" : "▼ worse") : ""),
  );
}

function acceptanceTable({ model, address }) {
  const { acceptances } = model.columns;
  if (!acceptances.length) return null;
  const section = element("section", {}, element("h3", {}, "Acceptances"));
  const heads = ["Case", "Why", "To be looked at again"];
  const { element: box, body } = captioned("Breaks that were accepted", heads, [], { class: "acceptances" });
  const make = ({ case: identifier, subject, expires, reason }) => {
    const isThere = model.find(identifier, subject) >= 0;
    const href = address({ view: "case", case: identifier, subject });
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, isThere ? element("a", { href }, identifier) : identifier),
      element("td", {}, reason || element("span", { class: "absent" }, "no reason was given")),
      element("td", {}, expires || "no day is set"),
    );
  };
  section.append(box, growingList(body, [...acceptances].reverse(), make, 50));
  return section;
}
