"""What a learner sees while a network trains: how far it is, how long it takes, what it learns."""

import time

import numpy as np

from medkit.plots import COLOURS
from medkit.screens import Notebook, Terminal, in_notebook
from medkit.with_keras import keras

ROLES = ("first", "second", "third", "truth", "prediction", "neutral")
STYLES = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 3)))
REST_S = 0.3  # between two updates of the bar
SHARE = 0.03  # of the training time may go into drawing curves


class Progress(keras.callbacks.Callback):
    """Show a bar, the time left and the loss while a network trains; leave one picture behind.

    Give it to `fit`, with `verbose=0`. In a notebook the curve is drawn while the network learns;
    in a terminal there is a plain bar.

    Args:
        title: what is trained, in a few words.
        labels: for a comparison, the names of its runs in the order in which they are trained.
            Give the same Progress to each `fit`: they share one bar and one picture. A name that
            comes several times (once for each seed) keeps its colour; at most 6 may differ.
        metric: the log to draw. Of one run, "loss" shows training and validation. Of several runs
            exactly the log of this name is drawn: "loss", "val_loss", "val_auc" …

    Attributes:
        runs: list of (label, {name of a log: list of float}), in their order; the label of a
            single run is its title. A list has one value for each epoch in which the log was
            measured: with `validation_freq=2` those of validation are half as long. A log that is
            no single number is left out.

    Raises:
        ValueError: over 6 different labels, more runs than labels, or a metric that is not logged
            or is no single number.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> progress = Progress("A line")
        >>> _ = model.fit(keras.ops.ones((8, 1)), keras.ops.ones(8), epochs=2, verbose=0,
        ...               callbacks=[progress])
        >>> label, logs = progress.runs[0]
        >>> label, len(logs["loss"])
        ('A line', 2)
    """

    def __init__(self, title="Training", labels=None, metric="loss"):
        super().__init__()
        self.title, self.metric = title, metric
        self.labels = [title] if labels is None else [str(label) for label in labels]
        different = len(set(self.labels))
        if not 1 <= different <= len(ROLES):
            raise ValueError(
                f"Expected 1 to {len(ROLES)} different labels. Received {different}. Show the "
                "runs in more than one picture."
            )
        self._start_over()

    def _start_over(self):
        self.runs, self._screen, self._running = [], None, False
        self._epochs = []  # of each run {name of a log: the epochs in which it was measured}

    def on_train_begin(self, logs=None):
        """Begin the next run."""
        self._leave()  # the last one, if it was stopped and that was caught in this cell
        if len(self.runs) == len(self.labels) > 1:
            raise ValueError(
                f"Expected {len(self.labels)} runs, one a label. Received one more. Make a new "
                "Progress before the loop, and run the whole cell again."
            )
        if len(self.runs) == len(self.labels):  # one run, trained a second time
            self._start_over()
        if self._screen is None:
            self._screen = Notebook() if in_notebook() else Terminal(self.title)
            self._began, self._shown, self._drawn, self._cost = time.monotonic(), 0.0, 0.0, 0.0
            self._skipped = 0.0  # the part that was done before a crash, if it goes on after one
        self._screen.when_the_cell_ends(self._leave)
        self._epoch, self._planned, self._running = 0, self.params["epochs"], True
        self.runs.append((self.labels[len(self.runs)], {}))
        self._epochs.append({})
        # Without its own variables TensorFlow would trace the first step twice: some seconds more.
        optimiser = getattr(self.model, "optimizer", None)
        if optimiser is not None and not optimiser.built:
            optimiser.build(self.model.trainable_variables)

    def on_epoch_begin(self, epoch, logs=None):
        """Note where it begins, which is not at 0 when a training goes on after a crash."""
        self._epoch = epoch
        if not self._shown:
            self._skipped = self._part(epoch)

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar."""
        steps = self.params.get("steps")
        # with steps_per_execution the last batch may be counted beyond the end
        self._show(self._epoch + min((batch + 1) / steps, 1) if steps else self._epoch)

    def on_epoch_end(self, epoch, logs=None):
        """Note what the epoch reached."""
        self._epoch = epoch + 1
        for name, value in (logs or {}).items():
            number = _number(value)
            if number is not None:
                self.runs[-1][1].setdefault(name, []).append(number)
                self._epochs[-1].setdefault(name, []).append(self._epoch)
        self._check_metric(logs or {})
        self._show(self._epoch)

    def on_train_end(self, logs=None):
        """End the run; after the last one only the picture stays."""
        self._check_metric({}, ended=True)
        self._running = False
        if len(self.runs) == len(self.labels):
            self._screen.finish(self.figure(), f"Progress({self.title!r})")

    def _leave(self):
        """Say that a training was stopped, if it was: then there was no end of the training."""
        if self._running:
            self._running = False
            figure = self.figure() if self._lines() else None
            self._screen.update(self._part(self._epoch), f"{self._where()}, stopped", figure)

    def _check_metric(self, logs, ended=False):
        """Refuse a metric that cannot be drawn, as soon as that is known."""
        run = self.runs[-1][1]
        if self.metric in run or not run:
            return
        names = ", ".join(run)
        if self.metric in logs:
            value = logs[self.metric]
            received = f"shape {np.shape(value)}" if np.ndim(value) else repr(value)
            raise ValueError(
                f"Expected {self.metric} to be one number an epoch. Received {received}. Choose "
                f"a metric out of {names}."
            )
        # With validation_freq the first validation comes after some epochs.
        validated = any(name.startswith("val_") for name in run)
        if ended or validated or self.metric.removeprefix("val_") not in run:
            raise ValueError(
                f"Expected metric to be one of {names}. Received {self.metric!r}. Compile the "
                "metric, and for validation give fit its validation_data and, with a "
                "validation_freq, enough epochs."
            )

    def figure(self):
        """Return the curves so far as a matplotlib Figure; there must be an epoch to draw."""
        from matplotlib.figure import Figure

        lines = self._lines()
        if not lines:
            raise ValueError(
                f"Expected an epoch in which {self.metric} was measured. Received none so far. "
                "Give this Progress to fit, callbacks=[progress], and ask for the figure then."
            )
        figure = Figure(figsize=(7, 2.8), dpi=100, layout="constrained")
        axes = figure.subplots()
        self._draw(axes, lines)
        axes.set_title(self.title, fontsize=13)
        axes.set_xlabel("epoch", fontsize=12)
        axes.set_ylabel(self.metric.replace("val_", "validation "), fontsize=12)
        axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        if len({label for label, _, _ in lines}) > 1:
            axes.legend(fontsize=11, loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
        return figure

    def _draw(self, axes, lines):
        """Draw curves; those of one label look alike."""
        looks = {}
        for label, epochs, values in lines:
            first = label not in looks
            role, style = looks.setdefault(label, (ROLES[len(looks)], STYLES[len(looks)]))
            gaps = len(epochs) <= epochs[-1] - epochs[0]  # dots say where it was measured
            axes.plot(
                epochs,
                values,
                color=COLOURS[role],
                linestyle=style,
                linewidth=2.5 if len(self.labels) <= len(ROLES) else 1.5,
                marker="o" if gaps or len(values) < 3 else None,
                label=label if first else None,
            )

    def _lines(self):
        """Return (label, epochs, values) of each curve that has a point."""
        base = self.metric.removeprefix("val_")
        single = {"training": base, "validation": f"val_{base}"}
        return [
            (word or label, epochs[name], run[name])
            for (label, run), epochs in zip(self.runs, self._epochs, strict=True)
            for word, name in (single if len(self.labels) == 1 else {None: self.metric}).items()
            if name in run
        ]

    def _part(self, epochs_done):
        """Return the part of all runs, 0..1, that is done after so many epochs of this one."""
        return (len(self.runs) - 1 + epochs_done / self._planned) / len(self.labels)

    def _where(self):
        """Return in words which run it is, and in which epoch."""
        label, epochs = self.runs[-1][0], self._planned
        name = label if label == self.title else f"{self.title}, {label}"
        return f"{name}: epoch {min(self._epoch + 1, epochs)} of {epochs}"

    def _show(self, epochs_done):
        """Bring the screen up to date, unless that was done just now."""
        now = time.monotonic()
        if now - self._shown < REST_S:
            return
        self._shown = now
        part = self._part(epochs_done)
        here = part - self._skipped  # what was done in the time since it began
        left = _in_words((now - self._began) * (1 - part) / here) if here else "…"
        missing = self._epoch and self.metric not in self.runs[-1][1]
        words = f"{self._where()}, {left} left" + (f", no {self.metric} yet" if missing else "")
        due = now - self._drawn > self._cost / SHARE and self._lines()
        figure = self.figure() if due else None  # not before there is a point to draw
        self._screen.update(part, words, figure)
        if figure is not None:
            self._drawn = time.monotonic()
            self._cost = self._drawn - now


def _number(value):
    """Return a log as a float; None if it is no number, or several: one for each class."""
    try:
        return float(value) if np.ndim(value) == 0 else None
    except (TypeError, ValueError):
        return None


def _in_words(seconds):
    """Return a duration as a person would say it.

    Example:
        >>> _in_words(7.4), _in_words(95)
        ('7 s', '1 min 35 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
