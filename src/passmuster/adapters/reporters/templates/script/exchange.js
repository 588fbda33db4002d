// What a backend was sent and what came back, as text. All of it stands elsewhere in the page: it is put together when
// somebody opens it.

import { saidElement } from "./case_parts.js";
import { element, fill } from "./dom.js";

const SENT = {
  fresh: "What was sent in this run, and what came back.",
  cached: "What was sent earlier, and what came back.",
  recorded: "What a model would be sent now; the answer is a recording.",
  authored: "What a model would be sent; the answer was written by hand.",
};

/** Returns the messages in order, each with its role, its text and how many characters of it are left out. */
export function messagesOf(instructions, { history, request }, { text, left_out: leftOut }) {
  return [
    { role: "system", text: instructions, left_out: 0 },
    ...history.map(([role, turn]) => ({ role, ...turn })),
    { role: "user", ...request },
    { role: "assistant", text, left_out: leftOut },
  ];
}

async function instructionsOf({ model, readChunk }, writer) {
  const entry = model.rosterEntry(model.agentIndex(writer));
  if (!entry || entry.chunk < 0) throw new RangeError("the definition of its writer is not in this page");
  return (await readChunk(entry.chunk))[entry.place].instructions;
}

function messageElement({ role, ...said }) {
  return element("li", {}, element("span", { class: "role" }, role), saidElement(said, [], "said written"));
}

/** Returns the exchange of one trial, folded; null where nobody can tell what was sent. */
export function exchangeElement(context, row, detail, { completion, writer }) {
  const { sends } = context.model.subjects[row.subjectIndex];
  if (!sends || !completion || !writer) return null;
  const body = element("div");
  const folded = element("details", { class: "exchange" }, element("summary", {}, "Exchange as text"), body);
  folded.addEventListener("toggle", async () => {
    if (!folded.open || body.hasChildNodes()) return;
    try {
      const messages = messagesOf(await instructionsOf(context, writer), detail, completion);
      const how = `Put together from the definition of ${writer}, the history and the request, as this subject does it; `
        + `settings: ${sends}.`;
      fill(
        body,
        element("p", { class: "note" }, `${SENT[completion.origin] ?? ""} ${how}`),
        element("ol", {}, messages.map(messageElement)),
      );
    } catch (problem) {
      fill(body, element("p", { class: "note" }, `The exchange cannot be shown: ${problem.message}.`));
    }
  });
  return folded;
}
