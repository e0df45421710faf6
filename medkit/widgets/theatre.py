"""The training theatre: play a recorded training of a GAN, of points or of pictures."""

import json

import numpy as np
import traitlets

from medkit.plots import COLOURS
from medkit.widgets.browser import BrowserWidget, Choice, Switch, Whole, script
from medkit.widgets.pictures import to_png
from medkit.widgets.recordings import check_extent, check_real, check_recordings, number

SPEEDS = {"¼×": 3, "1×": 12, "4×": 48}  # frames a second
ARROWS = 64  # no more than about so many are drawn
# What the discriminator calls fake and what real, on a light page and on a dark one.
TINTS = {"light": ["#9aa7b3", "#f4f7f9"], "dark": ["#0a0f14", "#5b6875"]}
FACTS = {"speeds": SPEEDS, "arrows": ARROWS, "tints": TINTS}


class Recorded(Choice):
    """A trait that holds the name of one of the widget's recordings."""

    def choices(self, obj):
        """Return the names of the recordings."""
        return tuple(obj.recordings)


class Frame(Whole):
    """A trait that holds which frame; what the present recording has is checked after both."""

    def limits(self, obj):
        """Return the first frame and the last one of the longest recording."""
        return 0, max(len(recording.steps) for recording in obj.recordings.values()) - 1


class GANTheatre(BrowserWidget):
    """Play, stop and step through recorded trainings of a GAN: fakes, discriminator and losses.

    All of it is in the browser as soon as it is shown, so it plays on while the kernel is busy,
    and without one. With the focus on the stage Space plays and stops, the arrow keys take one
    frame, with Shift ten, and Home and End lead to the first frame and the last. Between two
    frames points glide on a straight line; pictures do not.

    Args:
        recordings: dict of name → recording, each a dict with
            "steps": (frames,) int, the generator's step at each frame, rising;
            "fakes": (frames, n, 2) points, or (frames, n, height, width) or (frames, n, height,
            width, 1) pictures, 0 to 1, made of the same n noise vectors in each frame;
            "losses": dict of name → (frames,), one to four of them;
            "surface": (frames, g, g), may be left out, only with points: what the discriminator
            answers on a grid over `extent`, row 0 at y_low, higher meaning real;
            "pushes": (frames, n, 2), may be left out, only with points: how the discriminator's
            gradient would move each fake.
        real: (m, 2) points, or (m, height, width) or (m, height, width, 1) pictures, 0 to 1.
        extent: (x_low, x_high, y_low, y_high) of the stage; taken from the points if left out.
        recording: name of the one that is shown, at first the first.
        frame: which frame of it, from 0.
        playing: whether it plays; it stops at the end.
        speed: "¼×", "1×" or "4×", which is about 3, 12 or 48 frames a second.
        show_surface, show_pushes: whether these are drawn.

    From recording on all are traits: set them from Python and the stage follows, and the other
    way round. Another recording starts at the frame that is nearest in step. While it plays,
    `frame` is heard of four times a second; stop it before you set another one.

    Raises:
        ValueError: shapes do not fit, steps do not rise, or a number is not finite.
        traitlets.TraitError: a setting is out of range; the message says which are not.

    Example:
        >>> import numpy as np
        >>> fakes = np.linspace(0, 1, 5)[:, None, None] * np.ones((8, 2))
        >>> losses = {"discriminator": np.linspace(0, 0.5, 5), "generator": np.ones(5)}
        >>> steps = np.arange(0, 500, 100)
        >>> vanilla = {"steps": steps, "fakes": fakes, "losses": losses}
        >>> theatre = GANTheatre({"vanilla": vanilla}, real=np.eye(2), frame=2)
        >>> theatre
        GANTheatre(vanilla of 1 recording, step 200 of 400, 8 points)
        >>> theatre.words
        'vanilla, step 200: discriminator loss 0.250, generator loss 1.000'
    """

    _esm = f"const FACTS = {json.dumps(FACTS)};\n" + script(
        "common.js", "charts.js", "theatre_charts.js", "theatre.js"
    )
    _css = script("common.css", "theatre.css")
    recording = Recorded((), "").tag(sync=True)
    frame = Frame(0).tag(sync=True)
    playing = Switch(False).tag(sync=True)
    speed = Choice(SPEEDS, "1×").tag(sync=True)
    show_surface = Switch(True).tag(sync=True)
    show_pushes = Switch(True).tag(sync=True)
    facts = traitlets.Dict(read_only=True).tag(sync=True)  # shapes, steps, losses
    fakes = traitlets.Bytes(read_only=True).tag(sync=True)  # of all recordings, one after another
    surfaces = traitlets.Bytes(read_only=True).tag(sync=True)
    pushes = traitlets.Bytes(read_only=True).tag(sync=True)
    real = traitlets.Bytes(read_only=True).tag(sync=True)

    def __init__(self, recordings, real, extent=None, recording=None, frame=0, speed="1×", **state):
        self.recordings = check_recordings(recordings)
        first = next(iter(self.recordings))
        example = self.recordings[first].fakes
        self._real = check_real(real, example)
        self.pictures = example.ndim == 4
        self._extent = [] if self.pictures else check_extent(extent, self.recordings, self._real)
        self._load()
        recording = first if recording is None else recording
        super().__init__(recording=recording, frame=frame, speed=speed, **state)
        self._seen = self.recording, self.frame

    def _load(self):
        all_ = self.recordings.values()
        example = next(iter(all_)).fakes
        facts = {"count": example.shape[1], "extent": self._extent}
        facts["size"] = list(example.shape[2:]) if self.pictures else []
        facts["recordings"] = [
            {
                "name": name,
                "steps": each.steps.tolist(),
                "losses": [[loss, series.tolist()] for loss, series in each.losses.items()],
                "side": 0 if each.surface is None else each.surface.shape[1],
                "ranges": [] if each.ranges is None else each.ranges.tolist(),
                "pushes": each.pushes is not None,
            }
            for name, each in self.recordings.items()
        ]
        self.set_trait("facts", facts)
        for trait, part in (("fakes", "fakes"), ("surfaces", "surface"), ("pushes", "pushes")):
            parts = (getattr(each, part) for each in all_)
            self.set_trait(trait, b"".join(little(x) for x in parts if x is not None))
        self.set_trait("real", little(self._real))

    @classmethod
    def settings(cls):
        """Return the names of the traits that a reader may set."""
        return [name for name in super().settings() if name != "facts"]

    @traitlets.validate("frame")
    def _check_frame(self, proposal):
        last = len(self._now.steps) - 1
        if proposal.value > last:
            raise traitlets.TraitError(
                f"Expected frame to be a whole number from 0 to {last}, as {self.recording!r} has "
                f"them. Received {proposal.value}. Choose a number in that range."
            )
        return proposal.value

    @traitlets.observe("recording", "frame")
    def _follow(self, change):
        """Go to the frame nearest in step where only the recording has changed."""
        if not hasattr(self, "_seen"):
            return
        (name, frame), self._seen = self._seen, (self.recording, self.frame)
        if name != self.recording and frame == self.frame:
            self.frame = self._now.nearest(self.recordings[name].steps[frame])

    @property
    def _now(self):
        """The recording that is shown."""
        return self.recordings[self.recording]

    @property
    def step(self):
        """The generator's step at the frame that is shown."""
        return int(self._now.steps[self.frame])

    @property
    def words(self):
        """What is shown, in words."""
        parts = [
            f"{name if ' ' in name else f'{name} loss'} {number(series[self.frame])}"
            for name, series in self._now.losses.items()
        ]
        if not self.pictures:
            points = self._now.fakes[self.frame]
            low, high = np.reshape(self._extent, (2, 2)).astype(np.float32).T
            outside = int(((points < low) | (points > high)).any(1).sum())
            if outside:
                parts.append(f"{outside} of {len(points)} fakes outside the stage")
        return f"{self.recording}, step {self.step:,}: {', '.join(parts)}"

    def _png(self):
        return to_png(self.figure(), colours=40)

    def figure(self):
        """Return the stage and the losses as a Figure, for a page without kernel."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(10, 3.9), dpi=80, layout="constrained")
        if self.pictures:
            *stages, losses = figure.subplots(1, 3)
            for axes, title, pictures in (
                (stages[0], "Fake", self._now.fakes[self.frame]),
                (stages[1], "Real", self._real),
            ):
                draw_pictures(axes, title, pictures)
        else:
            stage, losses = figure.subplots(1, 2, width_ratios=(1, 1.5))
            self._draw_points(stage)
        draw_losses(losses, self._now, self.step)
        figure.supxlabel(self.words, fontsize=12)
        return figure

    def _draw_points(self, axes):
        from matplotlib.colors import LinearSegmentedColormap

        now, frame = self._now, self.frame
        if now.surface is not None and self.show_surface:
            tints = LinearSegmentedColormap.from_list("called", TINTS["light"], N=8)
            look = {"cmap": tints, "origin": "lower", "extent": self._extent, "aspect": "auto"}
            axes.imshow(now.surface[frame], vmin=0, vmax=255, interpolation="nearest", **look)
        axes.plot(*self._real.T, "o", color=COLOURS["first"], markersize=3, label="real")
        axes.plot(*now.fakes[frame].T, "^", color=COLOURS["second"], markersize=4, label="fake")
        if now.pushes is not None and self.show_pushes and now.pushes[frame].any():
            every = -(-len(now.pushes[frame]) // ARROWS)
            points, pushes = now.fakes[frame][::every], now.pushes[frame][::every]
            longest = 0.1 * (self._extent[1] - self._extent[0])
            scale = {"scale": np.linalg.norm(now.pushes[frame], axis=1).max() / longest}
            axes.quiver(*points.T, *pushes.T, angles="xy", scale_units="xy", width=0.004, **scale)
        axes.set(xlim=self._extent[:2], ylim=self._extent[2:])
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)

    def __repr__(self):
        count, many = len(self.recordings), self._now.fakes.shape[1]
        return (
            f"GANTheatre({self.recording} of {count} recording{'s' if count > 1 else ''}, "
            f"step {self.step} of {self._now.steps[-1]}, "
            f"{many} {'picture' if self.pictures else 'point'}{'s' if many > 1 else ''})"
        )


def little(array):
    """Return the bytes of an array as the browser reads them, on any machine."""
    return array.astype(array.dtype.newbyteorder("<")).tobytes()


# ---- the picture without a kernel ---------------------------------------------------------------


def tile(pictures, most=12):
    """Return the first (n, height, width) pictures as one, with lines between."""
    pictures = pictures[:most]
    count, height, width = pictures.shape
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    sheet = np.full((rows * columns, height + 1, width + 1), 255, np.uint8)
    sheet[:count, :-1, :-1] = pictures
    return (
        sheet.reshape(rows, columns, height + 1, width + 1)
        .swapaxes(1, 2)
        .reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]
    )


def draw_pictures(axes, title, pictures):
    """Draw some of the pictures in 16 greys, which keeps a notebook small."""
    most = 12
    some = f" (the first {most} of {len(pictures)})" if len(pictures) > most else ""
    greys = tile(pictures, most) // 16 * 17
    axes.imshow(greys, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_title(title + some, fontsize=12)
    axes.set_axis_off()


def draw_losses(axes, recording, step):
    """Draw all losses by step, and a line at the present one."""
    looks = (("black", "-"), (COLOURS["third"], "--"), (COLOURS["truth"], ":"), ("#7570b3", "-."))
    for (name, series), (colour, style) in zip(recording.losses.items(), looks, strict=False):
        axes.plot(recording.steps, series, style, color=colour, linewidth=1.8, label=name)
    axes.axvline(step, color=COLOURS["prediction"], linewidth=2)
    axes.set(xlabel="step", ylabel="loss")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False)
