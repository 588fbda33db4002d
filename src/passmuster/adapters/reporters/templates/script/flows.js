// How agents fare: their figures, whose requests they get, and who gets theirs. Pure: columns in, numbers out.

/** Returns one entry for each agent of the roster or of the figures, with the figures of one subject. */
export function agentEntries(columns, subject) {
  const { figures } = columns;
  const entries = new Map();
  for (const roster of columns.roster) entries.set(roster.agent, entryOf(columns, roster.agent, roster));
  for (let place = 0; place < figures.agent.length; place += 1) {
    if (figures.subject[place] !== subject) continue;
    const agent = figures.agent[place];
    if (!entries.has(agent)) entries.set(agent, entryOf(columns, agent, null));
    const [recall, precision] = [figures.recall[place], figures.precision[place]];
    Object.assign(entries.get(agent), {
      expected: figures.expected[place],
      chosen: figures.chosen[place],
      recall,
      precision,
      f1: figures.f1[place],
    });
  }
  return [...entries.values()];
}

function entryOf(columns, agent, roster) {
  const nothing = { expected: 0, chosen: 0, recall: null, precision: null, f1: null };
  return { agent, name: columns.agents[agent], roster, ...nothing, broken: 0, fixed: 0 };
}

/** Add to entries how many of the requests that an agent should get were broken and fixed. */
export function countMoves(columns, rows, entries) {
  const byAgent = new Map(entries.map((entry) => [entry.agent, entry]));
  for (const row of rows) {
    const entry = byAgent.get(columns.cases.expected[columns.rows.case[row]]);
    const kind = columns.words[columns.rows.change[row]];
    if (entry && (kind === "broken" || kind === "fixed")) entry[kind] += 1;
  }
  return entries;
}

const SORTED_BY = {
  name: (entry) => entry.name,
  expected: (entry) => entry.expected,
  chosen: (entry) => entry.chosen,
  recall: (entry) => entry.recall?.[0] ?? null,
  precision: (entry) => entry.precision?.[0] ?? null,
  f1: (entry) => entry.f1,
  tokens: (entry) => entry.roster?.tokens ?? null,
  change: (entry) => entry.roster?.change || null,
  moves: (entry) => entry.broken * 1e7 + entry.fixed || null,
};

/** Returns entries in the order of `key`, or against it with a `-` before; what has no value comes last either way. */
export function sortedEntries(entries, key) {
  const isBackwards = key.startsWith("-");
  const valueOf = SORTED_BY[key.replace(/^-/, "")] ?? SORTED_BY.name;
  const turn = isBackwards ? -1 : 1;
  return [...entries].sort((one, other) => {
    const [left, right] = [valueOf(one), valueOf(other)];
    if (left === right) return one.agent - other.agent;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -turn : turn;
  });
}

/**
 * Returns the flows of one agent: `lost` are requests that should be its and went elsewhere, `taken` are requests that
 * should be others' and came to it; each by the other agent, with the numbers now and before.
 */
export function flowsOf(columns, rows, agent) {
  const lost = new Map();
  const taken = new Map();
  const kept = { now: 0, before: 0 };
  const { chosen, was, case: cases } = columns.rows;
  const add = (expected, choice, side) => {
    if (choice < 0) return;
    if (expected === agent && choice === agent) kept[side] += 1;
    else if (expected === agent) counterOf(lost, choice)[side] += 1;
    else if (choice === agent) counterOf(taken, expected)[side] += 1;
  };
  for (const row of rows) {
    const expected = columns.cases.expected[cases[row]];
    add(expected, chosen[row], "now");
    add(expected, was[row], "before");
  }
  return { lost: flowList(lost), taken: flowList(taken), kept };
}

function counterOf(counters, agent) {
  if (!counters.has(agent)) counters.set(agent, { agent, now: 0, before: 0 });
  return counters.get(agent);
}

function flowList(counters) {
  return [...counters.values()].sort(
    (one, other) => other.now - one.now || other.before - one.before || one.agent - other.agent,
  );
}

/** Returns the kind of a line of a unified diff: `added`, `removed`, `place` or `same`; its first two name the sides. */
export function diffKind(line, index) {
  if (index < 2 || line.startsWith("@@")) return "place";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}
