"""What the training theatre takes: recordings of a GAN, checked and packed to be sent."""

from dataclasses import dataclass

import numpy as np

from medkit.widgets.pictures import to_uint8

NEEDED, KNOWN = ("steps", "fakes", "losses"), ("steps", "fakes", "losses", "surface", "pushes")
MOST_LOSSES = 4  # more lines than that nobody tells apart
MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class Recording:
    """One training, as it is sent to the browser."""

    steps: np.ndarray  # (frames,) int64
    fakes: np.ndarray  # (frames, n, 2) float32, or (frames, n, height, width) uint8
    losses: dict  # name → (frames,) float64
    surface: np.ndarray | None = None  # (frames, g, g) uint8: each frame from its lowest to highest
    ranges: np.ndarray | None = None  # (frames, 2) float64: what 0 and 255 of the surface stand for
    pushes: np.ndarray | None = None  # (frames, n, 2) float32

    @property
    def bytes(self):
        """How many bytes are sent."""
        return sum(x.nbytes for x in (self.fakes, self.surface, self.pushes) if x is not None)

    def nearest(self, step):
        """Return the frame whose step is nearest to one, the earlier of two."""
        return int(np.abs(self.steps - step).argmin())


def wrong(expected, received, remedy):
    """Return the error that says what was expected, what came, and what to do."""
    return ValueError(f"Expected {expected}. Received {received}. {remedy}")


def check_recordings(recordings):
    """Return {name: Recording}, all of one kind and size, or say what is wrong."""
    named = isinstance(recordings, dict) and recordings
    if not named or not all(isinstance(name, str) and name for name in recordings):
        got = list(recordings) if isinstance(recordings, dict) else type(recordings).__name__
        raise wrong(
            "a dict of one or more recordings by their names",
            repr(got) if got else "an empty dict",
            'Write for example {"vanilla": recording}.',
        )
    checked = {name: _check(f"recording {name!r}", given) for name, given in recordings.items()}
    shapes = {name: recording.fakes.shape[1:] for name, recording in checked.items()}
    if len(set(shapes.values())) > 1:
        raise wrong(
            "fakes of one shape (n, ...) in all recordings",
            ", ".join(f"{shape} in {name!r}" for name, shape in shapes.items()),
            "Follow equally many noise vectors in each; show points and pictures in two theatres.",
        )
    total = sum(recording.bytes for recording in checked.values())
    if total > MOST_BYTES:
        raise wrong(
            f"recordings of at most {MOST_BYTES // 10**6} MB together",
            f"{total / 1e6:.0f} MB",
            "Record fewer frames, or fewer fakes.",
        )
    return checked


def _check(where, given):
    keys = set(given) if isinstance(given, dict) else set()
    if not set(NEEDED) <= keys <= set(KNOWN):
        raise wrong(
            f"{where} to be a dict with {', '.join(NEEDED)}, and perhaps surface and pushes",
            ", ".join(sorted(map(str, keys))) if keys else type(given).__name__,
            "Add what is missing, and check the spelling.",
        )
    steps = _check_steps(where, given["steps"])
    fakes = _check_fakes(where, given["fakes"], steps)
    losses = _check_losses(where, given["losses"], steps)
    surface, pushes = (given.get(name) for name in ("surface", "pushes"))
    if fakes.ndim == 4 and (surface is not None or pushes is not None):
        raise wrong(
            f"neither surface nor pushes in {where}, whose fakes are pictures",
            "surface" if pushes is None else "pushes",
            "Leave it out: both are shown with points only.",
        )
    packed = (None, None) if surface is None else _pack_surface(where, surface, steps)
    if pushes is not None:
        pushes = _array(f"pushes of {where}", pushes, fakes.shape, steps).astype(np.float32)
    return Recording(steps, fakes, losses, *packed, pushes)


def _check_steps(where, steps):
    steps = np.asarray(steps)
    if steps.ndim != 1 or len(steps) < 2 or steps.dtype.kind not in "ui":
        raise wrong(
            f"steps of {where} to be two or more whole numbers, shape (frames,)",
            f"shape {steps.shape}, {steps.dtype}",
            "Note the generator's step whenever you record a frame.",
        )
    steps = steps.astype(np.int64)
    if not (np.diff(steps) > 0).all() or steps[0] < 0:
        at = int(np.append(np.diff(steps) <= 0, True).argmax())
        raise wrong(
            f"steps of {where} to start at 0 or later and to rise",
            ", ".join(map(str, steps[at : at + 2])) if steps[0] >= 0 else str(steps[0]),
            "Record each step once, in order.",
        )
    return steps


def _check_fakes(where, fakes, steps):
    fakes = np.asarray(fakes)
    shape = fakes.shape[:-1] if fakes.ndim == 5 and fakes.shape[-1] == 1 else fakes.shape
    points = len(shape) == 3 and shape[2] == 2
    if not (points or len(shape) == 4) or shape[0] != len(steps) or not fakes.size:
        raise wrong(
            f"fakes of {where} to be points ({len(steps)}, n, 2) or pictures ({len(steps)}, n, "
            "height, width), a frame for each of the steps",
            f"shape {fakes.shape}",
            "Stack what the generator makes of the same noise at each recorded step.",
        )
    fakes = _array(f"fakes of {where}", fakes.reshape(shape), shape, steps)
    return fakes.astype(np.float32) if points else _pack(f"fakes of {where}", fakes)


def _check_losses(where, losses, steps):
    if not isinstance(losses, dict) or not 1 <= len(losses) <= MOST_LOSSES:
        got = f"{len(losses)} series" if isinstance(losses, dict) else type(losses).__name__
        raise wrong(
            f"losses of {where} to be a dict of 1 to {MOST_LOSSES} series",
            got,
            'Write for example {"discriminator": [...], "generator": [...]}.',
        )
    return {
        str(name): _array(f"the {name!r} loss of {where}", series, (len(steps),), steps)
        for name, series in losses.items()
    }


def _pack_surface(where, surface, steps):
    """Return a surface as uint8, each frame from its lowest value to its highest, and these two."""
    side = np.shape(surface)[-1] if np.ndim(surface) == 3 else "g"
    surface = _array(f"surface of {where}", surface, (len(steps), side, side), steps)
    low, high = surface.min((1, 2)), surface.max((1, 2))
    wide = (high - low)[:, None, None]
    share = np.where(wide > 0, surface - low[:, None, None], 0.5) / np.where(wide > 0, wide, 1)
    return (255 * share + 0.5).astype(np.uint8), np.stack([low, high], 1)


def _array(what, values, shape, steps):
    """Return an array of finite float64 (uint8 stays), frames first, or say what is wrong."""
    values = np.asarray(values)
    if values.shape != tuple(shape) or values.dtype.kind not in "buif" or not values.size:
        raise wrong(
            f"{what} to be numbers of shape ({', '.join(map(str, shape))})",
            f"shape {values.shape}, {values.dtype}",
            "Record it together with each of the steps.",
        )
    if values.dtype == np.uint8 and values.ndim == 4:
        return values
    values = values.astype(np.float64)
    most = np.finfo(np.float32).max
    bad = ~(np.abs(values) <= most).reshape(len(values), -1).all(1)
    if bad.any():
        at = int(bad.argmax())
        raise wrong(
            f"finite numbers in {what}",
            f"nan or infinity at step {steps[at]}",
            f"The training diverged there: cut the recording before it, each part to [:{at}].",
        )
    return values


def _pack(what, pictures):
    """Return pictures as uint8, or say that they are not within 0 and 1."""
    if pictures.dtype != np.uint8 and (pictures.min() < 0 or pictures.max() > 1):
        raise wrong(
            f"{what} to have a brightness from 0 to 1",
            f"{pictures.min():.3g} to {pictures.max():.3g}",
            "Scale them; what comes out of tanh as (pictures + 1) / 2.",
        )
    return to_uint8(pictures.reshape(len(pictures), -1)).reshape(pictures.shape)


def check_real(real, fakes):
    """Return what the fakes are held against, as these are packed, or say what is wrong."""
    real, size = np.asarray(real), fakes.shape[2:]
    if real.ndim == 4 and real.shape[-1] == 1:
        real = real[..., 0]
    if real.ndim < 2 or real.shape[1:] != size or not len(real) or real.dtype.kind not in "buif":
        sides = ", ".join(map(str, size))
        raise wrong(
            f"real of shape (m, {sides}), as the fakes have it",
            f"shape {real.shape}, {real.dtype}",
            "Give what the discriminator was shown as real.",
        )
    if not np.isfinite(real).all():
        raise wrong(
            "finite numbers in real", "nan or infinity", "Replace them with numpy.nan_to_num."
        )
    return real.astype(np.float32) if fakes.ndim == 3 else _pack("real", real)


def check_extent(extent, recordings, real):
    """Return (x_low, x_high, y_low, y_high) of the stage as floats, or say what is wrong.

    If it is left out: all real points and, of the fakes, those from the 1st to the 99th percentile,
    with a margin of 8 %.
    """
    if extent is None:
        if any(recording.surface is not None for recording in recordings.values()):
            raise wrong(
                "the extent of the surface", "none", "Give extent=(x_low, x_high, y_low, y_high)."
            )
        fakes = np.concatenate([r.fakes.reshape(-1, 2) for r in recordings.values()])
        ends = np.concatenate([np.quantile(fakes, [0.01, 0.99], 0), real])
        low, high = ends.min(0), ends.max(0)
        margin = np.maximum(0.08 * (high - low), 1e-3 * (1 + np.abs(high)))
        return np.stack([low - margin, high + margin], 1).ravel().tolist()
    numbers = np.asarray(extent)
    good = numbers.shape == (4,) and numbers.dtype.kind in "uif" and np.isfinite(numbers).all()
    if not good or numbers[0] >= numbers[1] or numbers[2] >= numbers[3]:
        raise wrong(
            "extent to be (x_low, x_high, y_low, y_high), each low below its high",
            repr(extent),
            "Write for example extent=(-3, 3, -3, 3).",
        )
    return [float(number) for number in numbers]


def number(value):
    """Return a number in words as the browser writes it: 0.520, −12.300, 1.2e-5."""
    size = abs(value)
    if size == 0:
        return "0"
    if size >= 1e5 or size < 0.5e-3:
        mantissa, power = f"{value:.1e}".split("e")
        text = f"{mantissa}e{int(power)}"
    else:
        text = f"{value:.{0 if size >= 1000 else 1 if size >= 100 else 3}f}"
    return text.replace("-", "−", 1)
