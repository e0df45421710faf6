// What an explorer's JavaScript asks of its model, without a kernel: traits to read, set and watch.

export function modelOf(state, bytes) {
  const listeners = {};
  for (const [name, text] of Object.entries(bytes)) {
    state[name] = new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  }
  return {
    listeners,
    get: (name) => state[name],
    set(name, value) {
      const binary = value instanceof DataView; // which JSON does not tell apart
      if (!binary && JSON.stringify(state[name]) === JSON.stringify(value)) return;
      state[name] = value;
      for (const listener of [...(listeners["change:" + name] ?? [])]) listener();
    },
    save_changes() {}, // nobody to tell
    on: (name, listener) => { (listeners[name] ??= []).push(listener); },
    off: (name, listener) => { listeners[name] = (listeners[name] ?? []).filter((one) => one !== listener); },
  };
}
