// What a confusion matrix counts, and the order of its agents. Pure: columns in, numbers out.

/**
 * Count rows by expected and chosen agent.
 *
 * `rows` are indexes; `isBefore` counts the baseline's choices. The key of a pair is `expected * agents + chosen`. Rows
 * without a choice are left out.
 */
export function countPairs(columns, rows, isBefore = false) {
  const chosen = isBefore ? columns.rows.was : columns.rows.chosen;
  const { case: cases } = columns.rows;
  const { expected, acceptable } = columns.cases;
  const size = columns.agents.length;
  const counts = new Map();
  const accepted = new Map();
  for (const row of rows) {
    if (chosen[row] < 0 || expected[cases[row]] < 0) continue;
    const key = expected[cases[row]] * size + chosen[row];
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (acceptable[cases[row]].includes(chosen[row])) accepted.set(key, (accepted.get(key) ?? 0) + 1);
  }
  return { size, counts, accepted };
}

/** Returns the pairs of both sides with their numbers: expected, chosen, now, before, and now less before. */
export function pairsOf(now, before) {
  const keys = new Set([...now.counts.keys(), ...before.counts.keys()]);
  return [...keys]
    .sort((one, other) => one - other)
    .map((key) => {
      const counts = [now.counts.get(key) ?? 0, before.counts.get(key) ?? 0];
      return {
        expected: Math.floor(key / now.size),
        chosen: key % now.size,
        now: counts[0],
        before: counts[1],
        difference: counts[0] - counts[1],
        accepted: Math.max(now.accepted.get(key) ?? 0, before.accepted.get(key) ?? 0),
      };
    });
}

/** Returns the agents that occur in pairs, in the order of the roster. */
export function agentsOf(pairs) {
  return [...new Set(pairs.flatMap(({ expected, chosen }) => [expected, chosen]))].sort((one, other) => one - other);
}

/** Returns the number that a pair has in a mode: `now`, `before` or `difference`. */
export function pairNumber(pair, mode) {
  return pair ? pair[mode] : 0;
}

/** Returns the pairs off the diagonal, the most frequent first; of a difference, the greatest change first. */
export function mixUps(pairs, mode) {
  return pairs
    .filter((pair) => pair.expected !== pair.chosen && pairNumber(pair, mode) !== 0)
    .sort(
      (one, other) =>
        Math.abs(pairNumber(other, mode)) - Math.abs(pairNumber(one, mode)) ||
        other.now - one.now ||
        one.expected - other.expected ||
        one.chosen - other.chosen,
    );
}

/**
 * Order agents so that those which are mixed up stand side by side.
 *
 * Clusters are joined along the most frequent mix-up between them, turned so that its two agents come as near to each
 * other as can be. That is single linkage, whose joins depend on nothing but the order of the weights: equal counts
 * give equal orders, and there is no start to choose and nothing to iterate. Clusters with many mix-ups come first, and
 * agents without one last, in the order of the roster.
 */
export function seriate(agents, pairs) {
  const weights = new Map();
  const size = Math.max(0, ...agents) + 1;
  for (const { expected, chosen, now, before } of pairs) {
    if (expected === chosen) continue;
    const key = Math.min(expected, chosen) * size + Math.max(expected, chosen);
    weights.set(key, (weights.get(key) ?? 0) + now + before);
  }
  const clusterOf = new Map(agents.map((agent) => [agent, { agents: [agent], weight: 0 }]));
  const heaviest = [...weights].sort((one, other) => other[1] - one[1] || one[0] - other[0]);
  for (const [key, weight] of heaviest) {
    const [first, second] = [Math.floor(key / size), key % size];
    const [left, right] = [clusterOf.get(first), clusterOf.get(second)];
    left.weight += weight;
    if (left === right) continue;
    left.agents = joinedClusters(left.agents, right.agents, first, second);
    left.weight += right.weight;
    for (const agent of right.agents) clusterOf.set(agent, left);
  }
  const clusters = [...new Set(clusterOf.values())];
  const least = (cluster) => Math.min(...cluster.agents);
  clusters.sort((one, other) => other.weight - one.weight || least(one) - least(other));
  return clusters.flatMap((cluster) => cluster.agents);
}

function joinedClusters(left, right, first, second) {
  const turns = [
    [left, right],
    [left, [...right].reverse()],
    [[...left].reverse(), right],
    [[...left].reverse(), [...right].reverse()],
  ].map(([one, other]) => [...one, ...other]);
  const distance = (order) => Math.abs(order.indexOf(first) - order.indexOf(second));
  return turns.reduce((best, turn) => (distance(turn) < distance(best) ? turn : best));
}

/** Returns the shade of a number from 0 to 4, by its share of the greatest off the diagonal. */
export function shadeOf(number, greatest) {
  if (!number || !greatest) return 0;
  return Math.max(1, Math.ceil((Math.abs(number) / greatest) * 4));
}
