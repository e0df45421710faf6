// LatentExplorer: a plane of codes to travel in; the kernel decodes, the browser shows what it made.

const SHOWN = ["places", "truths", "position", "along", "patient", "start", "end", "amount", "names", "decoded", "real", "nearest", "caption", "words", "message", "answered"];
const PATIENCE = 1000; // ms until we say that the kernel does not answer
const SILENT = "The kernel does not answer: it is busy, or gone. The decoded picture is the last one that came. If none follows when no cell runs, run the cell of this explorer again.";

// Asks the kernel for one picture at a time; what is wished meanwhile goes out together, the latest of
// each, when the answer has come. After PATIENCE we no longer wait for it.
function pacer(model, tell) {
  let [wish, sent, timer, silent] = [{}, null, null, false];
  const note = (now) => {
    if (silent !== now) tell((silent = now));
  };
  const send = () => {
    if (!Object.keys(wish).length) return;
    sent = model.get("asked") + 1;
    const asked = { ...wish, asked: sent };
    wish = {};
    clearTimeout(timer);
    timer = setTimeout(() => {
      sent = null;
      note(true);
      send();
    }, PATIENCE);
    save(model, asked);
  };
  return {
    get: (name) => (name in wish ? wish[name] : model.get(name)),
    ask(values) {
      Object.assign(wish, values);
      if (sent === null) send();
    },
    heard() { // call it when `answered` has changed
      if (model.get("answered") < model.get("asked")) return;
      clearTimeout(timer);
      sent = null;
      note(false);
      send();
    },
    silent: () => silent,
    close: () => clearTimeout(timer),
  };
}

// Paint (height, width) grey bytes; the page enlarges the canvas smoothly.
function paint(canvas, [height, width], bytes) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = 0xff000000 | (bytes[i] * 0x010101);
  context.putImageData(picture, 0, 0);
}

// A slider whose stops stand for numbers of one decimal (ten times) or two (a hundred times).
function numberSlider(title, [low, high], times, change) {
  const part = slider(title, low * times, high * times, "", (value) => change(value / times));
  return { root: part.root, show: (value, words) => part.show(Math.round(value * times), words) };
}

// A field for the number of a patient, and a button that takes the nearest one.
function chooser(letter, change, here) {
  const { input, show } = wholeField(`Patient ${letter}`, change);
  const set = button(`Set ${letter}`, here);
  set.title = `Make the nearest patient, the one with the ring, patient ${letter}, and go there`;
  return { root: make("div", { class: "mk-control mk-end" }, make("span", { class: "mk-name" }, `Patient ${letter}`), make("div", {}, input, set)), show };
}

function render({ model, el }) {
  const { count, size, numbers, direction, direction_name: added } = model.get("facts");
  let places, labels, view, now, drawn; // now: what the plane shows; drawn: what of it changes
  const last = () => places.length / 2 - 1;
  const name = (patient) => (patient === count ? "your image" : `patient ${patient}${labels.length ? ` (${model.get("names")[labels[patient]]})` : ""}`);
  const pace = pacer(model, () => write());
  const ask = (values) => {
    pace.ask(values);
    update();
  };
  const free = { along: null, patient: null };
  const ends = ["start", "end"].map((which, i) => chooser("AB"[i], (value) => ask({ [which]: value }), () => ask({ [which]: model.get("nearest"), along: i, patient: null })));
  const along = numberSlider("From A to B", [0, 1], 100, (value) => ask({ along: value, patient: null }));
  const amount = numberSlider(added, [-3, 3], 10, (value) => ask({ amount: value }));
  const says = make("p", { class: "mk-says", "aria-live": "polite" });
  const fault = make("p", { class: "mk-fault", role: "alert", hidden: "" });
  const [title, keys] = [make("div", { class: "mk-title" }), make("div", { class: "mk-keys" })];
  const plane = new Sheet({ class: "mk-codes", tabindex: "0", role: "application", "aria-label": "Plane of codes. The arrow keys move the point, with Shift ten times as far; Enter goes to the nearest patient, Home to the origin.", ...KEEP_KEYS }, (...to) => now && drawCodes(...to, now));
  const pictures = ["decoded", "real"].map((what) => {
    const parts = { title: make("div", { class: "mk-title" }), canvas: make("canvas", { class: `mk-head mk-${what}`, role: "img" }), under: make("div", { class: "mk-under" }) };
    return { ...parts, root: make("div", {}, ...Object.values(parts)) };
  });
  const root = make("div", { class: "mk mk-lat", role: "group", "aria-label": "Latent explorer" },
    make("div", { class: "mk-row" }, make("div", {}, title, plane.canvas, keys), make("div", {}, make("div", { class: "mk-heads" }, ...pictures.map((each) => each.root)), says, fault)),
    make("div", { class: "mk-bar" }, ...ends.map((each) => each.root), along.root, ...(added ? [amount.root] : [])));
  mount(el, root);

  const dot = (patient) => [places[2 * patient], places[2 * patient + 1]];

  function load() {
    [places, labels] = [new Float32Array(readBytes(model, "places")), new Uint8Array(readBytes(model, "truths"))];
    view = viewOf([...places]);
    title.replaceChildren("Codes ", make("small", {}, "drag the point, or click a patient"));
    keys.replaceChildren(...(labels.length ? legend(model.get("names")) : []), ...(last() === count ? [make("i", { class: "mk-mark mk-own" }), make("span", {}, "your image")] : []));
  }

  // Where the point is: the kernel says so too, but the hand must not wait for it.
  function place() {
    const [share, patient] = [pace.get("along"), pace.get("patient")];
    if (share !== null) return dot(pace.get("start")).map((at, axis) => (1 - share) * at + share * dot(pace.get("end"))[axis]);
    return patient === null ? pace.get("position") : dot(patient);
  }

  function update() {
    const point = place();
    const shifted = point.map((at, axis) => at + pace.get("amount") * direction[axis]);
    const [start, end] = ["start", "end"].map(pace.get);
    const kind = numbers === 2 ? "code" : "principal axis";
    now = { view, places, count, labels, point, shifted, start, end, nearest: model.get("nearest"), titles: [`${kind} 1`, `${kind} 2`] };
    ends.forEach((each, i) => each.show([start, end][i], last()));
    const share = pace.get("along") ?? { [start]: 0, [end]: 1 }[pace.get("patient")] ?? null;
    along.show(share ?? 0, share === null ? "not on the line" : minus(share.toFixed(2)));
    along.root.classList.toggle("mk-off", share === null);
    if (added) amount.show(pace.get("amount"), `${minus(pace.get("amount").toFixed(1))} ×`);
    const key = JSON.stringify([point, shifted, start, end, now.nearest, last(), view]);
    if (key !== drawn) plane.draw();
    drawn = key;
  }

  function write() {
    const [nearest, real] = [model.get("nearest"), new Uint8Array(readBytes(model, "real"))];
    paint(pictures[0].canvas, size, new Uint8Array(readBytes(model, "decoded")));
    paint(pictures[1].canvas, size, real);
    pictures[0].title.textContent = "Decoded";
    pictures[1].title.replaceChildren("Real ", make("small", {}, `nearest: ${name(nearest)}`));
    pictures[1].under.textContent = model.get("caption");
    pictures[1].root.hidden = !real.length;
    pictures.forEach((each) => each.canvas.setAttribute("aria-label", each.title.textContent));
    says.textContent = model.get("words").replace(/-(?=[\d.])/g, "−");
    fault.textContent = pace.silent() ? SILENT : model.get("message");
    fault.hidden = !fault.textContent;
    says.hidden = !fault.hidden; // so that nothing below moves
  }

  const limit = (point) => point.map((at, axis) => clamp(at, view[axis].low, view[axis].high));
  let pressed = null; // where, if on a patient: a hand that trembles still chooses this one
  drag(plane.canvas, PLANE, (x, y, event) => {
    const hand = [event.clientX, event.clientY];
    const wanted = [x, y].map((part, axis) => view[axis].low + part * view[axis].wide);
    if (event.type === "pointerdown") {
      const unit = [plane.canvas.clientWidth - PLANE.left - PLANE.right, plane.canvas.clientHeight - PLANE.top - PLANE.bottom];
      const far = (patient) => Math.hypot(...dot(patient).map((at, axis) => ((at - wanted[axis]) / view[axis].wide) * unit[axis]));
      const best = Array.from({ length: last() + 1 }, (_, i) => i).reduce((a, b) => (far(b) < far(a) ? b : a));
      pressed = far(best) < 8 ? hand : null;
      if (pressed) return ask({ patient: best, along: null });
    }
    if (pressed && Math.hypot(hand[0] - pressed[0], hand[1] - pressed[1]) < 5) return;
    pressed = null;
    ask({ position: limit(wanted), ...free });
  });
  onArrows(plane.canvas, (...way) => ask({ position: limit(place().map((at, axis) => at + 0.02 * view[axis].wide * way[axis])), ...free }));
  plane.canvas.addEventListener("keydown", (event) => {
    const ways = { Enter: { patient: model.get("nearest"), along: null }, Home: { position: limit([0, 0]), ...free } };
    if (!(event.key in ways)) return;
    event.preventDefault();
    ask(ways[event.key]);
  });

  const stop = follow(model, SHOWN, (changed) => {
    if (changed.has("places") || changed.has("names")) load();
    if (changed.has("answered")) pace.heard();
    write();
    update();
  });
  load();
  write();
  update();
  return () => {
    stop();
    pace.close();
    plane.close();
    root.remove();
  };
}

export { viewOf };
export default { render };
