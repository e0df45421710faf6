// The desk of the OverlapExplorer: the two masks that lie on it, what lay there before, and what Python hears of it.

const SHEET = ["scene", "shape", "truth_pixels", "mask_pixels"]; // what undo brings back
const STEPS = 100; // that can be undone
const PAUSE = 100; // ms from one message to Python to the next, while painting

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function equal(one, other) {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

class Desk {
  constructor(model) {
    const { names, shape } = model.get("facts");
    const [bytes, size] = [new Uint8Array(readBytes(model, "presets")), shape[0] * shape[1]];
    const part = (i, bit) => new DataView(bytes.slice(i * size, (i + 1) * size).map((value) => (value >> bit) & 1).buffer);
    this.scenes = Object.fromEntries(names.map((scene, i) => [scene, { scene, shape, truth_pixels: part(i, 0), mask_pixels: part(i, 1) }]));
    this.past = [];
    this.take(model);
  }

  take(model) {
    this.now = Object.fromEntries(SHEET.map((name) => [name, model.get(name)]));
    if (this.now.scene === null) this.own = this.now; // to come back to from a scene
  }

  // Whoever changed something, Python or another hand: what was there before can be had back.
  note(model) {
    const scene = this.scenes[model.get("scene")];
    if (scene && !equal(bytesOf(scene.truth_pixels), bytesOf(model.get("truth_pixels")))) return; // Python sends a scene's masks after its name
    if (this.holds(Object.fromEntries(SHEET.map((name) => [name, model.get(name)])))) return;
    this.remember();
    this.take(model);
  }

  holds(values) {
    return Object.entries(values).every(([name, value]) => (name.endsWith("_pixels") ? equal(bytesOf(this.now[name]), bytesOf(value)) : String(this.now[name]) === String(value)));
  }

  remember() {
    this.past = [...this.past.slice(1 - STEPS), this.now];
  }

  // Put something on the desk. A stroke is one step; Python hears of it now and then, and at its end.
  put(model, values, { step = true, painting = false } = {}) {
    if (step) this.remember();
    if ("scene" in values && values.scene !== this.now.scene) model.set("pinned", null); // the numbers of another scene
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    this.take(model);
    if (!painting) this.tell(model);
    else this.timer ??= setTimeout(() => this.tell(model), PAUSE);
  }

  begin(model, sheet) {
    if (!this.holds(sheet)) this.put(model, sheet);
  }

  tell(model) {
    clearTimeout(this.timer);
    this.timer = null;
    model.save_changes();
  }

  undo(model) {
    if (this.past.length) this.put(model, this.past.pop(), { step: false });
  }
}

const desks = new WeakMap(); // by the object that holds the bytes of the scenes, the same in each view

function deskOf(model) {
  const bytes = model.get("presets");
  if (!desks.has(bytes)) desks.set(bytes, new Desk(model));
  return desks.get(bytes);
}
