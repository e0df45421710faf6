// OptimiserExplorer: a loss seen from above, the path of an optimiser on it, and the loss by step.

// ---- controls ---------------------------------------------------------------------------------

const SERIES = [1, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.7, 3, 3.3, 3.6, 4, 4.5, 5, 5.5, 6, 6.7, 7.4, 8.2, 9];
const DIALS = {
  learning_rate: ["Learning rate", [0.001, 0.01, 0.1, 1].flatMap((unit) => SERIES.map((value) => Number((value * unit).toPrecision(2)))).filter((value) => value <= 3)],
  momentum: ["Momentum", Array.from({ length: 100 }, (_, i) => i / 100)],
  weight_decay: ["Weight decay", [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1]],
  noise: ["Gradient noise", [0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10]],
};

// A slider over a list of values; a value between two of them is shown as it is.
function dial(name, change) {
  const [words, values] = DIALS[name];
  const part = slider(words, 0, values.length - 1, "", (at) => change(values[at]));
  return {
    root: part.root,
    show(value, missing) {
      const off = values.map((other) => Math.abs(other - value));
      part.show(off.indexOf(Math.min(...off)), missing ? "none" : String(value), missing ?? String(value));
      part.input.disabled = Boolean(missing);
      part.root.classList.toggle("mk-off", Boolean(missing));
      part.root.title = missing ?? "";
    },
  };
}

const without = {
  momentum: ({ optimiser }) => (momentous(optimiser) ? null : `${optimiser} has no momentum: ${optimiser === "SGD" ? "it remembers nothing of the last steps" : "it averages only the squares of the gradient"}`),
  weight_decay: ({ optimiser }) => (optimiser === "AdamW" ? null : `${optimiser} is shown without weight decay; AdamW has it`),
};

function controls(model) {
  const set = (name) => (value) => save(model, { [name]: value });
  const capital = (name) => [name, name[0].toUpperCase() + name.slice(1)];
  const rows = [
    {
      loss: segments("Loss", Object.keys(FACTS.losses).map(capital), (loss) => save(model, { loss, start: FACTS.losses[loss].start })),
      optimiser: segments("Optimiser", Object.keys(RULES).map(capital), set("optimiser")),
      loss_axis: segments("Axis of the loss", [["log", "Log"], ["linear", "Linear"]], set("loss_axis")),
    },
    Object.fromEntries(Object.keys(DIALS).map((name) => [name, dial(name, set(name))])),
  ];
  return {
    roots: rows.map((row) => make("div", { class: "mk-bar" }, ...Object.values(row).map((part) => part.root))),
    show: (run) => rows.forEach((row) => Object.entries(row).forEach(([name, part]) => part.show(model.get(name), without[name]?.(run)))),
  };
}

// ---- the whole --------------------------------------------------------------------------------

const plain = (value) => (Math.abs(value) < 0.0005 ? "0.000" : number(value));

function made(run) {
  const path = descend(run);
  const away = path.findIndex(far); // what comes after is of no interest
  return { run, path, end: away < 0 ? path.length - 1 : away, losses: path.map((at) => VALUES[run.loss](...at)), words: verdict(run, path) };
}

function card(kind) {
  const [name, words] = [make("b"), make("output", kind === "now" ? { "aria-live": "polite" } : {})];
  const root = make("div", { class: `mk-run mk-${kind}` }, make("i"), make("div", {}, name, words));
  return { root, show: (run) => [name.textContent, words.textContent] = run };
}

function render({ model, el }) {
  let now, kept, frame;
  const reliefs = new Map(); // drawn once for each loss, size and theme
  let at = 0; // the step that is shown
  const bar = controls(model);
  const cards = { now: card("now"), kept: card("kept") };
  const [mapTitle, where] = [make("div", { class: "mk-title" }), make("p", { class: "mk-where" })];
  const roll = button("", () => (frame ? pause() : play()));
  const forward = button("Step", () => (pause(), show(at >= end() ? 0 : Math.floor(at) + 1)));
  const keep = button("Keep this path", () => save(model, { kept: now.run }));
  const forget = button("Forget it", () => save(model, { kept: null }));
  const map = new Terrain({ class: "mk-map", tabindex: "0", role: "application", "aria-label": "The loss seen from above. The arrow keys move the start, with Shift ten times as far.", ...KEEP_KEYS }, paintMap);
  const chart = new Sheet({ class: "mk-curve", role: "img", "aria-label": "Loss by step" }, (context, width, height, colour) => now && drawChart(context, width, height, { now, kept, at, log: model.get("loss_axis") === "log", look: look(colour) }));
  const root = make("div", { class: "mk mk-opt", role: "group", "aria-label": "Optimiser explorer" }, ...bar.roots,
    make("div", { class: "mk-row" }, make("div", {}, mapTitle, map.canvas),
      make("div", {}, cards.now.root, cards.kept.root, chart.canvas, make("div", { class: "mk-bar" }, roll, forward, keep, forget), where)));
  mount(el, root);

  const end = () => now.end;

  function look(colour) {
    const dark = isDark(root);
    return { ink: colour("ink"), soft: colour("soft"), line: colour("line"), face: colour("face"), casing: dark ? "#0b141c" : "#ffffff", dark };
  }

  function paintMap(context, width, height, colour) {
    if (!now) return;
    const style = look(colour);
    const side = Math.round((width - MARGIN.left - MARGIN.right) * (window.devicePixelRatio || 1));
    const wanted = `${now.run.loss} ${side} ${style.dark}`;
    if (reliefs.size > 9) reliefs.clear();
    if (!reliefs.has(wanted)) reliefs.set(wanted, relief(now.run.loss, side, style.dark));
    drawMap(context, width, { bitmap: reliefs.get(wanted), now, kept, at, look: style });
  }

  function compute() {
    pause();
    const run = Object.fromEntries(FACTS.run.map((name) => [name, model.get(name)]));
    now = made(run);
    const before = model.get("kept");
    kept = before?.loss === run.loss ? made(before) : null;
    bar.show(run);
    cards.now.show([title(run), now.words]);
    cards.kept.show(kept ? [`kept: ${title(before)}`, kept.words] : ["", "Keep this path, then change something, to compare the two."]);
    cards.kept.root.classList.toggle("mk-none", !kept);
    forget.disabled = !before;
    mapTitle.replaceChildren(make("span", {}, "Loss ", make("small", {}, `= ${FACTS.losses[run.loss].formula}`)), make("small", {}, "click or drag to start elsewhere"));
    show(end());
  }

  function show(step) {
    at = step;
    const near = Math.round(at);
    const point = now.path[near];
    where.textContent = `Step ${near} of ${now.run.steps}: weights (${point.map(plain).join(", ")}), loss ${plain(now.losses[near])}, gradient ${plain(Math.hypot(...SLOPES[now.run.loss](...point)))}`;
    map.draw();
    chart.draw();
  }

  function play() {
    const [from, pace] = [at >= end() ? 0 : at, clamp(5000 / end(), 25, 180)]; // ms a step
    let first;
    const next = (time) => {
      first ??= time;
      const step = Math.min(from + (time - first) / pace, end());
      frame = step < end() ? requestAnimationFrame(next) : null;
      show(step);
      if (!frame) pause();
    };
    roll.textContent = "❚❚ Pause";
    frame = requestAnimationFrame(next);
  }

  function pause() {
    cancelAnimationFrame(frame);
    frame = null;
    roll.textContent = "▶ Roll";
  }

  const put = (point) => save(model, { start: point.map((x) => Number(clamp(x, -FACTS.edge, FACTS.edge).toFixed(2))) });
  map.onPoint(put);
  onArrows(map.canvas, (right, up) => put([now.run.start[0] + 0.05 * right, now.run.start[1] + 0.05 * up]));
  roll.hidden = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const stop = follow(model, [...FACTS.run, "kept", "loss_axis"], (changed) => {
    if (changed.size === 1 && changed.has("loss_axis")) bar.show(now.run), chart.draw();
    else compute();
  });
  compute();
  return () => {
    pause();
    stop();
    map.close();
    chart.close();
    root.remove();
  };
}

export { descend, normals, verdict, title, VALUES, SLOPES };
export default { render };
