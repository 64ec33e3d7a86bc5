// Make elements. Attributes that are functions are listeners; undefined ones are left out.
const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function html(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

// Give a parent this many children.
function fit(parent, count, make) {
  while (parent.childElementCount < count) parent.append(make());
  while (parent.childElementCount > count) parent.lastElementChild.remove();
}

// Write text only where it changes, so that nothing is laid out twice.
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A sentence, whose formulas do not break at the end of a line.
function setSentence(node, text) {
  setText(node, text.replaceAll(" = ", "\u00a0=\u00a0"));
}

// What is said to a screen reader: the newest text, once the reader's hands have rested.
function announcer() {
  const node = html("p", { class: "gdlib-hidden", role: "status", "aria-live": "polite" });
  let timer = 0;
  let said = null;
  node.say = (text) => {
    if (said === null) said = text; // what was there at first is read with the page
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (text !== said) setText(node, (said = text));
    }, 600);
  };
  return node;
}
