"""Progress notes what Keras notes, tells how long it takes, and leaves one picture behind."""

import re
from base64 import b64decode
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from medkit import training
from medkit.training import Progress

X = np.linspace(-1, 1, 24, dtype=np.float32)[:, None]
Y = (X > 0).astype(np.float32)


def fit(*callbacks, epochs=2, data=None, **options):
    """Train one neuron, and return what Keras noted."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"], run_eagerly=True)
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


@pytest.fixture
def sent(monkeypatch):
    """Play a notebook, and collect what it is sent: (whether it is a new output, data)."""
    sent = []

    def display(data, raw, display_id):
        assert (raw, display_id) == (True, True)
        sent.append((True, data))
        return SimpleNamespace(update=lambda data, raw: sent.append((False, data)))

    monkeypatch.setattr(training, "_in_notebook", lambda: True)
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


def test_a_run_that_diverged_can_be_drawn():
    progress = Progress("Too fast")
    progress.runs = [("Too fast", {"loss": [1.0, 1e30, float("inf"), float("nan")]})]
    assert training._png(progress.figure()).startswith(b"\x89PNG")
    progress.runs = [("Too fast", {"loss": [float("nan")] * 3})]
    assert training._png(progress.figure()).startswith(b"\x89PNG")


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


def test_a_metric_that_is_not_logged_is_refused():
    words = r"one of accuracy, loss\. Received 'val_loss'\. Compile.*validation_data"
    with pytest.raises(ValueError, match=words):
        fit(Progress("No validation", metric="val_loss"))


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

    monkeypatch.setattr(training, "_png", slow_picture)
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
