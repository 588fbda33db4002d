// The page of one case: what was asked, who was chosen on both sides, why, and what was written.

import { markedText, choiceStrip, saidElement, trialElement } from "./case_parts.js";
import { copyText, markdownCell, markdownCode, shellWord } from "./copying.js";
import { button, element, fill } from "./dom.js";
import { exchangeElement } from "./exchange.js";
import { agentText, changeMarks, changesOf, markOf } from "./marks.js";
import { NOBODY } from "./model.js";
import { countText, moneyText, percentText, secondsText } from "./number_text.js";
import { transitionRows } from "./transitions.js";

const NO_WORDS = [];
const NOTABLE_WIDTH = 4; // Of 20, which is the weightiest term of the trial.

/** Returns the agents whose descriptions are compared: expected and chosen, else the former choice or the runner-up. */
export function comparedAgents(row, ranking = []) {
  const names = [];
  const add = (name, role) => {
    if (!name || name === NOBODY) return;
    const known = names.find((item) => item.name === name);
    if (known) known.roles.push(role);
    else if (names.length < 3) names.push({ name, roles: [role] });
  };
  add(row.expected, "expected");
  add(row.chosen, "chosen");
  if (row.was !== row.chosen) add(row.was, "chosen before");
  if (names.length < 2) add(ranking.find(({ agent }) => agent !== row.expected)?.agent, "next in the ranking");
  return names;
}

/** Returns the words that counted for an agent: of its place in the ranking, and those that decided a move. */
export function wordsFor(agent, ranking, deciding) {
  const place = ranking.find((item) => item.agent === agent);
  // Small terms would mark every "the".
  const terms = (place?.terms ?? []).filter((item) => !item.is_negative && item.width >= NOTABLE_WIDTH).map((item) => item.term);
  return [...deciding, ...terms];
}

function requestPart(row, view, words) {
  if (!view) return [element("h3", {}, "Request"), element("div", { class: "said" }, row.request)];
  return [
    view.history.map(([role, turn]) => [element("h4", {}, `Earlier, ${role}`), saidElement(turn)]),
    element("h3", {}, "Request"),
    saidElement(view.request, words),
  ];
}

function namesList(names) {
  return names.map((name, index) => [index ? ", " : "", agentText(name)]);
}

function expectedPart(row) {
  return element(
    "p",
    { class: "expectation" },
    "Preferred: ", element("strong", {}, agentText(row.expected)), ". ",
    row.acceptable.length ? ["Also acceptable: ", namesList(row.acceptable), ". "] : null,
    row.forbidden.length ? ["Forbidden: ", namesList(row.forbidden), "."] : null,
  );
}

function descriptionPart({ model, address }, { name, roles }, words) {
  const entry = model.rosterEntry(model.agentIndex(name));
  const isEdited = entry && entry.description_before !== null && entry.description_before !== entry.description;
  return element(
    "section",
    { class: "description", "aria-label": `Description of ${name}` },
    element(
      "h4", {},
      element("a", { href: address({ view: "agents", agent: name }) }, name),
      roles.map((role) => [" ", element("span", { class: "role" }, role)]),
      entry?.change ? [" ", element("span", { class: "role" }, entry.change)] : null,
    ),
    element("p", { class: "words" }, entry ? markedText(entry.description, words) : "This agent is not in the roster."),
    isEdited ? element(
      "details", {},
      element("summary", {}, "Before"),
      element("p", { class: "words" }, markedText(entry.description_before, words)),
    ) : null,
  );
}

function factsPart(row, view) {
  const facts = [
    ["subject", row.subject],
    ["trials", countText(row.trials)],
    ["right", percentText(row.right)],
    ["rubric passed", percentText(row.passed)],
    ["rubric score", percentText(row.score)],
    ["cost", moneyText(row.cost)],
    ["mean latency", secondsText(row.seconds)],
    ["split, stratum, tags", [row.split, row.stratum, ...row.tags].filter(Boolean).join(" ")],
    ...(view?.facts ?? []),
  ];
  return element("dl", { class: "facts" }, facts.filter(([, text]) => text && text !== "–").map(([label, text]) => [
    element("dt", {}, label), element("dd", {}, text),
  ]));
}

function movePart(explanations, deciding) {
  if (!explanations.length && !deciding.length) return null;
  const words = deciding.map((word, index) => [index ? ", " : "", element("mark", {}, word)]);
  return [
    element("h3", {}, "Why it moved"),
    explanations.map((text) => element("p", { class: "explanation" }, text)),
    deciding.length ? element("p", {}, "Words that decide: ", words) : null,
  ];
}

function trialsPart(context, row, detail) {
  if (!detail) {
    return element("p", { class: "note" },
      "What was written and judged in this case is left out of this page, to keep it small; report.json holds it.");
  }
  const { trials } = detail;
  if (!trials.length) return element("p", { class: "failure" }, "No trial was made.");
  return [
    element("h3", {}, "What was chosen, written and judged"),
    trials.map((trial, index) => trialElement(trial, {
      hasSeveral: trials.length > 1, open: index === 0, exchange: exchangeElement(context, row, detail, trial),
    })),
  ];
}

/** Returns the command that runs one case again; empty where there is none. */
export function rerunCommand(template, identifier) {
  return template.replaceAll("{case}", () => shellWord(identifier));
}

function reasonsAsMarkdown(view) {
  const failed = view.trials.flatMap(({ criteria }) => criteria.filter(({ state }) => state !== "passed"));
  return [
    ...view.explanations.map((explanation) => `- ${markdownCell(explanation)}`),
    ...(view.words.length ? [`- Words that decide: ${view.words.map(markdownCell).join(", ")}`] : []),
    ...failed.map((item) => `- ${markdownCell(item.name)} ${item.state}: ${markdownCell(item.reason)}`),
  ];
}

/** Returns a case as Markdown. */
export function caseAsMarkdown(row, view, command) {
  const lines = [
    `### ${markdownCell(row.identifier)}: ${markdownCell(row.outcome)}`,
    "",
    `Expected **${markdownCell(row.expected)}**, chosen **${markdownCell(row.chosen || "not measured")}**`
      + `${row.was ? ` (before: ${markdownCell(row.was)})` : ""}, subject ${markdownCell(row.subject)}.`,
    changesOf(row).length ? `\nWhat became of it: ${changesOf(row).map(markdownCell).join(", ")}.` : "",
    "",
    "Request:",
    "",
    markdownCode(view?.request.text ?? row.request),
  ];
  if (view) lines.push(...reasonsAsMarkdown(view));
  if (command) lines.push("", "Run it again:", "", markdownCode(command, "console"));
  return `${lines.join("\n").replace(/\n{3,}/g, "\n\n").trim()}\n`;
}

function rerunPart(command, announce) {
  if (!command) return null;
  return element(
    "div",
    { class: "rerun" },
    element("h3", {}, "Run this case again"),
    element("code", { class: "command" }, command),
    button("Copy the command", async () => {
      announce(await copyText(command) ? "Copied the command." : "The browser did not let the page copy.");
    }),
  );
}

/** Returns the view. */
export function caseView(context) {
  const { model, go, address, readChunk, announce, search } = context;
  const title = element("h2", { id: "case-title", tabindex: "-1" });
  const marks = element("p", { class: "marks" });
  const position = element("span", { class: "position" });
  const link = (text, key) => element("a", { class: "step" }, text, element("kbd", { "aria-hidden": "true" }, key));
  const [before, after, back] = [link("Previous ", "["), link("Next ", "]"), link("Back to the list ", "Esc")];
  const body = element("div", { class: "body" });
  const view = element(
    "section",
    { class: "view case-page", "aria-labelledby": "case-title" },
    element("nav", { class: "steps", "aria-label": "Cases" }, back, before, after, position),
    title,
    marks,
    body,
  );
  let turn = 0;
  let neighbours = [-1, -1];
  let listState = { view: "cases" };

  const stateOf = (index, kind) => {
    const row = model.row(index);
    return { view: "case", case: row.identifier, subject: row.subject, kind };
  };

  const setLink = (anchor, patch) => {
    if (patch) anchor.setAttribute("href", address(patch));
    else anchor.removeAttribute("href");
  };

  const showSteps = (index, { q, kind }) => {
    const found = search(q).rows;
    const rows = kind ? transitionRows(model, found, kind) : found;
    const at = rows.indexOf(index);
    neighbours = [at > 0 ? rows[at - 1] : -1, at >= 0 && at + 1 < rows.length ? rows[at + 1] : -1];
    [before, after].forEach((anchor, which) =>
      setLink(anchor, neighbours[which] < 0 ? null : stateOf(neighbours[which], kind)));
    listState = kind ? { view: "transitions", kind: kind === "all" ? "" : kind } : { view: "cases" };
    setLink(back, listState);
    position.textContent = at < 0 ? "not in the list of this query" : `${countText(at + 1)} of ${countText(rows.length)}`;
  };

  const drawBody = (row, detail) => {
    const ranking = detail?.trials.map(({ decision }) => decision?.ranking ?? []).find((one) => one.length) ?? [];
    const deciding = detail?.words ?? NO_WORDS;
    const agents = comparedAgents(row, ranking);
    const requestWords = [...deciding, ...agents.flatMap(({ name }) => wordsFor(name, ranking, NO_WORDS))];
    const command = rerunCommand(model.subjects[row.subjectIndex].can_rerun ?? "", row.identifier);
    fill(
      body,
      element("div", { class: "actions" },
        button("Copy as Markdown", async () => {
          const isDone = await copyText(caseAsMarkdown(row, detail, command));
          announce(isDone ? "Copied as Markdown." : "The browser did not let the page copy.");
        }),
        button("Copy the link", async () => {
          announce(await copyText(location.href) ? "Copied the link." : "The browser did not let the page copy.");
        })),
      requestPart(row, detail, requestWords),
      element("h3", {}, "Expected and chosen"),
      expectedPart(row),
      choiceStrip(row, model.hasBaseline),
      movePart(detail?.explanations ?? [], deciding),
      agents.length ? [
        element("h3", {}, agents.length > 1 ? "The descriptions side by side" : "Its description"),
        element("div", { class: "descriptions" }, agents.map((agent) =>
          descriptionPart(context, agent, wordsFor(agent.name, ranking, deciding)))),
      ] : null,
      trialsPart(context, row, detail),
      element("h3", {}, "Facts"),
      factsPart(row, detail),
      rerunPart(command, announce),
    );
  };

  return {
    element: view,
    async show(state) {
      turn += 1;
      const mine = turn;
      const index = model.find(state.case ?? "", state.subject ?? "");
      if (index < 0) {
        fill(title, "No such case");
        fill(marks, `This page has no case “${state.case ?? ""}”${state.subject ? ` of ${state.subject}` : ""}.`);
        fill(body);
        showSteps(-1, state);
        return;
      }
      const row = model.row(index);
      fill(title, element("span", { class: "role" }, "case"), " ", row.identifier);
      fill(marks, markOf(row.outcome, row.tone || undefined), " ", changeMarks(row),
        row.badges.map((badge) => [" ", element("span", { class: "flag" }, badge)]));
      showSteps(index, state);
      fill(body, element("p", { class: "note" }, "Reading …"));
      let detail = null;
      try {
        detail = row.chunk < 0 ? null : (await readChunk(row.chunk))[row.place].view;
      } catch (problem) {
        if (mine === turn) fill(body, element("p", { class: "failure" }, `This case could not be read: ${problem.message}`));
        return;
      }
      // Somebody may have gone on while the chunk was read.
      if (mine === turn) drawBody(row, detail);
    },
    /** Goes to the case before or after in the list that the query finds. */
    step(direction, state) {
      const index = neighbours[direction < 0 ? 0 : 1];
      if (index >= 0) go(stateOf(index, state.kind));
      else announce(direction < 0 ? "This is the first case of the list." : "This is the last case of the list.");
    },
    close: () => go(listState),
  };
}
