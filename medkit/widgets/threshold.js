// ThresholdExplorer: two groups of scores, a threshold to drag, and all that follows from it.

const STATE = ["scores", "truths", "threshold", "prevalence", "curve", "names"];
// Where the prevalence slider stops, in percent: close together where predictive values change most.
const PERCENTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90];

// ---- arithmetic -------------------------------------------------------------------------------

// The scores of those without (0) and with (1) the finding, each from low to high.
function readCases(model) {
  const [scores, truths] = [new Float64Array(readBytes(model, "scores")), new Uint8Array(readBytes(model, "truths"))];
  return [0, 1].map((truth) => scores.filter((_, i) => truths[i] === truth).sort());
}

// How many of the sorted scores are below a threshold.
function below(sorted, threshold) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

function confusion([negatives, positives], threshold) {
  const [tn, fn] = [below(negatives, threshold), below(positives, threshold)];
  return { tn, fp: negatives.length - tn, fn, tp: positives.length - fn };
}

// The same test on 1,000 people of whom another share has the finding: each row is scaled.
function rescale({ tn, fp, fn, tp }, prevalence) {
  if (prevalence === null) return { tn, fp, fn, tp };
  const [without, having] = [(1000 * (1 - prevalence)) / (tn + fp), (1000 * prevalence) / (fn + tp)];
  return { tn: tn * without, fp: fp * without, fn: fn * having, tp: tp * having };
}

// Each number as [part, whole]; it is undefined where the whole is 0.
function fractions(counts, prevalence) {
  const { tn, fp, fn, tp } = rescale(counts, prevalence);
  return {
    sensitivity: [counts.tp, counts.tp + counts.fn],
    specificity: [counts.tn, counts.tn + counts.fp],
    precision: [tp, tp + fp],
    negative_predictive_value: [tn, tn + fn],
    accuracy: [tp + tn, tp + tn + fp + fn],
    f1: [2 * tp, 2 * tp + fp + fn],
  };
}

// Everyone called positive from some score upwards, for each score there is: counts, highest first.
function curvePoints([negatives, positives]) {
  const points = [{ threshold: Infinity, fp: 0, tp: 0 }];
  let [fp, tp] = [0, 0];
  const next = (sorted, taken) => sorted[sorted.length - 1 - taken] ?? -Infinity;
  while (fp < negatives.length || tp < positives.length) {
    const threshold = Math.max(next(negatives, fp), next(positives, tp));
    while (next(negatives, fp) === threshold) fp++;
    while (next(positives, tp) === threshold) tp++;
    points.push({ threshold, fp, tp });
  }
  return points;
}

function area(points) {
  const { fp, tp } = points.at(-1);
  let sum = 0;
  for (let i = 1; i < points.length; i++) sum += ((points[i].fp - points[i - 1].fp) * (points[i].tp + points[i - 1].tp)) / 2;
  return sum / fp / tp;
}

// An axis that holds all scores and ends on round numbers; probabilities get all of 0 to 1.
function axisOf(groups) {
  const ends = groups.flatMap((sorted) => [sorted[0], sorted.at(-1)]);
  let [low, high] = [Math.min(...ends), Math.max(...ends)];
  if (low >= 0 && high <= 1) [low, high] = [0, 1];
  const step = 10 ** Math.floor(Math.log10((high - low || 1) / 50) + 1e-9);
  [low, high] = [Math.floor(low / step / 10 + 1e-9) * step * 10, Math.ceil(high / step / 10 - 1e-9) * step * 10];
  if (low === high) high += 10 * step;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return { low, high, step, digits, ticks: ticks(low, high, 10 * step) };
}

// ---- words ------------------------------------------------------------------------------------

const FIXED = ["sensitivity", "specificity"]; // at any prevalence
const TITLES = { sensitivity: "Sensitivity (recall)", specificity: "Specificity", precision: "Precision (PPV)", negative_predictive_value: "NPV", accuracy: "Accuracy", f1: "F1 score" };

// Three digits that matter, and never 100 % where it is not.
function percent(share) {
  const shown = Number((100 * share).toPrecision(share > 0.99 ? 4 : 3));
  return shown === 100 && share < 1 ? "> 99.99 %" : `${shown} %`;
}

const cases = (value) => value.toLocaleString("en");
const people = (value) => value.toLocaleString("en", { maximumFractionDigits: value < 0.95 ? 2 : 1 });

// What is counted, in words: the cases there are or, at a chosen prevalence, 1,000 people.
function tallyOf(counts, chosen) {
  const [amount, noun] = chosen === null ? [cases, "cases"] : [people, "people"];
  const cells = rescale(counts, chosen);
  const amounts = Object.fromEntries(Object.entries(cells).map(([name, value]) => [name, amount(value)]));
  const groups = [cells.tn + cells.fp, cells.fn + cells.tp].map((value) => `${amount(value)} ${noun}`);
  return { cells, amounts, groups, amount, noun };
}

function inWords(name, [part, whole], [without, having], amount) {
  const [a, b] = [amount(part), amount(whole)];
  return {
    sensitivity: `${a} of ${b} with “${having}” are found`,
    specificity: `${a} of ${b} with “${without}” are cleared`,
    precision: whole ? `${a} of ${b} called “${having}” are right` : `nobody is called “${having}”`,
    negative_predictive_value: whole ? `${a} of ${b} called “${without}” are right` : `nobody is called “${without}”`,
    accuracy: `${a} of ${b} calls are right`,
    f1: whole ? `2 TP ÷ (2 TP + FP + FN) = ${a} ÷ ${b}` : `nobody has “${having}” or is called so`,
  }[name];
}

function oneIn(share) {
  const many = 1 / share;
  if (share <= 0 || many < 1.5) return "";
  return `, ${Math.abs(many - Math.round(many)) < 0.02 ? "" : "about "}1 in ${Math.round(many).toLocaleString("en")}`;
}

// ---- the whole --------------------------------------------------------------------------------

function board() {
  const part = (name) => {
    const [count, key] = [make("output", {}), make("i", { class: `mk-key mk-${name}` })];
    return { root: make("td", { class: "mk-cell" }, key, make("b", {}, name.toUpperCase()), count), show: (words) => (count.textContent = words) };
  };
  const card = (name) => {
    const [value, words] = [make("output", {}), make("small", {})];
    return { root: make("div", { class: "mk-card" }, make("span", {}, TITLES[name]), value, words), value, words };
  };
  const parts = Object.fromEntries(Object.keys(PARTS).map((name) => [name, part(name)]));
  const cards = Object.fromEntries(Object.keys(TITLES).map((name) => [name, card(name)]));
  const caption = make("caption", {});
  const heads = Array.from({ length: 4 }, (_, i) => make("th", { scope: i < 2 ? "col" : "row" }));
  const row = (...cells) => make("tr", {}, ...cells);
  const table = make("table", { class: "mk-table" }, caption, row(make("td", {}), heads[0], heads[1]),
    row(heads[2], parts.tn.root, parts.fp.root), row(heads[3], parts.fn.root, parts.tp.root));
  const roots = Object.values(cards).map((each) => each.root);
  const numbers = make("div", { class: "mk-cards" }, make("p", {}, "Stay the same"), make("p", {}, "Change with the prevalence"),
    ...[0, 2, 4, 1, 3, 5].map((i) => roots[i]));
  return { root: make("div", { class: "mk-board" }, table, numbers), parts, cards, caption, heads };
}

function prevalenceControl(model, own) {
  const part = slider("Prevalence: how many people have the finding", 0, PERCENTS.length - 1, "", (i) => save(model, { prevalence: PERCENTS[i] / 100 }));
  const reset = make("button", { type: "button", class: "mk-button", ...KEEP_KEYS });
  reset.addEventListener("click", () => save(model, { prevalence: null }));
  return {
    root: make("div", { class: "mk-bar" }, part.root, reset),
    show() {
      const [chosen, share] = [model.get("prevalence"), own()];
      const now = chosen ?? share;
      const far = PERCENTS.map((each) => Math.abs(Math.log(each / 100 / now)));
      part.show(far.indexOf(Math.min(...far)), percent(now) + oneIn(now));
      reset.textContent = `As in these data (${percent(share)})`;
      reset.setAttribute("aria-pressed", String(chosen === null));
    },
  };
}

function render({ model, el }) {
  let groups, points, auc, axis, heights, drawn; // drawn: the curve for one prevalence
  const own = () => groups[1].length / (groups[0].length + groups[1].length);
  const prevalence = prevalenceControl(model, own);
  const curve = segments("Curve", [["ROC", "ROC"], ["PR", "Precision–recall"]], (value) => save(model, { curve: value }));
  const says = make("p", { class: "mk-says", "aria-live": "polite" });
  const titles = [0, 1].map(() => make("div", { class: "mk-title" }));
  const { root: lower, parts, cards, caption, heads } = board();
  let now; // all that the charts draw
  const scores = new Sheet({ class: "mk-chart", tabindex: "0", role: "slider", "aria-label": "Threshold", ...KEEP_KEYS }, (...to) => drawScores(...to, now));
  const chart = new Sheet({ class: "mk-chart", role: "img" }, (...to) => drawCurve(...to, now));
  const column = (...nodes) => make("div", {}, ...nodes);
  const root = make("div", { class: "mk mk-thr", role: "group", "aria-label": "Threshold explorer" }, make("div", { class: "mk-bar mk-wide" }, prevalence.root, curve.root), says,
    make("div", { class: "mk-row" }, column(titles[0], scores.canvas), column(titles[1], chart.canvas)), lower);
  mount(el, root);

  const moveTo = (value) => save(model, { threshold: clamp(value, axis.low, axis.high + axis.step) }); // one step further: nobody is positive
  const tidy = (value) => Number(value.toFixed(10)); // 0.1 + 0.2 is 0.3

  function load() {
    groups = readCases(model);
    points = curvePoints(groups);
    auc = area(points);
    drawn = null;
    axis = axisOf(groups);
    heights = groups.map((sorted) => bars(sorted, axis));
  }

  function place({ fp, tp }, share) {
    const [wrong, found] = [fp / groups[0].length, tp / groups[1].length];
    if (model.get("curve") === "ROC") return [wrong, found];
    return [found, (share * found) / (share * found + (1 - share) * wrong)];
  }

  // Precision holds from the recall before up to the next one: a stair, not a slope.
  function path(kind, share) {
    if (kind === "ROC") return points.map((point) => place(point, share));
    return points.slice(1).flatMap((point, i) => {
      const [recall, precision] = place(point, share);
      return [[points[i].tp / groups[1].length, precision], [recall, precision]];
    });
  }

  function update() {
    const { threshold, prevalence: chosen, names, curve: kind } = Object.fromEntries(STATE.slice(2).map((name) => [name, model.get(name)]));
    const [counts, share] = [confusion(groups, threshold), chosen ?? own()];
    const called = counts.fp + counts.tp > 0;
    if (drawn?.kind !== kind || (kind === "PR" && drawn.share !== share)) drawn = { kind, share, points: path(kind, share) };
    now = { heights, axis, tally: tallyOf(counts, chosen), threshold, names, curve: kind, points: drawn.points, share, at: called || kind === "ROC" ? place(counts, share) : null };
    prevalence.show();
    curve.show(kind);
    titles[0].replaceChildren("Scores ", make("small", {}, "drag the line, or press ← → and Page Up, Page Down"));
    titles[1].replaceChildren(...(kind === "ROC" ? ["ROC curve ", make("small", {}, `area ${auc.toFixed(3)}`)] : ["PR curve ", make("small", {}, now.at ? `at a prevalence of ${percent(share)}` : "no point: nobody is called positive")]));
    scores.draw();
    chart.draw();
    chart.canvas.setAttribute("aria-label", `${titles[1].textContent}, with the point of this threshold`);
    write(fractions(counts, chosen), now);
  }

  function write(all, { tally: { cells, amounts, groups: rows, amount, noun }, names, threshold }) {
    const whole = all.accuracy[1];
    for (const name of Object.keys(PARTS)) parts[name].show(amounts[name]);
    for (const [name, [part, of]] of Object.entries(all)) {
      cards[name].value.textContent = of ? (name === "f1" ? (part / of).toFixed(3) : percent(part / of)) : "–";
      cards[name].words.textContent = inWords(name, [part, of], names, FIXED.includes(name) ? cases : amount);
    }
    caption.textContent = `Confusion matrix: ${amount(whole)} ${noun}`;
    heads.slice(0, 2).forEach((head, i) => (head.textContent = `called “${names[i]}”`));
    heads.slice(2).forEach((head, i) => head.replaceChildren(names[i], make("small", {}, rows[i])));
    const called = cells.tp + cells.fp;
    const split = called ? `${amount(called)} of ${amount(whole)} ${noun}. ${amounts.tp} have it, ${amounts.fp} do not.` : "nobody.";
    const cut = minus(String(Number(threshold.toFixed(axis.digits + 2))));
    says.textContent = `Called “${names[1]}” (score at least ${cut}): ${split}`;
    const range = { min: axis.low, max: axis.high + axis.step, now: threshold, text: `${cut}. ${says.textContent}` };
    for (const [name, value] of Object.entries(range)) scores.canvas.setAttribute(`aria-value${name}`, value);
  }

  // On the scores the line is dragged, on the curve the point.
  drag(scores.canvas, SCORES, (across) => moveTo(tidy(Math.round(((axis.low + across * (axis.high - axis.low)) / axis.step) * 5) * (axis.step / 5))));
  drag(chart.canvas, CURVE, (...hand) => {
    const share = now.share;
    const far = points.map((point) => Math.hypot(...place(point, share).map((at, i) => at - hand[i])));
    const nearest = far.reduce((best, each, i) => (each < far[best] ? i : best), points.length - 1);
    moveTo(points[nearest].threshold);
  });
  scores.canvas.addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
    if (!(event.key in ways)) return;
    event.preventDefault();
    moveTo(tidy(model.get("threshold") + ways[event.key] * axis.step * (event.shiftKey ? 10 : 1)));
  });
  const stop = follow(model, STATE, (changed) => {
    if (changed.has("scores") || changed.has("truths")) load();
    update();
  });
  load();
  update();
  return () => {
    stop();
    for (const each of [scores, chart]) each.close();
    root.remove();
  };
}

export { readCases, confusion, rescale, fractions, curvePoints, area, axisOf };
export default { render };
