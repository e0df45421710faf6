// What the GANTheatre draws: points on the discriminator's answer, or pictures; and the losses by step.

const STAGE = { left: 38, right: 6, top: 6, bottom: 24 }; // margins
const LOSSES = { left: 58, right: 26, top: 32, bottom: 42 };
const GAP = 2; // pixels between two pictures
const LINES = [["ink", []], ["third", [8, 4]], ["truth", [2, 3]], ["fourth", [9, 3, 2, 3]]];

// What is between two frames of a recording, of `each` numbers a frame: frame 3.25 is a quarter on the way.
function between(data, each, at) {
  const [from, part] = [Math.floor(at), at - Math.floor(at)];
  const [before, after] = [from, from + 1].map((frame) => data.subarray(frame * each, (frame + 1) * each));
  return part && after.length ? before.map((value, i) => value + part * (after[i] - value)) : before;
}

// ---- points -----------------------------------------------------------------------------------

// Where points (x, y, x, y, …) are on the canvas.
function places(points, [left_, right_, low, high], { left, right, top, bottom }) {
  const [across, up] = [(right - left) / (right_ - left_), (bottom - top) / (high - low)];
  return Array.from({ length: points.length / 2 }, (_, i) => [left + (points[2 * i] - left_) * across, bottom - (points[2 * i + 1] - low) * up]);
}

function triangles(context, points, radius, fill) {
  context.beginPath();
  for (const [x, y] of points) {
    context.moveTo(x, y - 1.25 * radius);
    context.lineTo(x + 1.15 * radius, y + 0.8 * radius);
    context.lineTo(x - 1.15 * radius, y + 0.8 * radius);
  }
  context.fillStyle = fill;
  context.fill();
}

// The discriminator's answer as a small bitmap, row 0 below; 0 is the first tint, 255 the second.
function tint(bitmap, surface, side, [dark, light]) {
  if (bitmap.width !== side) bitmap.width = bitmap.height = side;
  const ends = [dark, light].map(channels);
  const ramp = Uint32Array.from({ length: 256 }, (_, value) => ends[0].reduceRight((all, from, i) => all * 256 + Math.round(from + ((ends[1][i] - from) * value) / 255), 255));
  const picture = new ImageData(side, side);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) pixels[(side - 1 - row) * side + column] = ramp[surface[row * side + column]];
  }
  bitmap.getContext("2d").putImageData(picture, 0, 0);
}

// Arrows along the pushes, of some of the points; the longest push there is becomes an arrow of 36 pixels.
function arrows(context, points, pushes, scale, [x, y], colour) {
  const every = Math.ceil(points.length / FACTS.arrows);
  context.beginPath();
  for (let i = 0; i < points.length; i += every) {
    const [right, down] = [pushes[2 * i] * scale * x, -pushes[2 * i + 1] * scale * y];
    const long = Math.hypot(right, down);
    if (long < 2) continue;
    const [tip, head] = [[points[i][0] + right, points[i][1] + down], Math.min(5, long / 2) / long];
    context.moveTo(...points[i]);
    context.lineTo(...tip);
    for (const side of [-0.6, 0.6]) {
      context.moveTo(...tip);
      context.lineTo(tip[0] - head * (right + side * down), tip[1] - head * (down - side * right));
    }
  }
  Object.assign(context, { strokeStyle: colour, lineWidth: 1.6 });
  context.stroke();
}

// now: {extent, real, fakes, surface, side, pushes, bitmap, dark}; what is not shown is null
function drawStage(context, width, height, colour, now) {
  const box = inside(width, height, STAGE);
  const size = [box.right - box.left, box.bottom - box.top];
  const [x_low, x_high, y_low, y_high] = now.extent;
  const view = [{ low: x_low, high: x_high, wide: x_high - x_low }, { low: y_low, high: y_high, wide: y_high - y_low }];
  const put = (point) => places(point, now.extent, box)[0];
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, ...size);
  context.clip();
  if (now.surface) {
    tint(now.bitmap, now.surface, now.side, FACTS.tints[now.dark ? "dark" : "light"]);
    // The grid's first and last points lie on the edges: half a cell of the bitmap is outside.
    const [x, y] = size.map((long) => long / (now.side - 1 || 1) / 2);
    context.drawImage(now.bitmap, box.left - x, box.top - y, size[0] + 2 * x, size[1] + 2 * y);
  } else drawFrame(context, box, colour, { view, titles: ["", ""] }, put);
  const [real, fakes] = [now.real, now.fakes].map((points) => places(points, now.extent, box));
  dots(context, real, 3.6, colour("casing"));
  dots(context, real, 2.6, colour("first"));
  triangles(context, fakes, 5.6, colour("casing"));
  triangles(context, fakes, 4.2, colour("second"));
  if (now.pushes && now.longest) arrows(context, fakes, now.pushes, 36 / now.longest, [1, size[1] / view[1].wide / (size[0] / view[0].wide)], colour("ink"));
  context.restore();
  context.save();
  context.beginPath(); // only the numbers: the lines would cross the points
  context.rect(0, 0, box.left, height);
  context.rect(0, box.bottom, width, height);
  context.clip();
  drawFrame(context, box, colour, { view, titles: ["", ""] }, put);
  context.restore();
}

// ---- pictures ---------------------------------------------------------------------------------

// Pictures side by side in a square with lines between, as a bitmap of one pixel for each of theirs.
function mosaic(bitmap, bytes, [height, width], count) {
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const sides = [columns * (width + GAP) - GAP, rows * (height + GAP) - GAP];
  if (bitmap.width !== sides[0] || bitmap.height !== sides[1]) [bitmap.width, bitmap.height] = sides;
  const picture = new ImageData(...sides);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let each = 0, from = 0; each < count; each++) {
    const corner = Math.floor(each / columns) * (height + GAP) * sides[0] + (each % columns) * (width + GAP);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++, from++) pixels[corner + row * sides[0] + column] = 0xff000000 | (bytes[from] * 0x010101);
    }
  }
  bitmap.getContext("2d").putImageData(picture, 0, 0);
}

// As large as fits, in whole screen pixels where that nearly fills; else first a little too large, so that
// all pixels come out alike.
function drawMosaic(context, width, height, bitmap) {
  const ratio = window.devicePixelRatio || 1;
  const fit = ratio * Math.min(width / bitmap.width, height / bitmap.height);
  const whole = Math.floor(fit) > 0.8 * fit ? Math.floor(fit) : Math.ceil(fit);
  const large = make("canvas", { width: bitmap.width * whole, height: bitmap.height * whole });
  const enlarge = large.getContext("2d");
  enlarge.imageSmoothingEnabled = false;
  enlarge.drawImage(bitmap, 0, 0, large.width, large.height);
  const unit = Math.min(whole, fit) / ratio;
  context.imageSmoothingEnabled = whole > fit;
  context.drawImage(large, 0, 0, bitmap.width * unit, bitmap.height * unit);
}

// ---- losses -----------------------------------------------------------------------------------

// The axis of the losses: without the few values that would flatten all the others.
function lossAxis(losses) {
  const all = losses.flatMap(([, series]) => series).sort((a, b) => a - b);
  const part = (share) => all[Math.round(share * (all.length - 1))];
  const room = 0.6 * (part(0.97) - part(0.03)) || 0.5 * Math.abs(part(0.5)) || 1;
  const [low, high] = [Math.max(all[0], part(0.03) - room), Math.min(all.at(-1), part(0.97) + room)];
  const edge = 0.05 * (high - low || room);
  return { low: low - edge, high: high + edge, wide: high - low + 2 * edge, cut: low > all[0] || high < all.at(-1) };
}

// Where the name of each loss stands, from left to right and then in the next row.
function keyPlaces(context, losses, right) {
  setFont(context, 400, 14);
  let [x, y] = [LOSSES.left, 14];
  return losses.map(([name]) => {
    const wide = 34 + context.measureText(name).width;
    if (x > LOSSES.left && x + wide > right) [x, y] = [LOSSES.left, y + 20];
    const place = [x, y];
    x += wide + 18;
    return place;
  });
}

// recording: {steps, losses, axis}; what is still to come is faint
function drawLosses(context, width, height, colour, { steps, losses, axis }, at) {
  const keys = keyPlaces(context, losses, width);
  const box = inside(width, height, { ...LOSSES, top: keys.at(-1)[1] + 18 });
  const { left, right, top, bottom } = box;
  const [first, last] = [steps[0], steps.at(-1)];
  const view = [{ low: first, high: last, wide: last - first }, axis];
  const put = ([x, y]) => [left + ((x - first) / (last - first)) * (right - left), bottom - ((y - axis.low) / axis.wide) * (bottom - top)];
  drawFrame(context, box, colour, { view, titles: [`step${axis.cut ? " (peaks are cut off)" : ""}`, "loss"] }, put);
  const curves = losses.map(([, series]) => series.map((value, i) => put([steps[i], value])));
  const [now] = put([between(steps, 1, at)[0], axis.low]);
  for (const [from, to, alpha] of [[left, now, 1], [now, right, 0.35]]) {
    context.save();
    context.beginPath();
    context.rect(from, top, to - from, bottom - top);
    context.clip();
    context.globalAlpha = alpha;
    curves.forEach((curve, i) => line(context, curve, colour(LINES[i][0]), 2, LINES[i][1]));
    context.restore();
  }
  line(context, [[now, top], [now, bottom]], colour("now"), 2.5);
  keys.forEach(([x, y], i) => {
    line(context, [[x, y], [x + 28, y]], colour(LINES[i][0]), 2.5, LINES[i][1]);
    text(context, losses[i][0], x + 34, y, colour("ink"), { align: "left", size: 14 });
  });
}
