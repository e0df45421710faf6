// The grid of weights: typed as 0.25 or 1/9, or stepped with the arrow keys; kept exactly.

const ROOM = { 3: 7, 5: 6, 7: 5 }; // characters that fit into a cell of the kernel

function kernelGrid(change, complain) {
  const root = make("div", { class: "mk-kernel", role: "group", "aria-label": "Kernel weights" });
  let weights = [];
  const edit = (i, j, value) => change(weights.map((row, y) => row.map((old, x) => (y === i && x === j ? value : old))));

  function cell(i, j) {
    const input = make("input", { type: "text", inputmode: "decimal", role: "spinbutton", autocomplete: "off", "aria-label": `Weight in row ${i}, column ${j}`, ...KEEP_KEYS });
    input.addEventListener("input", () => {
      const value = parseWeight(input.value);
      input.setAttribute("aria-invalid", String(value === null));
      complain(value === null && `Expected a number such as −0.5 or 1/16. Received “${input.value}”. The kernel keeps ${weightText(weights[i][j])} until it is one.`);
      if (value !== null) edit(i, j, value);
    });
    input.addEventListener("keydown", (event) => {
      const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!way) return;
      event.preventDefault();
      const value = Number((weights[i][j] + way * (event.shiftKey ? 1 : 0.1)).toFixed(10));
      write(input, i, j, value);
      edit(i, j, value);
    });
    input.addEventListener("focus", () => input.select());
    input.addEventListener("blur", () => {
      write(input, i, j);
      complain(false);
    });
    return input;
  }

  function write(input, i, j, value = weights[i][j]) {
    input.value = weightText(value, ROOM[weights.length]);
    input.title = String(value);
    input.removeAttribute("aria-invalid");
  }

  function show(next) {
    if (next.length !== weights.length) {
      root.style.cssText = `grid-template-columns: repeat(${next.length}, 1fr); font-size: ${{ 3: 17, 5: 14, 7: 11 }[next.length]}px`;
      root.replaceChildren(...next.flatMap((row, i) => row.map((_, j) => cell(i, j))));
      for (const input of root.children) input.style.height = `${{ 3: 54, 5: 42, 7: 35 }[next.length]}px`;
    }
    weights = next;
    const most = Math.max(...next.flat().map(Math.abs)) || 1;
    next.flat().forEach((value, at) => {
      const input = root.children[at];
      const share = Math.round((45 * Math.abs(value)) / most);
      input.style.background = `color-mix(in srgb, ${value < 0 ? "#3f7fd9" : "#e08a1e"} ${share}%, var(--mk-face))`;
      input.setAttribute("aria-valuenow", value);
      const typing = input.getRootNode().activeElement === input && parseWeight(input.value) === value;
      if (!typing) write(input, Math.floor(at / next.length), at % next.length);
    });
  }
  return { root, show };
}
