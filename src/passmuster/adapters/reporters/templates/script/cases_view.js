// Every case of every subject that the query finds, one entry each.

import { element, fill } from "./dom.js";
import { makeListing } from "./listing.js";
import { rowLink } from "./marks.js";

/** Returns the view. */
export function casesView({ model, address, search }) {
  let rows = new Int32Array(0);
  const listing = makeListing({
    label: "Cases",
    draw(position) {
      const row = model.row(rows[position]);
      return rowLink(row, address({ view: "case", case: row.identifier, subject: row.subject }));
    },
  });
  const sampled = model.columns.sampled;
  const empty = element("p", { class: "note" });
  const view = element(
    "section",
    { class: "view", "aria-labelledby": "all-cases-title" },
    element("h2", { id: "all-cases-title", tabindex: "-1" }, "Cases"),
    model.subjects.length > 1 ? element("p", { class: "note" }, "A row is one case of one subject.") : null,
    sampled ? element("p", { class: "note" }, sampled) : null,
    element(
      "p",
      { class: "columns", "aria-hidden": "true" },
      ["Case", "Expected", "Chosen", "Outcome and labels"].map((heading) => element("span", {}, heading)),
    ),
    listing.element,
    empty,
  );
  return {
    element: view,
    listing,
    show({ q }) {
      rows = search(q).rows;
      listing.show(rows.length);
      fill(empty, rows.length ? "" : "No case fits this query.");
    },
    shown: () => rows,
    focusRow(index) {
      const position = rows.indexOf(index);
      if (position >= 0) listing.focusAt(position);
      return position >= 0;
    },
  };
}
