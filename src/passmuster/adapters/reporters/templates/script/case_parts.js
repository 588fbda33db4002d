// Parts of the page of a case: words that are marked, choices as dots, rankings as bars, rubrics.

import { answerElement, placeText } from "./code_view.js";
import { element, scrolling, unseen } from "./dom.js";
import { agentText, markOf, signOf, toneOf } from "./marks.js";
import { countOf, countText } from "./number_text.js";

const WORD = /[\p{L}\p{N}_]+/gu;
const STEM = 4;
const WIDTHS = 20;

/** Returns whether a word of a text is one that decided; endings may differ, since routers cut them. */
export function isSameWord(word, decisive) {
  if (word === decisive) return true;
  const [short, long] = word.length < decisive.length ? [word, decisive] : [decisive, word];
  return short.length >= STEM && long.length - short.length <= 3 && long.startsWith(short);
}

/** Splits a text into pieces `{ text, isMarked }`. */
export function markedPieces(text, words) {
  const wanted = [...new Set(words.flatMap((word) => word.toLowerCase().match(WORD) ?? []))];
  const pieces = [];
  const push = (piece, isMarked) => {
    if (piece === "") return;
    if (pieces.length && pieces.at(-1).isMarked === isMarked) pieces.at(-1).text += piece;
    else pieces.push({ text: piece, isMarked });
  };
  let at = 0;
  for (const found of text.matchAll(WORD)) {
    const word = found[0].toLowerCase();
    push(text.slice(at, found.index), false);
    push(found[0], wanted.some((decisive) => isSameWord(word, decisive)));
    at = found.index + found[0].length;
  }
  push(text.slice(at), false);
  return pieces;
}

/** Returns a text with words marked. */
export function markedText(text, words) {
  return markedPieces(text, words).map((piece) => (piece.isMarked ? element("mark", {}, piece.text) : piece.text));
}

function dot(agent, outcome) {
  const said = `${agent || "not measured"}${outcome ? `, ${outcome}` : ""}`;
  return element(
    "td",
    {},
    element("span", { class: `dot ${toneOf(outcome)}`, title: said, "aria-hidden": "true" }, signOf(outcome)),
    unseen(said),
  );
}

function side(label, choices, outcomes, most) {
  const counts = new Map();
  for (const choice of choices) counts.set(choice, (counts.get(choice) ?? 0) + 1);
  const summary = [...counts].sort(([, one], [, other]) => other - one);
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, label),
    choices.map((choice, index) => dot(choice, outcomes[index] ?? "")),
    choices.length < most ? element("td", { colspan: most - choices.length }, choices.length ? "" : unseen("none")) : null,
    element("td", { class: "sum" }, summary.length
      ? summary.map(([agent, count], index) => [
        index ? ", " : "", agentText(agent), choices.length > 1 ? ` ×${countText(count)}` : "",
      ])
      : element("span", { class: "absent" }, "not measured")),
  );
}

/** Returns the choices of each trial as dots on both sides: a table, so that it can be read, too. */
export function choiceStrip(row, hasBaseline) {
  const most = Math.max(1, row.choices.length, row.choicesBefore.length);
  return scrolling(
    "Choices of each trial",
    element(
      "table",
      { class: "strip" },
      element("caption", {}, "Chosen, trial by trial"),
      element("thead", {}, element(
        "tr",
        {},
        element("td", {}),
        Array.from({ length: most }, (_, index) => element("th", { scope: "col" }, unseen("Trial "), index + 1)),
        element("th", { scope: "col" }, "In all"),
      )),
      element(
        "tbody",
        {},
        hasBaseline ? side("Baseline", row.choicesBefore, row.outcomesBefore, most) : null,
        side("Now", row.choices, row.outcomes, most),
      ),
    ),
  );
}

function termElement({ term, weight, width, is_negative: isNegative }) {
  const share = Math.min(WIDTHS, Math.max(0, Number(width) || 0));
  return element(
    "li",
    { class: isNegative ? "term less" : "term" },
    element("span", { class: "word" }, term),
    element("span", { class: "number" }, weight),
    element("span", { class: "amount", "aria-hidden": "true", style: { width: `${(100 * share) / WIDTHS}%` } }),
  );
}

/** Returns a ranking, with what the first scores are made of as bars. */
function rankingTable(ranking) {
  return scrolling(
    "Ranking",
    element(
      "table",
      { class: "ranking" },
      element("caption", {}, "Ranking, and what the first scores are made of"),
      element("thead", {}, element(
        "tr", {},
        element("th", { scope: "col" }, "Agent"),
        element("th", { scope: "col", class: "number" }, "Score"),
        element("th", { scope: "col" }, "Terms of the request"),
      )),
      element("tbody", {}, ranking.map((place) => element(
        "tr", {},
        element("th", { scope: "row" }, place.agent, place.roles.map((role) => [" ", element("span", { class: "role" }, role)])),
        element("td", { class: "number" }, place.score),
        element(
          "td", {},
          place.terms.length ? element("ul", { class: "terms" }, place.terms.map(termElement)) : null,
          place.other_terms ? element("p", { class: "note" }, place.other_terms) : null,
        ),
      ))),
    ),
  );
}

function evidenceList({ evidence, places = [] }) {
  if (!evidence.length && !places.length) return null;
  return element(
    "dl",
    { class: "evidence" },
    places.length ? [
      element("dt", {}, "places"),
      element("dd", {}, element("ul", { class: "places" }, places.map(({ file, line, message }) =>
        element("li", {}, file ? element("code", {}, placeText({ path: file, line })) : null, " ", message)))),
    ] : null,
    evidence.map(([key, text]) => [element("dt", {}, key), element("dd", {}, text)]),
  );
}

/** Returns what each criterion says, with its evidence. */
function rubricTable(criteria) {
  return scrolling(
    "Rubric",
    element(
      "table",
      { class: "criteria" },
      element("caption", {}, "Rubric"),
      element("thead", {}, element("tr", {}, ["Criterion", "Verdict", "Value", "Reason and evidence"].map((heading) =>
        element("th", { scope: "col" }, heading)))),
      element("tbody", {}, criteria.map((item) => element(
        "tr", {},
        element("th", { scope: "row" }, item.name, item.kind ? [" ", element("span", { class: "role" }, item.kind)] : null),
        element("td", {}, markOf(item.state)),
        element("td", { class: "number" }, item.value),
        element("td", { class: "long" }, item.reason, evidenceList(item)),
      ))),
    ),
  );
}

const leftOut = (count) => (count
  ? element("p", { class: "note" }, `${countText(count)} more characters; report.json holds them.`)
  : null);

/** Returns a text of somebody, and says what is left out of it. */
export function saidElement({ text, left_out: count }, words = [], kind = "said") {
  return [element("div", { class: kind }, words.length ? markedText(text, words) : text), leftOut(count)];
}

function stepsElement(steps) {
  if (!steps?.length) return null;
  return element(
    "details",
    { class: "exchange" },
    element("summary", {}, `Transcript: ${countOf(steps.length, "step")}`),
    element("ol", {}, steps.map(({ kind, name, text, outcome }) => element(
      "li", {},
      element("span", { class: "role" }, kind), " ", element("strong", {}, name), outcome ? ` ${outcome}` : null,
      text ? element("div", { class: "said written" }, text) : null,
    ))),
  );
}

/** Returns one trial, or several alike; `exchange` is put at its end. */
export function trialElement(trial, { hasSeveral, open, exchange }) {
  const { decision, completion } = trial;
  const label = trial.heading || "Trial";
  const body = [
    trial.failures.map((text) => element("p", { class: "failure" }, element("strong", {}, "Not measured. "), text)),
    decision ? [
      element("h4", {}, "Chosen: ", element("span", { class: "agent" }, decision.chosen)),
      decision.margin || decision.rationale
        ? element("p", {}, decision.margin ? `Margin ${decision.margin}. ` : "", decision.rationale)
        : null,
      decision.facts ? element("p", { class: "note" }, decision.facts) : null,
      decision.ranking.length ? rankingTable(decision.ranking) : null,
    ] : null,
    trial.criteria.length ? rubricTable(trial.criteria) : null,
    completion ? [
      element(
        "h4", {},
        `Answer${trial.writer ? ` of ${trial.writer}` : ""} `,
        element("span", { class: "badge", title: completion.origin_note }, completion.origin),
      ),
      element("p", { class: "note" }, [
        completion.origin_note,
        completion.author ? `author: ${completion.author}` : "",
        completion.facts,
      ].filter(Boolean).join(" · ")),
      answerElement(completion, trial.criteria, `Answer, ${label}`),
      leftOut(completion.left_out),
    ] : null,
    stepsElement(completion?.steps),
    exchange,
  ];
  if (!hasSeveral) return element("div", { class: "trial" }, body);
  return element("details", { class: "trial", open }, element("summary", {}, element("h3", {}, label)), body);
}
