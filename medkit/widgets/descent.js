// The losses and optimisers of medkit/optimisers.py, and what optimiser.py says of a run. Both keep to
// the same order of sums and products, so that they agree to the last bit. FACTS comes from optimiser.py.

const hole = (x, y) => {
  const wide = 1 + x * x + y * y;
  const square = wide * wide;
  return [1 / (square * square), 1 / (square * square * wide)];
};

const VALUES = {
  bowl: (x, y) => x * x + y * y,
  ravine: (x, y) => (x * x + 30 * y * y) / 2,
  saddle: (x, y) => (x * x) / 2 + ((y * y - 2) * (y * y - 2)) / 8,
  "two valleys": (x, y) => ((x + 1) * (x + 1) * ((x - 1) * (x - 1) + 0.2)) / 2 + y * y,
  plateau: (x, y) => 1 - hole(x, y)[0],
};

const SLOPES = {
  bowl: (x, y) => [2 * x, 2 * y],
  ravine: (x, y) => [x, 30 * y],
  saddle: (x, y) => [x, (y * (y * y - 2)) / 2],
  "two valleys": (x, y) => [(x + 1) * (2 * x * x - 2 * x + 0.2), 2 * y],
  plateau: (x, y) => [8 * x * hole(x, y)[1], 8 * y * hole(x, y)[1]],
};

// The next value of one weight; `s` is what is remembered of it.
const adam = (x, g, s, rate, momentum) => {
  s.mean = (s.mean ?? 0) + (1 - momentum) * (g - (s.mean ?? 0));
  s.square = (s.square ?? 0) + (1 - 0.999) * (g * g - (s.square ?? 0));
  s.unseen = (s.unseen ?? 1) * momentum;
  s.unseenSquare = (s.unseenSquare ?? 1) * 0.999;
  return x - (((rate * Math.sqrt(1 - s.unseenSquare)) / (1 - s.unseen)) * s.mean) / (Math.sqrt(s.square) + 1e-7);
};
const RULES = {
  SGD: (x, g, s, rate) => x - rate * g,
  momentum: (x, g, s, rate, momentum) => x + (s.velocity = momentum * (s.velocity ?? 0) - rate * g),
  RMSprop(x, g, s, rate) {
    s.square = 0.9 * (s.square ?? 0) + (1 - 0.9) * (g * g);
    return x - (rate * g) / Math.sqrt(s.square + 1e-7);
  },
  Adam: adam,
  AdamW: adam,
};

// mulberry32 by T. Ettinger (public domain); a sum of twelve is nearly normal, and exact.
function uniforms(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function normals(seed, count) {
  const uniform = uniforms(seed);
  return Array.from({ length: count }, () => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b) - 6);
}

function descend({ loss, start, optimiser, learning_rate, momentum, weight_decay, noise, seed, steps }) {
  const draws = noise ? normals(seed, 2 * steps) : null;
  const decay = optimiser === "AdamW" ? weight_decay : 0;
  const [path, states] = [[start], [{}, {}]];
  for (let k = 0; k < steps; k++) {
    const at = path[k];
    const slope = SLOPES[loss](...at);
    const next = at.map((x, axis) => {
      const g = noise ? slope[axis] + noise * draws[2 * k + axis] : slope[axis];
      return RULES[optimiser](x - x * decay * learning_rate, g, states[axis], learning_rate, momentum);
    });
    if (!next.every(Number.isFinite)) break;
    path.push(next);
  }
  return path;
}

// ---- what is said of a run: as in optimiser.py ------------------------------------------------

const short = (value) => String(Math.floor(value * 1000 + 0.5) / 1000);
const momentous = (optimiser) => ["momentum", "Adam", "AdamW"].includes(optimiser);
const far = (at) => Math.max(...at.map(Math.abs)) > FACTS.far;

function title({ optimiser, learning_rate, momentum, weight_decay, noise }) {
  const decay = optimiser === "AdamW" ? `, weight decay ${weight_decay}` : "";
  return `${optimiser}${momentous(optimiser) ? ` ${momentum}` : ""}, learning rate ${learning_rate}${decay}${noise ? `, noise ${noise}` : ""}`;
}

function aboveLimit({ loss, optimiser, learning_rate, momentum }) {
  const curvature = FACTS.losses[loss].curvature;
  if (curvature === null || !["SGD", "momentum"].includes(optimiser)) return null;
  const share = optimiser === "momentum" ? momentum : 0;
  const limit = (2 * (1 + share)) / curvature;
  if (!(learning_rate > limit)) return null;
  return `the learning rate is above 2${share ? ` × (1 + ${short(share)})` : ""} ÷ ${short(curvature)} = ${Number(limit.toPrecision(3))}`;
}

function turns(path, losses) {
  const moves = path.slice(1).map(([x, y], k) => [x - path[k][0], y - path[k][1]]);
  const turned = moves.slice(1).map(([x, y], k) => x * moves[k][0] + y * moves[k][1] < 0 || losses[k + 2] > losses[k + 1]).slice(Math.floor(moves.length / 2));
  return turned.length ? turned.filter(Boolean).length / turned.length : 0;
}

function verdict(run, path) {
  const { floor, trap } = FACTS.losses[run.loss];
  const made = path.length - 1;
  if (far(path[made]) || made < run.steps) {
    const first = path.findIndex(far);
    return `diverged at step ${first < 0 ? made + 1 : first}: ${aboveLimit(run) ?? "take a smaller learning rate"}`;
  }
  const losses = path.map((at) => VALUES[run.loss](...at));
  if (losses[0] === 0) return "starts at the lowest point, where the gradient is 0";
  const last = losses.findLastIndex((loss) => loss > 0.01 * losses[0]);
  if (last < made) return `reached ${floor} after ${last + 1} step${last ? "s" : ""}: the loss is below 1\u00a0% of its start`;
  if (trap.length && path[made].every((x, axis) => Math.abs(x - trap[axis]) < 0.15)) return `stuck ${trap[2]}: it is flat there, but the loss is still ${losses[made].toFixed(2)}`;
  const share = Math.floor((100 * losses[made]) / losses[0] + 0.5);
  const after = `${share}\u00a0% of its start after ${made} step${made > 1 ? "s" : ""}`;
  if (turns(path, losses) < 0.25) return share >= 50 ? `crawled: the loss is still at ${after}` : `on its way: the loss is at ${after}`;
  if (aboveLimit(run)) return `swings wider and wider: ${aboveLimit(run)}`;
  return `${run.noise ? "wanders in the noise" : "oscillates"}: the loss is at ${after}`;
}
