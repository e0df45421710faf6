"""Keras, or how to get it: the package alone is installed without TensorFlow."""

try:
    import keras
except ModuleNotFoundError as error:
    if error.name not in ("keras", "tensorflow"):
        raise
    raise ModuleNotFoundError(
        "Expected Keras with TensorFlow, which medkit.models and medkit.training need. Received an "
        f'installation without {error.name}. Install it: python -m pip install "medkit[lessons]"',
        name=error.name,
    ) from error

__all__ = ["keras"]
