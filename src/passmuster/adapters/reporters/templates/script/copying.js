// What is shown as text for elsewhere: Markdown for a comment, CSV for a table, and the clipboard.

const COPIED_ROWS = 200;

/** Returns text that means itself in a cell of Markdown. */
export function markdownCell(text) {
  const line = String(text ?? "").replace(/\s+/g, " ").trim();
  return line.replace(/[\\`*_{}[\]<>#|~!&@]/g, (character) => `\\${character}`);
}

/** Returns a table of Markdown; what goes over the limit is counted. */
export function markdownTable(headings, lines) {
  const row = (cells) => `| ${cells.map(markdownCell).join(" | ")} |`;
  const shown = lines.slice(0, COPIED_ROWS);
  const rest = lines.length - shown.length;
  return [
    row(headings),
    `|${headings.map(() => " --- |").join("")}`,
    ...shown.map(row),
    ...(rest > 0 ? ["", `… and ${rest} more.`] : []),
    "",
  ].join("\n");
}

/** Returns a block of code whose fence is longer than any inside it. */
export function markdownCode(text, language = "") {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}\n`;
}

/** Returns a cell of CSV. What a table program would take for a formula gets an apostrophe before it. */
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Returns a table as CSV (https://www.rfc-editor.org/rfc/rfc4180). */
export function csvText(headings, lines) {
  return `${[headings, ...lines].map((cells) => cells.map(csvCell).join(",")).join("\r\n")}\r\n`;
}

/** Returns a word of a shell that means the text itself. */
export function shellWord(text) {
  return /^[\w@%+=:,./-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Puts text into the clipboard; returns a promise of whether it worked. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // A page from disk may not have the clipboard; the old way asks for no permission.
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    const last = document.activeElement;
    document.body.append(area);
    area.select();
    const isDone = document.execCommand("copy");
    area.remove();
    last?.focus();
    return isDone;
  }
}

/** Offers text as a file. */
export function download(name, text, type = "text/csv") {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
