// PoolingExplorer: the image, shifted, its pooled map, and how much that differs from the unshifted one.

const STATE = ["pixels", "shape", "mode", "size", "stride", "shift_x", "shift_y", "cursor"];
const MODES = [["max", "Max"], ["average", "Average"], ["L2", "L2"], ["blur", "Blur"]];

function binomial(size) {
  let row = [1];
  while (row.length < size) row = [1, ...row.slice(1).map((value, i) => value + row[i]), 1];
  return row.map((value) => value / 2 ** (size - 1));
}

function windowWeights(size) {
  const line = binomial(size);
  return line.flatMap((a) => line.map((b) => a * b));
}

function windowValues(map, top, left, size) {
  const values = [];
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) values.push(map.data[(top + i) * map.width + left + j]);
  return values;
}

// What to do with each pixel of a window, and with the outcome; the loops below stay short and fast.
function pool(map, size, stride, mode) {
  const height = Math.floor((map.height - size) / stride) + 1;
  const width = Math.floor((map.width - size) / stride) + 1;
  if (height < 1 || width < 1) return null;
  const sums = new Float64Array(height * width).fill(mode === "max" ? -Infinity : 0);
  const weights = mode === "blur" ? windowWeights(size) : new Array(size * size).fill(1 / size ** 2);
  const add = {
    max: (sum, value) => (value > sum ? value : sum),
    L2: (sum, value, weight) => sum + weight * value * value,
  }[mode] ?? ((sum, value, weight) => sum + weight * value);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) gather(map, sums, { height, width, stride, i, j }, add, weights[i * size + j]);
  return { height, width, data: Float32Array.from(mode === "L2" ? sums.map(Math.sqrt) : sums) };
}

// Take in pixel (i, j) of every window at once.
function gather(map, sums, { height, width, stride, i, j }, add, weight) {
  const data = map.data;
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = 0, from = (y * stride + i) * map.width + j; x < width; x++, out++, from += stride) sums[out] = add(sums[out], data[from], weight);
  }
}

// What leaves on one side comes back on the other, as numpy.roll does it.
function roll({ height, width, data }, down, right) {
  const out = new Float32Array(data.length);
  const split = (((-right % width) + width) % width); // the column that becomes the first
  for (let y = 0; y < height; y++) {
    const [from, to] = [y * width, ((y + down) % height) * width];
    out.set(data.subarray(from + split, from + width), to);
    out.set(data.subarray(from, from + split), to + width - split);
  }
  return { height, width, data: out };
}

function difference(a, b) {
  const data = new Float32Array(a.data.length);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] = Math.abs(a.data[i] - b.data[i]);
  return { ...a, data, percent: (100 * sum) / data.length };
}

// ---- one pooled pixel, written out ------------------------------------------------------------

function writeWindow(root, values, size, mode, winner) {
  const weights = windowWeights(size);
  const font = size <= 3 ? 16 : size <= 4 ? 14 : 12.5;
  root.style.cssText = `grid-template-columns: repeat(${size}, max-content); gap: 1px ${font}px; font-size: ${font}px`;
  const text = {
    max: (value) => number(value),
    average: (value) => `+ ${number(value)}`,
    L2: (value) => `+ ${number(value)}²`,
    blur: (value, at) => `+ ${weightText(weights[at])}×${number(value, 2)}`,
  }[mode];
  root.replaceChildren(...values.map((value, at) => make("span", mode === "max" && at === winner ? { class: "mk-winner" } : {}, text(value, at))));
}

function conclusion(value, values, size, mode, winner, [top, left]) {
  const many = `${values.length}`;
  const result = number(value);
  if (mode === "max") return `Winner = ${result}, image row ${top + Math.floor(winner / size)}, column ${left + (winner % size)}`;
  if (mode === "average") return `Sum ÷ ${many} = ${result}`;
  if (mode === "L2") return `√(sum ÷ ${many}) = ${result}`;
  return `Sum = ${result}`;
}

const MEANS = {
  max: "Max keeps the largest value of each window: a bright dot survives, everything else in the window is lost.",
  average: "Average keeps the mean of each window: a small bright dot fades into its surroundings.",
  L2: "L2 keeps the root of the mean square: between average and max, large values count more.",
  blur: "Blur is an average whose weights fall off from the middle: best with a window of twice the stride.",
};

// ---- the whole --------------------------------------------------------------------------------

function mapSize({ height, width }, size, stride) {
  const sides = [height, width].map((side) => Math.floor((side - size) / stride) + 1);
  return Math.min(...sides) > 0 ? sides : null;
}

function controls(model, image) {
  const set = (name) => (value) => {
    const before = mapSize(image(), model.get("size"), model.get("stride"));
    model.set(name, value);
    save(model, { cursor: keepPlace(model.get("cursor"), before, mapSize(image(), model.get("size"), model.get("stride"))) });
  };
  const parts = {
    mode: segments("Pooling", MODES, set("mode")),
    size: segments("Window", steps(2, 6), set("size")),
    stride: segments("Stride", steps(1, 6), set("stride")),
    shift_x: slider("Shift right", 0, 8, "px", set("shift_x")),
    shift_y: slider("Shift down", 0, 8, "px", set("shift_y")),
  };
  return {
    root: make("div", { class: "mk-bar" }, ...Object.values(parts).map((part) => part.root)),
    show: () => Object.entries(parts).forEach(([name, part]) => part.show(model.get(name))),
  };
}

// How far the pooled map moves along with the image, in pooled pixels.
const along = ({ shift_x, shift_y, stride }) => [shift_y, shift_x].map((shift) => Math.ceil(shift / stride - 0.5));

function moved(now) {
  if (!now.shift_x && !now.shift_y) return "Nothing is shifted: move a shift slider and watch the map on the right.";
  return now.shift_x % now.stride === 0 && now.shift_y % now.stride === 0
    ? `The shift is a multiple of the stride (${now.stride}): the pooled map moves along and keeps its values.`
    : `The shift is no multiple of the stride (${now.stride}): the windows now cut the image elsewhere, so values change.`;
}

function render({ model, el }) {
  const state = () => Object.fromEntries(STATE.slice(2).map((name) => [name, model.get(name)]));
  let image = readImage(model);
  let shifted, pooled, change;
  const bar = controls(model, () => image);
  const says = make("p", { class: "mk-says" });
  const input = new Plane("The shifted image, with the window of the chosen pooled pixel outlined");
  const output = new Plane("Pooled map. The arrow keys move to another pooled pixel, with Shift by ten.");
  const changes = new Plane("Where the pooled map differs from that of the unshifted image");
  const part = (...nodes) => make("div", {}, ...nodes);
  const titles = Array.from({ length: 3 }, () => make("div", { class: "mk-title" }));
  const unders = ["mk-under", "mk-under mk-legend", "mk-under"].map((name) => make("div", { class: name }));
  const problem = make("div", { class: "mk-problem", role: "alert", hidden: "" });
  const lens = make("canvas", { class: "mk-lens", role: "img", "aria-label": "The window" });
  const [lensTitle, where] = [make("div", { class: "mk-title" }, "The window"), make("div", { class: "mk-title" })];
  const terms = make("div", { class: "mk-terms" });
  const swatch = make("span", { class: "mk-swatch" });
  const total = make("output", {});
  const size = make("div", { class: "mk-formula" });
  output.stage.append(problem);
  const detail = make("div", { class: "mk-detail" }, part(lensTitle, lens),
    part(where, make("div", { class: "mk-sum" }, terms), make("div", { class: "mk-total", "aria-live": "polite" }, swatch, total)));
  const planes = [input, output, changes];
  const root = make("div", { class: "mk mk-pool", role: "group", "aria-label": "Pooling explorer" }, bar.root, says,
    make("div", { class: "mk-row" }, ...planes.map((plane, i) => part(titles[i], plane.stage, unders[i]))), detail, size);
  mount(el, root);

  const here = () => model.get("cursor").map((at, axis) => clamp(at, 0, (axis ? pooled.width : pooled.height) - 1));
  const moveTo = (row, column) => pooled && save(model, { cursor: [clamp(row, 0, pooled.height - 1), clamp(column, 0, pooled.width - 1)] });
  const title = (at, text, map) => titles[at].replaceChildren(`${text} `, make("small", {}, map ? `${map.height}×${map.width} pixels` : ""));

  function compute() {
    const now = state();
    bar.show();
    says.textContent = MEANS[now.mode];
    shifted = roll(image, now.shift_y, now.shift_x);
    pooled = pool(shifted, now.size, now.stride, now.mode);
    input.load(shifted, greys(image));
    title(0, now.shift_x || now.shift_y ? "Image, shifted" : "Image", image);
    title(1, "Pooled map", pooled);
    problem.hidden = Boolean(pooled);
    detail.style.visibility = pooled ? "visible" : "hidden";
    if (!pooled) problem.textContent = `The window does not fit: it takes ${now.size}×${now.size} pixels, and the image has ${image.height}×${image.width}. Use a smaller window.`;
    else compare(now);
    showSize(now);
    point();
  }

  function compare(now) {
    const unshifted = pool(image, now.size, now.stride, now.mode);
    change = difference(pooled, unshifted);
    const white = greys(change, 0.25);
    output.load(pooled, greys(pooled));
    changes.load(change, white);
    title(2, "Change by the shift", change);
    unders[1].replaceChildren(make("i"), make("span", {}, "0"), make("span", {}, ""), make("span", {}, number(greys(pooled).top, 2)));
    const steps = along(now);
    const left = difference(pooled, roll(unshifted, ...steps)).percent;
    unders[2].replaceChildren(`Mean change ${change.percent.toFixed(2)} %`, " of 0 to 1.", make("br"),
      make("b", {}, `Beyond a move by ${steps[1]} right, ${steps[0]} down: ${left.toFixed(2)} %`), make("br"), `White: a change of ${number(white.top, 2)}. Black: none.`);
  }

  function showSize(now) {
    const axes = image.height === image.width ? [["height and width", "height"]] : [["height", "height"], ["width", "width"]];
    size.replaceChildren(make("b", {}, "Output size "), make("code", {}, "= ⌊(size − window) ÷ stride⌋ + 1"), ...axes.flatMap(([name, axis]) => [
      `   ${name} `, make("code", {}, `⌊(${image[axis]} − ${now.size}) ÷ ${now.stride}⌋ + 1 = ${pooled ? pooled[axis] : "none"}`)]), make("br"), moved(now));
  }

  function point() {
    input.marks = output.marks = changes.marks = [];
    if (pooled) {
      const now = state();
      const at = here();
      input.marks = [{ top: at[0] * now.stride, left: at[1] * now.stride, height: now.size, width: now.size }];
      output.marks = changes.marks = [{ top: at[0], left: at[1], height: 1, width: 1 }];
      unders[0].textContent = `Outlined: the window, image rows ${at[0] * now.stride} to ${at[0] * now.stride + now.size - 1}, columns ${at[1] * now.stride} to ${at[1] * now.stride + now.size - 1}`;
      explain(now, at);
    }
    planes.forEach((plane) => plane.draw());
  }

  function explain(now, at) {
    const corner = at.map((position) => position * now.stride);
    const values = windowValues(shifted, ...corner, now.size);
    const winner = values.indexOf(Math.max(...values));
    const value = pooled.data[at[0] * pooled.width + at[1]];
    drawLens(lens, { map: shifted, grey: greys(image).of, top: corner[0], left: corner[1], count: now.size,
      winner: now.mode === "max" ? [Math.floor(winner / now.size), winner % now.size] : undefined });
    where.replaceChildren(`Pooled pixel in row ${at[0]}, column ${at[1]}`);
    writeWindow(terms, values, now.size, now.mode, winner);
    const shade = greys(pooled).of(value);
    swatch.style.background = `rgb(${shade},${shade},${shade})`;
    total.textContent = conclusion(value, values, now.size, now.mode, winner, corner);
  }

  for (const plane of [output, changes]) plane.onPoint(moveTo);
  input.onPoint((row, column) => moveTo(...[row, column].map((at) => Math.floor(at / model.get("stride")))));
  output.onKeys((down, right) => pooled && moveTo(here()[0] + down, here()[1] + right));
  const stop = follow(model, STATE, (changed) => {
    if (changed.has("pixels") || changed.has("shape")) image = readImage(model);
    if (changed.size === 1 && changed.has("cursor")) point();
    else compute();
  });
  const sight = new ResizeObserver(() => pooled && explain(state(), here()));
  sight.observe(lens);
  compute();
  return () => {
    stop();
    planes.forEach((plane) => plane.close());
    sight.disconnect();
    root.remove();
  };
}

export { pool, roll, difference };
export default { render };
