// OverlapExplorer: a mask to paint beside the true one, and what each number says of the two.

const TOLD = ["dice", "iou", "hausdorff_mm", "hausdorff95_mm", "surface_distance_mm", "volume_error"]; // as in Python
const TITLES = { dice: "Dice", iou: "IoU", hausdorff_mm: "Hausdorff", hausdorff95_mm: "95 % Hausdorff", surface_distance_mm: "Average surface distance", volume_error: "Volume error" };
const COUNTS = { both: "both", extra: "only yours (false positive)", missed: "only the truth (missed)" };
const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// ---- words ------------------------------------------------------------------------------------

const write = (node, words) => node.textContent !== words && (node.textContent = words); // what stays is not laid out again
const whole = (value) => value.toLocaleString("en");
const signed = (words) => (/[1-9]/.test(words) ? (words.startsWith("−") ? words : `+${words}`) : `±${words.replace("−", "")}`);

// Three digits, or as many as it takes not to seem 0 or 1 where it is not.
function share(value) {
  const texts = [3, 4, 5].map((digits) => value.toFixed(digits));
  return texts.find((words) => [0, 1].every((end) => (Number(words) === end) === (value === end))) ?? texts[2];
}

// A number, or by how much it has changed.
function say(name, value, change = false) {
  if (value === null || value === undefined) return "–";
  const unit = name.endsWith("_mm") ? " mm" : name === "volume_error" ? (change ? " points" : " %") : "";
  const words = (unit ? number(value, unit === " mm" ? 2 : 1) : change ? minus(value.toFixed(3)) : share(value)) + unit;
  return change || (name === "volume_error" && value) ? signed(words) : words;
}

function inWords({ truth, mask, hausdorff_mm: distance, from }) {
  if (!truth && !mask) return "Dice 1 by convention, both are empty. No distance: both masks are empty.";
  if (!truth || !mask) return `No distance: one mask is empty, ${truth ? "yours" : "the true one"}.`;
  if (!distance) return "Hausdorff 0: the two borders are the same.";
  const [start, end] = from === "mask" ? ["your border", "the true one"] : ["the true border", "yours"];
  return `The Hausdorff line begins at the point of ${start} that is farthest from ${end}.`;
}

function wherein({ truth, mask, shape }, [row, column]) {
  const at = row * shape[1] + column;
  return ["in neither mask", "only yours", "only the truth", "in both masks"][mask[at] + 2 * truth[at]];
}

const atRest = (numbers) => `${TOLD.map((name) => `${TITLES[name]} ${say(name, numbers[name])}`).join(", ")}. ${Object.entries(COUNTS).map(([name, words]) => `${whole(numbers[name])} pixels ${words}`).join(", ")}.`;

// ---- parts ------------------------------------------------------------------------------------

function board() {
  const row = (head, ...cells) => make("tr", {}, make("th", { scope: "row" }, ...head), ...cells.map((cell) => make("td", {}, cell)));
  const values = Object.fromEntries(TOLD.map((name) => [name, [make("output", {}), make("span", { class: "mk-change" })]]));
  const counts = Object.fromEntries(Object.keys(COUNTS).map((name) => [name, make("output", {})]));
  const head = make("span", { class: "mk-change" });
  const key = (name) => make("i", { class: `mk-key mk-${name}`, "aria-hidden": "true" });
  const table = make("table", { class: "mk-numbers" }, make("tr", {}, make("td", {}), make("td", {}), make("td", {}, head)), ...TOLD.map((name) => row([TITLES[name]], ...values[name])));
  const pixels = make("table", { class: "mk-pixels" }, ...Object.entries(COUNTS).map(([name, words]) => row([key(name), words], counts[name])));
  return {
    root: make("div", {}, table, make("div", { class: "mk-title" }, "Pixels"), pixels),
    show(numbers, pinned) {
      write(head, pinned ? "since the pin" : "");
      for (const [name, [value, change]] of Object.entries(values)) {
        write(value, say(name, numbers[name]));
        const known = pinned && [numbers[name], pinned[name]].every((each) => each !== null && each !== undefined);
        write(change, pinned ? say(name, known ? numbers[name] - pinned[name] : null, true) : "");
      }
      for (const [name, output] of Object.entries(counts)) write(output, whole(numbers[name]));
    },
  };
}

function sceneButtons(model, desk) {
  const made = [...Object.keys(desk.scenes), null].map((scene) => {
    const node = button(scene ?? "your own", () => desk.begin(model, scene === null ? desk.own : desk.scenes[scene]));
    return { scene, node };
  });
  return {
    root: make("div", { class: "mk-control" }, make("span", { class: "mk-name" }, "Scene"), make("div", { class: "mk-scenes" }, ...made.map(({ node }) => node))),
    show(now) {
      for (const { scene, node } of made) {
        node.setAttribute("aria-pressed", String(scene === now));
        node.hidden = scene === null && !desk.own;
      }
    },
  };
}

const LABEL = "Two masks: the true one with a solid outline, yours with a dashed one, filled. What only yours holds is hatched upwards, what it misses downwards.";
const KEYS = { mask: "The arrow keys move your mask by one pixel, with Shift by five.", brush: "The arrow keys move the brush by one pixel, with Shift by five; Space paints or erases." };

// ---- the whole --------------------------------------------------------------------------------

function render({ model, el }) {
  const desk = deskOf(model);
  let now, bitmap, held; // held: the stroke, {pointer, at, value, begun}
  let [keys, cursor, hovering] = ["mask", null, false];
  const set = (name) => (value) => save(model, { [name]: value });
  const scenes = sceneButtons(model, desk);
  const brush = slider("Brush radius", 0, 6, "px", set("brush"));
  const hand = segments("Hand", [[false, "Paint"], [true, "Erase"]], set("erasing"));
  const arrows = segments("Arrow keys", [["mask", "move the mask"], ["brush", "move the brush"]], (value) => ((keys = value), showTools()));
  const scene = new Sheet({ class: "mk-overlap-picture", tabindex: "0", role: "application", "data-jp-suppress-context-menu": "true", ...KEEP_KEYS }, paintScene);
  const top = new Sheet({ class: "mk-overlap-brush", "aria-hidden": "true" }, (context, width, height, colour) => {
    const shown = cursor && (hovering || held || (keys === "brush" && document.activeElement === scene.canvas));
    if (shown && now?.view) drawBrush(context, now, cursor, model.get("brush"), held ? !held.value : model.get("erasing"), colour);
  });
  const says = make("p", { class: "mk-says" });
  const live = make("p", { class: "mk-unsaid", "aria-live": "polite" });
  const table = board();

  const edit = (mask, how) => !equal(mask, now.mask) && (desk.put(model, { mask_pixels: new DataView(mask.buffer) }, how), (now.mask = mask), true);
  const press = (words, change) => button(words, () => edit(change()));
  const stray = press("Stray pixel", () => flip(now.mask, now.corner));
  const undo = button("Undo", () => desk.undo(model));
  const pin = button("Pin", () => save(model, { pinned: Object.fromEntries(TOLD.map((name) => [name, now.numbers[name]])) }));
  const unpin = button("Unpin", () => save(model, { pinned: null }));
  stray.title = "One pixel in the corner that is farthest from the truth; pressed again, it is gone";
  pin.title = "Keep these numbers, and see what changes from now on";
  const buttons = [undo, press("Erode", () => erode(now.mask, now.shape)), press("Dilate", () => dilate(now.mask, now.shape)), stray, press("Copy the truth", () => now.truth.slice()), press("Clear", () => new Uint8Array(now.mask.length)), pin, unpin];
  const hint = make("small", {}, "the right mouse button erases; after any of these buttons the arrow keys move the mask");
  const root = make("div", { class: "mk mk-overlap", role: "group", "aria-label": "Overlap explorer" }, make("div", { class: "mk-bar" }, scenes.root, brush.root, hand.root, arrows.root),
    make("div", { class: "mk-row" }, make("div", { class: "mk-stage" }, scene.canvas, top.canvas), make("div", {}, table.root, says)), make("div", { class: "mk-bar" }, ...buttons, hint), live);
  mount(el, root);

  function paintScene(context, width, height, colour) {
    if (!now) return;
    now.view = viewOf(width, height, now.shape, now.spacing);
    drawOverlap(context, { ...now, bitmap: now.scene === null ? bitmap : null }, colour);
  }

  // Read the desk anew; it is worked out before anything is drawn.
  function load() {
    desk.note(model);
    const [shape, spacing] = [model.get("shape"), model.get("spacing_mm")];
    const [truth, mask] = SHEET.slice(2).map((name) => new Uint8Array(readBytes(model, name)));
    const same = now && equal(truth, now.truth) && equal(shape, now.shape); // while painting
    const edges = { truth: same ? now.edges.truth : unlike(truth, shape), mask: unlike(mask, shape) };
    const corner = same && equal(spacing, now.spacing) ? now.corner : farCorner(truth, shape, spacing);
    now = { scene: model.get("scene"), shape, spacing, truth, mask, edges, corner, numbers: measure(truth, mask, shape, spacing) };
    cursor = (cursor ?? shape.map((side) => side >> 1)).map((at, axis) => clamp(at, 0, shape[axis] - 1));
  }

  function showTools() {
    arrows.show(keys);
    brush.show(model.get("brush"));
    hand.show(model.get("erasing"));
    scenes.show(now.scene);
    stray.setAttribute("aria-pressed", String(now.mask[now.corner] === 1));
    undo.disabled = !desk.past.length;
    unpin.hidden = model.get("pinned") === null;
    scene.canvas.setAttribute("aria-label", `${LABEL} ${KEYS[keys]} Control and Z undo.`);
    top.draw();
  }

  function showNumbers() {
    scene.draw();
    table.show(now.numbers, model.get("pinned"));
    write(says, inWords(now.numbers));
    if (!held) live.textContent = atRest(now.numbers);
  }

  // ---- the hand

  function pointed(event) {
    const { left, top: above } = scene.canvas.getBoundingClientRect();
    return now.view.back(event.clientX - left, event.clientY - above);
  }

  function strokeTo(at) {
    const changed = edit(paint(now.mask, now.shape, [held.at, at], model.get("brush"), held.value), { step: !held.begun, painting: true });
    held.begun ||= changed;
    held.at = at;
    return changed;
  }

  scene.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  scene.canvas.addEventListener("pointerdown", (event) => {
    if (held || ![0, 2].includes(event.button)) return;
    scene.canvas.setPointerCapture(event.pointerId);
    cursor = pointed(event);
    held = { pointer: event.pointerId, at: cursor, value: event.button === 2 || model.get("erasing") ? 0 : 1 };
    strokeTo(cursor);
  });
  scene.canvas.addEventListener("pointermove", (event) => {
    if (held && held.pointer !== event.pointerId) return;
    cursor = pointed(event);
    hovering = true;
    if (!held || !strokeTo(cursor)) top.draw(); // a stroke that changes something draws all
  });
  scene.canvas.addEventListener("pointerleave", () => ((hovering = false), top.draw()));
  const letGo = () => {
    if (held?.begun) desk.tell(model);
    held = null;
  };
  scene.canvas.addEventListener("lostpointercapture", () => (letGo(), showNumbers(), top.draw()));
  for (const name of ["focus", "blur"]) scene.canvas.addEventListener(name, () => top.draw());
  root.addEventListener("keydown", (event) => {
    if (event.target !== scene.canvas && event.target.tagName !== "BUTTON") return; // a slider has arrow keys of its own
    const way = WAYS[event.key]?.map((step) => step * (event.shiftKey ? 5 : 1));
    const back = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
    const stamp = event.key === " " && keys === "brush" && event.target === scene.canvas;
    if (!(way || stamp || back) || event.altKey || (!back && (event.ctrlKey || event.metaKey))) return;
    event.preventDefault();
    if (back) desk.undo(model);
    else if (stamp) edit(paint(now.mask, now.shape, [cursor, cursor], model.get("brush"), model.get("erasing") ? 0 : 1));
    else if (keys === "mask") edit(shift(now.mask, now.shape, way));
    else {
      cursor = cursor.map((at, axis) => clamp(at + way[axis], 0, now.shape[axis] - 1));
      live.textContent = `Row ${cursor[0]}, column ${cursor[1]}: ${wherein(now, cursor)}`;
      top.draw();
    }
  });

  const stop = follow(model, [...SHEET, "spacing_mm", "brush", "erasing", "pinned", "picture"], (changed) => {
    if ([...SHEET, "spacing_mm"].some((name) => changed.has(name))) load();
    if (changed.has("picture")) loadPicture();
    showTools();
    showNumbers();
  });
  const loadPicture = () => {
    const png = readBytes(model, "picture");
    bitmap = null;
    if (png.byteLength) createImageBitmap(new Blob([png])).then((made) => ((bitmap = made), scene.draw()));
  };
  load();
  showTools();
  showNumbers();
  loadPicture();
  return () => {
    letGo();
    stop();
    for (const sheet of [scene, top]) sheet.close();
    root.remove();
  };
}

export { border, dilate, distances, erode, farCorner, inWords, measure, paint, shift };
export default { render };
