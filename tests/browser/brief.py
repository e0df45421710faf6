"""For a kernel, before a lesson: an epoch is one batch, and no claim is held against the training.

The pages are what the browser looks at; that the numbers are right is nbval's part.
"""

import warnings

from medkit import checks  # before Keras: medkit quiets TensorFlow's import

# isort: split
import keras
import tensorflow as tf

fit = keras.Model.fit


def brief_fit(self, x=None, y=None, *, batch_size=None, validation_data=None, **kwargs):
    """Train as `fit` does, on the first batch alone."""

    def first(data):
        if data is None or isinstance(data, tf.data.Dataset):
            return data and data.take(1)
        return keras.tree.map_structure(lambda array: array[: batch_size or 32], data)

    known = first(validation_data)
    return fit(self, first(x), first(y), batch_size=batch_size, validation_data=known, **kwargs)


if __name__ == "__main__":  # pytest imports every file; only a lesson's kernel runs this one
    keras.Model.fit = brief_fit
    checks.expect = lambda claim, *band, **bands: print(f"Not looked at: {claim}")
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # what learned nothing may divide 0
