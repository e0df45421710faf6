// The picture of the BoxExplorer: image or grid, two boxes, what they share and what encloses them.

const ROOM = { left: 40, right: 14, top: 30, bottom: 28 }; // for rulers, names, and handles at the edge
const DASHES = [[], [9, 5]]; // of the first and of the second box
const LABEL = 22; // height of a name

// Where pixel edges are on a canvas: x and y turn them into CSS pixels, back does the reverse.
function viewOf(width, height, [rows, columns]) {
  const { left, right, top, bottom } = inside(width, height, ROOM);
  const unit = Math.min((right - left) / columns, (bottom - top) / rows);
  const start = (left + right - columns * unit) / 2;
  return { unit, x: (column) => start + column * unit, y: (row) => top + row * unit, back: (x, y) => [(y - top) / unit, (x - start) / unit] };
}

// A box as left, top, width and height on the canvas.
const frameOf = ([top, left, bottom, right], { x, y, unit }) => [x(left), y(top), (right - left) * unit, (bottom - top) * unit];

function drawGround(context, { view, shape, bitmap }, colour) {
  const [rows, columns] = shape;
  const frame = frameOf([0, 0, rows, columns], view);
  const gap = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((wide) => Math.max(rows, columns) / wide <= 9) ?? 1000;
  context.imageSmoothingEnabled = view.unit < 1;
  if (bitmap) context.drawImage(bitmap, ...frame);
  for (let at = 0; at <= Math.max(rows, columns); at += gap / 2) {
    const wide = at % gap ? 0.5 : 1;
    if (!bitmap && at <= columns) line(context, [[view.x(at), view.y(0)], [view.x(at), view.y(rows)]], colour("line"), wide);
    if (!bitmap && at <= rows) line(context, [[view.x(0), view.y(at)], [view.x(columns), view.y(at)]], colour("line"), wide);
    const [above, beside] = at % gap ? (at === gap / 2 ? ["x →", "y ↓"] : ["", ""]) : [String(at), String(at)];
    if (at <= columns) text(context, above, view.x(at), view.y(0) - 15, colour("soft"));
    if (at <= rows) text(context, beside, view.x(0) - 14, view.y(at), colour("soft"), { align: "right" });
  }
  Object.assign(context, { strokeStyle: colour("soft"), lineWidth: 1 });
  context.strokeRect(...frame);
}

// The part of the enclosing box that is in neither box: where an odd number of the frames lie.
function drawEmpty(context, frames, hull, common) {
  context.beginPath();
  for (const frame of [hull, ...frames, ...(common ? [common] : [])]) context.rect(...frame);
  context.fillStyle = "rgba(128, 128, 128, 0.36)";
  context.fill("evenodd");
}

// Slanted lines that stay where they are while their frame moves.
function hatch(context, [left, top, width, height], colour) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.globalAlpha = 0.35;
  context.fillStyle = colour;
  context.fill();
  context.globalAlpha = 1;
  const [start, end, bottom] = [left + top, left + top + width + height, top + height];
  for (let at = Math.ceil(start / 8) * 8; at < end; at += 8) line(context, [[at - top, top], [at - bottom, bottom]], colour, 2);
  context.restore();
}

// A box as a line; one without height or width is a single line, so that its dashes show.
function outline(context, [left, top, width, height], colour, wide, dash = []) {
  const [right, bottom] = [left + width, top + height];
  line(context, width && height ? [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]] : [[left, top], [right, bottom]], colour, wide, dash);
}

// The box of the hand has eight handles, the other one four smaller ones; a side that is short has none.
function drawHandles(context, [left, top, width, height], colour, face, active) {
  const size = active ? 12 : 8;
  const along = (start, length) => (active && length > 48 ? [0, 0.5, 1] : [0, 1]).map((part) => [part, start + part * length]);
  for (const [i, x] of along(left, width)) for (const [j, y] of along(top, height)) {
    if (i === 0.5 && j === 0.5) continue;
    Object.assign(context, { fillStyle: active ? face : colour, strokeStyle: active ? colour : face, lineWidth: active ? 2.5 : 1.5 });
    context.fillRect(x - size / 2, y - size / 2, size, size);
    context.strokeRect(x - size / 2, y - size / 2, size, size);
  }
}

// The upper box has its name above it, the lower one below, so that the names never meet.
function drawNames(context, frames, { names, view, shape }, colour) {
  setFont(context, 600, 15);
  const [low, high] = [view.y(0) - ROOM.top, view.y(shape[0]) + ROOM.bottom];
  const upper = frames[1][1] + frames[1][3] / 2 < frames[0][1] + frames[0][3] / 2 ? 1 : 0;
  const lower = 1 - upper;
  const tops = [];
  tops[upper] = clamp(frames[upper][1] - LABEL - 7, low, high - 2 * LABEL);
  tops[lower] = clamp(frames[lower][1] + frames[lower][3] + 7, tops[upper] + LABEL, high - LABEL);
  for (const which of [0, 1]) {
    const [left, , width] = frames[which];
    const wide = context.measureText(names[which]).width + 46;
    const x = clamp(which === upper ? left : left + width - wide, view.x(0), Math.max(view.x(0), view.x(shape[1]) - wide));
    context.globalAlpha = 0.88;
    context.fillStyle = colour("face");
    context.fillRect(x, tops[which], wide, LABEL);
    context.globalAlpha = 1;
    line(context, [[x + 6, tops[which] + LABEL / 2], [x + 34, tops[which] + LABEL / 2]], colour(ROLES[which]), 4, DASHES[which]);
    text(context, names[which], x + 40, tops[which] + LABEL / 2 + 1, colour("ink"), { align: "left", weight: 600, size: 15 });
  }
}

// now: {boxes, numbers, active, names, shape, bitmap, view}
function drawScene(context, now, colour) {
  const { boxes, numbers, active, view } = now;
  const [frames, [hull, common]] = [boxes, [numbers.hull, numbers.common]].map((all) => all.map((box) => box && frameOf(box, view)));
  const [casing, ends] = [colour("face"), boxes.map(middle).map(([row, column]) => [view.x(column), view.y(row)])];
  drawGround(context, now, colour);
  drawEmpty(context, frames, hull, common);
  if (common) hatch(context, common, colour("common"));
  for (const [colours, wide] of [[casing, 4], [colour("ink"), 1.5]]) outline(context, hull, colours, wide, wide < 2 ? [2, 4] : []);
  for (const frame of frames) outline(context, frame, casing, 6);
  frames.forEach((frame, which) => outline(context, frame, colour(ROLES[which]), 3.5, DASHES[which])); // dashes over the solid line show both
  line(context, ends, casing, 5);
  line(context, ends, colour("ink"), 2);
  ends.forEach((end, which) => spot(context, end, 5, colour(ROLES[which]), casing, 2));
  drawNames(context, frames, now, colour);
  for (const which of [1 - active, active]) drawHandles(context, frames[which], colour(ROLES[which]), casing, which === active);
}
