// Numbers as people read them; an en dash where nothing was measured.

const ABSENT_TEXT = "–";
const COUNTS = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

const isAbsent = (value) => value === null || value === undefined || Number.isNaN(value);

/** Returns a count, such as 12,345. */
export function countText(value) {
  return isAbsent(value) ? ABSENT_TEXT : COUNTS.format(value);
}

/** Returns a count with its noun, such as "1 case" and "2 cases". */
export function countOf(value, noun, nouns = `${noun}s`) {
  return `${countText(value)} ${value === 1 ? noun : nouns}`;
}

/** Returns a share from 0 to 1, such as 91.2 %. */
export function percentText(value, digits = 1) {
  if (isAbsent(value)) return ABSENT_TEXT;
  const text = (100 * value).toFixed(digits);
  const least = (10 ** -digits).toFixed(digits);
  // Nearly all is not all, and hardly any is not none.
  if (value > 0 && Number(text) === 0) return `< ${least} %`;
  if (value < 1 && Number(text) === 100) return `> ${(100 - Number(least)).toFixed(digits)} %`;
  return `${text.replace(/\.0+$/, "")} %`;
}

/** Returns a difference with its sign. */
export function signedText(value, draw = countText) {
  if (isAbsent(value)) return ABSENT_TEXT;
  if (value === 0) return "0";
  return `${value > 0 ? "+" : "−"}${draw(Math.abs(value))}`;
}

/** Returns US dollars; small amounts keep two digits that tell something. */
export function moneyText(value) {
  if (isAbsent(value)) return ABSENT_TEXT;
  if (value === 0) return "$0";
  const zeros = Math.max(0, -Math.floor(Math.log10(value)) - 1);
  const text = value.toFixed(Math.min(20, zeros + 2));
  return `$${zeros ? text.replace(/0$/, "") : text}`;
}

/** Returns a duration. */
export function secondsText(value) {
  if (isAbsent(value)) return ABSENT_TEXT;
  if (value < 0.001) return "under 1 ms";
  if (value < 0.9995) return `${Math.round(value * 1000)} ms`;
  return value < 99.95 ? `${value.toFixed(1)} s` : `${countText(Math.round(value))} s`;
}

/** Returns a number of a score or a term. */
export function decimalText(value, digits = 2) {
  return isAbsent(value) ? ABSENT_TEXT : value.toFixed(digits);
}
