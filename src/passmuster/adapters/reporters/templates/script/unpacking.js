// Reads the data that are packed into the page: base64 of raw deflate of JSON.

const KEPT_CHUNKS = 12;

function bytesOf(text) {
  if (typeof Uint8Array.fromBase64 === "function") return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Returns a promise of what was packed into a text. */
export async function unpack(text) {
  const packed = new Blob([bytesOf(text.trim())]).stream();
  const plain = packed.pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(plain).text());
}

/** Returns a promise of the whole document: the chunks come after the script, which need not wait for them. */
function wholeOf(root) {
  if (root.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => { root.addEventListener("DOMContentLoaded", resolve, { once: true }); });
}

/** Returns functions that read the packed elements of a document; the latest chunks are kept. */
export function makeReader(root) {
  const kept = new Map();

  const textOf = (identifier) => {
    const found = root.getElementById(identifier);
    if (!found) throw new Error(`this page has no data called ${identifier}`);
    return found.textContent;
  };

  const readColumns = () => unpack(textOf("columns"));

  const readChunk = (number) => {
    const reading = kept.get(number) ?? wholeOf(root).then(() => unpack(textOf(`chunk-${number}`)));
    kept.delete(number);
    kept.set(number, reading);
    // What could not be read is not kept, so that it can be tried again.
    reading.catch(() => kept.delete(number));
    if (kept.size > KEPT_CHUNKS) kept.delete(kept.keys().next().value);
    return reading;
  };

  return { readColumns, readChunk };
}
