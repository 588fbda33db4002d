// Keys, and the overlay that explains them. What is typed into a field stays there.

import { button, element } from "./dom.js";

const EXPLAINED = [
  ["j, k", "next and previous entry of a list"],
  ["Enter", "open the entry"],
  ["[, ]", "previous and next case of the filtered list"],
  ["/", "to the query"],
  ["Esc", "out of the query; from a case back to the list"],
  ["1 … 7", "the views, from the left"],
  ["?", "this help"],
];

/** Returns whether somebody types into an element. */
function isTyping(target) {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

/** Returns the dialog that explains the keys. */
export function helpDialog() {
  const dialog = element(
    "dialog",
    { id: "help", "aria-labelledby": "help-title" },
    element("h2", { id: "help-title" }, "Keys"),
    element("dl", {}, EXPLAINED.map(([keys, meaning]) => [
      element("dt", {}, keys.split(", ").map((key, index) => [index ? " " : "", element("kbd", {}, key)])),
      element("dd", {}, meaning),
    ])),
    element("p", { class: "note" }, "Every view has an address of its own: copy it from the browser to share what you see."),
    button("Close", () => dialog.close(), { autofocus: true }),
  );
  return dialog;
}

/** Calls `actions[key]` for keys that are pressed outside of fields; Escape inside of one leaves it. */
export function startKeys(actions, dialog) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || dialog.open) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action(event);
  });
}
