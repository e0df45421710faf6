// Masks of one byte a pixel, row by row: how far two agree, how far their borders are apart, and what the hand does to one.

const BESIDE = [[0, 1], [1, 0], [0, -1], [-1, 0]]; // right, down, left, up: clockwise

// Whether a pixel is in the mask; beyond the image nothing is.
const reader = (mask, [rows, columns]) => (row, column) => row >= 0 && row < rows && column >= 0 && column < columns && mask[row * columns + column] === 1;

// A mask of the pixels for which keep(row, column) is true.
function maskOf([rows, columns], keep) {
  const made = new Uint8Array(rows * columns);
  for (let row = 0, at = 0; row < rows; row++) for (let column = 0; column < columns; column++, at++) if (keep(row, column)) made[at] = 1;
  return made;
}

// ---- distances: as in medkit.metrics ------------------------------------------------------------

// The pixels of a mask with one of their four neighbours outside, in the order of the image.
function border(mask, shape) {
  const [rows, columns] = shape;
  const found = [];
  for (let row = 0, at = 0; row < rows; row++) for (let column = 0; column < columns; column++, at++) {
    if (!mask[at]) continue;
    const deep = row > 0 && row < rows - 1 && column > 0 && column < columns - 1;
    if (!deep || !mask[at - 1] || !mask[at + 1] || !mask[at - columns] || !mask[at + columns]) found.push(at);
  }
  return found;
}

// Of each pixel, in which row of its own column the nearest target is; -1 in a column without.
function nearestRows(targets, [rows, columns]) {
  const above = new Int16Array(rows * columns).fill(-1);
  for (const at of targets) above[at] = Math.floor(at / columns);
  const nearest = above.slice();
  for (let at = columns; at < above.length; at++) if (above[at] < 0) above[at] = above[at - columns];
  for (let row = rows - 1, at = above.length - 1; row >= 0; row--) for (let column = 0; column < columns; column++, at--) {
    if (nearest[at] < 0 && row < rows - 1) nearest[at] = nearest[at + columns]; // below
    if (above[at] >= 0 && (nearest[at] < 0 || row - above[at] < nearest[at] - row)) above[at] = -2 - above[at]; // marked: above is nearer
  }
  for (let at = 0; at < above.length; at++) if (above[at] < -1) nearest[at] = -2 - above[at];
  return nearest;
}

// From each of some pixels, given in the order of the image, to the nearest target: {mm, to}. In a row each column
// that holds a target is a parabola over the columns, and their lower envelope is the squared distance
// (Felzenszwalb and Huttenlocher 2012); only rows that are asked for are worked out.
function distances(from, targets, shape, [tall, wide]) {
  const columns = shape[1];
  const rowsOf = nearestRows(targets, shape);
  const [mm, to] = [new Float64Array(from.length), new Int32Array(from.length)];
  const [feet, starts, heights] = [new Int16Array(columns), new Float64Array(columns), new Float64Array(columns)];
  for (let i = 0; i < from.length; ) {
    const row = Math.floor(from[i] / columns);
    let last = -1;
    for (let foot = 0; foot < columns; foot++) {
      const nearest = rowsOf[row * columns + foot];
      if (nearest < 0) continue;
      heights[foot] = ((nearest - row) * tall) ** 2;
      let start = -Infinity;
      for (; last >= 0; last--) {
        const before = feet[last];
        start = ((heights[foot] - heights[before]) / (wide * wide * (foot - before)) + foot + before) / 2;
        if (start > starts[last]) break;
        start = -Infinity;
      }
      feet[++last] = foot;
      starts[last] = start;
    }
    for (let part = 0; i < from.length && from[i] < (row + 1) * columns; i++) {
      const column = from[i] - row * columns;
      while (part < last && starts[part + 1] < column) part++;
      const nearest = rowsOf[row * columns + feet[part]];
      mm[i] = Math.sqrt(((nearest - row) * tall) ** 2 + ((feet[part] - column) * wide) ** 2);
      to[i] = nearest * columns + feet[part];
    }
  }
  return { mm, to };
}

// As numpy.percentile: between two values on the straight line.
function percentile(values, percent) {
  const sorted = Float64Array.from(values).sort();
  const at = ((sorted.length - 1) * percent) / 100;
  const low = Math.floor(at);
  return sorted[low] + (at - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

// All numbers of two masks; null where there is none. line: the two border pixels that make the Hausdorff distance, that
// of the prediction first; from: on whose border the one is that is so far from the other's.
function measure(truth, mask, shape, spacing) {
  let [both, extra, missed] = [0, 0, 0];
  for (let at = 0; at < truth.length; at++) {
    if (mask[at]) truth[at] ? both++ : extra++;
    else if (truth[at]) missed++;
  }
  const [union, size] = [both + extra + missed, both + missed];
  const counts = { both, extra, missed, truth: size, mask: both + extra };
  const shares = { dice: union ? (2 * both) / (union + both) : 1, iou: union ? both / union : 1, volume_error: size ? (100 * (extra - missed)) / size : null };
  return { ...counts, ...shares, ...apart(border(truth, shape), border(mask, shape), shape, spacing) };
}

function apart(truth, mask, shape, spacing) {
  if (!truth.length || !mask.length) return { hausdorff_mm: null, hausdorff95_mm: null, surface_distance_mm: null, line: null, from: null };
  const ways = [distances(mask, truth, shape, spacing), distances(truth, mask, shape, spacing)];
  const farthest = ways.map(({ mm }) => mm.reduce((best, each, i) => (each > mm[best] ? i : best), 0));
  const longest = ways.map(({ mm }, i) => mm[farthest[i]]);
  const which = longest[1] > longest[0] ? 1 : 0;
  const ends = [[mask, truth][which][farthest[which]], ways[which].to[farthest[which]]];
  return {
    hausdorff_mm: longest[which],
    hausdorff95_mm: Math.max(...ways.map(({ mm }) => percentile(mm, 95))),
    surface_distance_mm: sum(ways.map(({ mm }) => sum(mm))) / (truth.length + mask.length),
    line: (which ? ends.reverse() : ends).map((at) => [Math.floor(at / shape[1]), at % shape[1]]),
    from: ["mask", "truth"][which],
  };
}

// ---- what the hand does: each returns a new mask ------------------------------------------------

function shift(mask, shape, [down, right]) {
  const within = reader(mask, shape);
  return maskOf(shape, (row, column) => within(row - down, column - right));
}

const around = (within, row, column) => BESIDE.map(([down, right]) => within(row + down, column + right));

function erode(mask, shape) {
  const within = reader(mask, shape);
  return maskOf(shape, (row, column) => within(row, column) && around(within, row, column).every(Boolean));
}

function dilate(mask, shape) {
  const within = reader(mask, shape);
  return maskOf(shape, (row, column) => within(row, column) || around(within, row, column).some(Boolean));
}

// A disc of pixels drawn along the way from one pixel to another: to 1, or to 0.
function paint(mask, [rows, columns], [start, end], radius, value) {
  const next = mask.slice();
  const way = end.map((at, axis) => at - start[axis]);
  const steps = Math.max(1, ...way.map(Math.abs));
  for (let step = 0; step <= steps; step++) {
    const [row, column] = start.map((at, axis) => Math.round(at + (way[axis] * step) / steps));
    for (let down = -radius; down <= radius; down++) for (let right = -radius; right <= radius; right++) {
      if (down * down + right * right > radius * radius) continue;
      const [y, x] = [row + down, column + right];
      if (y >= 0 && y < rows && x >= 0 && x < columns) next[y * columns + x] = value;
    }
  }
  return next;
}

function flip(mask, at) {
  const next = mask.slice();
  next[at] = 1 - next[at];
  return next;
}

// The corner of the image that is farthest from the truth.
function farCorner(truth, shape, spacing) {
  const [rows, columns] = shape;
  const corners = [...new Set([0, columns - 1, (rows - 1) * columns, rows * columns - 1])];
  const targets = border(truth, shape);
  if (!targets.length) return corners.at(-1);
  const { mm } = distances(corners, targets, shape, spacing);
  return corners[mm.indexOf(Math.max(...mm))];
}
