// Shared by the explorers that draw charts: a field and a legend beside them, a canvas in CSS pixels, and lines,
// words and points on it.

// A field for a whole number from 0 to the last; what is typed and is none changes nothing.
function wholeField(label, change) {
  const input = make("input", { type: "number", min: 0, step: 1, "aria-label": label, ...KEEP_KEYS });
  input.addEventListener("input", () => {
    const value = Number(input.value);
    const good = input.value !== "" && Number.isInteger(value) && value >= 0 && value <= Number(input.max);
    input.setAttribute("aria-invalid", String(!good));
    if (good) change(value);
  });
  return {
    input,
    show(value, last) {
      input.max = last;
      if (Number(input.value) !== value || input.value === "") input.value = value;
      input.removeAttribute("aria-invalid");
    },
  };
}

// What a blue disc and an orange triangle stand for.
function legend(names) {
  const key = (kind, words) => [make("i", { class: `mk-mark mk-${kind}`, "aria-hidden": "true" }), make("span", {}, words)];
  return names.flatMap((name, i) => key(["first", "second"][i], name));
}

// A canvas that calls paint(context, width, height, colour) in CSS pixels, whatever the screen;
// colour("ink") is what the page has for --mk-ink.
class Sheet {
  constructor(attributes, paint) {
    this.canvas = make("canvas", attributes);
    this.paint = paint;
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.canvas);
    this.theme = new MutationObserver(() => this.draw());
    this.theme.observe(document.body, { attributes: true }); // JupyterLab notes its theme there
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width) return;
    const sizes = [width, height].map((side) => Math.round(side * ratio));
    if (this.canvas.width !== sizes[0] || this.canvas.height !== sizes[1]) [this.canvas.width, this.canvas.height] = sizes;
    const style = getComputedStyle(this.canvas);
    const context = this.canvas.getContext("2d");
    context.family = style.fontFamily; // for setFont
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.paint(context, width, height, (name) => style.getPropertyValue(`--mk-${name}`).trim());
  }

  close() {
    this.observer.disconnect();
    this.theme.disconnect();
  }
}

// Whether the page is dark: its ink is light.
const isDark = (node) => getComputedStyle(node).color.match(/[\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) > 380;

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

const inside = (width, height, { left, right, top, bottom }) => ({ left, right: width - right, top, bottom: height - bottom });

const setFont = (context, weight, size) => (context.font = `${weight} ${size}px ${context.family}`);

// The halo keeps words legible on a picture.
function text(context, words, x, y, colour, { align = "center", weight = 400, size = 13, halo } = {}) {
  setFont(context, weight, size);
  Object.assign(context, { textAlign: align, textBaseline: "middle", fillStyle: colour });
  if (halo) {
    Object.assign(context, { strokeStyle: halo, lineWidth: 4 });
    context.strokeText(words, x, y);
  }
  context.fillText(words, x, y);
}

// Words along the y axis, read from below.
function upright(context, words, x, y, colour, style) {
  context.save();
  context.translate(x, y);
  context.rotate(-Math.PI / 2);
  text(context, words, 0, 0, colour, style);
  context.restore();
}

function line(context, points, colour, width = 1, dash = []) {
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  Object.assign(context, { strokeStyle: colour, lineWidth: width });
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

function dots(context, points, radius, fill) {
  context.beginPath();
  for (const [x, y] of points) {
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.fillStyle = fill;
  context.fill();
}

function spot(context, point, radius, fill, edge, width) {
  dots(context, [point], radius, fill);
  Object.assign(context, { strokeStyle: edge, lineWidth: width });
  context.stroke();
}

// An axis from low to high: at most seven round numbers, all multiples of step.
function ticks(low, high, step) {
  const wide = [1, 2, 5, 10, 20, 50].map((times) => times * step).find((width) => (high - low) / width <= 6.5);
  const first = Math.ceil(low / wide - 1e-9);
  return Array.from({ length: Math.floor(high / wide + 1e-9) - first + 1 }, (_, i) => (first + i) * wide);
}

// A frame with round numbers along two axes, view: [{low, high, wide}, …]; put([x, y]) is where on the canvas.
function drawFrame(context, { left, right, top, bottom }, colour, { view, titles }, put) {
  line(context, [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]], colour("line"));
  const rounds = view.map(({ low, high, wide }) => ticks(low, high, 10 ** Math.floor(Math.log10(wide / 6.5))));
  const words = (value) => minus(String(Number(value.toPrecision(3))));
  for (const value of rounds[0]) {
    const [x] = put([value, 0]);
    line(context, [[x, top], [x, bottom]], colour("line"), value ? 0.5 : 1.5);
    text(context, words(value), x, bottom + 12, colour("soft"), { size: 12 });
  }
  for (const value of rounds[1]) {
    const [, y] = put([0, value]);
    line(context, [[left, y], [right, y]], colour("line"), value ? 0.5 : 1.5);
    text(context, words(value), left - 6, y, colour("soft"), { align: "right", size: 12 });
  }
  text(context, titles[0], (left + right) / 2, bottom + 29, colour("soft"));
  upright(context, titles[1], 12, (top + bottom) / 2, colour("soft"));
}

// Where the pointer is between the margins: [0, 0] is the lower left corner, [1, 1] the upper right.
function locate(canvas, event, margins) {
  const { width, height, ...box } = canvas.getBoundingClientRect().toJSON();
  const { left, right, top, bottom } = inside(width, height, margins);
  return [(event.clientX - box.left - left) / (right - left), (bottom - event.clientY + box.top) / (bottom - top)];
}

// Hold and drag: move(x, y, event), in parts of the width and height between the margins.
function drag(canvas, margins, move) {
  const handle = (event) => event.buttons && move(...locate(canvas, event, margins), event);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    handle(event);
  });
  canvas.addEventListener("pointermove", handle);
}

// Arrow keys: move(right, up) by one, with Shift by ten.
function onArrows(canvas, move) {
  const ways = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in ways)) return;
    event.preventDefault();
    move(...ways[event.key].map((step) => step * (event.shiftKey ? 10 : 1)));
  });
}
