// The query language: words, "phrases", -not, key:value,other and score<0.5. A query becomes predicates over columns:
// what depends on the case alone is decided once for each case, what depends on a name once for each name.

const TEXT_KEYS = [
  "agent", "expected", "chosen", "was", "stolen", "lost", "outcome", "change", "tag", "stratum", "split", "subject",
  "state", "case",
];
const NUMBER_KEYS = ["score", "right", "passed", "cost", "seconds", "trials"];
const ANYTHING = "*";

/** Returns a name as a value of the query language that means exactly this name. */
export function quotedValue(name) {
  return `"${name.replace(/["\\]/g, (character) => `\\${character}`)}"`;
}

/** Returns a condition that means exactly this name, such as `expected:"api-designer"`. */
export function term(key, name) {
  return `${key}:${quotedValue(name)}`;
}

/** Splits a query into its parts at white space outside quotes; each part is a list of characters with their quoting. */
function partsOf(text) {
  const parts = [];
  let part = [];
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    let character = text[at];
    if (isQuoted && character === "\\" && at + 1 < text.length) {
      at += 1;
      character = text[at];
      part.push({ character, isQuoted });
    } else if (character === '"') {
      isQuoted = !isQuoted;
      part.push({ character: "", isQuoted: true });
    } else if (!isQuoted && /\s/.test(character)) {
      if (part.length) parts.push(part);
      part = [];
    } else part.push({ character, isQuoted });
  }
  if (part.length) parts.push(part);
  return { parts, isOpen: isQuoted };
}

const plain = (part) => part.map(({ character }) => character).join("");

/** Splits the values of a key at commas outside quotes. */
function valuesOf(part) {
  const values = [[]];
  for (const item of part) {
    if (item.character === "," && !item.isQuoted) values.push([]);
    else values.at(-1).push(item);
  }
  return values
    .map((value) => ({ text: plain(value).toLowerCase(), isExact: value.some(({ isQuoted }) => isQuoted) }))
    .filter(({ text }) => text !== "");
}

function numberOf(text) {
  const isShare = text.endsWith("%");
  const digits = (isShare ? text.slice(0, -1) : text).replace(/^\$/, "");
  if (!/^(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(digits)) return null;
  return isShare ? Number(digits) / 100 : Number(digits);
}

function nearest(word, candidates) {
  const distance = (one, other) => {
    let row = Array.from({ length: other.length + 1 }, (_, index) => index);
    for (let i = 1; i <= one.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= other.length; j += 1) {
        next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1)));
      }
      row = next;
    }
    return row[other.length];
  };
  const short = word.slice(0, 60);
  const ranked = candidates
    .filter((candidate) => Math.abs(candidate.length - short.length) <= 3)
    .map((candidate) => [distance(short, candidate), candidate]);
  ranked.sort(([one], [other]) => one - other);
  return ranked.length && ranked[0][0] <= Math.max(1, 0.4 * short.length) ? ranked[0][1] : null;
}

function comparison(key, sign, text) {
  if (!NUMBER_KEYS.includes(key)) {
    const hint = TEXT_KEYS.includes(key) ? `write ${key}:${text || "name"}` : `numbers are ${NUMBER_KEYS.join(", ")}`;
    return { problem: `“${key}” is no number: ${hint}, or put the text in quotes.` };
  }
  const number = numberOf(text);
  if (number === null) return { problem: `“${text}” is no number: write ${key}${sign}0.5 or ${key}${sign}50%.` };
  return { kind: "number", key, sign, number };
}

function condition(part) {
  const isNegated = part.length > 1 && part[0].character === "-" && !part[0].isQuoted;
  const rest = isNegated ? part.slice(1) : part;
  const at = rest.findIndex(({ character, isQuoted }) => !isQuoted && /[:<>=]/.test(character));
  if (at <= 0) return { kind: "text", text: plain(rest).toLowerCase(), isNegated };
  const key = plain(rest.slice(0, at)).toLowerCase();
  const sign = rest[at].character;
  if (sign !== ":") {
    const isWide = sign !== "=" && rest[at + 1]?.character === "=";
    const text = plain(rest.slice(at + (isWide ? 2 : 1)));
    return { ...comparison(key, isWide ? `${sign}=` : sign, text), isNegated };
  }
  if (NUMBER_KEYS.includes(key)) {
    return { problem: `“${key}” is compared: write ${key}<0.5, ${key}>=0.5 or ${key}=1.` };
  }
  if (!TEXT_KEYS.includes(key)) {
    const near = nearest(key, TEXT_KEYS);
    const hint = near ? `did you mean ${near}:?` : `keys are ${TEXT_KEYS.join(", ")}.`;
    return { problem: `There is no key “${key}”: ${hint} To look for the text itself, put it in quotes.` };
  }
  const values = valuesOf(rest.slice(at + 1));
  if (!values.length) return { problem: `“${key}:” needs a value, such as ${key}:name; ${key}:* means any.` };
  return { kind: "key", key, values, isNegated };
}

/** Returns the conditions of a query, and what is wrong with it, in sentences. */
export function parseQuery(text) {
  const { parts, isOpen } = partsOf(text ?? "");
  const found = parts.map(condition);
  const problems = found.filter(({ problem }) => problem).map(({ problem }) => problem);
  if (isOpen) problems.push("A quotation mark is not closed.");
  const conditions = found.filter(({ problem, kind, text: words }) => !problem && !(kind === "text" && words === ""));
  return { conditions, problems };
}

const NUMBER_TESTS = {
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
  "=": (value, limit) => value === limit,
};

/** Marks which names the values mean: a name that is equal, or else all that hold the value. */
function namesMeant(names, values) {
  const lower = names.map((name) => name.toLowerCase());
  const meant = new Uint8Array(names.length);
  const missed = [];
  for (const { text, isExact } of values) {
    if (text === ANYTHING && !isExact) meant.fill(1);
    else {
      const isEqual = lower.includes(text);
      let hits = 0;
      lower.forEach((name, index) => {
        if (isEqual || isExact ? name !== text : !name.includes(text)) return;
        meant[index] = 1;
        hits += 1;
      });
      if (!hits) missed.push(text);
    }
  }
  return { meant, missed };
}

/** What gathers several words of the page: words of the mark, and the state that says "at least once". */
const OUTCOME_FAMILIES = {
  right: { marks: ["right", "acceptable", "twin", "passed"], state: "" },
  wrong: { marks: ["wrong", "forbidden", "over-delegated", "under-delegated", "failed"], state: "wrong" },
  flaky: { marks: ["flaky"], state: "flaky" },
  unmeasured: { marks: ["unmeasured"], state: "unmeasured" },
};

/** Returns functions that run queries over the columns of a model. */
export function makeSearch(model) {
  const { rows, cases } = model.columns;
  const { caseCount, rowCount } = model;
  let texts = null;
  let latest = { q: null, found: null };

  const caseTexts = () => {
    texts ??= cases.identifier.map((identifier, index) => {
      const tags = model.wordsOf(cases.tags[index]).join(" ");
      return `${identifier}\n${cases.request[index]}\n${tags}`.toLowerCase();
    });
    return texts;
  };

  /** Decides something once for each case. */
  const byCase = (test) => {
    const holds = new Uint8Array(caseCount);
    for (let index = 0; index < caseCount; index += 1) holds[index] = test(index) ? 1 : 0;
    const ofRow = rows.case;
    return (row) => holds[ofRow[row]] === 1;
  };

  const meantBy = (names, { key, values }, notes) => {
    const { meant, missed } = namesMeant(names, values);
    for (const text of missed) {
      const near = nearest(text, [...new Set(names)].map((name) => name.toLowerCase()));
      notes.push(`Nothing of ${key} is called “${text}”${near ? `: did you mean “${near}”?` : "."}`);
    }
    return meant;
  };

  const column = (values, meant) => (row) => values[row] >= 0 && meant[values[row]] === 1;
  const caseColumn = (values, meant) => byCase((index) => values[index] >= 0 && meant[values[index]] === 1);
  const lists = (values, meant) => (row) => values[row].some((word) => word >= 0 && meant[word] === 1);

  /** The words that stand in a column, so that "Nothing is called" is said of the column and not of all words. */
  const wordsMeant = (values, wanted, notes) => {
    const used = new Set();
    for (const value of values) {
      if (typeof value === "number") used.add(value);
      else for (const word of value) used.add(word);
    }
    const indexes = [...used].filter((index) => index >= 0);
    const found = meantBy(indexes.map((index) => model.words[index]), wanted, notes);
    const meant = new Uint8Array(model.words.length);
    indexes.forEach((index, at) => { meant[index] = found[at]; });
    return meant;
  };

  const wordsOf = (wanted) => Uint8Array.from(model.words, (word) => (wanted.includes(word) ? 1 : 0));

  const outcomes = ({ key, values }, notes) => {
    const tests = [];
    for (const value of values) {
      const family = Object.hasOwn(OUTCOME_FAMILIES, value.text) ? OUTCOME_FAMILIES[value.text] : null;
      if (family && !value.isExact) {
        tests.push(column(rows.outcome, wordsOf(family.marks)), lists(rows.states, wordsOf([family.state])));
      } else {
        const quiet = [];
        const one = { key, values: [value] };
        const inMark = wordsMeant(rows.outcome, one, quiet);
        const inTrials = wordsMeant(rows.outcomes, one, quiet);
        if (quiet.length === 2) notes.push(`${quiet[0]} Outcomes are ${Object.keys(OUTCOME_FAMILIES).join(", ")} and others.`);
        tests.push(column(rows.outcome, inMark), lists(rows.outcomes, inTrials));
      }
    }
    return (row) => tests.some((test) => test(row));
  };

  const changes = (wanted, notes) => {
    const meant = wordsMeant(rows.change.concat(rows.rubric_change), wanted, notes);
    const choice = column(rows.change, meant);
    const rubric = column(rows.rubric_change, meant);
    return (row) => choice(row) || rubric(row);
  };

  const agents = (wanted, notes) => {
    const meant = meantBy(model.agents, wanted, notes);
    const expected = caseColumn(cases.expected, meant);
    const chosen = column(rows.chosen, meant);
    return (row) => expected(row) || chosen(row);
  };

  const named = (values) => (wanted, notes) => column(values, meantBy(model.agents, wanted, notes));
  const KEY_TESTS = {
    agent: agents,
    expected: (wanted, notes) => caseColumn(cases.expected, meantBy(model.agents, wanted, notes)),
    chosen: named(rows.chosen),
    was: named(rows.was),
    stolen: named(rows.stolen_by),
    lost: named(rows.lost_to),
    outcome: outcomes,
    change: changes,
    tag: (wanted, notes) => {
      const meant = wordsMeant(cases.tags, wanted, notes);
      return byCase((index) => cases.tags[index].some((word) => meant[word] === 1));
    },
    stratum: (wanted, notes) => caseColumn(cases.stratum, wordsMeant(cases.stratum, wanted, notes)),
    split: (wanted, notes) => caseColumn(cases.split, wordsMeant(cases.split, wanted, notes)),
    subject: (wanted, notes) =>
      column(rows.subject, meantBy(model.subjects.map((subject) => subject.name), wanted, notes)),
    state: (wanted, notes) => lists(rows.states, wordsMeant(rows.states, wanted, notes)),
    case: (wanted, notes) => {
      const meant = meantBy(cases.identifier, wanted, notes);
      return byCase((index) => meant[index] === 1);
    },
  };

  const testOf = (item, notes) => {
    if (item.kind === "key") return KEY_TESTS[item.key](item, notes);
    if (item.kind === "text") {
      const all = caseTexts();
      return byCase((index) => all[index].includes(item.text));
    }
    const values = rows[item.key];
    const compare = NUMBER_TESTS[item.sign];
    return (row) => values[row] !== null && compare(values[row], item.number);
  };

  const run = (q) => {
    const { conditions, problems } = parseQuery(q);
    const tests = conditions.map((item) => {
      const test = testOf(item, problems);
      return item.isNegated ? (row) => !test(row) : test;
    });
    const found = new Int32Array(rowCount);
    let count = 0;
    for (let row = 0; row < rowCount; row += 1) {
      let fits = true;
      for (let at = 0; fits && at < tests.length; at += 1) fits = tests[at](row);
      if (fits) {
        found[count] = row;
        count += 1;
      }
    }
    return { rows: found.subarray(0, count), problems };
  };

  return {
    /** Builds what the first search for a text needs. */
    prepare: () => { caseTexts(); },
    /** Returns the rows that a query finds, in order, and what is wrong with it. The latest answer is kept. */
    search(q = "") {
      const text = q.trim();
      if (latest.q !== text) latest = { q: text, found: run(text) };
      return latest.found;
    },
  };
}
