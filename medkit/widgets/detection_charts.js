// What the DetectionExplorer draws: the image with its boxes, and the precision-recall curve.

// Each outcome has a line and a mark of its own, beside a colour.
const LOOKS = {
  "true positive": { hue: "right", dash: [], mark: "" },
  duplicate: { hue: "twice", dash: [10, 3, 2, 3], mark: "2×" },
  "false positive": { hue: "wrong", dash: [6, 4], mark: "✕" },
  missed: { hue: "truth", dash: [2, 3], mark: "missed" },
};
const CROWD = 80; // boxes
const CURVE = { left: 46, right: 10, top: 8, bottom: 38 }; // margins around the curve

// The line and the mark of an outcome, for the legend.
function keyOf(name) {
  const { hue, dash, mark } = LOOKS[name];
  const key = make("i", { class: "mk-look", "aria-hidden": "true" });
  const lines = `fill: none; stroke: var(--mk-${hue}); stroke-width: 3; stroke-dasharray: ${dash.join(" ") || "none"}`;
  key.innerHTML = `<svg width="30" height="18"><rect x="2" y="2" width="26" height="14" style="${lines}"/></svg>`;
  if (name !== "missed") key.append(make("b", {}, mark));
  return key;
}

// ---- the image --------------------------------------------------------------------------------

function readPictures(model) {
  const { sent: [height, width], candidates } = model.get("facts");
  const bytes = new Uint8Array(readBytes(model, "pictures"));
  return candidates.map((_, image) => {
    const bitmap = make("canvas", { height, width });
    const context = bitmap.getContext("2d");
    const picture = context.createImageData(width, height);
    const pixels = new Uint32Array(picture.data.buffer);
    for (let i = 0, at = 3 * image * pixels.length; i < pixels.length; i++, at += 3) pixels[i] = 0xff000000 | (bytes[at + 2] << 16) | (bytes[at + 1] << 8) | bytes[at];
    context.putImageData(picture, 0, 0);
    return bitmap;
  });
}

// A box in image pixels → left, top, width and height on the canvas.
const placed = ([top, left, bottom, right], unit) => [left * unit, top * unit, (right - left) * unit, (bottom - top) * unit];

// The light casing sets a line off from dark cells; in a crowd it would hide them, and takes half the time.
function drawBox(context, rect, outcome, colour, wide, cased = true) {
  const { hue, dash } = LOOKS[outcome];
  context.setLineDash(dash.map((length) => (length * wide) / 2.5));
  for (const [style, more] of [...(cased ? [["#fff", 2.5]] : []), [colour(hue), 0]]) {
    Object.assign(context, { strokeStyle: style, lineWidth: wide + more, globalAlpha: more ? 0.55 : 1 });
    context.strokeRect(...rect);
  }
  context.setLineDash([]);
}

// Mark and score on the line of the box at one of its corners, where a round cell leaves room.
function drawTag(context, [x, y, wide, high], { outcome, score }, colour, taken, [width, height]) {
  const { hue, mark } = LOOKS[outcome];
  const words = outcome === "missed" ? mark : `${mark} ${fixed(score)}`.trim();
  setFont(context, 600, 12);
  const size = [context.measureText(words).width + 8, 16];
  const corners = [[x - 4, y - 9], [x + wide + 4 - size[0], y - 9], [x - 4, y + high - 7], [x + wide + 4 - size[0], y + high - 7]];
  const free = corners.map(([left, top]) => [clamp(left, 0, width - size[0]), clamp(top, 0, height - size[1]), ...size])
    .find((spot) => taken.every((other) => [0, 1].some((axis) => spot[axis] >= other[axis] + other[axis + 2] || other[axis] >= spot[axis] + spot[axis + 2])));
  if (!free) return;
  taken.push(free);
  context.beginPath();
  context.roundRect(...free, 3);
  context.fillStyle = colour(hue);
  context.fill();
  text(context, words, free[0] + size[0] / 2, free[1] + 8.5, outcome === "duplicate" ? "#000" : "#fff", { weight: 600, size: 12 });
}

// The box that is pointed at is drawn thick and last, with the object that it was compared with.
function drawScene(context, width, height, colour, { bitmap, size, boxes, missed, pointed, partner }) {
  const unit = width / size[1];
  context.drawImage(bitmap, 0, 0, width, height);
  const all = Object.keys(LOOKS).map((name) => [name, [...boxes, ...missed].filter((each) => each.outcome === name && each !== pointed)]);
  const cased = boxes.length + missed.length <= CROWD;
  const rectOf = ({ box }) => placed(box, unit);
  for (const [outcome, some] of all) for (const each of some) drawBox(context, rectOf(each), outcome, colour, 2.5, cased);
  if (partner) drawBox(context, rectOf(partner), "missed", colour, 3);
  if (pointed) drawBox(context, rectOf(pointed), pointed.outcome, colour, 5);
  const taken = [];
  const worstFirst = all.reverse().flatMap(([, some]) => some); // what went wrong gets its mark first
  for (const each of pointed ? [pointed, ...worstFirst] : worstFirst) drawTag(context, rectOf(each), each, colour, taken, [width, height]);
}

// The box, or the missed object, whose outline is nearest to the pointer, among those that it is in.
function nearestBox(canvas, event, size, { boxes, missed }) {
  const [across, up] = locate(canvas, event, { left: 0, right: 0, top: 0, bottom: 0 });
  const [y, x, unit] = [(1 - up) * size[0], across * size[1], canvas.clientWidth / size[1]];
  const depth = ({ box: [top, left, bottom, right] }) => Math.min(y - top, x - left, bottom - y, right - x) * unit; // inside the outline, in CSS pixels
  const within = [...boxes, ...missed].filter((each) => depth(each) > -5);
  return within.reduce((best, each) => (best && Math.abs(depth(best)) <= Math.abs(depth(each)) ? best : each), null);
}

// ---- the curve --------------------------------------------------------------------------------

// Points are {recall, precision}; heights, if any, the envelope, whose area is the average precision.
function drawCurve(context, width, height, colour, { points, heights, at }) {
  const { left, right, top, bottom } = inside(width, height, CURVE);
  const put = ([x, y]) => [left + x * (right - left), bottom - y * (bottom - top)];
  const treads = heights.filter(({ recall }, i) => recall !== heights[i - 1]?.recall);
  const stairs = treads.flatMap(({ recall, precision }, i) => [[treads[i - 1]?.recall ?? 0, precision], [recall, precision]]);
  if (stairs.length) {
    context.beginPath();
    for (const point of [[0, 0], ...stairs, [stairs.at(-1)[0], 0]]) context.lineTo(...put(point));
    context.fillStyle = colour("field");
    context.fill();
  }
  const view = [0, 1].map(() => ({ low: 0, high: 1, wide: 1 }));
  drawFrame(context, { left, right, top, bottom }, colour, { view, titles: ["recall", "precision"] }, put);
  const ends = ({ recall }, i) => recall !== points[i - 1]?.recall || recall !== points[i + 1]?.recall; // of a fall straight down
  const path = points.filter(ends).map(({ recall, precision }) => [recall, precision]);
  line(context, [[0, path[0]?.[1] ?? 0], ...path].map(put), colour("ink"), 2);
  if (!at) return;
  const [x, y] = put(at);
  line(context, [[left, y], [x, y], [x, bottom]], colour("here"), 1.5, [2, 3]);
  spot(context, [x, y], 7, colour("here"), colour("face"), 2);
}
