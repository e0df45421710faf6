"""A training of many minutes that is interrupted goes on where it was, when it is run again."""

import hashlib
import json
import shutil

import keras

from medkit.downloads import cache_folder

MOST = 100  # steps between two backups


def fit(model, batches, steps, name, folder=None):
    """Train for so many steps on batches without end, with a backup every 20 to 100 of them.

    Args:
        model: compiled keras.Model, its optimiser built.
        batches: generator of (x, y).
        steps: how many; if no number from 20 to 100 divides it, there is no backup on the way.
        name: text that tells this training from every other: script, data, seed, steps.
        folder: of the backups; None for one in the cache.

    A training that was interrupted goes on with its weights, its optimiser and its number of
    steps; the batches begin anew. It says so, because its seconds are then not those of a whole.
    """
    each = next((n for n in range(MOST, 19, -1) if steps % n == 0), steps)
    own = hashlib.sha256(name.encode()).hexdigest()[:16]
    place = (folder or cache_folder() / "trainings") / own
    if not _whole(place):
        print(f"{name}: its backup was cut off while it was written; begins anew")
        shutil.rmtree(place)
    backup = keras.callbacks.BackupAndRestore(str(place), double_checkpoint=True)
    look = {"epochs": steps // each, "steps_per_epoch": each, "verbose": 0, "shuffle": False}
    model.fit(batches, callbacks=[backup, _Say(name, each)], **look)


def _whole(place):
    """Return whether the backup's number of steps can be read: Keras stops if it cannot."""
    for steps in place.glob("*.json"):
        try:
            json.loads(steps.read_text(encoding="utf-8"))
        except ValueError:
            return False
    return True


class _Say(keras.callbacks.Callback):
    """Says where a training goes on."""

    def __init__(self, name, each):
        super().__init__()
        self.name, self.each, self.begun = name, each, False

    def on_epoch_begin(self, epoch, logs=None):
        """Speak once, if it is not the beginning."""
        if epoch and not self.begun:
            print(f"{self.name}: goes on at step {epoch * self.each}; seconds count from there")
        self.begun = True
