// DetectionExplorer: candidate boxes thinned by two thresholds, judged against the truth, and what follows.

const STATE = ["image", "score_threshold", "nms_threshold", "iou_threshold", "shown_class"];

// ---- controls ---------------------------------------------------------------------------------

// A slider over hundredths. It shows the true value, which Python may have set between two stops.
function shareSlider(title, [low, high, step], inWords, change) {
  const part = slider(title, low, high, "", (value) => change(value / 100));
  part.input.step = step;
  return { root: part.root, show: (value) => part.show(Math.round(value * 100), inWords(value)) };
}

// The number of the image as Python counts, and one button back and one forth, round the end.
function imageChooser(model, count) {
  const last = count - 1;
  const go = (image) => save(model, { image });
  const field = wholeField(`Image, 0 to ${last}`, go);
  const move = (by) => button(by < 0 ? "◀ Previous" : "Next ▶", () => go((model.get("image") + by + count) % count));
  const show = (value) => field.show(value, last);
  field.input.addEventListener("blur", () => show(model.get("image")));
  return { root: make("div", { class: "mk-control mk-images" }, make("span", { class: "mk-name" }, `Image (0 to ${last})`), make("div", {}, move(-1), field.input, move(1))), show };
}

function controls(model) {
  const { classes, candidates } = model.get("facts");
  const set = (name) => (value) => save(model, { [name]: value });
  const parts = {
    image: imageChooser(model, candidates.length),
    shown_class: segments("Class", ["all", ...classes].map((name) => [name, name]), set("shown_class")),
    score_threshold: shareSlider("Score threshold", [1, 99, 1], (value) => `score ≥ ${exact(value)}`, set("score_threshold")),
    nms_threshold: shareSlider("Non-maximum suppression", [10, 100, 1], (value) => (value === 1 ? "nothing removed" : `removes IoU > ${exact(value)}`), set("nms_threshold")),
    iou_threshold: shareSlider("A match needs", [50, 95, 5], (value) => `IoU ≥ ${exact(value)}`, set("iou_threshold")),
  };
  const roots = (...names) => names.map((name) => parts[name].root);
  return {
    chosen: roots("image", ...(classes.length > 1 ? ["shown_class"] : [])),
    sliders: make("div", { class: "mk-sliders" }, ...roots("score_threshold", "nms_threshold", "iou_threshold")),
    show: () => Object.entries(parts).forEach(([name, part]) => part.show(model.get(name))),
  };
}

// The counts, which are the legend too: the line and the mark of each outcome beside its name.
function countTable(images) {
  const rows = { "true positive": "true positives", duplicate: "duplicates", "false positive": "false positives", missed: "missed", boxes: "boxes shown", objects: "objects there" };
  const row = ([name, words]) => {
    const cells = [0, 1].map(() => make("td", {}));
    return { name, cells, root: make("tr", { class: `mk-${name in LOOKS ? "outcome" : "tally"}` }, make("th", { scope: "row" }, ...(name in LOOKS ? [keyOf(name)] : []), words), ...cells) };
  };
  const all = Object.entries(rows).map(row);
  const heads = ["", "this image", images > 1 ? `all ${images} images` : "all images"].map((words) => make("th", { scope: "col" }, words));
  return {
    root: make("table", { class: "mk-counts" }, make("tr", {}, ...heads), ...all.map(({ root }) => root)),
    show: (...counts) => all.forEach(({ name, cells }) => cells.forEach((cell, i) => (cell.textContent = counts[i][name]))),
  };
}

function numberCard(title) {
  const [head, value, words] = [make("span", {}, title), make("output", {}), make("small", {})];
  return { root: make("div", { class: "mk-number" }, head, value, words), head, value, words };
}

// ---- the whole --------------------------------------------------------------------------------

function render({ model, el }) {
  const { classes, candidates, size } = model.get("facts");
  const scenes = readScenes(model);
  const pictures = readPictures(model);
  let judged, key, points, chosenClass, here, state; // here: what is shown of the image
  let pointed = null; // the box that is described: under the mouse, or chosen with the keys
  const bar = controls(model);
  const says = make("p", { class: "mk-says", "aria-live": "polite" });
  const under = make("p", { class: "mk-under", "aria-live": "polite" });
  const table = countTable(candidates.length);
  const [precision, recall, ap] = [numberCard("Precision"), numberCard("Recall"), numberCard("")];
  const title = make("div", { class: "mk-title" });
  const picture = new Sheet({ class: "mk-detected", tabindex: "0", role: "application", "aria-label": "The image with its boxes. The arrow keys go from box to box, Escape leaves them.", ...KEEP_KEYS }, (...to) => here && drawScene(...to, { bitmap: pictures[state.image], size, ...here, pointed, partner: pointed && judged[state.image].truths[pointed.truth] }));
  picture.canvas.style.setProperty("--mk-aspect", size[1] / size[0]);
  const chart = new Sheet({ class: "mk-pr", role: "img" }, (...to) => points && drawCurve(...to, now()));
  const root = make("div", { class: "mk mk-det", role: "group", "aria-label": "Detection explorer" }, make("div", { class: "mk-bar" }, ...bar.chosen, says), bar.sliders,
    make("div", { class: "mk-row" }, make("div", {}, picture.canvas, under),
      make("div", {}, table.root, make("div", { class: "mk-numbers" }, precision.root, recall.root, ap.root), title, chart.canvas)));
  mount(el, root);

  function now() {
    const { "true positive": right, boxes, objects } = state.all;
    return { points, heights: points.heights, at: boxes && objects ? [right / objects, right / boxes] : null };
  }

  function update() {
    state = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
    const { nms_threshold: nms, iou_threshold: limit, score_threshold: threshold } = state;
    chosenClass = classes.indexOf(state.shown_class);
    if (key !== `${nms} ${limit}`) judged = scenes.map((scene) => judge(suppress(scene, nms), scene.truths, limit));
    const wanted = `${nms} ${limit} ${chosenClass}`;
    if (points?.key !== wanted) measure(wanted);
    key = `${nms} ${limit}`;
    const shown = judged.map((each) => shownOf(each, threshold, chosenClass));
    here = shown[state.image];
    state.all = countOf(shown);
    const same = (each) => pointed && each.image === pointed.image && each.index === pointed.index && (each.outcome === "missed") === (pointed.outcome === "missed");
    pointed = [...here.boxes, ...here.missed].find(same) ?? null;
    bar.show();
    table.show(countOf([here]), state.all);
    write();
    tell();
    for (const sheet of [picture, chart]) sheet.draw();
  }

  // The curve of the chosen class, and the average precision of each.
  function measure(wanted) {
    const count = (label) => scenes.reduce((sum, { truths }) => sum + truths.filter(isOf(label)).length, 0);
    points = curvePoints(judged, chosenClass);
    points.heights = chosenClass >= 0 || classes.length === 1 ? envelope(points) : []; // of several classes it has no name
    points.key = wanted;
    points.each = classes.map((_, label) => (chosenClass < 0 || chosenClass === label ? averagePrecision(curvePoints(judged, label), count(label)) : NaN));
  }

  function write() {
    const { "true positive": right, boxes, objects } = state.all;
    const name = chosenClass < 0 ? "" : `${classes[chosenClass]} `;
    const apart = boxes === objects ? "" : `, ${Math.abs(boxes - objects)} too ${boxes > objects ? "many" : "few"}`;
    says.textContent = `In ${plural(candidates.length, "image")}: ${plural(boxes, `${name}box`, `${name}boxes`)} for ${plural(objects, `${name}object`)}${apart}.`;
    precision.value.textContent = fixed(right / boxes, 3);
    precision.words.textContent = boxes ? `${right} of ${plural(boxes, "box", "boxes")} are right` : "no box is shown";
    recall.value.textContent = fixed(right / objects, 3);
    recall.words.textContent = objects ? `${right} of ${plural(objects, "object")} are found` : "there is no object";
    const known = points.each.map((value, label) => [value, classes[label]]).filter(([value]) => !Number.isNaN(value));
    const mean = chosenClass < 0 && classes.length > 1;
    ap.head.textContent = `${mean ? "mAP" : "AP"} at IoU ${exact(state.iou_threshold)}`;
    ap.value.textContent = fixed(known.reduce((sum, [value]) => sum + value, 0) / known.length, 3);
    ap.words.textContent = !known.length ? "there is no object" : mean ? `mean of ${known.length > 4 ? `${known.length} classes` : known.map(([value, label]) => `${label}\u00a0${fixed(value)}`).join(", ")}` : "area under the curve, shaded";
    title.replaceChildren("Precision–recall curve ", make("small", {}, mean ? "all classes together" : name));
    chart.canvas.setAttribute("aria-label", `${title.textContent}, with the point of this score threshold: recall ${recall.value.textContent}, precision ${precision.value.textContent}`);
  }

  function tell() {
    const many = here.boxes.length + here.missed.length;
    if (!pointed) return under.replaceChildren(many ? "Point at a box to read about it, or click the image and press the arrow keys." : "At this setting there is no box in this image, and no object is missed.");
    const [head, why] = describe(pointed, judged[state.image], here, state.iou_threshold, classes);
    under.replaceChildren(make("b", {}, `${head}.`), ` ${why[0].toUpperCase()}${why.slice(1)}.`);
  }

  const point = (each) => {
    if (each === pointed) return;
    pointed = each;
    tell();
    picture.draw();
  };
  picture.canvas.addEventListener("pointermove", (event) => point(nearestBox(picture.canvas, event, size, here)));
  picture.canvas.addEventListener("pointerleave", () => point(null));
  picture.canvas.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !pointed) return;
    event.preventDefault(); // the first Escape leaves the box, the next one the explorer
    point(null);
  });
  onArrows(picture.canvas, (right, up) => {
    const all = [...here.boxes, ...here.missed];
    const step = Math.sign(right - up);
    const at = pointed ? all.indexOf(pointed) + step : step > 0 ? 0 : -1;
    point(all.length ? all.at(at % all.length) : null);
  });
  drag(chart.canvas, CURVE, (...hand) => {
    const far = points.map(({ recall: x, precision: y }) => Math.hypot(x - hand[0], y - hand[1]));
    if (far.length && state.all.objects) save(model, { score_threshold: clamp(points[far.indexOf(Math.min(...far))].score, 0.01, 0.99) });
  });
  const stop = follow(model, STATE, update);
  update();
  return () => {
    stop();
    for (const sheet of [picture, chart]) sheet.close();
    root.remove();
  };
}

export { iou, readScenes, suppress, judge, shownOf, countOf, curvePoints, averagePrecision };
export default { render };
