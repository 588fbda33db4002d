// Makes elements. Text is only ever set as text, and a link leads only to a place inside this page.

const SVG = "http://www.w3.org/2000/svg";

function setAttribute(made, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) {
    if (typeof value !== "function") throw new TypeError(`${name} takes a function`);
    made.addEventListener(name.slice(2), value);
  } else if (name === "style") {
    // The policy refuses the attribute; the object model is let through.
    for (const [property, amount] of Object.entries(value)) made.style.setProperty(property, String(amount));
  } else if (name === "dataset") {
    Object.assign(made.dataset, value);
  } else if (name === "href" && !/^(#|blob:)/.test(value)) {
    throw new TypeError("a link leads to a place of this page");
  } else {
    made.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Puts children into a parent: elements, text, lists of them; nothing for null, undefined, false and "". */
function appendTo(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) appendTo(parent, child);
    else if (child !== null && child !== undefined && child !== false && child !== "") {
      parent.append(typeof child === "object" ? child : String(child));
    }
  }
  return parent;
}

/** Returns an element. Attributes: `onclick` and the like take functions, `style` and `dataset` objects. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  return appendTo(made, children);
}

/** Returns an element of a drawing. */
export function svgElement(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  return appendTo(made, children);
}

/** Replaces everything inside a parent, and returns the parent. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  return appendTo(parent, children);
}

/** Returns a box with a name that scrolls sideways, by keys too, where what is in it is too wide. */
export function scrolling(label, ...children) {
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, children);
}

/** Returns text that only screen readers read. */
export function unseen(text) {
  return element("span", { class: "unseen" }, text);
}

/** Returns a button that does something on this page. */
export function button(text, onclick, attributes = {}) {
  return element("button", { type: "button", onclick, ...attributes }, text);
}
