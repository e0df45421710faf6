"""What the benchmarks count and keep: by hand, and on pieces of a file of results."""

import importlib
import itertools
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import __main__ as every  # noqa: E402
from benchmarks import _gan_games as games  # noqa: E402
from benchmarks import _results as results  # noqa: E402
from benchmarks.matmul_share import forward_work  # noqa: E402


def test_the_work_of_a_network_is_that_of_its_weights_by_hand():
    import keras

    layers = keras.layers
    network = keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            layers.Conv2D(4, 3),  # 6 × 6 places, 3 · 3 · 2 · 4 weights
            layers.BatchNormalization(),
            layers.DepthwiseConv2D(3, padding="same"),  # 6 × 6 places, 3 · 3 · 4
            layers.Conv2DTranspose(5, 2, strides=2),  # laid at 6 × 6 places, 2 · 2 · 4 · 5
            layers.GlobalAveragePooling2D(),
            keras.Sequential([layers.Dense(7)]),  # once, 5 · 7
        ]
    )
    assert forward_work(network) == 2 * (36 * (72 + 36 + 80) + 35)


def test_the_work_of_the_articles_classifier_by_hand():
    from medkit.models import article_classifier

    products = 222**2 * 27 * 32 + 109**2 * 288 * 64 + 52**2 * 576 * 128
    products += 26 * 26 * 128 * 128 + 128 * 10
    assert forward_work(article_classifier()) == 2 * products


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_training_goes_on_from_its_last_backup(tmp_path):
    train = f"""
import keras, numpy as np, os, signal, sys
from pathlib import Path
from benchmarks import _resume

def batches(limit):
    for step in range(10**6):
        if step == limit:
            os.kill(os.getpid(), signal.SIGKILL)
        yield np.ones((2, 1), "float32"), np.ones((2, 1), "float32")

model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.optimizer.build(model.trainable_variables)
_resume.fit(model, batches(int(sys.argv[1])), 120, "a training", Path({str(tmp_path)!r}))
print(int(model.optimizer.iterations))
"""

    def run(limit):
        command = [sys.executable, "-W", "ignore", "-c", train, str(limit)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    killed, again, third = run(100), run(-1), run(-1)
    assert killed.returncode == -signal.SIGKILL
    assert again.stdout.split("\n")[0] == (
        "a training: goes on at step 60; seconds count from there"
    )
    assert again.stdout.split()[-1] == third.stdout.strip() == "120"  # nothing is left behind


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own
def test_a_stop_while_a_backup_is_written_leaves_the_one_before(tmp_path, monkeypatch, capsys):
    import keras

    from benchmarks import _resume

    def built():
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        model.optimizer.build(model.trainable_variables)
        return model

    def stopped(model, path):
        save(model, path)
        if model.optimizer.iterations == 80:
            path.write_bytes(path.read_bytes()[:500])
            raise KeyboardInterrupt

    batches = ((np.ones((2, 1)), np.ones((2, 1))) for _ in itertools.count())
    save = keras.Model.save_weights
    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "save_weights", stopped)
        patch.setattr(_resume, "MOST", 40)
        with pytest.raises(KeyboardInterrupt):
            _resume.fit(built(), batches, 120, "a training", tmp_path)
        model = built()
        patch.setattr(keras.Model, "save_weights", save)
        _resume.fit(model, batches, 120, "a training", tmp_path)
    assert "goes on at step 40;" in capsys.readouterr().out
    assert int(model.optimizer.iterations) == 120
    assert not [*tmp_path.glob("*/*")]


KEPT = "# Results\n\nWords.\n\n## One\n\n### `python -m benchmarks.a`\n\nold\n"


def test_a_new_result_replaces_that_of_the_same_command_alone():
    new = results.block("a", "12 s", 61.2, "load before it 0.1")
    text = results.with_block(KEPT, "One", "a", new)
    assert "old" not in text
    assert text.startswith("# Results\n\nWords.\n\n## One\n\n### `python -m benchmarks.a`\n\n20")
    assert "1 min 1 s, load before it 0.1" in text
    assert text.endswith("```text\n12 s\n```\n")
    further = results.with_block(text, "One", "a b", results.block("a b", "x", 5, "quiet"))
    assert further.startswith(text)
    other = results.with_block(further, "Two", "a", new)
    assert other.startswith(further)
    assert other.count("### `python -m benchmarks.a`\n") == 2
    assert results.with_block(other, "Two", "a", new) == other


def test_a_benchmark_that_fails_is_no_result(monkeypatch, tmp_path):
    monkeypatch.setattr(results, "FILE", tmp_path / "RESULTS.md")
    with pytest.raises(RuntimeError, match=r"benchmarks\.no_such_table to end well"):
        results.run("no_such_table")
    assert not results.FILE.exists()


@pytest.mark.parametrize("module", ["cells", "nuclei", "medmnist"])
def test_a_set_that_is_not_there_is_no_result(module, monkeypatch):
    benchmark = importlib.import_module(f"benchmarks.{module}")
    monkeypatch.setattr("medkit.available", lambda name: False)
    monkeypatch.setattr(sys, "argv", [module])
    with pytest.raises(SystemExit, match=r"Expected .* Received none\. Fetch"):
        benchmark.main([])


def test_the_readme_is_written_on_request_alone(monkeypatch):
    asked = []
    monkeypatch.setattr(results, "run", lambda line: (asked.append(line) or "a table", 1.0))
    monkeypatch.setattr(results, "keep", lambda *given: None)
    for options in ([], ["--keep"]):
        monkeypatch.setattr(sys, "argv", ["benchmarks", "lessons", *options])
        every.main()
    assert asked == ["lessons", "lessons --readme"]


def test_an_average_must_have_forgotten_the_first_step():
    rule = games.Rule(build=(lambda: games.generator((8, 8, 8)), games.discriminator))
    words = r"forgotten the first of 400 steps\. Received 0\.998, which keeps 45% .* 0\.9900\."
    with pytest.raises(ValueError, match=words):
        games.Game(rule, 400)
    games.Game(rule, 4000)


def test_what_a_benchmark_prints_is_kept(capsys):
    text, seconds = results.run("__init__")
    assert text == ""
    assert seconds > 0


def test_each_part_names_benchmarks_that_are_there():
    folder = Path(results.FILE).parent
    for _, lines in every.PARTS.values():
        for line in lines:
            assert (folder / f"{line.split()[0]}.py").is_file(), line


def test_the_kept_results_come_from_commands_that_exist():
    lines = {line for _, lines in every.PARTS.values() for line in lines}
    kept = results.sections(results.FILE.read_text(encoding="utf-8"))
    starts = [block.splitlines()[0] for blocks in kept.values() for block in blocks]
    assert {*starts} <= {results.BLOCK.format(line) for line in lines}


def test_an_unknown_part_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "lesson"])
    with pytest.raises(SystemExit):
        every.main()
    assert "expected parts among latency, start, lessons" in capsys.readouterr().err
