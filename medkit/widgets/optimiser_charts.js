// What the OptimiserExplorer draws: the loss from above with the paths on it, and the loss by step.

const MARGIN = { left: 46, right: 4, top: 4, bottom: 42 }; // of the map
const FRAME = { left: 58, right: 36, top: 10, bottom: 42 }; // of the chart

class Terrain extends Sheet {
  // Point at a place, or drag to it.
  onPoint(move) {
    const handle = (event) => {
      const { left, top, width } = this.canvas.getBoundingClientRect();
      const unit = (2 * FACTS.edge) / (width - MARGIN.left - MARGIN.right);
      move([(event.clientX - left - MARGIN.left) * unit - FACTS.edge, FACTS.edge - (event.clientY - top - MARGIN.top) * unit]);
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      handle(event);
    });
    this.canvas.addEventListener("pointermove", (event) => this.canvas.hasPointerCapture(event.pointerId) && handle(event));
  }
}

function bandColours(ramp) {
  return Array.from({ length: FACTS.bands }, (_, band) => {
    const at = (band / (FACTS.bands - 1)) * (ramp.length - 1);
    const from = Math.min(Math.floor(at), ramp.length - 2);
    const [a, b] = [channels(ramp[from]), channels(ramp[from + 1])];
    return a.map((value, i) => value + (b[i] - value) * (at - from));
  });
}

// The loss from above: bands evenly spaced in the root of the loss, and a line where one ends.
function relief(loss, side, dark) {
  const heights = elevations(loss, side);
  const [colours, ink] = [bandColours(FACTS.ramps[dark ? "dark" : "light"]), dark ? 190 : 40];
  const picture = new ImageData(side, side);
  const bytes = picture.data;
  for (let at = 0; at < heights.length; at++) {
    const here = heights[at];
    const gap = Math.abs(here - Math.floor(here + 0.5)); // to the nearest line
    let line = 0;
    if (gap < 0.4 && here > 0.5) {
      const [right, below] = [here - (heights[at + 1] ?? here), here - (heights[at + side] ?? here)];
      line = 0.55 * Math.max(0, 1 - gap / Math.sqrt(right * right + below * below + 1e-18));
    }
    const colour = colours[Math.min(Math.floor(here), FACTS.bands - 1)];
    for (let i = 0; i < 3; i++) bytes[4 * at + i] = colour[i] + (ink - colour[i]) * line;
    bytes[4 * at + 3] = 255;
  }
  const bitmap = make("canvas", { width: side, height: side });
  bitmap.getContext("2d").putImageData(picture, 0, 0);
  return bitmap;
}

// In which band each pixel is, as a number from 0 to the count of bands.
function elevations(loss, side) {
  const [value, scale] = [VALUES[loss], FACTS.bands / Math.sqrt(FACTS.losses[loss].highest)];
  const heights = new Float32Array(side * side);
  for (let row = 0, at = 0; row < side; row++) {
    const y = FACTS.edge * (1 - (2 * row + 1) / side);
    for (let column = 0; column < side; column++, at++) heights[at] = scale * Math.sqrt(value(FACTS.edge * ((2 * column + 1) / side - 1), y));
  }
  return heights;
}

function square(context, [x, y], fill, edge) {
  Object.assign(context, { fillStyle: fill, strokeStyle: edge, lineWidth: 2 });
  context.fillRect(x - 5.5, y - 5.5, 11, 11);
  context.strokeRect(x - 5.5, y - 5.5, 11, 11);
}

// The points up to step `at`, which may lie between two; none that are far outside the map.
function until(points, at) {
  const [whole, part] = [Math.floor(at), at % 1];
  const passed = points.slice(0, whole + 1);
  if (part && points[whole + 1]) passed.push(points[whole].map((x, axis) => x + part * (points[whole + 1][axis] - x)));
  const outside = passed.findIndex((point) => Math.max(...point.map(Math.abs)) > 1e4);
  return outside < 0 ? passed : passed.slice(0, outside);
}

function drawMap(context, width, { bitmap, now, kept, at, look }) {
  const side = width - MARGIN.left - MARGIN.right;
  const place = ([x, y]) => [MARGIN.left + ((x + FACTS.edge) / (2 * FACTS.edge)) * side, MARGIN.top + ((FACTS.edge - y) / (2 * FACTS.edge)) * side];
  context.lineJoin = "round";
  context.drawImage(bitmap, MARGIN.left, MARGIN.top, side, side);
  for (const tick of [-2, -1, 0, 1, 2]) {
    const [x, y] = place([tick, tick]);
    text(context, minus(String(tick)), clamp(x, 0, width - 8), MARGIN.top + side + 12, look.soft);
    text(context, minus(String(tick)), MARGIN.left - 6, clamp(y, 8, width), look.soft, { align: "right" });
  }
  text(context, "weight 1", MARGIN.left + side / 2, MARGIN.top + side + 31, look.soft);
  upright(context, "weight 2", 10, MARGIN.top + side / 2, look.soft);
  context.save();
  context.beginPath();
  context.rect(MARGIN.left, MARGIN.top, side, side);
  context.clip();
  if (kept) drawKept(context, until(kept.path.map(place), kept.path.length), look);
  drawPath(context, until(now.path.map(place), at), at >= now.path.length - 1, look);
  if (kept) square(context, until(kept.path.map(place), at).at(-1), FACTS.colours.kept, look.casing);
  context.restore();
}

function drawKept(context, points, look) {
  line(context, points, look.casing, 5);
  line(context, points, FACTS.colours.kept, 2.5, [7, 4]);
}

function drawPath(context, points, ended, look) {
  const colour = FACTS.colours.now;
  line(context, points, look.casing, 5);
  dots(context, points, 4.9, look.casing);
  line(context, points, colour, 2.5);
  dots(context, points, 3.7, colour);
  const [[x, y], ball] = [points[0], points.at(-1)];
  spot(context, [x, y], 7, "transparent", look.casing, 5);
  spot(context, [x, y], 7, "transparent", colour, 2.5);
  spot(context, ball, 8, colour, look.casing, 2.5);
  const label = { halo: look.face, weight: 600, size: 14 };
  text(context, "start", x, y + (y > 40 ? -20 : 22), look.ink, label);
  if (ended && Math.hypot(ball[0] - x, ball[1] - y) > 45) text(context, "end", ball[0], ball[1] + 22, look.ink, label);
}

// The loss that must be on a linear axis: of a path that diverges only the beginning.
const tallest = (losses) => Math.max(Math.min(Math.max(...losses), 3 * losses[0]), 1e-3) * 1.03;
const power = (value) => `10${[...String(Math.round(Math.log10(value)))].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("")}`;

function evenly(most) {
  const unit = 10 ** Math.floor(Math.log10(most));
  const step = [0.2, 0.5, 1, 2].map((part) => part * unit).find((each) => most / each < 6);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

function drawChart(context, width, height, { now, kept, at, log, look }) {
  const { left, right, top, bottom } = inside(width, height, FRAME);
  context.lineJoin = "round";
  const most = log ? Math.ceil(Math.log10(FACTS.losses[now.run.loss].highest)) : Math.max(...[now, kept].map((run) => (run ? tallest(run.losses) : 0)));
  const span = log ? 6 : most;
  const share = (loss) => (log ? (Math.log10(Math.max(loss, 1e-99)) - most + span) / span : loss / span);
  const last = Math.max(now.run.steps, kept?.run.steps ?? 0);
  const place = (loss, step) => [left + (step / last) * (right - left), bottom - clamp(share(loss), -0.02, 1.5) * (bottom - top)];
  const ticks = log ? [0, 2, 4, 6].map((below) => 10 ** (most - below)) : evenly(most);
  for (const tick of ticks) {
    const y = place(tick, 0)[1];
    line(context, [[left, y], [right, y]], look.line, 1);
    text(context, log && tick < 1e-3 ? power(tick) : String(Number(tick.toPrecision(2))), left - 7, y, look.soft, { align: "right" });
  }
  for (const part of [0, 0.25, 0.5, 0.75, 1]) text(context, String(Math.round(part * last)), left + part * (right - left), bottom + 14, look.soft);
  text(context, log ? "step (dotted: 1 % of the loss at the start)" : "step", (left + right) / 2, bottom + 32, look.soft);
  upright(context, "loss", 8, (top + bottom) / 2, look.soft);
  context.save();
  context.beginPath();
  context.rect(left - 9, top - 9, right - left + 18, bottom - top + 18);
  context.clip();
  const low = place(0.01 * now.losses[0], 0)[1];
  if (log) line(context, [[left, low], [right, low]], look.soft, 1.5, [2, 3]);
  if (kept) line(context, kept.losses.map(place), FACTS.colours.kept, 2.5, [7, 4]);
  const curve = until(now.losses.map(place), at);
  line(context, curve, FACTS.colours.now, 2.5);
  spot(context, curve.at(-1), 6, FACTS.colours.now, look.face, 2);
  if (kept) square(context, until(kept.losses.map(place), at).at(-1), FACTS.colours.kept, look.face);
  context.restore();
  if (!log || low > bottom) return;
  text(context, "1 %", right + 11, low, look.soft, { align: "left" });
}
