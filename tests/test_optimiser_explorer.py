"""The optimiser explorer without a browser: its paths, its words, and what it refuses."""

import base64
import io

import numpy as np
import pytest
from helpers import check_refused
from PIL import Image

from medkit.optimisers import LOSSES, RULES, descend, normals
from medkit.widgets import OptimiserExplorer
from medkit.widgets.optimiser import RUN, above_limit, short, title, turns, verdict

DEFAULTS = {
    **{"start": [-1.5, 1.0], "optimiser": "SGD", "learning_rate": 0.05, "momentum": 0.9},
    **{"weight_decay": 0.1, "noise": 0.0, "seed": 0, "steps": 60},
}


def picture(explorer):
    data, _ = explorer._repr_mimebundle_()
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))))


def test_path_and_losses_are_those_of_descend():
    explorer = OptimiserExplorer()
    assert explorer.run == {"loss": "ravine", **DEFAULTS}
    ravine = LOSSES["ravine"]
    for name in RULES:
        explorer.set_state({"optimiser": name, "momentum": 0.8, "steps": 30})
        decay = 0.1 if name == "AdamW" else 0.0
        want = descend(ravine.gradient, (-1.5, 1.0), name, 0.05, 0.8, 30, decay)
        np.testing.assert_array_equal(explorer.path, want)
        np.testing.assert_allclose(explorer.losses, (want[:, 0] ** 2 + 30 * want[:, 1] ** 2) / 2)


def test_noise_is_added_to_the_gradient():
    explorer = OptimiserExplorer(loss="bowl", noise=0.5, seed=4, steps=1, start=(1, -1))
    want = np.array([1, -1]) - 0.05 * (np.array([2, -2]) + 0.5 * normals(4, 2))
    np.testing.assert_allclose(explorer.path[1], want)
    first = explorer.path
    explorer.seed = 5
    assert (explorer.path[1] != first[1]).all()
    explorer.noise = 0
    np.testing.assert_allclose(explorer.path[1], [0.9, -0.9])


@pytest.mark.parametrize("loss", list(LOSSES))
def test_the_start_is_the_loss_s_own_if_left_out(loss):
    assert OptimiserExplorer(loss=loss).start == list(LOSSES[loss].start)
    assert OptimiserExplorer(loss=loss, start=(0.5, 2)).start == [0.5, 2.0]


# By hand: on the ravine SGD multiplies x by 1 - rate and y by 1 - 30 rate in each step, on the bowl
# both by 1 - 2 rate; the loss at the start is 16.125.
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        # 0.95^2k · 1.125 falls to 0.16125 at k = ln(0.16125 / 1.125) / (2 ln 0.95) = 18.9
        ({}, "reached the valley floor after 19 steps: the loss is below 1 % of its start"),
        ({"loss": "bowl", "learning_rate": 0.5}, "reached the bottom after 1 step"),
        # y: 1, -2, 4, -8, 16
        (
            {"learning_rate": 0.1},
            "diverged at step 4: the learning rate is above 2 ÷ 30 = 0.0667",
        ),
        # 1.04^59 = 10.1
        ({"learning_rate": 0.068}, "diverged at step 59: the learning rate is above 2 ÷ 30"),
        (
            {"learning_rate": 0.067},  # 1.01^60 = 1.8
            "swings wider and wider: the learning rate is above 2 ÷ 30 = 0.0667",
        ),
        (
            {"optimiser": "momentum", "learning_rate": 0.2},
            "the learning rate is above 2 × (1 + 0.9) ÷ 30 = 0.127",
        ),
        # (1.125 · 0.9^120 + 15 · 0.8^120) / 16.125 at 0.06, |1 - 30 · 0.06| = 0.8
        ({"learning_rate": 0.06}, "reached the valley floor"),
        # y keeps 0.98 of itself: 15 · 0.98^120 = 1.33 of 16.125
        ({"learning_rate": 0.066}, "oscillates: the loss is at 8 % of its start after 60 steps"),
        ({"loss": "bowl", "learning_rate": 1}, "oscillates: the loss is at 100 % of its start"),
        # 0.996^120 = 0.618 and 0.99^120 = 0.299 of the loss
        (
            {"loss": "bowl", "learning_rate": 0.002},
            "crawled: the loss is still at 62 % of its start after 60 steps",
        ),
        (
            {"loss": "bowl", "learning_rate": 0.005},
            "on its way: the loss is at 30 % of its start after 60 steps",
        ),
        ({"loss": "bowl", "learning_rate": 0.002, "steps": 1}, "at 99 % of its start after 1 step"),
        ({"loss": "bowl", "start": (0, 0)}, "starts at the lowest point, where the gradient is 0"),
        (
            {"loss": "two valleys"},
            "stuck in the shallow valley: it is flat there, but the loss is still 0.38",
        ),
        ({"loss": "two valleys", "optimiser": "momentum"}, "the floor of the deeper valley after"),
        ({"loss": "two valleys", "learning_rate": 2}, "take a smaller learning rate"),
        ({"loss": "saddle", "start": (1, 0)}, "stuck on the saddle: it is flat there, but the"),
        ({"loss": "saddle", "learning_rate": 0.5}, "reached a valley floor after"),
        ({"loss": "plateau"}, "crawled: the loss is still at 100 % of its start"),
        (
            {"loss": "plateau", "optimiser": "Adam", "learning_rate": 0.1},
            "reached the bottom of the hole after",
        ),
        ({"loss": "bowl", "noise": 10}, "wanders in the noise: the loss is at"),
        ({"optimiser": "RMSprop", "learning_rate": 1}, "oscillates: the loss is at"),
    ],
)
def test_the_verdict_in_words(settings, words):
    assert words in OptimiserExplorer(**settings).verdict.replace("\N{NO-BREAK SPACE}", " ")


def test_what_the_verdict_is_made_of():
    zigzag = np.array([[0, 0], [1, 1], [0, 2], [1, 3], [0, 4], [1, 5.0]])
    assert turns(zigzag, np.arange(6.0)[::-1]) == 0  # no move turns back by more than 90°
    assert turns(zigzag * [2, 1], np.arange(6.0)[::-1]) == 1
    assert turns(zigzag, np.arange(6.0)) == 1  # climbs all the way
    assert [short(x) for x in (1, 1.25, 0.0666, 12.6667)] == ["1", "1.25", "0.067", "12.667"]
    run = OptimiserExplorer(learning_rate=2 / 30).run
    assert above_limit(run) is None
    assert above_limit(run | {"learning_rate": 0.0667})
    assert above_limit(run | {"optimiser": "momentum", "learning_rate": 0.12}) is None
    assert above_limit(run | {"optimiser": "Adam", "learning_rate": 3}) is None
    returned = np.array([[1.0, 1], [30, 0], [0, 0]])
    assert "diverged" not in verdict(run | {"steps": 2}, returned)


def test_settings_are_named_where_they_matter():
    run = OptimiserExplorer(noise=0.5).run
    assert title(run) == "SGD, learning rate 0.05, noise 0.5"
    assert title(run | {"optimiser": "Adam", "noise": 0}) == "Adam 0.9, learning rate 0.05"
    assert title(run | {"optimiser": "AdamW"}).endswith(", weight decay 0.1, noise 0.5")


def test_a_path_is_kept_and_drawn():
    explorer = OptimiserExplorer(optimiser="Adam")
    assert explorer.kept is None
    explorer.keep()
    assert explorer.kept == explorer.run
    explorer.optimiser = "SGD"
    assert explorer.kept["optimiser"] == "Adam"
    both = [text.get_text() for text in explorer.figure().axes[1].get_legend().get_texts()]
    assert [words.split(",")[0] for words in both] == ["Adam 0.9", "SGD"]
    explorer.loss = "bowl"  # a path on another loss is not drawn on this one
    assert len(explorer.figure().axes[1].get_legend().get_texts()) == 1


def test_the_static_picture_follows_and_stays_the_same():
    explorer = OptimiserExplorer()
    before = picture(explorer)
    np.testing.assert_array_equal(before, picture(OptimiserExplorer()))
    for change in ({"loss": "bowl"}, {"optimiser": "Adam"}, {"loss_axis": "linear"}, {"noise": 2}):
        explorer.set_state(change)
        after = picture(explorer)
        assert after.shape == before.shape
        assert (after != before).any()
        before = after
    explorer.set_state({"loss": "two valleys", "optimiser": "SGD", "learning_rate": 3})
    assert explorer.verdict.startswith("diverged at step")
    assert picture(explorer).shape == before.shape


def test_its_line_of_text_never_changes():
    line = "OptimiserExplorer(saddle, Adam 0.9, learning rate 0.1, start (-1.8, 0.01), 60 steps)"
    explorer = OptimiserExplorer(loss="saddle", optimiser="Adam", learning_rate=0.1)
    assert repr(explorer) == line
    assert explorer._repr_mimebundle_()[0]["text/plain"] == line


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"loss": "hill"}, r"loss to be one of bowl, .*, plateau\. Received 'hill'\. Choose"),
        ({"optimiser": "adam"}, r"optimiser to be one of SGD, .* Received 'adam'"),
        ({"learning_rate": 0}, r"learning_rate to be a number from 0\.001 to 3\. Received 0\. C"),
        ({"momentum": 1}, r"momentum to be a number from 0 to 0\.99\. Received 1"),
        ({"noise": -1}, r"noise to be a number from 0 to 10\. Received -1"),
        ({"weight_decay": "1"}, r"weight_decay .* Received '1'"),
        ({"loss_axis": "root"}, r"loss_axis to be one of log, linear\. Received 'root'\. Choose"),
        ({"steps": 0}, r"steps to be a whole number from 1 to 300\. Received 0"),
        ({"start": (3, 0)}, r"start to be two numbers from -2 to 2\. Received \(3, 0\)\. Write"),
        ({"start": (float("nan"), 0)}, r"Expected start"),
        ({"start": (0, float("nan"))}, r"Expected start"),
        ({"start": ("1", "0.5")}, r"Received \('1', '0\.5'\)\. Write for example start = \(-1\.5"),
        ({"start": 1}, r"Expected start"),
        ({"kept": {"loss": "bowl"}}, r"kept to be None or what `keep\(\)` .* Received loss\. Call"),
    ],
)
def test_bad_values_are_refused_in_words(values, words):
    check_refused(OptimiserExplorer, values, words)


def test_a_misspelt_setting_is_refused_in_words():
    with pytest.raises(TypeError, match=r"Expected settings among .*learning_rate.* Received lr\."):
        OptimiserExplorer(lr=0.1)
    assert set(RUN) < set(OptimiserExplorer.settings())
