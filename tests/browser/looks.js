// What the tests of the lessons ask the page that shows one: where the focus is, and what is wrong to look at.

(() => {
const EXPLORERS = ".mk, .jupyter-widgets";
// The map of changes of the pooling explorer is black, and rightly so, until its image is shifted.
const MAY_BE_EVEN = '[aria-hidden="true"], [aria-label^="Where the pooled map differs"]';
const cells = () => [...document.querySelectorAll(".jp-Notebook .jp-Cell")];
const all = (root, selector) => [...root.querySelectorAll(selector)];
const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getBoundingClientRect().width > 1;
const frame = () => new Promise((done) => requestAnimationFrame(done));

// ---- pictures
function pixels(picture) {
  const [width, height] = [picture.naturalWidth ?? picture.width, picture.naturalHeight ?? picture.height];
  if (!width || !height) return new Uint32Array(1);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0);
  return new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
}
const pictures = (root) => all(root, "img, canvas").filter(seen);
const even = (picture) => pixels(picture).every((pixel, _, [first]) => pixel === first);
const hash = (picture) => pixels(picture).reduce((sum, pixel) => (Math.imul(sum, 31) + pixel) | 0, 17);
const nameOf = (node) => `${node.localName}.${node.className} ${node.getAttribute("aria-label") ?? node.alt ?? ""}`;
const blank = (cell) => pictures(cell).filter((picture) => !picture.matches(MAY_BE_EVEN) && even(picture))
  .map((picture) => `blank: ${nameOf(picture)}`);

// ---- widths
const wide = (cell) => all(cell, ".jp-OutputArea-output, .jp-MarkdownOutput").filter((part) => part.scrollWidth > part.clientWidth + 1)
  .map((part) => `too wide: ${part.scrollWidth} in ${part.clientWidth} pixels: ${part.innerText.slice(0, 60)}`);

const cut = (cell) => all(cell, ".mk *").filter((part) => seen(part) && getComputedStyle(part).overflowX === "hidden" && part.scrollWidth > part.clientWidth + 1)
  .map((part) => `cut off: ${nameOf(part)} "${part.innerText.slice(0, 60)}"`);

// ---- contrast, as WCAG 2 has it
const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
function parse(colour) {
  brush.clearRect(0, 0, 1, 1);
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  return brush.getImageData(0, 0, 1, 1).data;
}
const over = ([r, g, b, alpha], below, opacity) => [r, g, b].map((part, i) => below[i] + ((part - below[i]) * alpha * opacity) / 255);
function luminance(colour) {
  const [r, g, b] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(node) {
  const above = [];
  for (let each = node; each; each = each.parentElement) above.unshift(getComputedStyle(each));
  let [ground, opacity] = [[255, 255, 255], 1];
  for (const style of above) {
    opacity *= style.opacity;
    ground = over(parse(style.backgroundColor), ground, opacity);
  }
  const ink = over(parse(above.at(-1).color), ground, opacity);
  const [light, dark] = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
const ownText = (node) => [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE).map((child) => child.data).join("").trim();
const textOf = (node) => (node.matches("input[type=text], input[type=number], select") ? node.value : ownText(node));
// What belongs to a control that is switched off may be faint.
function inUse(node) {
  const controls = all(node.closest(".mk-control, label") ?? node, "input, select, button");
  return !node.closest(":disabled") && !(controls.length && controls.every((control) => control.disabled));
}
const faint = (cell) => all(cell, ".jp-OutputArea-output").filter((output) => output.querySelector(EXPLORERS))
  .flatMap((output) => all(output, "*")).filter((node) => textOf(node) && seen(node) && inUse(node) && contrast(node) < 4.5)
  .map((node) => `faint, ${contrast(node).toFixed(2)}: ${nameOf(node)} "${textOf(node).slice(0, 40)}"`);

// ---- what the tests call
async function faults() {
  const found = [];
  for (const [number, cell] of cells().entries()) {
    if (cell.querySelector("canvas")) {
      cell.scrollIntoView();
      for (let i = 0; i < 3; i++) await frame(); // a new size is noticed, and what it asks for is drawn
    }
    found.push(...[blank, wide, cut, faint].flatMap((look) => look(cell)).map((fault) => `cell ${number}: ${fault}`));
  }
  return found;
}
const explorers = () => cells().flatMap((cell, number) => (cell.querySelector(EXPLORERS) ? [number] : []));
// What the pictures of a cell show, and what its words and controls say.
function shown(number) {
  const cell = cells()[number];
  const values = all(cell, "input, select").map((control) => `${control.value} ${control.checked}`);
  return [pictures(cell).map(hash).join(), [cell.innerText, ...values].join()];
}
// One radio button alone is nothing to choose; and the number beside a slider of ipywidgets, in which one can write, comes
// after the slider.
const isChoice = (node) => !node.isContentEditable && !(node.type === "radio" && document.getElementsByName(node.name).length === 1);
// In which cell the focus is, on what, and whether that is a control of an explorer or the cell itself.
function focus() {
  const node = document.activeElement;
  const cell = node.closest(".jp-Cell");
  return {
    cell: cells().indexOf(cell),
    control: Boolean(node.closest(EXPLORERS)) && isChoice(node),
    button: node.matches("button"),
    checkbox: node.type === "checkbox",
    free: node === cell,
    name: nameOf(node),
  };
}
window.looks = { faults, explorers, shown, focus };
})();
