// The plane of the LatentExplorer: a dot for each patient, A and B with the line between, and the point.

const PLANE = { left: 48, right: 8, top: 8, bottom: 40 }; // margins

// What the plane shows: all dots and some room. Both axes have one scale where that leaves room to see.
function viewOf(places) {
  const ends = [0, 1].map((axis) => {
    const along = places.filter((_, i) => i % 2 === axis);
    return along.reduce(([low, high], at) => [Math.min(low, at), Math.max(high, at)], [Infinity, -Infinity]);
  });
  const most = Math.max(...ends.map(([low, high]) => high - low)) || 1;
  return ends.map(([low, high]) => {
    const wide = 1.12 * (high - low > most / 3 ? most : high - low || most);
    return { low: (low + high - wide) / 2, high: (low + high + wide) / 2, wide };
  });
}

// Label 0 is a disc, label 1 a triangle, an image of one's own a diamond.
function marker(context, [x, y], kind, size, fill) {
  const corners = { 1: [[0, -1.25], [1.15, 0.8], [-1.15, 0.8]], own: [[0, -1.5], [1.5, 0], [0, 1.5], [-1.5, 0]] }[kind];
  if (!corners) return dots(context, [[x, y]], size, fill);
  context.beginPath();
  for (const [right, down] of corners) context.lineTo(x + right * size, y + down * size);
  context.closePath();
  context.fillStyle = fill;
  context.fill();
}

// now: {view, places, count, labels, point, shifted, start, end, nearest, titles}
function drawCodes(context, width, height, colour, now) {
  const box = inside(width, height, PLANE);
  const [across, up] = now.view;
  const put = ([x, y]) => [box.left + ((x - across.low) / across.wide) * (box.right - box.left), box.bottom - ((y - up.low) / up.wide) * (box.bottom - box.top)];
  drawFrame(context, box, colour, now, put);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.clip();
  const spots = Array.from({ length: now.places.length / 2 }, (_, i) => put([now.places[2 * i], now.places[2 * i + 1]]));
  spots.slice(0, now.count).forEach((at, i) => marker(context, at, now.labels[i], 3.6, colour(["first", "second"][now.labels[i]] ?? "soft")));
  spots.slice(now.count).forEach((at) => marker(context, at, "own", 5.5, colour("own")));
  line(context, [spots[now.start], spots[now.end]], colour("ink"), 1.5, [6, 4]);
  const ring = spots[now.nearest];
  context.beginPath();
  context.arc(...ring, 8, 0, 2 * Math.PI);
  Object.assign(context, { strokeStyle: colour("ink"), lineWidth: 1.5 });
  context.stroke();
  ["start", "end"].forEach((name, i) => {
    const [x, y] = spots[now[name]];
    const away = x > box.right - 24 ? -14 : 14;
    text(context, "AB"[i], x + away, clamp(y - 11, box.top + 9, box.bottom - 9), colour("ink"), { weight: 700, size: 17, halo: colour("face") });
  });
  const [point, shifted] = [put(now.point), put(now.shifted)];
  line(context, [point, shifted], colour("point"), 3);
  if (shifted.some((at, axis) => at !== point[axis])) spot(context, point, 4, colour("face"), colour("point"), 2);
  context.restore();
  spot(context, [clamp(shifted[0], box.left, box.right), clamp(shifted[1], box.top, box.bottom)], 8, colour("point"), colour("face"), 2.5);
}
