// An answer with its code set apart, each line with its number, and each finding beneath the line that it names.

import { element } from "./dom.js";
import { countOf } from "./number_text.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*(.*)$/;
const PATH = /[\w@./\\-]+\.[A-Za-z0-9]{1,8}\b/;

/** Returns the path that a fence, the line above it or the first line of code names; empty if none does. */
function pathNear(info, above, first) {
  const words = info.trim().split(/\s+/).slice(1).join(" ") || (info.includes(".") || info.includes("/") ? info : "");
  const ofInfo = PATH.exec(words.replace(/^(title|file|path|filename)[=:]/, ""));
  if (ofInfo) return ofInfo[0];
  const ofAbove = above.length < 200 && /[`*:#]/.test(above) ? PATH.exec(above) : null;
  if (ofAbove) return ofAbove[0];
  const comment = /^\s*(?:#|\/\/|--|<!-{2}|\/\*)\s*(.*)$/.exec(first);
  return comment ? PATH.exec(comment[1].trim())?.[0] ?? "" : "";
}

/**
 * Splits an answer into text and code. Lines count from 1; `files` says which path begins on which line, where that is
 * known: a list of `[path, line, lines]`.
 */
export function splitAnswer(text, files = []) {
  const paths = new Map(files.map(([path, line]) => [line, path]));
  const lines = text.split("\n");
  const segments = [];
  let open = null;
  let prose = [];
  const endProse = () => {
    if (prose.some((line) => line.trim())) segments.push({ kind: "text", text: prose.join("\n").replace(/^\n+|\n+$/g, "") });
    prose = [];
  };
  lines.forEach((line, index) => {
    const fence = FENCE.exec(line);
    if (open) {
      const isEnd = fence && fence[1][0] === open.fence[0] && fence[1].length >= open.fence.length && !fence[2];
      if (!isEnd) {
        open.lines.push(line);
        return;
      }
      segments.push(codeSegment(open, paths));
      open = null;
    } else if (fence) {
      const above = prose.findLast((one) => one.trim()) ?? "";
      endProse();
      open = { fence: fence[1], info: fence[2], above, lines: [], firstLine: index + 2 };
    } else prose.push(line);
  });
  if (open) segments.push(codeSegment(open, paths));
  endProse();
  return segments;
}

function codeSegment({ info, above, lines, firstLine }, paths) {
  const language = /^[\w+#.-]*/.exec(info.trim())[0];
  const path = paths.get(firstLine) ?? pathNear(info, above, lines[0] ?? "");
  return { kind: "code", language: language.includes(".") ? "" : language, path, lines };
}

/** Returns every place that a criterion names: its file, its line (0 for the file as a whole) and what is said of it. */
export function findingsOf(criteria) {
  return criteria.flatMap(({ name, state, places = [] }) =>
    places.map(({ file, line, message }) => ({ criterion: name, state, path: file, line, message })));
}

/** Returns a place as people write it; line 0 stands for a file as a whole. */
export function placeText({ path, line }) {
  return line ? `${path}:${line}` : path;
}

const isSamePath = (one, other) => one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);

/** Returns for each segment of code its findings by line, and the findings that fit none. */
export function placeFindings(segments, findings) {
  const blocks = segments.filter(({ kind }) => kind === "code");
  const placed = new Map(blocks.map((block) => [block, new Map()]));
  const rest = [];
  for (const finding of findings) {
    const named = blocks.filter(({ path }) => path && isSamePath(path, finding.path));
    // The one block of an answer is the file that a criterion speaks of, whatever it was saved as.
    const candidates = named.length || blocks.length !== 1 ? named : blocks;
    const block = candidates.find(({ lines }) => finding.line >= 1 && finding.line <= lines.length);
    if (!block) {
      rest.push(finding);
      continue;
    }
    const byLine = placed.get(block);
    if (!byLine.has(finding.line)) byLine.set(finding.line, []);
    byLine.get(finding.line).push(finding);
  }
  return { placed, rest };
}

function findingElement({ criterion, state, message }) {
  return element(
    "li",
    { class: state === "failed" ? "finding bad" : "finding" },
    element("span", { "aria-hidden": "true" }, state === "failed" ? "✗ " : "▸ "),
    element("span", { class: "role" }, criterion),
    ` ${message}`,
  );
}

function codeElement(segment, byLine, label) {
  const count = [...byLine.values()].reduce((sum, findings) => sum + findings.length, 0);
  const name = [segment.path, segment.language].filter(Boolean).join(", ") || "code";
  return element(
    "figure",
    { class: "code" },
    element("figcaption", {}, name, count ? element("span", { class: "mark doubt" }, ` ${countOf(count, "finding")}`) : null),
    element(
      "div",
      { class: "lines", tabindex: "0", role: "region", "aria-label": `${label}, ${name}` },
      element("ol", {}, segment.lines.map((line, index) => {
        const findings = byLine.get(index + 1);
        return element(
          "li",
          { class: findings ? "told" : null, value: index + 1 },
          element("code", {}, line === "" ? " " : line),
          findings ? element("ul", { class: "findings" }, findings.map(findingElement)) : null,
        );
      })),
    ),
  );
}

/** Returns an answer for people. */
export function answerElement(completion, criteria, label) {
  const segments = splitAnswer(completion.text, completion.files ?? []);
  const { placed, rest } = placeFindings(segments, findingsOf(criteria));
  return element(
    "div",
    { class: "answer" },
    segments.map((segment) => (segment.kind === "code"
      ? codeElement(segment, placed.get(segment), label)
      : element("div", { class: "said" }, segment.text))),
    segments.length ? null : element("p", { class: "note" }, "The answer is empty."),
    rest.length
      ? element(
        "details",
        {},
        element("summary", {}, `${countOf(rest.length, "finding")} at places that this answer does not show`),
        element("ul", { class: "findings" }, rest.map((finding) =>
          findingElement({ ...finding, message: `${placeText(finding)} ${finding.message}` }))),
      )
      : null,
  );
}
