// The picture of the OverlapExplorer: image or grid, two masks, where they differ, and the line of the Hausdorff distance.

const ROOM = { left: 10, right: 10, top: 10, bottom: 30 }; // below: the scale
const MARGIN = 6; // screen pixels around the masks, for the outer half of their lines

// Where corners of pixels are on a canvas: x and y turn them into CSS pixels, back does the reverse. A millimetre is as long
// down as across.
function viewOf(width, height, [rows, columns], [tall, wide]) {
  const { left, right, top, bottom } = inside(width, height, ROOM);
  const unit = Math.min((right - left) / (columns * wide), (bottom - top) / (rows * tall));
  const [start, above] = [(left + right - columns * wide * unit) / 2, (top + bottom - rows * tall * unit) / 2];
  return {
    mm: unit,
    pixel: unit * Math.min(tall, wide),
    x: (column) => start + column * wide * unit,
    y: (row) => above + row * tall * unit,
    back: (x, y) => [Math.floor((y - above) / (tall * unit)), Math.floor((x - start) / (wide * unit))],
  };
}

function drawGround(context, { view, shape, bitmap }, colour) {
  const [rows, columns] = shape;
  const [left, top, right, bottom] = [view.x(0), view.y(0), view.x(columns), view.y(rows)];
  context.imageSmoothingEnabled = false;
  if (bitmap) context.drawImage(bitmap, left, top, right - left, bottom - top);
  else {
    for (let column = 10; column < columns; column += 10) line(context, [[view.x(column), top], [view.x(column), bottom]], colour("line"), 0.5);
    for (let row = 10; row < rows; row += 10) line(context, [[left, view.y(row)], [right, view.y(row)]], colour("line"), 0.5);
  }
  Object.assign(context, { strokeStyle: colour("soft"), lineWidth: 1 });
  context.strokeRect(left, top, right - left, bottom - top);
}

// ---- the masks, screen pixel by screen pixel: as fast for many specks as for one organ -------------

const [LEFT, RIGHT, ABOVE, BELOW] = [1, 2, 4, 8]; // and 16 to 128: the corners between them
const CORNERS = [[LEFT, ABOVE], [RIGHT, ABOVE], [LEFT, BELOW], [RIGHT, BELOW]];
// By what is near vertically (0 to 3) and across (0 to 3): which neighbours a screen pixel is near to.
const NEAR = Array.from({ length: 4 }, (_, down) => Uint8Array.from({ length: 4 }, (_, across) => {
  const sides = across + 4 * down;
  return CORNERS.reduce((all, [one, other], i) => all | (sides & one && sides & other ? 16 << i : 0), sides);
}));

// A colour of the page as one number, as ImageData has its bytes; opacity 0 to 255.
function bytesOfColour(context, colour, opacity = 255) {
  context.fillStyle = colour; // which turns any way to write a colour into one of two
  const parts = context.fillStyle.startsWith("#") ? channels(context.fillStyle) : context.fillStyle.match(/[\d.]+/g).map(Number);
  return new Int32Array(Uint8Array.of(...parts.slice(0, 3), opacity).buffer)[0];
}

// Of each pixel of a mask with a ring of empty ones around it: itself, and which of its eight neighbours are not like it.
function unlike(mask, [rows, columns]) {
  const wide = columns + 2;
  const start = wide + 1; // so that the ring has neighbours as well
  const ringed = new Uint8Array(wide * (rows + 2) + 2 * start);
  for (let row = 0; row < rows; row++) ringed.set(mask.subarray(row * columns, (row + 1) * columns), start + (row + 1) * wide + 1);
  const sides = new Uint8Array(wide * (rows + 2));
  const ways = [-1, 1, -wide, wide, -wide - 1, 1 - wide, wide - 1, wide + 1];
  for (let at = 0, here = start; at < sides.length; at++, here++) for (let i = 0; i < 8; i++) sides[at] |= (ringed[here] ^ ringed[here + ways[i]]) << i;
  return { own: ringed.subarray(start, start + sides.length), sides };
}

// Along one axis of the screen: which pixel of the ringed mask is there, and for each width of a line whether the edge before
// (1) or behind (2) is so near that its line reaches there.
function ruler(at, count, ratio, widths) {
  const edges = [-Infinity, ...Array.from({ length: count + 1 }, (_, i) => Math.round((at(i) - at(0)) * ratio) + MARGIN), Infinity];
  const length = edges[count + 1] + MARGIN;
  const [cells, near] = [new Int16Array(length), widths.map(() => new Uint8Array(length))];
  for (let place = 0, cell = 0; place < length; place++) {
    while (place >= edges[cell + 1]) cell++;
    cells[place] = cell;
    widths.forEach((wide, i) => (near[i][place] = (place - edges[cell] < wide - (wide >> 1) ? 1 : 0) + (edges[cell + 1] - place <= wide >> 1 ? 2 : 0)));
  }
  return { cells, near, length, starts: [0, ...edges.slice(1, -1), length] };
}

// One row of screen pixels in one pixel of the image: `all` is 1 in the prediction, 2 in the truth, 3 in both; ours and theirs
// are the neighbours unlike it, near and wide those whose lines reach this row. A function of its own, since browsers make a
// short one fast at once.
function inkCell(ink, y, left, right, all, ours, theirs, near, wide) {
  const { pixels, dash, hatch } = ink;
  for (let x = left, to = y * ink.width + left; x < right; x++, to++) {
    const reached = near[ink.near[x]];
    const line = ours & reached;
    if (line && ((line & (ABOVE | BELOW) && dash[x]) || (line & (LEFT | RIGHT) && dash[y]) || (!(line & 15) && (dash[x] || dash[y])))) pixels[to] = ink.orange;
    else if (theirs & reached) pixels[to] = ink.green;
    else if ((ours | theirs) & wide[ink.wide[x]]) pixels[to] = ink.face;
    else if (all & 1) pixels[to] = all === 1 && hatch[x + y] ? ink.orange : ink.pale;
    else if (all && hatch[x + ink.height - y]) pixels[to] = ink.green;
  }
}

function inkRow(ink, starts, y, row, own, real, near, wide) {
  const first = y * ink.width;
  for (let cell = 0, at = row * (starts.length - 1); cell < starts.length - 1; cell++, at++) {
    const all = own.own[at] + 2 * real.own[at];
    const plain = own.sides[at] === 0 && real.sides[at] === 0 && (all === 0 || all === 3); // most of the picture, at once
    if (!plain) inkCell(ink, y, starts[cell], starts[cell + 1], all, own.sides[at], real.sides[at], near, wide);
    else if (all) ink.pixels.fill(ink.pale, first + starts[cell], first + starts[cell + 1]);
  }
}

// Prediction filled, what only it holds and what is missed hatched each its own way, truth in a solid line, prediction in dashes.
function drawMasks(context, { view, shape, edges, bitmap }, colour) {
  const ratio = context.getTransform().a;
  const [gap, thin, wide] = [8, 1.6, view.pixel < 4 ? 2 : 3].map((length) => Math.round(length * ratio));
  const widths = [wide, bitmap ? wide + 2 * Math.round(ratio) : 0]; // over an image each line has a casing
  const [across, down] = [ruler(view.x, shape[1], ratio, widths), ruler(view.y, shape[0], ratio, widths)];
  const [width, height] = [across.length, down.length];
  const [green, orange, face] = ["truth", "prediction", "face"].map((name) => bytesOfColour(context, colour(name)));
  const stripes = (every, count) => Uint8Array.from({ length: width + height }, (_, i) => (i % every < count ? 1 : 0));
  const image = new ImageData(width, height);
  const pixels = new Int32Array(image.data.buffer);
  const ink = { pixels, width, height, near: across.near[0], wide: across.near[1], dash: stripes(5 * wide, 3 * wide), hatch: stripes(gap, thin), green, orange, face, pale: bytesOfColour(context, colour("prediction"), 77) };
  for (let y = 0; y < height; y++) inkRow(ink, across.starts, y, down.cells[y], edges.mask, edges.truth, ...down.near.map((each) => NEAR[each[y]]));
  const layer = make("canvas", { width, height });
  layer.getContext("2d").putImageData(image, 0, 0);
  context.drawImage(layer, view.x(0) - MARGIN / ratio, view.y(0) - MARGIN / ratio, width / ratio, height / ratio);
}

// ---- what lies over them ------------------------------------------------------------------------

// The line between the two border pixels that make the Hausdorff distance, with its length.
function drawDistance(context, { view, numbers, shape }, colour) {
  if (!numbers.line || !numbers.hausdorff_mm) return;
  const ends = numbers.line.map(([row, column]) => [view.x(column + 0.5), view.y(row + 0.5)]);
  const [right, down] = [0, 1].map((axis) => ends[1][axis] - ends[0][axis]);
  const length = Math.hypot(right, down);
  line(context, ends, colour("face"), 8);
  line(context, ends, colour("ink"), 4);
  for (const [i, role] of ["prediction", "truth"].entries()) spot(context, ends[i], clamp(length / 3, 3.5, 6.5), colour(role), colour("face"), 2);
  const words = `${number(numbers.hausdorff_mm, 2)} mm`;
  setFont(context, 700, 20);
  const room = context.measureText(words).width / 2 + 6;
  const far = (Math.abs(down) * room + Math.abs(right) * 14) / length + 8; // the words are beside the middle, rather above than below
  const up = (right < 0 ? 1 : -1) * (far / length);
  const [x, y] = [(ends[0][0] + ends[1][0]) / 2 - up * down, (ends[0][1] + ends[1][1]) / 2 + up * right];
  text(context, words, clamp(x, view.x(0) + room, view.x(shape[1]) - room), clamp(y, view.y(0) + 16, view.y(shape[0]) - 16), colour("ink"), { weight: 700, size: 20, halo: colour("face") });
}

function drawScale(context, { view, shape, spacing }, colour) {
  const most = (shape[1] * spacing[1]) / 4;
  const power = 10 ** Math.floor(Math.log10(most));
  const wide = [5, 2, 1].map((times) => times * power).find((length) => length <= most) ?? power;
  const [left, y] = [view.x(0), view.y(shape[0]) + 12];
  const right = left + wide * view.mm;
  line(context, [[left, y - 5], [left, y + 5], [left, y], [right, y], [right, y - 5], [right, y + 5]], colour("ink"), 2);
  text(context, `${Number(wide.toPrecision(1))} mm`, right + 8, y + 1, colour("ink"), { align: "left", size: 15 });
  const each = spacing.map((mm) => Number(mm.toPrecision(3)));
  text(context, `a pixel: ${each[0]} × ${each[1]} mm`, view.x(shape[1]), y + 1, colour("soft"), { align: "right", size: 14 });
}

// now: {shape, spacing, edges, numbers, bitmap, view}; edges: what unlike() says of {truth, mask}
function drawOverlap(context, now, colour) {
  drawGround(context, now, colour);
  drawMasks(context, now, colour);
  drawDistance(context, now, colour);
  drawScale(context, now, colour);
}

// Around the pixels that the brush would paint.
function drawBrush(context, { view, shape }, [row, column], radius, erasing, colour) {
  const disc = (y, x) => (y - row) ** 2 + (x - column) ** 2 <= radius * radius && y >= 0 && y < shape[0] && x >= 0 && x < shape[1];
  const path = new Path2D();
  for (let y = row - radius; y <= row + radius + 1; y++) for (let x = column - radius; x <= column + radius + 1; x++) {
    for (const [beside, end] of [[[y - 1, x], [y, x + 1]], [[y, x - 1], [y + 1, x]]]) {
      if (disc(y, x) === disc(...beside)) continue;
      path.moveTo(view.x(x), view.y(y));
      path.lineTo(view.x(end[1]), view.y(end[0]));
    }
  }
  for (const [name, wide] of [["face", 4.5], ["ink", 2]]) {
    Object.assign(context, { strokeStyle: colour(name), lineWidth: wide, lineCap: "square" });
    context.setLineDash(erasing && wide === 2 ? [3, 3] : []);
    context.stroke(path);
  }
  context.setLineDash([]);
}
