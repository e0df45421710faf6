"""GANs on nine modes of made-up heads, three views times three contrasts.

    python -m benchmarks.gans modes                   trains the classifier that the scores need
    python -m benchmarks.gans play R1 --seeds 1 2 3   plays and scores; no name: the family
    python -m benchmarks.gans play R1 --keep          also writes what ships in data/recordings;
                                                      of `conditional`, in data/weights

Scores, on 4,000 fakes: how many of nine modes have at least 1 % of them, the divergence from equal
shares, KID on the classifier's features, and how often a network that has learned from one half
tells fakes of the other half from real ones (0.5 is perfect): once a fresh discriminator of the
game's own build ("own judge"), once the kit's classifier, which looks at every pixel ("other
judge"). "seconds" is the time of the training alone.
"""

import argparse
import time

import keras
import numpy as np

from benchmarks import _gan_games as games
from benchmarks._gan_scores import FEW, HEADS, VISIBLE, data_for, draw, score, train_modes
from medkit import weights

FRAMES, PICTURES, SAMPLES, FEWER = 25, 16, 1000, 40
STEPS = dict.fromkeys(games.CHOICES, 1500) | {"article": 400, "early": 1600, "collapse": 1000}


def play(name, seed, steps):
    """Play one game for so many steps of the generator; return it, its recording, its seconds."""
    keras.utils.set_random_seed(seed)
    game, data = games.Game(games.ALL[name], steps), data_for(name)
    order, each = np.random.default_rng(seed), steps // FRAMES
    frames = []
    began = time.perf_counter()
    for _ in range(FRAMES):
        some = data[order.integers(len(data), size=each * game.rule.batch)]
        losses = game.fit(some, batch_size=game.rule.batch, verbose=0).history
        paid = [losses[key][-1] for key in ("discriminator", "generator")]
        if not np.all(np.isfinite(paid)):
            raise FloatingPointError(
                f"{name}, seed {seed}: expected numbers as losses, not {paid}."
            )
        frames.append([draw(game.players[0], PICTURES, 0)[..., 0], *paid])
    took = time.perf_counter() - began
    game.settle()
    pictures, *losses = (np.array(row) for row in zip(*frames, strict=True))
    recording = {"steps": each * np.arange(1, FRAMES + 1), "fakes": np.uint8(255 * pictures + 0.5)}
    return game, recording | dict(zip(("discriminator", "generator"), losses, strict=True)), took


def run(name, seeds, keep):
    """Play and score one game with some seeds; perhaps write the first one's recording."""
    steps, scores = STEPS.get(name, 4000), {}
    for seed in seeds:
        game, recording, took = play(name, seed, steps)
        fakes = draw(game.players[0], 4000)
        scores[seed] = {"steps": steps, "seconds": round(took)} | score(
            fakes, name == "conditional"
        )
        said = ", ".join(f"{key} {value:.3g}" for key, value in scores[seed].items())
        print(f"{name} seed {seed}: {said}", flush=True)
        if seed == seeds[0]:
            kept = {} if name in games.CHOICES else recording
            many = FEWER if name in games.CHOICES else SAMPLES
            first = kept | {"samples": np.uint8(255 * fakes[:many, ..., 0] + 0.5)}, game
    if keep:
        script = f"python -m benchmarks.gans play {name!r} --seeds {' '.join(map(str, seeds))}"
        shown = HEADS | (VISIBLE if name == "conditional" else {})
        shown |= {"n": FEW if name == "few" else 9000}
        card = {"script": f"{script} --keep", "seed": seeds[0], "data": f"brains, train, {shown}"}
        card |= {"score": scores}
        if name == "conditional":  # whose generator the lesson goes on with
            weights.save_weights(first[1].players[0], f"gan_{name}", card)
        else:
            weights.save_recording(first[0], name.replace(" ", "_"), card)


def main():
    """Train the classifier, or play."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["modes", "play"])
    parser.add_argument("names", nargs="*", help=f"{', '.join(games.ALL)}; none: the family")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--keep", action="store_true", help="write what ships")
    given = parser.parse_args()
    if given.what == "modes":
        train_modes()
    for name in given.names or games.RULES if given.what == "play" else ():
        run(name, given.seeds, given.keep)


if __name__ == "__main__":
    main()
