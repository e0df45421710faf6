// The charts of the ThresholdExplorer: scores on both sides of an axis, and the ROC or PR curve.

// Fill the current path: solid where the call is right, hatched where it is wrong.
function fill(context, colour, right) {
  Object.assign(context, { fillStyle: colour, strokeStyle: colour, lineWidth: 1.5 });
  if (right) return context.fill();
  context.stroke();
  context.save();
  context.clip();
  const { width, height } = context.canvas;
  context.beginPath();
  for (let x = -height; x < width; x += 6.5) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}

const BINS = 40;
const SCORES = { left: 40, right: 12, top: 26, bottom: 70 }; // margins around the bars, and around the curve
const CURVE = { left: 52, right: 10, top: 8, bottom: 40 };
const PARTS = { tn: "true negatives", fp: "false positives", fn: "false negatives", tp: "true positives" };

// How many scores of a group are in each bin, as a share of the fullest bin.
function bars(sorted, { low, high }) {
  const counts = new Array(BINS).fill(0);
  for (const score of sorted) counts[clamp(Math.floor(((score - low) / (high - low)) * BINS + 1e-9), 0, BINS - 1)]++;
  const most = Math.max(...counts);
  return counts.map((count) => count / most);
}

// Those without the finding stand above the axis, those with it hang below: four parts, as in the table.
function drawScores(context, width, height, colour, { heights, axis, tally, threshold, names }) {
  const { left, right, top, bottom } = inside(width, height, SCORES);
  const [middle, half] = [(top + bottom) / 2, (bottom - top) / 2 - 3];
  const x = (score) => left + ((score - axis.low) / (axis.high - axis.low)) * (right - left);
  const cut = clamp(x(threshold), left, right + 6);
  const part = (key, y) => {
    const up = key === "tn" || key === "fp";
    const [group, called, correct] = [up ? 0 : 1, key[1] === "p", key[0] === "t"];
    const hue = colour(up ? "negative" : "positive");
    context.save();
    context.beginPath();
    context.rect(called ? cut : 0, 0, called ? width : cut, height);
    context.clip();
    context.beginPath();
    context.moveTo(left, middle);
    heights[group].forEach((share, i) => [i, i + 1].forEach((edge) => context.lineTo(left + (edge / BINS) * (right - left), middle + (up ? -1 : 1) * half * share)));
    context.lineTo(right, middle);
    fill(context, hue, correct);
    context.restore();
    const label = [`${key.toUpperCase()} ${tally.amounts[key]}`, width > 540 ? PARTS[key] : ""];
    const at = called ? right - partWidth(context, label) : left;
    context.beginPath();
    context.rect(at, y - 7, 14, 14);
    fill(context, hue, correct);
    text(context, label[0], at + 21, y, colour("ink"), { align: "left", weight: 700, size: 16 });
    text(context, label[1], at + partWidth(context, label), y, colour("soft"), { align: "right" });
  };
  for (const [key, y] of [["tn", 11], ["fp", 11], ["fn", bottom + 15], ["tp", bottom + 15]]) part(key, y);
  line(context, [[left, middle], [right, middle]], colour("ink"), 1);
  axis.ticks.forEach((tick) => text(context, minus(String(Number(tick.toFixed(axis.digits)))), x(tick), bottom + 38, colour("soft")));
  text(context, "score; each group is drawn to its own height", (left + right) / 2, height - 8, colour("soft"));
  names.forEach((name, i) => {
    const y = middle + (i - 0.5) * (half + 3);
    upright(context, shorten(name), 9, y, colour("ink"), { weight: 600, size: 12 });
    upright(context, tally.groups[i], 26, y, colour("soft"), { size: 12 });
  });
  drawHandle(context, cut, clamp(cut, left, width - 34), [top, bottom], minus(threshold.toFixed(axis.digits + 1).replace(/\.?0$/, "")), colour);
}

function partWidth(context, [count, words]) {
  setFont(context, 700, 16);
  const wide = context.measureText(count).width;
  setFont(context, 400, 13);
  return 29 + wide + context.measureText(words).width;
}

const shorten = (name, most = 12) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);

// The line to drag, with its handle on the axis of scores: the threshold between two arrows.
function drawHandle(context, x, handle, [top, bottom], words, colour) {
  line(context, [[x, top], [x, bottom + 27]], colour("face"), 5);
  line(context, [[x, top], [x, bottom + 27]], colour("cut"), 3);
  context.beginPath();
  context.roundRect(handle - 33, bottom + 26, 66, 24, 6);
  Object.assign(context, { fillStyle: colour("cut"), strokeStyle: colour("face"), lineWidth: 2 });
  context.fill();
  context.stroke();
  text(context, words, handle, bottom + 38.5, "#fff", { weight: 700, size: 14 });
  for (const way of [-1, 1]) {
    context.beginPath();
    for (const [along, up] of [[29, 0], [23, -5], [23, 5]]) context.lineTo(handle + way * along, bottom + 38 + up);
    context.fill();
  }
}

// Thousands of points make no finer line than the screen shows: leave out steps of less than half a pixel.
function thin(points) {
  let [x, y] = [-9, -9];
  return points.filter(([a, b], i) => {
    const far = Math.abs(a - x) + Math.abs(b - y) > 0.5 || i === points.length - 1;
    if (far) [x, y] = [a, b];
    return far;
  });
}

// ROC or precision against recall: axes, what guessing gives, the curve, and where we are on it.
function drawCurve(context, width, height, colour, { curve, points, at, share }) {
  const { left, right, top, bottom } = inside(width, height, CURVE);
  const place = ([a, b]) => [left + a * (right - left), bottom - b * (bottom - top)];
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    for (const ends of [[[0, tick], [1, tick]], [[tick, 0], [tick, 1]]]) line(context, ends.map(place), colour("line"), tick % 1 ? 0.5 : 1);
    if (tick * 4 % 2) continue;
    text(context, String(tick), left - 7, place([0, tick])[1], colour("soft"), { align: "right" });
    text(context, String(tick), place([tick, 0])[0], bottom + 13, colour("soft"));
  }
  const roc = curve === "ROC";
  text(context, roc ? "false positives = 1 − specificity" : "recall = sensitivity", (left + right) / 2, height - 9, colour("soft"));
  upright(context, roc ? "true positives = sensitivity" : "precision = PPV", 10, (top + bottom) / 2, colour("soft"));
  line(context, (roc ? [[0, 0], [1, 1]] : [[0, share], [1, share]]).map(place), colour("soft"), 1.5, [5, 4]);
  line(context, thin(points.map(place)), colour("ink"), 2.5);
  if (!at) return;
  const [x, y] = place(at);
  line(context, [[left, y], [x, y], [x, bottom]], colour("cut"), 1.5, [2, 3]);
  spot(context, [x, y], 7, colour("cut"), colour("face"), 2);
}
