// What the DetectionExplorer computes, and says of a single box.

// ---- arithmetic -------------------------------------------------------------------------------

const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);

// As in medkit.boxes: boxes that share no area, or have none, have an IoU of 0.
function iou(a, b) {
  const [high, wide] = [Math.min(a[2], b[2]) - Math.max(a[0], b[0]), Math.min(a[3], b[3]) - Math.max(a[1], b[1])];
  if (high <= 0 || wide <= 0) return 0;
  const shared = high * wide;
  return shared / (area(a) + area(b) - shared);
}

// Each image's candidates, best first (of equal scores the first given), and its truths. All IoU are
// computed here, once: a slider then only compares numbers.
function readScenes(model) {
  const { candidates, truths } = model.get("facts"); // how many each image has
  const rows = (name, wide) => {
    const numbers = new Float64Array(readBytes(model, name));
    let at = 0;
    return () => [...numbers.subarray(at, (at += wide))];
  };
  const [candidate, truth] = [rows("candidates", 6), rows("objects", 5)];
  return candidates.map((count, image) => {
    const many = (length, next) => Array.from({ length }, (_, index) => {
      const [top, left, bottom, right, label, score] = next();
      return { index, image, box: [top, left, bottom, right], label, score };
    });
    const scene = { candidates: many(count, candidate).sort((a, b) => b.score - a.score), truths: many(truths[image], truth) };
    scene.candidates.forEach((each, i) => {
      each.reach = scene.truths.map(({ box }) => iou(each.box, box));
      each.overlaps = new Float64Array(count); // with those of its class that come after it
      for (let j = i + 1; j < count; j++) if (scene.candidates[j].label === each.label) each.overlaps[j] = iou(each.box, scene.candidates[j].box);
    });
    return scene;
  });
}

// Non-maximum suppression within each class: from the best on, a box removes those that overlap it more.
function suppress({ candidates }, limit) {
  const gone = new Uint8Array(candidates.length);
  return candidates.filter(({ overlaps }, i) => {
    if (gone[i]) return false;
    for (let j = i + 1; j < gone.length; j++) if (overlaps[j] > limit) gone[j] = 1;
    return true;
  });
}

// COCO's matching, best score first. Who comes later changes nothing for those before, in the suppression
// neither: so the answer at a score threshold is the first part of this one, and that slider needs no new one.
function judge(kept, truths, limit) {
  const finders = truths.map(() => null);
  const judged = kept.map((candidate) => {
    let [best, truth, taken] = [limit, -1, -1];
    let most = limit;
    candidate.reach.forEach((overlap, at) => {
      if (truths[at].label !== candidate.label) return;
      if (!finders[at] && overlap >= best) [best, truth] = [overlap, at];
      if (finders[at] && overlap >= most) [most, taken] = [overlap, at];
    });
    if (truth >= 0) finders[truth] = candidate;
    const outcome = truth >= 0 ? "true positive" : taken >= 0 ? "duplicate" : "false positive";
    return { ...candidate, outcome, truth: truth >= 0 ? truth : taken };
  });
  return { judged, finders, truths };
}

const isOf = (chosen) => ({ label }) => chosen < 0 || label === chosen; // -1: all classes

// What is shown of one image: boxes from a score upwards, and the truths that none of them found.
function shownOf({ judged, finders, truths }, threshold, chosen) {
  const mine = isOf(chosen);
  return {
    boxes: judged.filter((each) => mine(each) && each.score >= threshold),
    objects: truths.filter(mine),
    missed: truths.filter((each, at) => mine(each) && !(finders[at]?.score >= threshold)).map((each) => ({ ...each, outcome: "missed" })),
  };
}

function countOf(shown) {
  const counts = { "true positive": 0, duplicate: 0, "false positive": 0, missed: 0, boxes: 0, objects: 0 };
  for (const { boxes, missed, objects } of shown) {
    for (const { outcome } of [...boxes, ...missed]) counts[outcome]++;
    counts.boxes += boxes.length;
    counts.objects += objects.length;
  }
  return counts;
}

// Recall and precision after each box of all images, best first.
function curvePoints(scenes, chosen) {
  const ranked = scenes.flatMap(({ judged }) => judged.filter(isOf(chosen))).sort((a, b) => b.score - a.score);
  const objects = scenes.reduce((sum, { truths }) => sum + truths.filter(isOf(chosen)).length, 0);
  let found = 0;
  return ranked.map(({ score, outcome }, i) => {
    found += outcome === "true positive";
    return { score, recall: found / objects, precision: found / (i + 1) };
  });
}

// The best precision at this recall or a higher one.
function envelope(points) {
  let best = 0;
  return [...points].reverse().map(({ recall, precision }) => ({ recall, precision: (best = Math.max(best, precision)) })).reverse();
}

// COCO's average precision: the mean of the envelope at 101 recalls; NaN where there are no objects.
function averagePrecision(points, objects) {
  if (!objects) return NaN;
  const heights = envelope(points);
  let [sum, at] = [0, 0];
  for (let i = 0; i <= 100; i++) {
    while (at < heights.length && heights[at].recall < i * 0.01) at++;
    sum += heights[at]?.precision ?? 0;
  }
  return sum / 101;
}

// ---- words ------------------------------------------------------------------------------------

const fixed = (value, digits = 2) => (Number.isNaN(value) ? "–" : value.toFixed(digits));
const exact = (value) => (Math.abs(value * 100 - Math.round(value * 100)) < 1e-9 ? value.toFixed(2) : String(Number(value.toPrecision(4))));
const plural = (count, noun, many = `${noun}s`) => `${count} ${count === 1 ? noun : many}`;

// One box, or one missed object, in words.
function describe(each, { truths, finders }, { boxes }, limit, classes) {
  const name = classes[each.label];
  if (each.outcome === "missed") {
    const best = Math.max(0, ...boxes.filter(({ label }) => label === each.label).map(({ reach }) => reach[each.index]));
    const why = best >= limit ? "its best box fits another object better" : best ? `the best ${name} box here has an IoU of ${fixed(best)} with it` : `no ${name} box here touches it`;
    return [`Missed ${name}`, why];
  }
  const head = `${name}, score ${fixed(each.score)}: ${each.outcome}`;
  if (each.outcome === "true positive") return [head, `IoU ${fixed(each.reach[each.truth])} with its object`];
  if (each.outcome === "duplicate") return [head, `IoU ${fixed(each.reach[each.truth])} with an object that a box of score ${fixed(finders[each.truth].score)} has found`];
  const nearest = (same) => truths.reduce((best, { label }, at) => (same === (label === each.label) && each.reach[at] > (each.reach[best] ?? 0) ? at : best), -1);
  const [own, other] = [nearest(true), nearest(false)];
  const near = own < 0 ? `it touches no ${name}` : `IoU ${fixed(each.reach[own])} with the nearest ${name}, too little`;
  return [head, each.reach[other] >= limit ? `right place, wrong class: IoU ${fixed(each.reach[other])} with a ${classes[truths[other].label]}` : near];
}
