// BoxExplorer: two boxes to drag, and what is counted of them: IoU, GIoU, centre distance, formats.

const STATE = ["first", "second", "iou_threshold", "names"];
const BOXES = STATE.slice(0, 2);
const ROLES = ["truth", "prediction"]; // their colours
// In twelfths of the shorter side of the image, around its middle.
const PRESETS = {
  Same: ["Both boxes in one place", [3, 3, 9, 9], [3, 3, 9, 9]],
  Touching: ["Two boxes with one side in common", [3, 1, 9, 6], [3, 6, 9, 11]],
  Nested: ["A box inside a larger one", [2, 2, 10, 10], [4, 4, 8, 8]],
  Apart: ["Two small boxes, far from each other", [1, 1, 4, 4], [8, 8, 11, 11]],
  Half: ["Two equal boxes, one moved by a third of its side", [3, 2, 9, 8], [3, 4, 9, 10]],
};

// ---- arithmetic: a box is [y_min, x_min, y_max, x_max], in pixel edges -------------------------

const area = ([top, left, bottom, right]) => (bottom - top) * (right - left);
const middle = ([top, left, bottom, right]) => [(top + bottom) / 2, (left + right) / 2];

function compare(first, second) {
  const hull = first.map((at, i) => (i < 2 ? Math.min : Math.max)(at, second[i]));
  const both = first.map((at, i) => (i < 2 ? Math.max : Math.min)(at, second[i]));
  const common = both[0] < both[2] && both[1] < both[3] ? both : null;
  const areas = [first, second].map(area);
  const intersection = common ? area(common) : 0;
  const union = areas[0] + areas[1] - intersection;
  const empty = area(hull) - union;
  const iou = union ? intersection / union : 0;
  const giou = area(hull) ? iou - empty / area(hull) : iou;
  const [down, right] = middle(second).map((at, axis) => at - middle(first)[axis]);
  return { hull, common, areas, intersection, union, enclosing: area(hull), empty, iou, giou, down, right, distance: Math.hypot(down, right) };
}

// One box as four kinds of tools write it: [who, what, [name, number] four times].
function formats([top, left, bottom, right], [rows, columns]) {
  const [[row, column], [height, width]] = [middle([top, left, bottom, right]), [bottom - top, right - left]];
  const edges = { y_min: top, x_min: left, y_max: bottom, x_max: right };
  return [
    ["medkit", "corners, y first", Object.entries(edges)],
    ["VOC", "corners, x first", ["x_min", "y_min", "x_max", "y_max"].map((name) => [name, edges[name]])],
    ["COCO", "corner and size", [["x", left], ["y", top], ["width", width], ["height", height]]],
    ["YOLO", "centre and size, in parts of the image", [["x centre", column / columns], ["y centre", row / rows], ["width", width / columns], ["height", height / rows]]],
  ];
}

function preset(name, shape) {
  const unit = Math.floor(Math.min(...shape) / 12);
  const start = shape.map((side) => Math.floor((side - 12 * unit) / 2));
  return PRESETS[name].slice(1).map((box) => box.map((at, i) => start[i % 2] + at * unit));
}

// ---- the hand ---------------------------------------------------------------------------------

// What of a box is at [y, x]: -1 top side, 0 between, 1 bottom side, and the same across; null: nothing.
// However small the box, some room in its middle is left to move it by.
function part(box, at, reach) {
  const parts = at.map((here, axis) => {
    const [low, high] = [box[axis], box[axis + 2]];
    const [centre, free] = [(low + high) / 2, Math.max((high - low) / 6, reach / 3)];
    if (here < low - reach || here > high + reach) return null;
    if (here < Math.min(low + reach, centre - free)) return -1;
    return here > Math.max(high - reach, centre + free) ? 1 : 0;
  });
  return parts.includes(null) ? null : parts;
}

// Sides and corners come before insides, the active box before the other, a small box before one around it.
function grab(boxes, active, at, reach) {
  const found = [active, 1 - active].map((which) => ({ which, part: part(boxes[which], at, which === active ? reach : 0.6 * reach) })).filter((each) => each.part);
  const side = found.find((each) => each.part.some(Boolean));
  return side ?? found.sort((a, b) => area(boxes[a.which]) - area(boxes[b.which]))[0] ?? null;
}

// The box, on whole pixels, after a part of it was pulled by [down, right]; it stays in the image and
// never turns inside out.
function pull(box, part, by, shape) {
  const next = box.map(Math.round);
  const whole = !part.some(Boolean);
  by.map(Math.round).forEach((step, axis) => {
    const [low, high] = [next[axis], next[axis + 2]];
    if (whole) [next[axis], next[axis + 2]] = [low, high].map((at) => at + clamp(step, -low, shape[axis] - high));
    else if (part[axis] < 0) next[axis] = clamp(low + step, 0, high);
    else if (part[axis] > 0) next[axis + 2] = clamp(high + step, low, shape[axis]);
  });
  return next;
}

const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0], Home: [0, -10], End: [0, 10] };
const CURSORS = { "-1,-1": "nwse", "1,1": "nwse", "-1,1": "nesw", "1,-1": "nesw", "-1,0": "ns", "1,0": "ns", "0,-1": "ew", "0,1": "ew" };

// ---- words ------------------------------------------------------------------------------------

const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const px = (value, unit = "px²") => `${minus(one.format(value))} ${unit}`;

// Three digits, or as many as it takes not to seem 0, 1 or the threshold where it is not.
function share(value, threshold) {
  const side = (number) => [0, threshold, 1].map((mark) => Math.sign(number - mark)).join();
  const texts = [3, 4, 5, 6, 7, 8].map((digits) => value.toFixed(digits));
  return minus(texts.find((words) => side(Number(words)) === side(value)) ?? texts[0]);
}

const key = (kind) => make("i", { class: `mk-key mk-${kind}`, "aria-hidden": "true" });
const fraction = (above, below) => make("span", { class: "mk-fraction" }, make("span", {}, ...above), make("span", { class: "mk-unsaid" }, " / "), make("span", {}, ...below));

function inWords(numbers, threshold, names) {
  const { areas, intersection, union, enclosing, empty, down, right } = numbers;
  const iou = share(numbers.iou, threshold);
  const counts = numbers.iou >= threshold;
  const nothing = (what) => [`nothing to divide by: the ${what} has no area`];
  return {
    iou: [iou, union ? ["= ", fraction([key("common"), `intersection ${px(intersection)}`], [`union ${px(union)}`])] : nothing("union"),
      `union = ${names.join(" + ")} − intersection`, `= ${one.format(areas[0])} + ${one.format(areas[1])} − ${one.format(intersection)} = ${one.format(union)}`],
    giou: [share(numbers.giou, threshold), enclosing ? [`= ${iou} − `, fraction([key("empty"), `empty ${px(empty)}`], [key("hull"), `enclosing box ${px(enclosing)}`])] : nothing("enclosing box"),
      "empty = enclosing box − union", `= ${one.format(enclosing)} − ${one.format(union)} = ${one.format(empty)}`],
    distance: [`${numbers.distance.toFixed(1)} px`, [`= √(${one.format(Math.abs(down))}² + ${one.format(Math.abs(right))}²)`],
      `${names[1]} is ${px(Math.abs(down), "px")} ${down < 0 ? "up" : "down"} and ${px(Math.abs(right), "px")} ${right < 0 ? "left" : "right"} of ${names[0]}`],
    verdict: [counts, `A detection counts at IoU\u00a0≥\u00a0${Number(threshold.toFixed(4))}: this one ${counts ? "would" : "would not"}.`],
  };
}

function card(title) {
  const [value, formula, words] = [make("output", {}), make("p", {}), make("small", {})];
  return {
    root: make("div", { class: "mk-count" }, make("div", {}, make("b", {}, title), value), formula, words),
    show([number, parts, ...lines]) {
      value.textContent = number;
      formula.replaceChildren(...parts);
      words.replaceChildren(...lines.map((each) => make("span", {}, each)));
    },
  };
}

// The formats of one box: rows are made once, numbers change.
function board(shape) {
  const caption = make("caption", {});
  const rows = formats([0, 0, 0, 0], shape).map(([who, what, parts]) => ({
    head: make("th", { scope: "row" }, who, make("small", {}, what)),
    cells: parts.map(([name]) => [make("small", {}, name), make("output", {})]),
  }));
  const body = rows.map(({ head, cells }) => make("tr", {}, head, ...cells.map((nodes) => make("td", {}, ...nodes))));
  return {
    root: make("table", { class: "mk-formats" }, caption, ...body),
    show(name, box) {
      caption.replaceChildren(`${name} in four formats `, make("small", {}, "the box moved or chosen last"));
      formats(box, shape).forEach(([who, , parts], i) => parts.forEach(([, value], j) => (rows[i].cells[j][1].textContent = who === "YOLO" ? value.toFixed(4) : one.format(value))));
    },
  };
}

// ---- the whole --------------------------------------------------------------------------------

const KEYS = "Arrow keys move it, with Shift they move its lower and right side; Page Up, Page Down, Home and End go ten pixels.";

function render({ model, el }) {
  const shape = model.get("shape");
  let now, bitmap, held; // held: what the hand pulls, {which, part, box, from, pointer}
  let active = 0;
  const presets = Object.entries(PRESETS).map(([name, [title]]) => {
    const node = button(name, () => put(...preset(name, shape)));
    node.title = title;
    return node;
  });
  const scene = new Sheet({ class: "mk-scene", role: "img" }, paint);
  scene.canvas.style.aspectRatio = `${shape[1]} / ${shape[0]}`;
  const places = BOXES.map(() => make("div", { class: "mk-place", tabindex: "0", role: "application", ...KEEP_KEYS }));
  const cards = { iou: card("IoU"), giou: card("GIoU"), distance: card("Distance of the centres") };
  const verdict = make("p", { class: "mk-verdict", "aria-live": "polite" });
  const table = board(shape);
  const hint = make("small", {}, "drag a box by its inside, its sides or its corners; or Tab and arrow keys, with Shift to resize");
  const root = make("div", { class: "mk mk-boxes", role: "group", "aria-label": "Box explorer" }, make("div", { class: "mk-bar" }, ...presets, hint),
    make("div", { class: "mk-row" }, make("div", { class: "mk-stage" }, scene.canvas, ...places), make("div", {}, verdict, ...Object.values(cards).map((each) => each.root))), table.root);
  mount(el, root);

  const put = (first, second) => save(model, { first, second });
  const move = (which, box) => save(model, { [BOXES[which]]: box });

  function paint(context, width, height, colour) {
    if (!now) return;
    now.view = viewOf(width, height, shape);
    drawScene(context, now, colour);
    now.boxes.forEach((box, which) => ["left", "top", "width", "height"].forEach((side, i) => (places[which].style[side] = `${frameOf(box, now.view)[i]}px`)));
  }

  function update() {
    const [first, second, threshold, names] = STATE.map((name) => model.get(name));
    const numbers = compare(first, second);
    const words = inWords(numbers, threshold, names);
    now = { ...now, boxes: [first, second], numbers, active, names, shape, bitmap };
    scene.draw();
    scene.canvas.setAttribute("aria-label", `${names.join(" (solid) and ")} (dashed)${bitmap ? " on an image" : " on a grid"}, what they share hatched, the box around both dotted`);
    Object.entries(cards).forEach(([name, each]) => each.show(words[name]));
    verdict.textContent = `${words.verdict[0] ? "✓" : "✗"} ${words.verdict[1]}`;
    table.show(names[active], now.boxes[active]);
    places.forEach((place, which) => place.setAttribute("aria-label", `${names[which]}, y ${now.boxes[which][0]} to ${now.boxes[which][2]}, x ${now.boxes[which][1]} to ${now.boxes[which][3]}. ${KEYS}`));
  }

  function choose(which) {
    if (active === which) return;
    active = which;
    update();
  }

  function pointed(event) {
    const { left, top } = scene.canvas.getBoundingClientRect();
    return now.view.back(event.clientX - left, event.clientY - top);
  }

  const found = (event) => grab(now.boxes, active, pointed(event), (event.pointerType === "touch" ? 24 : 12) / now.view.unit);

  scene.canvas.addEventListener("mousedown", (event) => event.preventDefault()); // it would take the focus away again
  scene.canvas.addEventListener("pointerdown", (event) => {
    const hit = held || event.button ? null : found(event);
    if (!hit) return;
    scene.canvas.setPointerCapture(event.pointerId);
    held = { ...hit, box: now.boxes[hit.which], from: pointed(event), pointer: event.pointerId };
    places[hit.which].focus({ preventScroll: true });
    choose(hit.which);
  });
  scene.canvas.addEventListener("pointermove", (event) => {
    if (held?.pointer === event.pointerId) return move(held.which, pull(held.box, held.part, pointed(event).map((at, axis) => at - held.from[axis]), shape));
    const hit = held ? null : found(event);
    scene.canvas.style.cursor = !hit ? "default" : hit.part.some(Boolean) ? `${CURSORS[hit.part]}-resize` : "move";
  });
  scene.canvas.addEventListener("lostpointercapture", () => (held = null));
  places.forEach((place, which) => {
    place.addEventListener("focus", () => choose(which));
    place.addEventListener("keydown", (event) => {
      if (!(event.key in WAYS) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      move(which, pull(now.boxes[which], event.shiftKey ? [1, 1] : [0, 0], WAYS[event.key], shape));
    });
  });

  const stop = follow(model, STATE, (changed) => {
    const moved = BOXES.filter((name) => changed.has(name));
    if (moved.length === 1) active = BOXES.indexOf(moved[0]);
    update();
  });
  update();
  const png = readBytes(model, "picture");
  if (png.byteLength) createImageBitmap(new Blob([png])).then((made) => ((bitmap = made), update()));
  return () => {
    stop();
    scene.close();
    root.remove();
  };
}

export { compare, formats, preset, pull };
export default { render };
