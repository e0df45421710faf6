"""Progress notes what Keras notes, tells how long it takes, and leaves one picture behind."""

import re
from base64 import b64decode
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from medkit import screens, training
from medkit.training import Progress

X = np.linspace(-1, 1, 24, dtype=np.float32)[:, None]
Y = (X > 0).astype(np.float32)


def fit(*callbacks, epochs=2, data=None, metrics=("accuracy",), **options):
    """Train one neuron, and return what Keras noted."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=list(metrics), run_eagerly=True)
    given = (X, Y) if data is None else (data,)
    return model.fit(*given, epochs=epochs, verbose=0, callbacks=callbacks, **options).history


def pass_through(progress, runs=1, epochs=2, steps=5, after_batch=lambda: None):
    """Call a Progress as `fit` does, without a network."""
    for _ in range(runs):
        progress.set_params({"epochs": epochs, "steps": steps})
        progress.on_train_begin()
        for epoch in range(epochs):
            for batch in range(steps or 5):
                after_batch()
                progress.on_train_batch_end(batch)
            progress.on_epoch_end(epoch, {"loss": 1 / (epoch + 1)})
        progress.on_train_end()


@pytest.fixture
def clock(monkeypatch):
    """Make time stand still unless `clock.now` is moved."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(training, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


class Events:
    """What a notebook calls when a cell ends."""

    def __init__(self):
        self.functions = []

    def register(self, event, function):
        assert event == "post_run_cell"
        self.functions.append(function)

    def unregister(self, event, function):
        self.functions.remove(function)

    def end_the_cell(self):
        for function in [*self.functions]:
            function(None)


@pytest.fixture
def events():
    """Return the events of the notebook that is played."""
    return Events()


@pytest.fixture
def sent(monkeypatch, events):
    """Play a notebook, and collect what it is sent: (whether it is a new output, data)."""
    sent = []

    def display(data, raw, display_id):
        assert (raw, display_id) == (True, True)
        sent.append((True, data))
        return SimpleNamespace(update=lambda data, raw: sent.append((False, data)))

    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(events=events, kernel=1))
    monkeypatch.setattr("IPython.display.display", display)
    return sent


def pictures(sent):
    """Return the PNG files that are all that an output consists of."""
    return [b64decode(data["image/png"]) for _, data in sent if "image/png" in data]


# ---- what it notes ------------------------------------------------------------------------------


def test_the_curves_are_those_of_keras():
    progress = Progress("A neuron")
    history = fit(progress, epochs=3, batch_size=8, validation_data=(X, Y))
    assert progress.runs == [("A neuron", history)]
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(type(v) is float and len(values) == 3 for values in history.values() for v in values)


def test_a_second_fit_with_one_progress_begins_anew(sent):
    progress = Progress("A neuron")
    fit(progress, epochs=3)
    second = fit(progress, epochs=2)
    assert progress.runs == [("A neuron", second)]
    assert len(pictures(sent)) == 2
    assert [new for new, _ in sent].count(True) == 2  # each cell gets its own output


def test_early_stopping_ends_the_run_with_the_epochs_there_were(sent):
    progress = Progress("Stopped")
    stop = keras.callbacks.EarlyStopping("loss", patience=1, min_delta=10)
    history = fit(progress, stop, epochs=9)
    assert progress.runs == [("Stopped", history)]
    assert len(history["loss"]) == 2
    assert len(pictures(sent)) == 1


# Keras warns when it finds out how long such data are.
KERAS_COUNTS = pytest.mark.filterwarnings("ignore:Your input ran out of data")


def batches():
    for start in range(0, 24, 8):
        yield X[start : start + 8], Y[start : start + 8]


def second_by_second(clock):
    """Return a callback that lets each batch, and the end of an epoch, take a second."""

    def tick(number, logs=None):
        clock.now += 1

    return keras.callbacks.LambdaCallback(on_train_batch_end=tick, on_epoch_end=tick)


@KERAS_COUNTS
def test_a_generator_need_not_say_how_many_steps_it_has(clock, sent):
    progress = Progress("Stream")
    history = fit(second_by_second(clock), progress, epochs=1, data=batches(), shuffle=False)
    assert progress.runs == [("Stream", history)]
    assert "Stream: epoch 1 of 1, … left" in sent[0][1]["text/plain"]
    assert bar_positions(sent) == [0, 0, 0, 1]
    assert len(pictures(sent)) == 1


@KERAS_COUNTS
def test_a_dataset_of_unknown_length_moves_the_bar_once_an_epoch(clock, sent):
    import tensorflow as tf

    specs = (tf.TensorSpec((None, 1)), tf.TensorSpec((None, 1)))
    data = tf.data.Dataset.from_generator(batches, output_signature=specs)
    progress = Progress("Stream")
    history = fit(second_by_second(clock), progress, data=data, shuffle=False)
    assert progress.runs == [("Stream", history)]
    assert bar_positions(sent) == [0, 0, 0, 0.5, 0.5, 0.5, 0.5, 1]


# ---- several runs -------------------------------------------------------------------------------


def test_runs_with_labels_share_one_output_and_one_picture(sent):
    progress = Progress("Rates", labels=[0.1, "0.01", "none"])
    histories = []
    for label in progress.labels:
        assert pictures(sent) == []
        histories.append(fit(progress))
        assert progress.runs[-1] == (label, histories[-1])
    assert [label for label, _ in progress.runs] == ["0.1", "0.01", "none"]
    assert [new for new, _ in sent].count(True) == 1
    assert len(pictures(sent)) == 1


def test_the_picture_of_several_runs_has_a_line_and_a_name_for_each(clock):
    progress = Progress("Rates", labels=["slow", "fast"], metric="val_auc")
    for rise in (0.1, 0.4):
        progress.set_params({"epochs": 2, "steps": 1})
        progress.on_train_begin()
        for epoch in range(2):
            progress.on_epoch_end(epoch, {"loss": 9.0, "val_auc": 0.5 + rise * epoch})
    (axes,) = progress.figure().axes
    assert [line.get_label() for line in axes.lines] == ["slow", "fast"]
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 2], [1, 2]]
    assert [list(line.get_ydata()) for line in axes.lines] == [[0.5, 0.6], [0.5, 0.9]]
    assert len({line.get_color() for line in axes.lines}) == 2
    assert len({line.get_linestyle() for line in axes.lines}) == 2  # read without colour
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["slow", "fast"]
    assert (axes.get_title(), axes.get_xlabel()) == ("Rates", "epoch")
    assert axes.get_ylabel() == "validation auc"


def test_runs_of_one_name_share_colour_and_line_in_the_legend(clock):
    progress = Progress("Seeds", labels=list("abab") * 2)
    pass_through(progress, runs=8)
    (axes,) = progress.figure().axes
    looks = [(line.get_color(), line.get_linestyle()) for line in axes.lines]
    assert looks == looks[:2] * 4
    assert len(set(looks)) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_the_picture_of_one_run_has_training_and_validation():
    progress = Progress("One")
    fit(progress, validation_data=(X, Y))
    (axes,) = progress.figure().axes
    assert [line.get_label() for line in axes.lines] == ["training", "validation"]
    assert list(axes.lines[1].get_ydata()) == progress.runs[0][1]["val_loss"]


@pytest.mark.parametrize("losses", [[1.0, 1e30, float("inf"), float("nan")], [float("nan")] * 3])
def test_a_run_that_diverged_can_be_drawn(losses, clock):
    progress = Progress("Too fast")
    progress.set_params({"epochs": 4, "steps": 1})
    progress.on_train_begin()
    for epoch, loss in enumerate(losses):
        progress.on_epoch_end(epoch, {"loss": loss})
    assert screens._png(progress.figure()).startswith(b"\x89PNG")


@pytest.mark.parametrize("metric", ["loss", "val_loss"])
@pytest.mark.parametrize(("often", "epochs"), [(2, [2, 4]), (3, [3]), ([1, 4, 5], [1, 4, 5])])
def test_validation_is_drawn_at_the_epochs_in_which_it_was_measured(metric, often, epochs):
    progress = Progress("Now and then", metric=metric)
    history = fit(progress, epochs=5, validation_data=(X, Y), validation_freq=often)
    assert progress.runs == [("Now and then", history)]
    learned, checked = progress.figure().axes[0].lines
    assert list(learned.get_xdata()) == [1, 2, 3, 4, 5]
    assert list(checked.get_xdata()) == epochs
    assert list(checked.get_ydata()) == history["val_loss"]
    assert (learned.get_marker(), checked.get_marker()) == ("None", "o")


def test_runs_are_compared_by_a_validation_that_comes_now_and_then(sent):
    progress = Progress("Two", labels=["a", "b"], metric="val_loss")
    for _ in progress.labels:
        fit(progress, epochs=4, validation_data=(X, Y), validation_freq=2)
    (axes,) = progress.figure().axes
    assert [list(line.get_xdata()) for line in axes.lines] == [[2, 4], [2, 4]]
    assert [line.get_label() for line in axes.lines] == ["a", "b"]
    assert len(pictures(sent)) == 1


def test_while_a_metric_has_not_been_measured_the_bar_says_so(clock, sent):
    def tick(epoch, logs=None):
        clock.now += 1

    slow = keras.callbacks.LambdaCallback(on_epoch_end=tick)
    fit(slow, Progress("A", metric="val_loss"), epochs=4, validation_data=(X, Y), validation_freq=3)
    words = [data["text/plain"] for _, data in sent if "text/html" in data]
    assert [text.endswith("no val_loss yet") for text in words] == [False, True, True, False, False]


def test_a_fit_that_goes_on_is_drawn_from_where_it_began():
    progress = Progress("On")
    fit(progress, epochs=7, initial_epoch=4)
    assert list(progress.figure().axes[0].lines[0].get_xdata()) == [5, 6, 7]


class PerClass(keras.metrics.Metric):
    """The mean answer and its rest: one number for each of two classes."""

    def __init__(self):
        super().__init__(name="each")
        self.mean = self.add_weight(shape=(2,), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.mean.assign(keras.ops.stack([keras.ops.mean(y_pred), keras.ops.mean(1 - y_pred)]))

    def result(self):
        return keras.ops.convert_to_tensor(self.mean)


def test_a_log_that_is_no_single_number_is_left_out():
    progress = Progress("Each class")
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda _, logs: logs.update(pace="slow"))
    history = fit(note, progress, metrics=[PerClass()])
    assert np.shape(history["each"]) == (2, 2)  # epochs, classes
    assert set(history) == {"loss", "each", "pace"}
    assert progress.runs == [("Each class", {"loss": history["loss"]})]


def test_a_metric_that_is_no_single_number_is_refused():
    words = (
        r"each to be one number an epoch\. Received shape \(2,\)\. Choose a metric out of loss\."
    )
    with pytest.raises(ValueError, match=words):
        fit(Progress("Each class", metric="each"), metrics=[PerClass()])


# ---- what cannot be -----------------------------------------------------------------------------


@pytest.mark.parametrize(("labels", "received"), [("abcdefg", 7), ("", 0)])
def test_labels_must_be_few(labels, received):
    words = rf"Expected 1 to 6 different labels\. Received {received}\. Show .* one picture"
    with pytest.raises(ValueError, match=words):
        Progress("Runs", labels=list(labels))


def test_more_runs_than_labels_are_refused(clock):
    progress = Progress("Runs", labels=["a", "b"])
    pass_through(progress, runs=2)
    with pytest.raises(ValueError, match=r"Expected 2 runs.*Received one more.*new Progress"):
        progress.on_train_begin()
    assert [label for label, _ in progress.runs] == ["a", "b"]  # what there was is still there


NO_VALIDATION = r"one of accuracy, loss\. Received 'val_loss'\. Compile.*validation_data"


def test_a_metric_that_is_not_logged_is_refused():
    with pytest.raises(ValueError, match=NO_VALIDATION):
        fit(Progress("No validation", metric="val_loss"))
    with pytest.raises(ValueError, match=NO_VALIDATION + r".*validation_freq, enough epochs"):
        fit(Progress("A", metric="val_loss"), validation_data=(X, Y), validation_freq=3)


@pytest.mark.parametrize(("metric", "often"), [("val_acuracy", 9), ("auc", 1), ("val_auc", 1)])
def test_a_misspelt_metric_is_refused_after_one_epoch(metric, often):
    progress = Progress("A", metric=metric)
    with pytest.raises(ValueError, match=f"one of accuracy, loss.*Received '{metric}'"):
        fit(progress, epochs=9, validation_data=(X, Y), validation_freq=often)
    assert len(progress.runs[0][1]["loss"]) == 1


@pytest.mark.parametrize("labels", [None, ["a", "b"]])
def test_there_is_no_figure_before_an_epoch(labels):
    progress = Progress("Early", labels=labels)
    words = r"Expected an epoch in which loss was measured\. Received none.*callbacks=\[progress\]"
    with pytest.raises(ValueError, match=words):
        progress.figure()
    progress.set_params({"epochs": 2, "steps": 1})
    progress.on_train_begin()
    with pytest.raises(ValueError, match=words):
        progress.figure()


# ---- what a learner sees ------------------------------------------------------------------------


def bar_positions(sent):
    found = [re.search(r'value="([\d.]+)"', data.get("text/html", "")) for _, data in sent]
    return [float(match[1]) for match in found if match]


def test_in_a_notebook_the_bar_gives_way_to_the_picture(sent):
    fit(Progress("A & B"), epochs=2)
    *live, (_, last) = sent
    assert live
    for _, data in live:
        assert re.search(r'<progress max="1" value="[\d.]+"', data["text/html"])
        assert re.search(r"A &amp; B: epoch [12] of 2, .* left", data["text/html"])
        assert "A & B: epoch" in data["text/plain"]
    assert set(last) == {"image/png", "text/plain"}
    assert last["text/plain"] == "Progress('A & B')"  # the same in every run
    assert b64decode(last["image/png"]).startswith(b"\x89PNG")


class Stop(keras.callbacks.Callback):
    """Someone presses ■ in the second step of the third epoch."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1 and self.epoch == 2:
            raise KeyboardInterrupt

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch


def stopped(*callbacks, **options):
    with pytest.raises(KeyboardInterrupt):
        fit(*callbacks, Stop(), epochs=5, batch_size=6, **options)


def test_a_training_that_is_stopped_says_so_when_the_cell_ends(sent, events):
    progress = Progress("A neuron")
    stopped(progress)
    assert sent[-1][1]["text/plain"].endswith(" left")
    events.end_the_cell()
    assert sent[-1][1]["text/plain"] == "A neuron: epoch 3 of 5, stopped"
    assert bar_positions(sent)[-1] == 0.4
    assert "curves so far" in sent[-1][1]["text/html"]
    assert events.functions == []
    count = len(sent)
    fit(progress)  # the cell once more, this time to its end
    events.end_the_cell()
    assert pictures(sent[-1:])
    assert [new for new, _ in sent[count:]].count(True) == 1


def test_a_stop_before_the_first_epoch_ends_leaves_no_curve(clock, sent, events):
    progress = Progress("Early", metric="val_loss")
    progress.set_params({"epochs": 5, "steps": 4})
    progress.on_train_begin()
    progress.on_train_batch_end(0)
    events.end_the_cell()
    assert sent[-1][1]["text/plain"] == "Early: epoch 1 of 5, stopped"
    assert "<img" not in sent[-1][1]["text/html"]


def test_a_stop_that_the_cell_catches_is_told_before_it_goes_on(sent, events):
    progress = Progress("Twice")
    stopped(progress)
    fit(progress)
    assert [data["text/plain"] for _, data in sent if "stopped" in data["text/plain"]] == [
        "Twice: epoch 3 of 5, stopped"
    ]
    events.end_the_cell()
    assert pictures(sent[-1:])
    assert events.functions == []


def test_a_metric_that_is_refused_stops_the_bar_too(sent, events):
    with pytest.raises(ValueError, match="one of accuracy, loss"):
        fit(Progress("A", metric="auc"), epochs=3)
    events.end_the_cell()
    assert sent[-1][1]["text/plain"] == "A: epoch 2 of 3, stopped"


def test_runs_in_several_cells_are_stopped_only_where_one_runs(sent, events):
    progress = Progress("Rates", labels=["a", "b"])
    fit(progress)
    count = len(sent)
    events.end_the_cell()
    assert len(sent) == count  # b is yet to come
    stopped(progress)
    events.end_the_cell()
    assert sent[-1][1]["text/plain"] == "Rates, b: epoch 3 of 5, stopped"
    assert bar_positions(sent)[-1] == 0.7


def test_no_figure_is_left_for_the_notebook_to_show_again(sent):
    import matplotlib.pyplot as plt

    pass_through(Progress("Once"))
    assert plt.get_fignums() == []


def test_the_time_left_is_what_the_rest_takes_at_the_same_pace(clock, sent):
    def batch():
        clock.now += 20

    pass_through(Progress("Slow"), epochs=2, steps=5, after_batch=batch)
    words = [data["text/plain"].split(", ")[-1] for _, data in sent]
    assert words[:5] == [f"{left} left" for left in minutes(180, 160, 140, 120, 100)]
    assert bar_positions(sent)[:5] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert words[-2] == "0 s left"
    assert bar_positions(sent)[-1] == 1


def test_after_a_crash_bar_and_time_left_begin_where_it_goes_on(clock, sent):
    progress = Progress("Again")
    progress.set_params({"epochs": 4, "steps": 5})
    progress.on_train_begin()
    progress.on_epoch_begin(2)
    clock.now += 10
    progress.on_train_batch_end(0)  # the eleventh of twenty steps, the first in this run
    assert bar_positions(sent) == [0.55]
    assert sent[-1][1]["text/plain"] == "Again: epoch 3 of 4, 1 min 30 s left, no loss yet"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras saves so
def test_a_crash_costs_the_epochs_since_the_last_backup_and_no_more(tmp_path):
    class Crash(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.optimizer.iterations == 5:
                raise KeyboardInterrupt

    def network():
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
        return model

    def train(model, *callbacks):
        backup = keras.callbacks.BackupAndRestore(tmp_path)
        look = {"batch_size": 12, "epochs": 4, "shuffle": False, "verbose": 0}
        model.fit(X, Y, callbacks=[backup, *callbacks], **look)

    keras.utils.set_random_seed(0)
    first, whole, later = network(), network(), network()
    whole.set_weights(first.get_weights())
    with pytest.raises(KeyboardInterrupt):
        train(first, Crash())  # in the third epoch of two steps each
    progress = Progress("On")
    train(later, progress)  # its own first weights do not matter
    assert list(progress.figure().axes[0].lines[0].get_xdata()) == [3, 4]
    train(whole)
    for weight, same in zip(later.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(weight, same, rtol=1e-5)


def test_several_steps_at_once_do_not_move_the_bar_beyond_the_epoch(clock, sent):
    progress = Progress("In leaps")
    progress.set_params({"epochs": 1, "steps": 19})  # 10 steps at once: the last ends at "20"
    progress.on_train_begin()
    clock.now += 10
    progress.on_train_batch_end(19)
    assert bar_positions(sent) == [1]
    assert sent[-1][1]["text/plain"].endswith("0 s left")


def minutes(*seconds):
    return [f"{s // 60} min {s % 60} s" for s in seconds]


def test_the_second_of_two_runs_begins_in_the_middle_of_the_bar(clock, sent):
    def batch():
        clock.now += 1

    pass_through(Progress("Two", labels=["a", "b"]), runs=2, epochs=1, steps=4, after_batch=batch)
    assert bar_positions(sent) == pytest.approx(np.arange(1, 9) / 8)
    assert [data["text/plain"].split(":")[0] for _, data in sent[:-1]] == ["Two, a"] * 4 + [
        "Two, b"
    ] * 4


def test_fast_batches_do_not_flood_the_notebook(clock, sent):
    def batch():
        clock.now += 0.01

    pass_through(Progress("Fast"), epochs=4, steps=100, after_batch=batch)
    assert 10 <= len(sent) <= 4.0 / training.REST_S + 2


def test_the_curve_is_drawn_while_the_network_learns(clock, sent):
    def batch():
        clock.now += 0.4

    pass_through(Progress("Live"), epochs=3, steps=5, after_batch=batch)
    drawn = ["data:image/png;base64," in data.get("text/html", "") for _, data in sent]
    assert not any(drawn[:5])  # in the first epoch there is nothing to draw
    assert all(drawn[5:-1])


@pytest.mark.parametrize("cost", [0.01, 0.3, 1.0])
def test_drawing_takes_a_small_share_of_the_time(cost, clock, sent, monkeypatch):
    drawn = []

    def slow_picture(figure):
        clock.now += cost
        drawn.append(clock.now)
        return b"a picture"

    def batch():
        clock.now += 0.4

    monkeypatch.setattr(screens, "_png", slow_picture)
    pass_through(Progress("Slow to draw"), epochs=30, steps=10, after_batch=batch)
    live, whole = len(drawn) - 1, clock.now - 1000  # the last one is the final picture
    assert live * cost <= training.SHARE * whole + cost
    assert live >= min(0.8 * training.SHARE * whole / cost, 200)  # and it does draw


def test_in_a_terminal_there_is_a_bar_that_goes_away(clock, monkeypatch, capsys):
    def batch():
        clock.now += 5

    monkeypatch.setattr("tqdm.std.time", lambda: clock.now)
    pass_through(Progress("Plain"), after_batch=batch)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert re.search(r"Plain: epoch 1 of 2, 45 s left .*\r.*epoch 2 of 2, 20 s left", shown.err)
    assert shown.err.split("\r")[-1].strip() == ""


def test_the_first_step_is_traced_once_and_trains_the_same():
    def trained(*callbacks):
        keras.utils.set_random_seed(4)
        model, traced = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), []

        def loss(truth, said):
            traced.append(said)
            return keras.ops.mean((said - truth) ** 2)

        model.compile(keras.optimizers.Adam(0.1), loss)
        losses = model.fit(X, Y, epochs=2, verbose=0, callbacks=callbacks).history["loss"]
        return len(traced), losses

    often, losses = trained()
    once, same_losses = trained(Progress())
    assert once == 1 < often
    assert same_losses == losses
