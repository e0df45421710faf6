"""A training of many minutes that is interrupted goes on where it was, when it is run again."""

import hashlib
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
    backup = _Backup((folder or cache_folder() / "trainings") / own)
    done = backup.restored(model)
    if done:
        print(f"{name}: goes on at step {done * each}; seconds count from there")
    look = {"epochs": steps // each, "steps_per_epoch": each, "verbose": 0, "shuffle": False}
    model.fit(batches, initial_epoch=done, callbacks=[backup], **look)


class _Backup(keras.callbacks.Callback):
    """Keeps weights and optimiser after each epoch, in a file that has its number for a name.

    `keras.callbacks.BackupAndRestore` writes over the only copy: a stop at that moment ruins it.
    Here a file gets its name when it is whole.
    """

    def __init__(self, place):
        super().__init__()
        self.place = place

    def restored(self, model):
        """Give a model what was kept last; return after which epoch that was, 0 if none."""
        kept = {int(path.name.split(".")[0]): path for path in self.place.glob("[0-9]*.weights.h5")}
        if not kept:
            return 0
        model.load_weights(kept[max(kept)])
        return max(kept)

    def on_epoch_end(self, epoch, logs=None):
        """Keep this epoch in place of the one before."""
        self.place.mkdir(parents=True, exist_ok=True)
        part = self.place / "part.weights.h5"
        self.model.save_weights(part)
        part.replace(self.place / f"{epoch + 1}.weights.h5")
        (self.place / f"{epoch}.weights.h5").unlink(missing_ok=True)

    def on_train_end(self, logs=None):
        """Take away what only an interrupted training needs."""
        shutil.rmtree(self.place, ignore_errors=True)
