// Shared by the explorers: controls, a picture that stays crisp on any screen, a lens, numbers as text.

// Without this mark on the focused element JupyterLab takes the arrow keys and letters for itself.
const KEEP_KEYS = { "data-lm-suppress-shortcuts": "true" };

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Put an explorer into its output. Escape leads out of it, to its cell, where the notebook's keys work.
function mount(el, root) {
  el.append(root);
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) root.closest(".jp-Cell")?.focus();
  });
}

// ---- numbers ----------------------------------------------------------------------------------

const minus = (text) => text.replace("-", "−");

function number(value, digits = 3) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 0.5 * 10 ** -digits) return minus(value.toExponential(1).replace("+", ""));
  return minus(value.toFixed(size >= 1000 ? 0 : size >= 100 ? Math.min(1, digits) : digits));
}

// A weight as people write it: 5, -0.25, 1/9, 3/16; else two or three digits that matter.
function weightText(value, room = 7) {
  const near = (a) => Math.abs(a - Math.round(a)) < 1e-9;
  const below = [3, 5, 6, 7, 9, 12, 16, 25, 49, 64, 256].find((n) => near(value * n) && `${Math.round(value * n)}/${n}`.length <= room);
  if (near(value * 100)) return minus(String(Math.round(value * 100) / 100));
  if (below) return minus(`${Math.round(value * below)}/${below}`);
  const texts = [3, 2, 1].map((digits) => String(Number(value.toPrecision(digits))).replace(/^(-?)0\./, "$1."));
  return minus(texts.find((text) => text.length <= room) ?? value.toExponential(0));
}

// "-0.5", "1/16", "0,25" -> a number; null if it is none.
function parseWeight(text) {
  const part = "([+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?)";
  const found = text.trim().replace("−", "-").replace(",", ".").match(new RegExp(`^${part}(?:\\s*/\\s*${part})?$`, "i"));
  const value = found ? Number(found[1]) / Number(found[2] ?? 1) : NaN;
  return Number.isFinite(value) ? value : null;
}

// ---- controls: each has a root to place and show(value) to follow the model -------------------

function segments(title, choices, change) {
  const group = `mk-${Math.random().toString(36).slice(2)}`; // radio buttons of one group share a name
  const inputs = choices.map(([value]) => make("input", { type: "radio", name: group, value, ...KEEP_KEYS }));
  const labels = choices.map(([, text], i) => make("label", {}, inputs[i], make("span", {}, text)));
  inputs.forEach((input, i) => input.addEventListener("change", () => change(choices[i][0])));
  return {
    root: make("fieldset", { class: "mk-control" }, make("legend", {}, title), make("div", { class: "mk-segments" }, ...labels)),
    show: (value) => inputs.forEach((input, i) => (input.checked = choices[i][0] === value)),
  };
}

const steps = (low, high) => Array.from({ length: high - low + 1 }, (_, i) => [low + i, String(low + i)]);

function slider(title, low, high, unit, change) {
  const input = make("input", { type: "range", min: low, max: high, step: 1, "aria-label": title, ...KEEP_KEYS });
  const shown = make("output", { "aria-hidden": "true" });
  input.addEventListener("input", () => change(Number(input.value)));
  return {
    input,
    root: make("div", { class: "mk-control" }, make("span", { class: "mk-name" }, title), make("div", { class: "mk-slider" }, input, shown)),
    show(value, words = `${value} ${unit}`, spoken = words) {
      input.value = value;
      input.setAttribute("aria-valuetext", spoken);
      shown.textContent = words;
    },
  };
}

const button = (words, press) => {
  const node = make("button", { type: "button", class: "mk-button", ...KEEP_KEYS }, words);
  node.addEventListener("click", press);
  return node;
};

// ---- pictures: a map is {height, width, data} -------------------------------------------------

// A copy, since a typed array must begin at a multiple of its size.
function readBytes(model, name) {
  const { buffer, byteOffset, byteLength } = model.get(name);
  return buffer.slice(byteOffset, byteOffset + byteLength);
}

function readImage(model) {
  const [height, width] = model.get("shape");
  return { height, width, data: new Float32Array(readBytes(model, "pixels")) };
}

const extremes = new WeakMap(); // of a map: asked for again whenever the cursor moves

function range(map) {
  if (!extremes.has(map)) {
    const data = map.data;
    let [low, high] = [0, 0];
    for (let i = 0; i < data.length; i++) {
      if (data[i] < low) low = data[i];
      else if (data[i] > high) high = data[i];
    }
    extremes.set(map, [low, high]);
  }
  return extremes.get(map);
}

// How values become grey. With negative values mid-grey is 0; without, black is 0.
function greys(map, start = 1) {
  const [low, high] = range(map);
  const signed = low < 0;
  const top = signed ? Math.max(-low, high) : Math.max(high, start);
  const bottom = signed ? -top : 0;
  return { signed, top, bottom, of: (value) => clamp(Math.round((255 * (value - bottom)) / (top - bottom)), 0, 255) };
}

const [AMBER, BLUE, RED] = ["#ffb000", "#4a86d8", "#d55e00"]; // the window, padding, the winner

class Plane {
  constructor(label, room = 0) {
    this.room = room; // pixels kept free around the map, so that padding does not resize it
    this.canvas = make("canvas", { class: "mk-plane", role: "img", "aria-label": label });
    this.stage = make("div", { class: "mk-stage" }, this.canvas);
    this.bitmap = document.createElement("canvas");
    this.marks = [];
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.canvas);
  }

  load(map, { top, bottom }, padding = 0) {
    this.padding = padding;
    if (this.map === map) return;
    this.map = map;
    this.bitmap.width = map.width;
    this.bitmap.height = map.height;
    const context = this.bitmap.getContext("2d");
    const picture = context.createImageData(map.width, map.height);
    const [bytes, values, scale] = [picture.data, map.data, 255 / (top - bottom)];
    for (let i = 0, at = 0; i < values.length; i++, at += 4) {
      bytes[at] = bytes[at + 1] = bytes[at + 2] = (values[i] - bottom) * scale; // rounded and kept in 0..255
      bytes[at + 3] = 255;
    }
    context.putImageData(picture, 0, 0);
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const side = Math.round(this.canvas.clientWidth * ratio);
    if (!side || !this.map) return;
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const { height, width } = this.map;
    const fit = side / (Math.max(height, width) + 2 * this.room);
    const unit = Math.floor(fit) > 0.85 * fit ? Math.floor(fit) : fit; // whole screen pixels, if that fills
    Object.assign(this, { unit, top: Math.round((side - height * unit) / 2), left: Math.round((side - width * unit) / 2) });
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, side, side);
    if (this.padding) this.drawPadding(context);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.bitmap, this.left, this.top, Math.round(width * unit), Math.round(height * unit));
    for (const mark of this.marks) this.drawMark(context, mark, ratio);
  }

  drawPadding(context) {
    const edge = this.padding * this.unit;
    const box = [this.left - edge, this.top - edge, this.map.width * this.unit + 2 * edge, this.map.height * this.unit + 2 * edge];
    context.fillStyle = "#14223a";
    context.fillRect(...box);
    context.setLineDash([]);
    context.strokeStyle = BLUE;
    context.lineWidth = Math.max(1, this.unit / 2);
    context.strokeRect(...box);
  }

  drawMark(context, { top, left, height, width, dashed }, ratio) {
    const gap = 2.5 * ratio; // around the pixels, not over them
    const box = [this.left + left * this.unit - gap, this.top + top * this.unit - gap, width * this.unit + 2 * gap, height * this.unit + 2 * gap];
    context.setLineDash(dashed ? [4 * ratio, 3 * ratio] : []);
    for (const [style, wide] of [["#000", 5], [AMBER, 2.5]]) {
      context.strokeStyle = style;
      context.lineWidth = wide * ratio;
      context.strokeRect(...box);
    }
  }

  locate(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    const row = Math.floor(((event.clientY - box.top) * scale - this.top) / this.unit);
    const column = Math.floor(((event.clientX - box.left) * scale - this.left) / this.unit);
    return [row, column];
  }

  onPoint(move) {
    const handle = (event) => this.map && move(...this.locate(event));
    this.canvas.addEventListener("pointermove", handle);
    this.canvas.addEventListener("pointerdown", handle);
  }

  // Arrow keys move by one pixel, with Shift by ten.
  onKeys(move) {
    const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    for (const [name, value] of Object.entries({ tabindex: "0", role: "application", ...KEEP_KEYS })) this.canvas.setAttribute(name, value);
    this.canvas.addEventListener("keydown", (event) => {
      if (!(event.key in ways)) return;
      event.preventDefault();
      move(...ways[event.key].map((step) => step * (event.shiftKey ? 10 : 1)));
    });
  }

  close() {
    this.observer.disconnect();
  }
}

// Draw the pixels under a window, magnified, with a margin of one pixel. Pixels that are no part of
// the window are faint; zeros of the padding are crossed out.
function drawLens(canvas, { map, grey, top, left, count, dilation = 1, padding = 0, winner }) {
  const ratio = window.devicePixelRatio || 1;
  const side = Math.round(canvas.clientWidth * ratio);
  if (!side) return;
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  const across = (count - 1) * dilation + 3;
  const unit = Math.floor(side / across);
  const start = Math.floor((side - unit * across) / 2);
  const thin = Math.max(1, Math.round(ratio));
  const inWindow = (step) => step >= 0 && step < across - 2 && step % dilation === 0;
  for (let i = -1; i < across - 1; i++) {
    for (let j = -1; j < across - 1; j++) {
      const [row, column] = [top + i, left + j];
      const inside = row >= 0 && column >= 0 && row < map.height && column < map.width;
      const far = Math.max(-row, -column, row - map.height + 1, column - map.width + 1);
      if (!inside && far > padding) continue;
      const value = inside ? map.data[row * map.width + column] : 0;
      const chosen = inWindow(i) && inWindow(j);
      const wins = winner && winner[0] === i && winner[1] === j;
      drawCell(context, { x: start + (j + 1) * unit, y: start + (i + 1) * unit, unit, thin, value, grey: grey(value), inside, chosen, wins });
    }
  }
}

function drawCell(context, { x, y, unit, thin, value, grey, inside, chosen, wins }) {
  context.globalAlpha = chosen ? 1 : 0.4;
  context.fillStyle = `rgb(${grey},${grey},${grey})`;
  context.fillRect(x, y, unit, unit);
  context.strokeStyle = wins ? RED : inside ? AMBER : BLUE;
  if (!inside) {
    context.lineWidth = thin;
    context.beginPath();
    context.moveTo(x, y + unit);
    context.lineTo(x + unit, y);
    context.stroke();
  }
  if (chosen) {
    context.lineWidth = (wins ? 4 : 1.5) * thin;
    const gap = context.lineWidth / 2 + thin / 2;
    context.strokeRect(x + gap, y + gap, unit - 2 * gap, unit - 2 * gap);
    if (unit >= 28 * thin) {
      context.fillStyle = grey > 125 ? "#000" : "#fff";
      context.font = `${wins ? "700 " : ""}${Math.min(unit * 0.34, 15 * thin)}px ui-monospace, Menlo, Consolas, monospace`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(number(value, 2), x + unit / 2, y + unit / 2);
    }
  }
  context.globalAlpha = 1;
}

// ---- model ------------------------------------------------------------------------------------

// Call `update(names)` once after any of these traits changed, however many changed together.
function follow(model, names, update) {
  let changed = new Set();
  const listeners = names.map((name) => {
    const listener = () => {
      if (!changed.size) queueMicrotask(() => {
        const all = changed;
        changed = new Set();
        update(all);
      });
      changed.add(name);
    };
    model.on(`change:${name}`, listener);
    return [name, listener];
  });
  return () => listeners.forEach(([name, listener]) => model.off(`change:${name}`, listener));
}

function save(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

// The cursor at the same place of a map of another size: [height, width] before and after.
const keepPlace = (cursor, before, after) => (before && after ? cursor.map((at, axis) => Math.round(((Math.min(at, before[axis] - 1) + 0.5) * after[axis]) / before[axis] - 0.5)) : cursor);

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
