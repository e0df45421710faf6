// GANTheatre: a recorded training of a GAN. All of it is in the browser, so it plays without a kernel.

const STATE = ["recording", "frame", "playing", "speed", "show_surface", "show_pushes"];
const TELL = 250; // ms from one frame that Python hears of to the next, while playing
const SAY = 200; // ms from one line in words to the next, while playing

// ---- what was recorded ------------------------------------------------------------------------

function readRecordings(model) {
  const { count, size, recordings } = model.get("facts");
  const each = count * (size.length ? size[0] * size[1] : 2);
  const kinds = { fakes: size.length ? Uint8Array : Float32Array, surfaces: Uint8Array, pushes: Float32Array };
  const rest = Object.fromEntries(Object.entries(kinds).map(([name, Kind]) => [name, new Kind(readBytes(model, name))]));
  const take = (name, length) => {
    const part = rest[name].subarray(0, length);
    rest[name] = rest[name].subarray(length);
    return length ? part : null;
  };
  return recordings.map((known) => {
    const frames = known.steps.length;
    const data = { fakes: take("fakes", frames * each), surface: take("surfaces", frames * known.side ** 2), pushes: take("pushes", known.pushes ? frames * each : 0) };
    return { ...known, ...data, each, frames, steps: Float64Array.from(known.steps), axis: lossAxis(known.losses), longest: longest(data.pushes, each) };
  });
}

// The longest push of each frame.
function longest(pushes, each) {
  if (!pushes) return null;
  const most = new Float32Array(pushes.length / each);
  for (let i = 0; i < pushes.length; i += 2) {
    const frame = Math.floor(i / each);
    most[frame] = Math.max(most[frame], Math.hypot(pushes[i], pushes[i + 1]));
  }
  return most;
}

const nearest = (steps, step) => steps.reduce((best, each, i) => (Math.abs(each - step) < Math.abs(steps[best] - step) ? i : best), 0);

const spoken = (step) => step.toLocaleString("en-US");

// What is shown at a frame, in words: as in theatre.py.
function inWords({ name, steps, losses, fakes, each }, frame, extent) {
  const parts = losses.map(([loss, series]) => `${loss.includes(" ") ? loss : `${loss} loss`} ${number(series[frame])}`);
  if (extent.length) {
    const [left, right, low, high] = extent.map(Math.fround);
    let outside = 0;
    for (let i = frame * each; i < (frame + 1) * each; i += 2) outside += fakes[i] < left || fakes[i] > right || fakes[i + 1] < low || fakes[i + 1] > high;
    if (outside) parts.push(`${outside} of ${each / 2} fakes outside the stage`);
  }
  return `${name}, step ${spoken(steps[frame])}: ${parts.join(", ")}`;
}

// ---- the clock --------------------------------------------------------------------------------

// One for all views of a theatre: `at` is the frame and how far on the way to the next one it is.
class Clock {
  constructor(model) {
    this.jumps = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.recordings = readRecordings(model);
    this.views = new Set();
    this.at = this.told = model.get("frame");
  }

  // What is drawn: who prefers less motion gets no points that glide.
  get shown() {
    return this.jumps ? Math.floor(this.at) : this.at;
  }

  // Follow what Python, a control or another view has set.
  follow(model) {
    this.model = model;
    this.recording = this.recordings.find(({ name }) => name === model.get("recording"));
    this.last = this.recording.frames - 1;
    if (model.get("frame") !== this.told) this.at = this.told = model.get("frame");
    this.at = Math.min(this.at, this.last);
    if (!model.get("playing")) this.stop();
    else if (!this.request) this.start();
  }

  tell(frame, more = {}) {
    this.told = frame;
    if (frame !== this.model.get("frame") || Object.keys(more).length) save(this.model, { frame, ...more });
  }

  start() {
    if (this.at >= this.last) this.tell((this.at = 0));
    let [before, told] = [null, 0];
    const tick = (time) => {
      const passed = Math.min(time - (before ?? time), 200); // a page that was hidden goes on where it was
      before = time;
      this.at = Math.min(this.at + (passed / 1000) * FACTS.speeds[this.model.get("speed")], this.last);
      const ended = this.at >= this.last;
      this.request = ended ? null : requestAnimationFrame(tick);
      if (ended) this.tell(this.last, { playing: false });
      else if (time - told > TELL) {
        told = time;
        this.tell(Math.floor(this.at));
      }
      for (const show of this.views) show();
    };
    this.request = requestAnimationFrame(tick);
  }

  stop() {
    if (!this.request) return;
    cancelAnimationFrame(this.request);
    this.request = null;
    this.at = this.told; // an answer now would meet, and undo, what Python sets next
  }

  leave(view) {
    this.views.delete(view);
    if (this.views.size || !this.request) return;
    cancelAnimationFrame(this.request);
    this.request = null;
  }
}

const clocks = new WeakMap(); // by the object that holds the bytes of the fakes, the same in each view

function clockOf(model) {
  const bytes = model.get("fakes");
  if (!clocks.has(bytes)) clocks.set(bytes, new Clock(model));
  return clocks.get(bytes);
}

// ---- the stage: sheets, and show(frame) before they are drawn ----------------------------------

const titled = (title, ...nodes) => make("div", {}, make("div", { class: "mk-title" }, ...title), ...nodes);

function pointStage(model, clock, root, keys) {
  const { extent } = model.get("facts");
  const [real, bitmap] = [new Float32Array(readBytes(model, "real")), make("canvas")];
  const under = make("div", { class: "mk-under" });
  const stage = new Sheet({ class: "mk-theatre", tabindex: "0", role: "application", "aria-label": "Real and fake points. Space plays and stops, the arrow keys take one frame, with Shift ten, Home and End lead to the first frame and the last.", ...KEEP_KEYS }, (...to) => {
    const { recording: shown, shown: at } = clock;
    const part = (name, each) => shown[name] && model.get(`show_${name}`) && between(shown[name], each, at);
    drawStage(...to, { extent, real, bitmap, dark: isDark(root()), side: shown.side, fakes: between(shown.fakes, shown.each, at), surface: part("surface", shown.side ** 2), pushes: part("pushes", shown.each), longest: shown.longest && between(shown.longest, 1, at)[0] });
  });
  const wide = (extent[1] - extent[0]) / (extent[3] - extent[2]);
  stage.canvas.style.aspectRatio = clamp(wide, 0.75, 1.5);
  stage.canvas.addEventListener("keydown", keys);
  return {
    sheets: [stage],
    roots: [titled(legend(["real", "fake"]), stage.canvas)],
    under,
    show(frame) {
      const { recording: shown } = clock;
      const lines = [];
      if (shown.surface && model.get("show_surface")) {
        const [low, high] = shown.ranges[frame];
        lines.push(low === high ? `The discriminator answers ${number(low)} everywhere.` : `Its answer: dark is low (${number(low)}: fake), light is high (${number(high)}: real).`);
      }
      if (shown.pushes && model.get("show_pushes")) {
        const every = Math.ceil(shown.each / 2 / FACTS.arrows);
        const whom = every > 1 ? `1 in ${every} fakes` : "the fakes";
        lines.push(shown.longest[frame] ? `Arrows: where the discriminator pushes ${whom}. The longest has one length in all frames; here it stands for ${number(shown.longest[frame])}.` : "No arrows: the discriminator pushes nowhere.");
      }
      under.replaceChildren(...lines.map((words) => make("div", {}, words)));
    },
  };
}

function pictureStage(model, clock, root, keys) {
  const { size, count } = model.get("facts");
  const truths = new Uint8Array(readBytes(model, "real"));
  const real = Math.min(count, truths.length / size[0] / size[1]);
  const bitmaps = [make("canvas"), make("canvas")];
  mosaic(bitmaps[1], truths, size, real);
  const sheet = (bitmap, attributes) => new Sheet({ class: "mk-theatre mk-pictures", ...attributes }, (context, width, height) => drawMosaic(context, width, height, bitmap));
  const sheets = [
    sheet(bitmaps[0], { tabindex: "0", role: "application", "aria-label": `${count} fake pictures. Space plays and stops, the arrow keys take one frame, with Shift ten, Home and End lead to the first frame and the last.`, ...KEEP_KEYS }),
    sheet(bitmaps[1], { role: "img", "aria-label": `${real} real pictures` }),
  ];
  sheets[0].canvas.addEventListener("keydown", keys);
  return {
    sheets: [],
    roots: sheets.map(({ canvas }, i) => titled([["Fake", "Real"][i], " ", make("small", {}, i ? "" : "same noise in all frames")], canvas)),
    show(frame) {
      mosaic(bitmaps[0], between(clock.recording.fakes, clock.recording.each, frame), size, count);
      sheets[0].draw();
    },
    close: () => sheets.forEach((each) => each.close()),
  };
}

// ---- the whole --------------------------------------------------------------------------------

// A slider over the frames of a recording, said in steps.
function position(change) {
  const part = slider("Frame", 0, 1, "", change);
  part.root.classList.add("mk-position");
  return {
    root: part.root,
    show(frame, { frames, steps }) {
      part.input.max = frames - 1;
      const words = `step ${spoken(steps[frame])}`;
      part.show(frame, words, `${words} of ${spoken(steps.at(-1))}`);
    },
  };
}

function controls(model, clock) {
  const [all, { size }] = [clock.recordings, model.get("facts")];
  const set = (name) => (value) => save(model, { [name]: value });
  const recording = segments("Recording", all.map(({ name }) => [name, name]), (name) => {
    const step = clock.recording.steps[Math.round(clock.at)];
    save(model, { recording: name, frame: nearest(all.find((each) => each.name === name).steps, step) });
  });
  const speed = segments("Speed", Object.keys(FACTS.speeds).map((name) => [name, name]), set("speed"));
  const parts = { recording, speed };
  for (const [name, words] of [["surface", "Discriminator"], ["pushes", "Arrows"]]) {
    if (size.length || !all.some((each) => each[name])) continue;
    const toggle = button(words, () => save(model, { [`show_${name}`]: !model.get(`show_${name}`) }));
    parts[`show_${name}`] = { root: toggle, show: (on) => toggle.setAttribute("aria-pressed", on) };
  }
  return {
    root: make("div", { class: "mk-bar" }, ...Object.values(parts).map((part) => part.root)),
    show: () => Object.entries(parts).forEach(([name, part]) => part.show(model.get(name))),
  };
}

function render({ model, el }) {
  const clock = clockOf(model);
  const { extent, size } = model.get("facts");
  const toggle = () => (model.get("playing") ? go(Math.round(clock.at)) : save(model, { playing: true }));
  const go = (frame) => save(model, { playing: false, frame: clamp(frame, 0, clock.last) });
  const step = (by) => go((by > 0 ? Math.floor(clock.at) : Math.ceil(clock.at)) + by);
  const keys = (event) => {
    const by = event.shiftKey ? 10 : 1;
    const ways = { " ": toggle, ArrowRight: () => step(by), ArrowUp: () => step(by), ArrowLeft: () => step(-by), ArrowDown: () => step(-by), Home: () => go(0), End: () => go(clock.last) };
    if (!(event.key in ways) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    ways[event.key]();
  };
  const bar = controls(model, clock);
  const stage = (size.length ? pictureStage : pointStage)(model, clock, () => root, keys);
  const says = make("p", { class: "mk-says" });
  const chart = new Sheet({ class: "mk-losses", role: "img", "aria-label": "Losses by step, with a line at the present one" }, (...to) => drawLosses(...to, clock.recording, clock.shown));
  const play = button("", toggle);
  play.classList.add("mk-play");
  const slide = position((frame) => save(model, { frame }));
  slide.root.addEventListener("keydown", (event) => event.key === " " && keys(event));
  const transport = make("div", { class: "mk-bar mk-transport" }, play, button("◀ Back", () => step(-1)), button("Forward ▶", () => step(1)), button("Start again", () => save(model, { frame: 0 })), slide.root);
  const root = make("div", { class: `mk mk-gan ${size.length ? "mk-of-pictures" : "mk-of-points"}`, role: "group", "aria-label": "GAN theatre" }, bar.root,
    make("div", { class: "mk-row" }, ...stage.roots, make("div", {}, says, chart.canvas, stage.under ?? "")), transport);
  mount(el, root);

  let shown, said; // which frame the stage shows, and when it was last put into words
  function show() {
    const frame = Math.floor(clock.at);
    for (const sheet of [...stage.sheets, chart]) sheet.draw();
    if (frame === shown) return;
    shown = frame;
    if (size.length) stage.show(frame);
    slide.show(frame, clock.recording);
    if (!model.get("playing") || performance.now() - said > SAY) say(frame);
  }

  function say(frame) {
    said = performance.now();
    if (!size.length) stage.show(frame);
    const [head, ...rest] = inWords(clock.recording, frame, extent).split(": ");
    says.replaceChildren(make("span", {}, `${head}:`), ` ${rest.join(": ")}`);
  }

  function update() {
    clock.follow(model);
    const playing = model.get("playing");
    bar.show();
    play.textContent = playing ? "❚❚ Pause" : "▶ Play";
    says.setAttribute("aria-live", playing ? "off" : "polite");
    [shown, said] = [null, -Infinity];
    show();
  }

  drag(chart.canvas, LOSSES, (across) => {
    const steps = clock.recording.steps;
    save(model, { frame: nearest(steps, steps[0] + across * (steps.at(-1) - steps[0])) });
  });
  clock.views.add(show);
  const stop = follow(model, STATE, update);
  update();
  return () => {
    stop();
    clock.leave(show);
    for (const sheet of [...stage.sheets, chart]) sheet.close();
    stage.close?.();
    root.remove();
  };
}

export { between, inWords, lossAxis, nearest };
export default { render };
