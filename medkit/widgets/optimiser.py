"""The optimiser explorer: drop a ball on a loss and watch it roll, crawl, swing or fly off."""

import json
import math
import textwrap

import numpy as np
import traitlets

from medkit.optimisers import LOSSES, RULES, descend, noisy
from medkit.plots import COLOURS
from medkit.widgets.browser import BrowserWidget, Choice, Number, Pair, Whole, script

EDGE = 2.0  # the map shows both weights from -EDGE to EDGE
FAR = 10.0  # a path that ends beyond this has diverged
BANDS = 12  # of the map, evenly spaced in the root of the loss
# From the lowest loss to the highest, on a light page and on a dark one: lightness rises evenly.
RAMPS = {
    "light": ["#5c7f9b", "#9bb4c7", "#dae5ed"],
    "dark": ["#10202d", "#33495a", "#5d7688"],
}
# What a path depends on, and what is kept of one.
RUN = (
    *("loss", "start", "optimiser", "learning_rate", "momentum"),
    *("weight_decay", "noise", "seed", "steps"),
)


def grid(loss):
    """Return the coordinates along one side of the map, and the loss at each place of it."""
    line = np.linspace(-EDGE, EDGE, 161)
    return line, loss(np.stack(np.meshgrid(line, line), -1))


def facts():
    """Return what the browser must know of the losses and colours, as JSON."""
    named = {
        name: {key: fact for key, fact in vars(loss).items() if not callable(fact)}
        | {"highest": float(grid(loss)[1].max())}
        for name, loss in LOSSES.items()
    }
    return json.dumps(
        {"losses": named, "run": RUN, "ramps": RAMPS, "bands": BANDS, "edge": EDGE, "far": FAR}
        | {"colours": {"now": COLOURS["prediction"], "kept": COLOURS["third"]}}
    )


class OptimiserExplorer(BrowserWidget):
    """Drop a ball on a loss of two weights, choose an optimiser, and watch where it goes.

    Click into the map, drag, or use the arrow keys, to start elsewhere. The path can be played,
    or taken step by step, and one path can be kept to compare the next with. The arithmetic runs
    in the browser; `path`, `losses` and `verdict` compute the same in Python.

    Args:
        loss: "bowl", "ravine", "saddle", "two valleys" or "plateau".
        optimiser: "SGD", "momentum", "RMSprop", "Adam" or "AdamW".
        learning_rate: 0.001 to 3.
        momentum: 0 to 0.99; beta_1 of Adam and AdamW; SGD and RMSprop have none.
        weight_decay: 0 to 1; only AdamW has it here.
        start: x and y where the ball is dropped, -2 to 2; the loss's own start if left out.
        noise: standard deviation of what is added to each part of the gradient, as small batches
            do, 0 to 10; `seed` chooses which noise.
        steps: how many, 1 to 300.
        loss_axis: "log" or "linear", for the chart of the loss by step.

    All are traits: set them from Python and the picture follows, and the other way round.

    Raises:
        traitlets.TraitError: a value is out of range; the message says which are not.

    Example:
        >>> explorer = OptimiserExplorer(loss="bowl", learning_rate=0.25)
        >>> explorer
        OptimiserExplorer(bowl, SGD, learning rate 0.25, start (-1.5, 1), 60 steps)
        >>> explorer.verdict.partition(":")[0]
        'reached the bottom after 4 steps'
    """

    _esm = f"const FACTS = {facts()};\n" + script(
        "common.js", "charts.js", "descent.js", "optimiser_charts.js", "optimiser.js"
    )
    _css = script("common.css", "optimiser.css")
    loss = Choice(LOSSES, "ravine").tag(sync=True)
    optimiser = Choice(RULES, "SGD").tag(sync=True)
    learning_rate = Number(0.05, min=0.001, max=3).tag(sync=True)
    momentum = Number(0.9, min=0, max=0.99).tag(sync=True)
    weight_decay = Number(0.1, min=0, max=1).tag(sync=True)
    start = Pair(float, -EDGE, EDGE, f"two numbers from {-EDGE:g} to {EDGE:g}", "(-1.5, 1.0)").tag(
        sync=True
    )
    noise = Number(0.0, min=0, max=10).tag(sync=True)
    seed = Whole(0, min=0, max=9999).tag(sync=True)
    steps = Whole(60, min=1, max=300).tag(sync=True)
    loss_axis = Choice(("log", "linear"), "log").tag(sync=True)
    kept = traitlets.Dict(default_value=None, allow_none=True).tag(sync=True)

    @traitlets.default("start")
    def _place_start(self):
        return list(LOSSES[self.loss].start)

    @traitlets.validate("kept")
    def _check_kept(self, proposal):
        if proposal.value is not None and set(proposal.value) != set(RUN):
            raise traitlets.TraitError(
                f"Expected kept to be None or what `keep()` keeps: {', '.join(RUN)}. Received "
                f"{', '.join(map(str, proposal.value)) or 'nothing'}. Call keep() instead."
            )
        return proposal.value

    @property
    def run(self):
        """What the path depends on: a dict of settings."""
        return {name: getattr(self, name) for name in RUN}

    @property
    def path(self):
        """Where the ball was: (steps + 1, 2) float64, shorter if the numbers overflowed."""
        return follow(**self.run)

    @property
    def losses(self):
        """The loss at each point of the path: (steps + 1,) float64."""
        return LOSSES[self.loss](self.path)

    @property
    def verdict(self):
        """What happened, in words."""
        return verdict(self.run, self.path)

    def keep(self):
        """Keep the path that is shown, to compare the next ones with."""
        self.kept = self.run

    def figure(self):
        """Return map, paths and losses as a Figure, for a page without kernel."""
        runs = [(self.run, "now")]
        if self.kept and self.kept["loss"] == self.loss:
            runs.insert(0, (self.kept, "kept"))
        return draw(LOSSES[self.loss], runs, self.loss_axis)

    def __repr__(self):
        x, y = self.start
        return (
            f"OptimiserExplorer({self.loss}, {title(self.run)}, start ({x:g}, {y:g}), "
            f"{self.steps} steps)"
        )


# ---- one run, and what is said of it: descent.js does the same ----------------------------------


def follow(loss, start, optimiser, learning_rate, momentum, weight_decay, noise, seed, steps):
    """Return the path of one run: (steps + 1, 2) float64, or shorter."""
    gradient = LOSSES[loss].gradient
    if noise:
        gradient = noisy(gradient, noise, steps, seed)
    decay = weight_decay if optimiser == "AdamW" else 0.0
    return descend(gradient, start, optimiser, learning_rate, momentum, steps, decay)


def short(value):
    """Return a number as text with at most three digits after the point."""
    return f"{math.floor(value * 1000 + 0.5) / 1000:g}"


def title(run):
    """Return the settings of a run as text, those that its optimiser uses."""
    parts = [run["optimiser"], f"learning rate {run['learning_rate']:g}"]
    if run["optimiser"] in ("momentum", "Adam", "AdamW"):
        parts[0] += f" {run['momentum']:g}"
    if run["optimiser"] == "AdamW":
        parts.append(f"weight decay {run['weight_decay']:g}")
    if run["noise"]:
        parts.append(f"noise {run['noise']:g}")
    return ", ".join(parts)


def above_limit(run):
    """Return why the learning rate is too large, or None if that cannot be said.

    Where the curvature is the same everywhere, SGD converges below 2 / curvature, and momentum
    below 2 * (1 + momentum) / curvature.
    """
    curvature = LOSSES[run["loss"]].curvature
    if curvature is None or run["optimiser"] not in ("SGD", "momentum"):
        return None
    share = run["momentum"] if run["optimiser"] == "momentum" else 0.0
    limit = 2 * (1 + share) / curvature
    if not run["learning_rate"] > limit:
        return None
    factor = f" × (1 + {short(share)})" if share else ""
    return f"the learning rate is above 2{factor} ÷ {short(curvature)} = {limit:.3g}"


PERCENT = "\N{NO-BREAK SPACE}%"  # no line ends before it


def verdict(run, path):
    """Return what happened on a path, in words."""
    loss, made = LOSSES[run["loss"]], len(path) - 1
    if np.abs(path[-1]).max() > FAR or made < run["steps"]:
        first = next((k for k, at in enumerate(path) if np.abs(at).max() > FAR), made + 1)
        return f"diverged at step {first}: {above_limit(run) or 'take a smaller learning rate'}"
    losses = loss(path)
    if losses[0] == 0:
        return "starts at the lowest point, where the gradient is 0"
    above = np.flatnonzero(losses > 0.01 * losses[0])
    if above[-1] < made:
        steps = f"{above[-1] + 1} step{'s' if above[-1] else ''}"
        return f"reached {loss.floor} after {steps}: the loss is below 1{PERCENT} of its start"
    if loss.trap and np.abs(path[-1] - loss.trap[:2]).max() < 0.15:
        return f"stuck {loss.trap[2]}: it is flat there, but the loss is still {losses[-1]:.2f}"
    share = math.floor(100 * losses[-1] / losses[0] + 0.5)
    after = f"{share}{PERCENT} of its start after {made} step{'s' if made > 1 else ''}"
    if turns(path, losses) < 0.25:
        return (
            f"crawled: the loss is still at {after}"
            if share >= 50
            else f"on its way: the loss is at {after}"
        )
    if above_limit(run):
        return f"swings wider and wider: {above_limit(run)}"
    return f"{'wanders in the noise' if run['noise'] else 'oscillates'}: the loss is at {after}"


def turns(path, losses):
    """Return in which share of the second half of its steps a path turned back or climbed."""
    moves = np.diff(path, axis=0)
    back = (moves[1:] * moves[:-1]).sum(1) < 0
    turned = (back | (np.diff(losses)[1:] > 0))[len(moves) // 2 :]
    return turned.mean() if len(turned) else 0.0


# ---- the picture without a kernel ---------------------------------------------------------------

STYLES = {  # colour, line and end mark; the dots of "now" are its steps
    "now": {"color": COLOURS["prediction"], "linestyle": "-", "marker": "o", "markersize": 3.5},
    "kept": {"color": COLOURS["third"], "linestyle": "--"},
}


def draw(loss, runs, loss_axis):
    """Return a Figure with the loss from above, some paths on it, and their losses by step."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5), dpi=90, layout="constrained")
    plane, chart = figure.subplots(1, 2, width_ratios=(1, 1.3))
    draw_map(plane, loss)
    tops = [draw_run(plane, chart, loss, run, STYLES[role]) for run, role in runs]
    label = {"fontsize": 12, "weight": "bold", "ha": "center", "textcoords": "offset points"}
    plane.annotate("start", runs[-1][0]["start"], (0, 9), **label)
    chart.set(xlabel="step", ylabel="loss", xlim=(0, None), ylim=(0, max(tops)))
    if loss_axis == "log":
        top = 10.0 ** math.ceil(math.log10(grid(loss)[1].max()))
        chart.set(yscale="log", ylim=(1e-6 * top, top))
    chart.grid(alpha=0.3)
    chart.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), fontsize=12, frameon=False)
    return figure


def draw_run(plane, chart, loss, run, style):
    """Draw one path on the map and on the chart; return where a linear axis should end."""
    path = follow(**run)
    losses = np.clip(loss(path), 1e-9, 1e9)
    near = path[np.abs(path).max(1) < 4 * FAR]
    plane.plot(*near.T, linewidth=2.2, **style)
    edge = {"markeredgecolor": "white", "markeredgewidth": 1.5, "markersize": 10}
    plane.plot(*near[-1], **{"marker": "s"} | style | edge)
    words = f"{title(run)}:\n{textwrap.fill(verdict(run, path), 48)}"
    chart.plot(losses, linewidth=2.2, label=words, **{**style, "marker": None})
    return 1.05 * min(losses.max(), 3 * max(losses[0], 1e-3))


def draw_map(plane, loss):
    """Draw the loss from above, in bands with lines between them."""
    from matplotlib.colors import LinearSegmentedColormap

    line, values = grid(loss)
    levels = values.max() * (np.arange(BANDS + 1) / BANDS) ** 2
    colours = LinearSegmentedColormap.from_list("loss", RAMPS["light"])(np.linspace(0, 1, BANDS))
    plane.contourf(line, line, values, levels, colors=colours)
    plane.contour(line, line, values, levels, colors="#33536b", linewidths=0.6)
    plane.set(xlabel="weight 1", ylabel="weight 2", title=f"loss = {loss.formula}", aspect="equal")
    plane.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), xticks=range(-2, 3), yticks=range(-2, 3))
