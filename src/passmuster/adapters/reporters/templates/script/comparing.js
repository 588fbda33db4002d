// Two runs side by side: what became of each row, and the sums over pairs of agents. Pure: runs in, changes out.

/** Returns what became of a share of right choices, with the choices where the share is the same. */
export function kindOf(before, after, was, now) {
  if (before === null || after === null) return before === after ? "absent" : "unmeasured";
  if (after < before) return "broken";
  if (after > before) return "fixed";
  return was === now ? "unchanged" : "moved";
}

/**
 * Compare two runs over rows.
 *
 * Each difference has its row, the kind of the choice and that of the output (`unchanged` where nothing moved). Rows
 * that both runs measured alike are only counted, as are those that only one of them measured.
 */
export function compareRuns(first, second, rows) {
  const differences = [];
  const counts = { compared: 0, broken: 0, fixed: 0, moved: 0, onlyFirst: 0, onlySecond: 0 };
  Object.assign(counts, { rubricBroken: 0, rubricFixed: 0 });
  for (const row of rows) {
    const [was, now] = [first.chosen[row], second.chosen[row]];
    const kind = kindOf(first.right[row], second.right[row], was, now);
    const rubric = kindOf(first.passed[row], second.passed[row], 0, 0);
    if (kind === "unmeasured") counts[first.right[row] === null ? "onlySecond" : "onlyFirst"] += 1;
    if (isLone(kind) && isLone(rubric)) continue;
    counts.compared += 1;
    if (kind in counts) counts[kind] += 1;
    if (rubric === "broken") counts.rubricBroken += 1;
    if (rubric === "fixed") counts.rubricFixed += 1;
    const isDifferent = ["broken", "fixed", "moved"].includes(kind) || ["broken", "fixed"].includes(rubric);
    if (isDifferent) differences.push({ row, kind, rubric, was, now });
  }
  return { counts, differences: differences.sort(byGravity) };
}

const isLone = (kind) => kind === "absent" || kind === "unmeasured";

const GRAVITY = ["broken", "fixed", "moved"];

function gravity({ kind, rubric }) {
  const choice = GRAVITY.indexOf(kind);
  if (choice >= 0) return choice;
  return GRAVITY.length + Math.max(0, GRAVITY.indexOf(rubric));
}

function byGravity(one, other) {
  return gravity(one) - gravity(other) || one.was - other.was || one.now - other.now || one.row - other.row;
}

/** Sum differences of choices by the pair of agents that they went from and to, the most broken first. */
export function sumByPair(differences) {
  const sums = new Map();
  for (const { kind, was, now } of differences) {
    if (!GRAVITY.includes(kind)) continue;
    const key = `${was} ${now}`;
    if (!sums.has(key)) sums.set(key, { was, now, broken: 0, fixed: 0, moved: 0 });
    sums.get(key)[kind] += 1;
  }
  return [...sums.values()].sort(
    (one, other) =>
      other.broken - one.broken ||
      other.fixed - one.fixed ||
      other.moved - one.moved ||
      one.was - other.was ||
      one.now - other.now,
  );
}

/** Returns how a run is called: its label, when it began, its commit and branch; its name where nothing is known. */
export function runTitle(run) {
  const commit = run.commit ? `${run.commit.slice(0, 9)}${run.is_dirty ? " and changes" : ""}` : "";
  const parts = [run.started.slice(0, 16).replace("T", " "), commit, run.branch].filter(Boolean);
  if (!parts.length && run.identifier !== run.label) parts.push(run.identifier);
  return [run.label, parts.join(", ")].filter(Boolean).join(": ");
}

/** Returns the places of the two runs of an address; without them, the baseline or the run before, and the last. */
export function chosenRuns(runs, firstName, secondName) {
  const placeOf = (name) => runs.findIndex((run) => run.identifier === name);
  const second = placeOf(secondName) >= 0 ? placeOf(secondName) : runs.length - 1;
  const baseline = runs.findIndex((run) => run.label === "baseline");
  const former = baseline >= 0 && baseline !== second ? baseline : Math.max(0, second - 1);
  return [placeOf(firstName) >= 0 ? placeOf(firstName) : former, second];
}

/** Say in a sentence what makes two runs hard to compare; empty where nothing is known to. */
export function datasetNote(first, second) {
  if (first.is_same_dataset && second.is_same_dataset) return "";
  const other = [first, second].filter((run) => !run.is_same_dataset).map((run) => run.identifier);
  const names = other.length === 1 ? `the run ${other[0]} was` : `the runs ${other.join(" and ")} were`;
  return (
    `The datasets differ: ${names} made of another dataset than this report's. Cases are compared by their ` +
    "identifiers; a case that was edited since is compared all the same, and one that is gone is not shown."
  );
}
