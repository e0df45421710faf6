"""Trained weights and recorded trainings that ship with the kit, each with a card of its origin."""

import hashlib
import json
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / "data" / "weights"
RECORDINGS = FOLDER.with_name("recordings")


def save_weights(model, name, card, folder=None):
    """Write the weights of a trained model as float16, with their card.

    Args:
        model: a built keras.Model.
        name: of the two files: name.npz and name.json.
        card: dict of what made them: script, data, seed, score.
        folder: where to; None for `data/weights` of the kit.

    Returns:
        pathlib.Path of the .npz file.

    Raises:
        ValueError: a weight is too large for float16 or not finite.
    """
    folder = FOLDER if folder is None else Path(folder)
    weights = [np.asarray(weight, "float32") for weight in model.get_weights()]
    largest = np.max([np.abs(weight).max() for weight in weights])  # nan, if one is
    if not largest <= np.finfo(np.float16).max:
        raise ValueError(
            f"Expected weights of at most {np.finfo(np.float16).max:.0f}, as float16 holds. "
            f"Received {largest}. Train again with a smaller learning rate."
        )
    halves = {f"arr_{place}": weight.astype("float16") for place, weight in enumerate(weights)}
    return _save(folder / f"{name}.npz", halves, {**card, "parameters": int(model.count_params())})


def load_weights(model, name, folder=None):
    """Give a model the weights that a long training found, after checking that they are those.

    Args:
        model: a built keras.Model of the same layers as the one that was trained.
        name: one of the files in `data/weights`, without its ending.
        folder: where they are; None for `data/weights` of the kit.

    Returns:
        dict: the card of the weights: script, data, seed, score, parameters, sha256.

    Raises:
        ValueError: there are no such weights, they are not those of the card, or they do not fit
            the model.
    """
    arrays, card = _load(name, FOLDER if folder is None else Path(folder), "weights")
    weights = [arrays[f"arr_{place}"].astype("float32") for place in range(len(arrays))]
    _check_shapes([w.shape for w in model.get_weights()], [w.shape for w in weights], name)
    model.set_weights(weights)
    return card


def save_recording(arrays, name, card, folder=None):
    """Write what a long training left behind, with its card.

    Args:
        arrays: dict of arrays by their names, for example steps, fakes and losses.
        name: of the two files: name.npz and name.json.
        card: dict of what made them: script, data, seed, score.
        folder: where to; None for `data/recordings` of the kit.

    Returns:
        pathlib.Path of the .npz file.

    Raises:
        ValueError: one of them is a dict or a list of unequal arrays, which only a pickle holds.
    """
    for key, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise ValueError(
                f"Expected numbers or words in {key!r}. Received {type(array).__name__}, which is "
                "no plain array. Give each array inside it a name of its own."
            )
    folder = RECORDINGS if folder is None else Path(folder)
    return _save(folder / f"{name}.npz", arrays, card)


def load_recording(name, folder=None):
    """Return what a long training left behind, after checking that it is that.

    Args:
        name: one of the files in `data/recordings`, without its ending.
        folder: where they are; None for `data/recordings` of the kit.

    Returns:
        arrays: dict of arrays by their names, as `save_recording` was given them.
        card: dict: script, data, seed, score, sha256.

    Raises:
        ValueError: there is no such recording, or it is not that of the card.
    """
    return _load(name, RECORDINGS if folder is None else Path(folder), "recordings")


def _save(path, arrays, card):
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = path.with_suffix(".npz.part"), path.with_suffix(".json.part")
    with parts[0].open("wb") as file:
        np.savez_compressed(file, **arrays)
    card = {**card, "sha256": _digest(parts[0])}
    parts[1].write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    for part in parts:  # only now: a stop before this leaves what was there
        part.replace(part.with_suffix(""))
    return path


def _load(name, folder, kind):
    path = folder / f"{name}.npz"
    if not (path.is_file() and path.with_suffix(".json").is_file()):
        there = ", ".join(sorted(file.stem for file in folder.glob("*.npz"))) or "none"
        raise ValueError(
            f"Expected {kind} among {there}. Received {name!r}, which is not in {folder} or has "
            f"no card there. Check the name; data/{kind} of the kit must lie beside the package."
        )
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    if _digest(path) != card["sha256"]:
        raise ValueError(
            f"Expected {path.name} with the SHA-256 of its card, {card['sha256']}. Received "
            f"{_digest(path)}. The file was changed: take it from the repository again."
        )
    with np.load(path, allow_pickle=False) as file:
        return dict(file), card


def _check_shapes(model, saved, name):
    if len(model) != len(saved):
        raise ValueError(
            f"Expected a model with {len(saved)} arrays of weights, as {name} has. Received one "
            f"with {len(model)}. Build it with the arguments that the card names."
        )
    for place, (have, want) in enumerate(zip(model, saved, strict=True)):
        if have != want:
            raise ValueError(
                f"Expected weights {place} of the model to have the shape {want}, as in {name}. "
                f"Received {have}. Build it with the arguments that the card names."
            )


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
