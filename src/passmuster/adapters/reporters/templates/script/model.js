// The columns by name. Nothing is made for each row until somebody asks for that row.

import { countOf } from "./number_text.js";

export const NOBODY = "(nobody)";

/** One case of one subject; every property looks into the columns. */
class Row {
  constructor(model, index) {
    this.model = model;
    this.index = index;
  }

  get #rows() { return this.model.columns.rows; }
  get #cases() { return this.model.columns.cases; }
  get caseIndex() { return this.#rows.case[this.index]; }
  get subjectIndex() { return this.#rows.subject[this.index]; }
  get subject() { return this.model.subjects[this.subjectIndex].name; }

  get identifier() { return this.#cases.identifier[this.caseIndex]; }
  get request() { return this.#cases.request[this.caseIndex]; }
  get expectedIndex() { return this.#cases.expected[this.caseIndex]; }
  get expected() { return this.model.agentName(this.expectedIndex); }
  get acceptable() { return this.model.agentNames(this.#cases.acceptable[this.caseIndex]); }
  get forbidden() { return this.model.agentNames(this.#cases.forbidden[this.caseIndex]); }
  get stratum() { return this.model.word(this.#cases.stratum[this.caseIndex]); }
  get split() { return this.model.word(this.#cases.split[this.caseIndex]); }
  get tags() { return this.model.wordsOf(this.#cases.tags[this.caseIndex]); }
  get badges() { return this.model.wordsOf(this.#cases.badges[this.caseIndex]); }

  get chosenIndex() { return this.#rows.chosen[this.index]; }
  get chosen() { return this.model.agentName(this.chosenIndex); }
  get outcome() { return this.model.word(this.#rows.outcome[this.index]); }
  get tone() { return this.model.word(this.#rows.tone[this.index]); }
  get right() { return this.#rows.right[this.index]; }
  get passed() { return this.#rows.passed[this.index]; }
  get score() { return this.#rows.score[this.index]; }
  get states() { return this.model.wordsOf(this.#rows.states[this.index]); }
  get trials() { return this.#rows.trials[this.index]; }
  get choices() { return this.model.agentNames(this.#rows.choices[this.index]); }
  get outcomes() { return this.model.wordsOf(this.#rows.outcomes[this.index]); }
  get cost() { return this.#rows.cost[this.index]; }
  get seconds() { return this.#rows.seconds[this.index]; }

  get wasIndex() { return this.#rows.was[this.index]; }
  get was() { return this.model.agentName(this.wasIndex); }
  get rightBefore() { return this.#rows.right_before[this.index]; }
  get passedBefore() { return this.#rows.passed_before[this.index]; }
  get choicesBefore() { return this.model.agentNames(this.#rows.choices_before[this.index]); }
  get outcomesBefore() { return this.model.wordsOf(this.#rows.outcomes_before[this.index]); }
  get change() { return this.model.word(this.#rows.change[this.index]); }
  get rubricChange() { return this.model.word(this.#rows.rubric_change[this.index]); }
  get stolenBy() { return this.model.agentName(this.#rows.stolen_by[this.index]); }
  get lostTo() { return this.model.agentName(this.#rows.lost_to[this.index]); }
  get isNewlyFlaky() { return this.#rows.is_newly_flaky[this.index] === 1; }
  get chunk() { return this.#rows.chunk[this.index]; }
  get place() { return this.#rows.place[this.index]; }
}

/** Returns the columns by name. An index of -1 is an empty text. */
export function makeModel(columns) {
  const { words, agents, subjects, rows, cases } = columns;
  const subjectIndexes = new Map(subjects.map((subject, index) => [subject.name, index]));
  const rosterByAgent = new Map(columns.roster.map((entry) => [entry.agent, entry]));
  let byKey = null;

  const model = {
    columns,
    words,
    agents,
    subjects,
    rowCount: rows.case.length,
    caseCount: cases.identifier.length,
    hasBaseline: columns.has_baseline,
    against: columns.against,
    nobody: agents.indexOf(NOBODY),

    word: (index) => (index < 0 ? "" : words[index]),
    wordsOf: (indexes) => indexes.map((index) => words[index]),
    agentName: (index) => (index < 0 ? "" : agents[index]),
    agentNames: (indexes) => indexes.map((index) => (index < 0 ? "" : agents[index])),
    agentIndex: (name) => agents.indexOf(name),
    subjectIndex: (name) => subjectIndexes.get(name) ?? -1,

    /** The entry of an agent of the roster, by its index; undefined for nobody and for strangers. */
    rosterEntry: (agent) => rosterByAgent.get(agent),

    row: (index) => new Row(model, index),

    /** So many rows in words: with one subject they are cases. */
    counted: (number) => countOf(number, subjects.length > 1 ? "row" : "case"),

    /** The row of a case of a subject; -1 where there is none. Without a subject, the first that has the case. */
    find(identifier, subject = "") {
      if (byKey === null) {
        byKey = new Map();
        for (let row = model.rowCount - 1; row >= 0; row -= 1) {
          const name = cases.identifier[rows.case[row]];
          byKey.set(`${rows.subject[row]} ${name}`, row);
          byKey.set(` ${name}`, row);
        }
      }
      const prefix = subject === "" ? "" : subjectIndexes.get(subject) ?? "?";
      return byKey.get(`${prefix} ${identifier}`) ?? -1;
    },
  };
  return model;
}
