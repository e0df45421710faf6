// ConvolutionExplorer: the image, a kernel to edit, the feature map, and how one of its pixels is made.

const STATE = ["pixels", "shape", "weights", "preset", "stride", "padding", "dilation", "layers", "cursor"];

// What medkit.filters.correlate2d computes; null where the window does not fit.
function correlate(map, weights, stride, padding, dilation) {
  const reach = dilation * (weights.length - 1) + 1;
  const height = Math.floor((map.height + 2 * padding - reach) / stride) + 1;
  const width = Math.floor((map.width + 2 * padding - reach) / stride) + 1;
  if (height < 1 || width < 1) return null;
  const padded = pad(map, padding);
  const taps = weights.flatMap((row, i) => row.map((weight, j) => [weight, (i * padded.width + j) * dilation])).filter(([weight]) => weight !== 0);
  const factors = Float64Array.from(taps, ([weight]) => weight);
  const places = Int32Array.from(taps, ([, place]) => place);
  return { height, width, data: sumProducts(padded, factors, places, height, width, stride) };
}

// The innermost loop, on its own and plain so that the browser makes it fast. Four outputs at a
// time share each look-up of a weight and its place: half the time of one at a time.
function sumProducts({ width: line, data }, factors, places, height, width, stride) {
  const out = new Float32Array(height * width);
  const count = factors.length;
  for (let y = 0, at = 0; y < height; y++) {
    const row = y * stride * line;
    let x = 0;
    for (; x + 4 <= width; x += 4, at += 4) {
      const start = row + x * stride;
      let a = 0, b = 0, c = 0, d = 0;
      for (let tap = 0; tap < count; tap++) {
        const factor = factors[tap];
        const place = start + places[tap];
        a += factor * data[place];
        b += factor * data[place + stride];
        c += factor * data[place + 2 * stride];
        d += factor * data[place + 3 * stride];
      }
      out[at] = a;
      out[at + 1] = b;
      out[at + 2] = c;
      out[at + 3] = d;
    }
    for (; x < width; x++) {
      let sum = 0;
      for (let tap = 0; tap < count; tap++) sum += factors[tap] * data[row + x * stride + places[tap]];
      out[at++] = sum;
    }
  }
  return out;
}

function pad(map, padding) {
  if (!padding) return map;
  const [height, width] = [map.height + 2 * padding, map.width + 2 * padding];
  const data = new Float32Array(height * width);
  for (let y = 0; y < map.height; y++) data.set(map.data.subarray(y * map.width, (y + 1) * map.width), (y + padding) * width + padding);
  return { height, width, data };
}

// The image and the map after each layer; shorter than asked where a window no longer fits.
function stack(image, { weights, stride, padding, dilation, layers }) {
  const maps = [image];
  while (maps.length <= layers) {
    const next = correlate(maps.at(-1), weights, stride, padding, dilation);
    if (!next) break;
    maps.push(next);
  }
  return maps;
}

// [height, width] of the last map, without computing it; null where a window does not fit.
function mapSize({ height, width }, { weights, stride, padding, dilation, layers }) {
  const reach = dilation * (weights.length - 1) + 1;
  for (let layer = 0; layer < layers; layer++) [height, width] = [height, width].map((side) => Math.floor((side + 2 * padding - reach) / stride) + 1);
  return height > 0 && width > 0 ? [height, width] : null;
}

// What a pixel of layer `depth` sees of the image, along one axis: [first, last].
function seen(position, depth, { weights, stride, padding, dilation }) {
  let [first, last] = [position, position];
  for (let layer = 0; layer < depth; layer++) {
    first = first * stride - padding;
    last = last * stride - padding + (weights.length - 1) * dilation;
  }
  return [first, last];
}

const middle = (position, { weights, stride, padding, dilation }) => position * stride - padding + ((weights.length - 1) / 2) * dilation;

// One box for each layer: what the unit in the middle of the stack sees, from one layer to all.
function fields([row, column], state) {
  const boxes = [];
  for (let depth = state.layers; depth >= 1; depth--) {
    const [[top, bottom], [left, right]] = [seen(row, depth, state), seen(column, depth, state)];
    boxes.unshift({ top, left, height: bottom - top + 1, width: right - left + 1, dashed: depth < state.layers });
    [row, column] = [middle(row, state), middle(column, state)];
  }
  return boxes;
}

// ---- the sum, written out ---------------------------------------------------------------------

function writeSum(root, before, [row, column], { weights, stride, padding, dilation }) {
  const [top, left] = [row * stride - padding, column * stride - padding];
  root.style.cssText = `grid-template-columns: repeat(${weights.length + 1}, max-content); font-size: ${{ 3: 16, 5: 13.5, 7: 11.5 }[weights.length]}px`;
  const digits = weights.length > 3 ? 2 : 3;
  const cells = weights.flatMap((line, i) => {
    let part = 0;
    const terms = line.map((weight, j) => {
      const [y, x] = [top + i * dilation, left + j * dilation];
      const inside = y >= 0 && x >= 0 && y < before.height && x < before.width;
      const pixel = inside ? before.data[y * before.width + x] : 0;
      part += weight * pixel;
      const value = pixel < 0 ? `(${number(pixel, digits)})` : number(pixel, digits);
      return make("span", weight === 0 ? { class: "mk-zero" } : {}, `${weight < 0 ? "−" : "+"} ${weightText(Math.abs(weight), ROOM[weights.length])}×${value}`);
    });
    return [...terms, make("span", { class: "mk-part" }, `= ${number(part)}`)];
  });
  root.replaceChildren(...cells);
}

// ---- words ------------------------------------------------------------------------------------

function formula({ weights, stride, padding, dilation }, maps) {
  const filled = (size, out) => `⌊(${size} + 2·${padding} − ${dilation}·(${weights.length} − 1) − 1) ÷ ${stride}⌋ + 1 = ${out}`;
  const [image, first] = maps;
  const lines = [make("b", {}, "Output size "), make("code", {}, "= ⌊(size + 2·padding − dilation·(kernel − 1) − 1) ÷ stride⌋ + 1"), make("br")];
  if (!first) return lines;
  const axes = image.height === image.width ? [["height and width", "height"]] : [["height", "height"], ["width", "width"]];
  for (const [name, axis] of axes) lines.push(`${name} `, make("code", {}, `${filled(image[axis], first[axis])}   `));
  if (maps.length > 2) lines.push(make("br"), `layer by layer: ${maps.map((map) => `${map.height}×${map.width}`).join(" → ")}`);
  return lines;
}

function misfit(maps, { weights, padding, dilation }) {
  const { height, width } = maps.at(-1);
  const reach = dilation * (weights.length - 1) + 1;
  const where = maps.length > 1 ? `the feature map of layer ${maps.length - 1}` : "the image";
  return `The window does not fit: it reaches over ${reach}×${reach} pixels, and ${where} has ${height + 2 * padding}×${width + 2 * padding}, padding included. ` +
    "Use a smaller kernel or dilation, more padding, or fewer layers.";
}

function fieldWords(boxes, padding) {
  const chain = boxes.length > 1 ? `, layer by layer ${boxes.map((box) => box.height).join(" → ")}` : "";
  const words = [`Outlined: the receptive field, ${boxes.at(-1).height}×${boxes.at(-1).width} pixels${chain}.`];
  return padding ? [...words, make("br"), `Blue edge: ${padding} px of zeros.`] : words;
}

// ---- the whole --------------------------------------------------------------------------------

function controls(model, state, image) {
  const presets = model.get("presets"); // [name, what it does, {size: weights}]
  const pick = make("select", { "aria-label": "Kernel preset", ...KEEP_KEYS });
  pick.addEventListener("change", () => choose(pick.value, state().weights.length));
  const put = (values) => {
    const [before, after] = [state(), { ...state(), ...values }];
    save(model, { ...values, cursor: keepPlace(before.cursor, mapSize(image(), before), mapSize(image(), after)) });
  };
  function choose(name, size) {
    const bySize = presets.find(([known]) => known === name)?.[2];
    if (bySize) put({ weights: bySize[size] ?? Object.values(bySize)[0], preset: name });
  }
  function resize(size) {
    const { weights, preset } = state();
    if (presets.find(([known]) => known === preset)?.[2][size]) return choose(preset, size);
    const shift = (weights.length - size) / 2; // keep the middle of what is there
    const grid = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => weights[i + shift]?.[j + shift] ?? 0));
    put({ weights: grid, preset: "custom" });
  }
  const set = (name) => (value) => put({ [name]: value });
  const parts = {
    size: segments("Kernel size", [3, 5, 7].map((k) => [k, `${k}×${k}`]), resize),
    stride: segments("Stride", steps(1, 3), set("stride")),
    padding: segments("Zero padding", steps(0, 3), set("padding")),
    dilation: segments("Dilation", steps(1, 3), set("dilation")),
    layers: segments("Layers (same kernel)", steps(1, 4), set("layers")),
  };
  const label = make("label", { class: "mk-control" }, make("span", { class: "mk-name" }, "Kernel"), pick);
  function show(now) {
    const size = now.weights.length;
    const names = presets.map(([name, , bySize]) => [name, bySize[size] ? name : `${name} (${Object.keys(bySize).map((k) => `${k}×${k}`).join(", ")})`]);
    pick.replaceChildren(...[...names, ["custom", "custom"]].map(([value, text]) => make("option", { value }, text)));
    pick.value = now.preset;
    parts.size.show(size);
    for (const name of ["stride", "padding", "dilation", "layers"]) parts[name].show(now[name]);
    return presets.find(([name]) => name === now.preset)?.[1] ?? "Your own weights. Type a number such as −0.5 or 1/16, or press the up and down arrow keys in a cell.";
  }
  return { root: make("div", { class: "mk-bar" }, label, ...Object.values(parts).map((part) => part.root)), show };
}

function render({ model, el }) {
  const state = () => Object.fromEntries(STATE.slice(2).map((name) => [name, model.get(name)]));
  let image = readImage(model);
  let maps;
  let shades;
  const bar = controls(model, state, () => image);
  const says = make("p", { class: "mk-says", role: "status" });
  const input = new Plane("The image, with the receptive field of the chosen output pixel outlined", 3);
  const output = new Plane("Feature map. The arrow keys move to another output pixel, with Shift by ten.");
  const grid = kernelGrid((weights) => save(model, { weights, preset: "custom" }), (words) => (says.textContent = words || bar.show(state())));
  const part = (title, ...nodes) => make("div", {}, title, ...nodes);
  const titles = ["Image", "Kernel", "Feature map"].map((text) => make("div", { class: "mk-title" }, text));
  const [field, kernelNote, legend] = ["mk-under", "mk-under", "mk-under mk-legend"].map((name) => make("div", { class: name }));
  const problem = make("div", { class: "mk-problem", role: "alert", hidden: "" });
  const lens = make("canvas", { class: "mk-lens", role: "img", "aria-label": "The pixels under the kernel, magnified" });
  const [lensTitle, where] = [make("div", { class: "mk-title" }), make("div", { class: "mk-title" })];
  const terms = make("div", { class: "mk-terms" });
  const swatch = make("span", { class: "mk-swatch" });
  const total = make("output", {});
  const size = make("div", { class: "mk-formula" });
  output.stage.append(problem);
  const detail = make("div", { class: "mk-detail" }, part(lensTitle, lens),
    part(where, make("div", { class: "mk-sum" }, terms), make("div", { class: "mk-total", "aria-live": "polite" }, swatch, total)));
  const root = make("div", { class: "mk mk-conv", role: "group", "aria-label": "Convolution explorer" }, bar.root, says,
    make("div", { class: "mk-row" }, part(titles[0], input.stage, field), part(titles[1], grid.root, kernelNote), part(titles[2], output.stage, legend)), detail, size);
  mount(el, root);

  const fits = () => maps.length === state().layers + 1;
  const here = () => model.get("cursor").map((at, axis) => clamp(at, 0, (axis ? maps.at(-1).width : maps.at(-1).height) - 1));
  const moveTo = (row, column) => fits() && save(model, { cursor: [clamp(row, 0, maps.at(-1).height - 1), clamp(column, 0, maps.at(-1).width - 1)] });

  function compute() {
    const now = state();
    maps = stack(image, now);
    says.textContent = bar.show(now);
    grid.show(now.weights);
    const sum = now.weights.flat().reduce((a, b) => a + b, 0);
    kernelNote.textContent = `Weights sum to ${weightText(Number(sum.toFixed(9)))}${Math.abs(sum - 1) < 1e-6 ? ": brightness is kept." : Math.abs(sum) < 1e-6 ? ": flat regions give 0." : "."}`;
    titles[0].replaceChildren("Image ", make("small", {}, `${image.height}×${image.width} pixels`));
    titles[1].replaceChildren("Kernel ", make("small", {}, `${now.weights.length}×${now.weights.length} weights`));
    input.load(image, greys(image), now.padding);
    size.replaceChildren(...formula(now, maps));
    problem.hidden = fits();
    detail.style.visibility = legend.style.visibility = fits() ? "visible" : "hidden";
    if (!fits()) {
      problem.textContent = misfit(maps, now);
      titles[2].textContent = "Feature map";
      return point();
    }
    shades = greys(maps.at(-1));
    output.load(maps.at(-1), shades);
    titles[2].replaceChildren("Feature map ", make("small", {}, `${maps.at(-1).height}×${maps.at(-1).width} pixels`));
    legend.replaceChildren(make("i"), ...[shades.bottom, shades.signed ? "0 is mid-grey" : "", shades.top].map((text) => make("span", {}, typeof text === "number" ? number(text, 2) : text)));
    point();
  }

  function point() {
    const now = state();
    input.marks = output.marks = [];
    field.textContent = "";
    if (fits()) {
      const at = here();
      const boxes = fields(at, now);
      input.marks = boxes;
      output.marks = [{ top: at[0], left: at[1], height: 1, width: 1 }];
      field.replaceChildren(...fieldWords(boxes, now.padding));
      explain(now, at);
    }
    input.draw();
    output.draw();
  }

  function explain(now, at) {
    const before = maps.at(-2);
    const value = maps.at(-1).data[at[0] * maps.at(-1).width + at[1]];
    const [top, left] = at.map((position) => position * now.stride - now.padding);
    lensTitle.textContent = now.layers > 1 ? `Map of layer ${now.layers - 1}` : "Under the kernel";
    drawLens(lens, { map: before, grey: greys(before).of, top, left, count: now.weights.length, dilation: now.dilation, padding: now.padding });
    where.replaceChildren(`Output pixel in row ${at[0]}, column ${at[1]} `, make("small", {}, "weight × pixel, added up"));
    writeSum(terms, before, at, now);
    const shade = shades.of(value);
    swatch.style.background = `rgb(${shade},${shade},${shade})`;
    total.textContent = `Sum = ${number(value)}`;
  }

  output.onPoint(moveTo);
  output.onKeys((down, right) => fits() && moveTo(here()[0] + down, here()[1] + right));
  input.onPoint((row, column) => {
    const now = state();
    const back = (position) => Array.from({ length: now.layers }).reduce((at) => (at + now.padding - ((now.weights.length - 1) / 2) * now.dilation) / now.stride, position);
    moveTo(Math.round(back(row)), Math.round(back(column)));
  });
  const stop = follow(model, STATE, (changed) => {
    if (changed.has("pixels") || changed.has("shape")) image = readImage(model);
    if (changed.size === 1 && changed.has("cursor")) point();
    else compute();
  });
  const sight = new ResizeObserver(() => fits() && explain(state(), here()));
  sight.observe(lens);
  compute();
  return () => {
    stop();
    for (const watcher of [input, output]) watcher.close();
    sight.disconnect();
    root.remove();
  };
}

export { correlate, stack, fields, parseWeight, weightText };
export default { render };
