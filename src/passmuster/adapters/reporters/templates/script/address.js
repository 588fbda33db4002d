// What is shown is a state, and the state is the fragment of the address: every view is a link.

const FIRST_KEYS = ["view", "q", "case", "subject"];

/** Returns the state that a fragment stands for; a plain anchor is a place of the summary. */
export function parseAddress(fragment) {
  const text = fragment.replace(/^#/, "");
  if (!text.includes("=")) return { view: "summary", ...(text ? { anchor: text } : {}) };
  const state = {};
  for (const part of text.split("&")) {
    const [key, ...rest] = part.split("=");
    const value = decoded(rest.join("="));
    if (/^[a-z]+$/.test(key) && value !== "") state[key] = value;
  }
  return { ...state, view: state.view ?? "summary" };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign, typed by hand.
  }
}

/** Returns the fragment of a state: equal states give equal fragments. */
export function formatAddress(state) {
  if (state.view === "summary" && state.anchor) return `#${state.anchor}`;
  const keys = Object.keys(state).filter((key) => state[key] !== undefined && state[key] !== null && state[key] !== "");
  const rank = (key) => (FIRST_KEYS.includes(key) ? FIRST_KEYS.indexOf(key) : FIRST_KEYS.length);
  keys.sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  // Half a surrogate pair cannot be encoded.
  return `#${keys.map((key) => `${key}=${encodeURIComponent(String(state[key]).toWellFormed())}`).join("&")}`;
}

/** Returns a state with some keys changed. Another view keeps the query, and the subject unless it named a case. */
export function patched(state, patch) {
  const isOther = patch.view !== undefined && patch.view !== state.view;
  const kept = isOther ? { q: state.q, ...(state.view === "case" ? {} : { subject: state.subject }) } : state;
  const all = { ...kept, ...patch };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null && value !== ""));
}

/** Returns the state of a window's address, and tells of each change. */
export function makeAddress(place, onchange) {
  let state = parseAddress(place.location.hash);
  const read = () => {
    const found = parseAddress(place.location.hash);
    // Browsers tell of one step back twice, as a change of the fragment and as a step in the history.
    if (formatAddress(found) === formatAddress(state)) return;
    state = found;
    onchange(state);
  };
  place.addEventListener("hashchange", read);
  place.addEventListener("popstate", read);
  return {
    get state() { return state; },
    of: (patch) => formatAddress(patched(state, patch)),
    go(patch, { replace = false } = {}) {
      const next = patched(state, patch);
      const fragment = formatAddress(next);
      if (fragment === formatAddress(state)) return;
      state = next;
      place.history[replace ? "replaceState" : "pushState"](null, "", fragment);
      onchange(state);
    },
  };
}
