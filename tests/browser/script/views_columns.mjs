// Columns as small as they can be, for tests of pure functions.

/** Returns columns of one subject; each row is [expected, chosen, was, change word], agents by name. */
export function columnsOf(agents, rows, more = {}) {
  const place = (name) => (name === null ? -1 : agents.indexOf(name));
  const words = ["", "broken", "fixed", "moved", "unchanged"];
  return {
    agents,
    words,
    subjects: [{ name: "router" }],
    roster: [],
    figures: { subject: [], agent: [], expected: [], chosen: [], precision: [], recall: [], f1: [] },
    cases: {
      identifier: rows.map((_, index) => `case-${index}`),
      expected: rows.map(([expected]) => place(expected)),
      acceptable: rows.map((row) => (row[4] ?? []).map(place)),
    },
    rows: {
      subject: rows.map(() => 0),
      case: rows.map((_, index) => index),
      chosen: rows.map((row) => place(row[1])),
      was: rows.map((row) => place(row[2] ?? null)),
      change: rows.map((row) => (row[3] ? words.indexOf(row[3]) : -1)),
    },
    runs: [],
    series: [],
    changes: [],
    acceptances: [],
    ...more,
  };
}

/** Returns every index of the rows of columns. */
export function allRows(columns) {
  return columns.rows.case.map((_, index) => index);
}
