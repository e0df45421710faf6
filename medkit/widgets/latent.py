"""The latent explorer: travel through a plane of codes and watch what a decoder makes of each."""

import threading

import numpy as np
import traitlets

from medkit.widgets import codes as checks
from medkit.widgets.browser import BrowserWidget, Names, Number, Pair, Whole, script
from medkit.widgets.pictures import to_uint8

WHERE = ("position", "along", "patient", "start", "end", "amount")  # all that a code depends on


class Patient(Whole):
    """A trait that holds which patient, counted from 0."""

    def limits(self, obj):
        """Return the first and the last patient; an image of one's own counts as one more."""
        return 0, len(obj.codes) - 1


class LatentExplorer(BrowserWidget):
    """Drag a point through a plane of codes and watch the decoded picture change.

    Each dot is the code of one patient. A code has two parts: its place in the plane, and, where
    it has more than two numbers, the rest, which stays while the point is dragged. So a patient
    that is chosen is decoded exactly. The decoder runs in the kernel at each step:

    code = origin + place @ axes + rest + amount * direction

    Args:
        decode: function (n, k) float32 codes → (n, height, width) or (n, height, width, 1)
            brightness, shown from 0 (black) to 1 (white).
        codes: (n, k) array, n and k at least 2. Of two numbers the plane is the codes themselves;
            of more, their two principal axes through the mean.
        images: (n, height, width) or (n, height, width, 1) real pictures of these codes, 0..1.
        labels: (n,) of 0 and 1.
        names: of label 0 and of label 1.
        encode: function (n, height, width, 1) → (n, k), for `feed`.
        direction: (k,) array that is added `amount` times.
        direction_name: what that adds.
        position: [x, y] in the plane; at first the mean of the codes.
        along: 0 to 1, how far on the straight line from the code of patient `start` (A) to that
            of patient `end` (B); None while the point is elsewhere.
        patient: the patient that is chosen, None while the point is elsewhere.
        start, end: patients A and B, at first one of each label.
        amount: -3 to 3, how much of the direction is added.

    From position on all are traits: set them from Python and the picture follows, and the other
    way round; the one of position, along and patient that was set last holds. In the browser
    click a dot or press Enter for the nearest patient; the arrow keys take steps of 2 %, Home
    leads to the origin of the plane.

    Raises:
        ValueError: shapes do not fit, numbers are not finite, or decode fails on the first code.
        traitlets.TraitError: a setting is out of range; the message says which are not.

    Example:
        >>> import numpy as np
        >>> corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
        >>> explorer = LatentExplorer(lambda codes: codes.reshape(-1, 1, 2), corners, along=0.25)
        >>> explorer
        LatentExplorer(4 codes of 2 numbers, position (0.25, 0.25), 0.25 from patient 0 to 3)
        >>> explorer.picture
        array([[0.25, 0.25]], dtype=float32)
    """

    _esm = script("common.js", "charts.js", "latent_plane.js", "latent.js")
    _css = script("common.css", "latent.css")
    needs_python = True
    position = Pair(float, -1e9, 1e9, "two finite numbers", "(0.5, -1.0)").tag(sync=True)
    along = Number(None, min=0, max=1, allow_none=True).tag(sync=True)
    patient = Patient(None, allow_none=True).tag(sync=True)
    start = Patient(0).tag(sync=True)
    end = Patient(1).tag(sync=True)
    amount = Number(0.0, min=-3, max=3).tag(sync=True)
    names = Names(["no lesion", "lesion"]).tag(sync=True)
    asked = traitlets.Int(read_only=True).tag(sync=True)  # counts what the browser asked for ...
    answered = traitlets.Int(read_only=True).tag(sync=True)  # ... and which of it is shown
    facts = traitlets.Dict(read_only=True).tag(sync=True)  # what never changes
    places = traitlets.Bytes(read_only=True).tag(sync=True)  # (n, 2) float32, own image last
    truths = traitlets.Bytes(read_only=True).tag(sync=True)  # (n,) uint8, or nothing
    decoded = traitlets.Bytes(read_only=True).tag(sync=True)  # (height, width) uint8
    real = traitlets.Bytes(read_only=True).tag(sync=True)  # the same, or nothing
    nearest = traitlets.Int(read_only=True).tag(sync=True)
    caption = traitlets.Unicode(read_only=True).tag(sync=True)  # of the real picture
    words = traitlets.Unicode(read_only=True).tag(sync=True)
    message = traitlets.Unicode(read_only=True).tag(sync=True)  # what went wrong in decode

    def __init__(
        self,
        decode,
        codes,
        images=None,
        labels=None,
        names=("no lesion", "lesion"),
        encode=None,
        direction=None,
        direction_name="lesion-ness",
        **state,
    ):
        self.codes = checks.check_codes(codes)
        self._count, self._decode, self._encode = len(self.codes), decode, encode
        self._picture = checks.decoded(decode, self.codes[:1])[0]
        self._size = self._picture.shape
        self._plane = checks.CodePlane(self.codes)
        self._load(images, labels, direction)
        self._tell_facts(direction_name)
        self._lock, self._seen, self.error = threading.RLock(), {}, None
        self._rest = np.zeros(self.codes.shape[1])
        state.setdefault("start", 0)
        state.setdefault("end", self._other(state["start"]))
        state.setdefault("position", self._plane.place(self.codes.mean(0)).tolist())
        super().__init__(names=names, **state)

    def _load(self, images, labels, direction):
        count, size = self.codes.shape
        self._images = None if images is None else checks.check_images(images, count, self._size)
        self._labels = None if labels is None else checks.check_labels(labels, count)
        self._direction = None if direction is None else checks.check_direction(direction, size)
        self._own = None  # the image that was fed

    def _tell_facts(self, direction_name):
        plane, given = self._plane, self._direction is not None
        facts = {"count": self._count, "size": list(self._size), "numbers": len(plane.origin)}
        facts["direction_name"] = direction_name if given else ""
        facts["direction"] = (plane.axes @ self._direction).tolist() if given else [0, 0]
        self.set_trait("facts", facts)
        self.set_trait("truths", b"" if self._labels is None else self._labels.tobytes())
        self._tell_places()

    def _tell_places(self):
        self.set_trait("places", self._plane.place(self.codes).astype("<f4").tobytes())

    def _other(self, start):
        """Return a patient of the other label than `start`, or the one farthest from it."""
        if not isinstance(start, int) or not 0 <= start < self._count:
            return 1  # start itself is refused later
        if self._labels is not None and len(set(self._labels)) == 2:
            return int((self._labels != self._labels[start]).argmax())
        return int(np.linalg.norm(self.codes - self.codes[start], axis=1).argmax())

    @classmethod
    def settings(cls):
        """Return the names of the traits that a reader may set."""
        return [*WHERE, "names"]

    @traitlets.validate("amount")
    def _check_amount(self, proposal):
        if proposal.value and self._direction is None:
            raise traitlets.TraitError(
                "Expected amount to be 0 where there is no direction. Received "
                f"{proposal.value:g}. Give LatentExplorer a direction."
            )
        return proposal.value

    @property
    def code(self):
        """What is decoded now: (k,) float32."""
        shift = 0 if self._direction is None else self.amount * self._direction
        return (self._base + shift).astype(np.float32)

    @property
    def picture(self):
        """What decode last returned: (height, width) float32, not clipped."""
        return self._picture

    @property
    def distance(self):
        """How far the code is from the nearest patient's, in units of the codes."""
        return float(np.linalg.norm(self.codes - self.code, axis=1).min())

    @traitlets.observe(*WHERE, "asked")
    def _follow(self, change=None):
        """Answer what changed, once for all traits that changed together."""
        with self._lock:  # the browser's wishes may come on another thread than a cell's
            now = {name: getattr(self, name) for name in (*WHERE, "asked")}
            changed = {name for name, value in now.items() if value != self._seen.get(name, ...)}
            self._seen = now
            if changed:
                with self.hold_sync():
                    if changed != {"asked"}:
                        self._settle(changed)
                        self._show()
                    self.set_trait("answered", now["asked"])

    def _settle(self, changed):
        """Make position, along and patient agree, the one that was set last holding."""
        along, patient = self._seen["along"], self._seen["patient"]
        if "patient" in changed and patient is not None:
            self._base, self._rest = self.codes[patient].astype(np.float64), None
            along = None
        elif along is not None and changed & {"along", "start", "end"}:
            ends = self.codes[[self._seen["start"], self._seen["end"]]].astype(np.float64)
            self._base, self._rest = (1 - along) * ends[0] + along * ends[1], None
            patient = None
        elif "position" in changed:
            self._base = self._plane.code(self._seen["position"]) + self._rest
            along = patient = None
        if self._rest is None:
            self._rest = self._plane.rest(self._base)
            self._put("position", self._plane.place(self._base).tolist())
        self._put("along", along)
        self._put("patient", patient)

    def _put(self, name, value):
        """Set a trait without following it."""
        self._seen[name] = value
        setattr(self, name, value)

    def _show(self):
        try:
            self._picture = checks.decoded(self._decode, self.code[None], self._size)[0]
        except ValueError as error:  # shown under the picture: a callback has no other place
            self.error = error
            self.set_trait("message", f"{error} The decoded picture is the last good one.")
        else:
            self.error = None
            self.set_trait("message", "")
            self.set_trait("decoded", to_uint8(self._picture).tobytes())
        self.set_trait("nearest", int(np.linalg.norm(self.codes - self.code, axis=1).argmin()))
        image = self._real
        self.set_trait("real", b"" if image is None else to_uint8(image).tobytes())
        self.set_trait("caption", self._in_caption(image))
        self.set_trait("words", self._in_words())

    @property
    def _real(self):
        """The real picture of the nearest code, None if there is none."""
        if self.nearest == self._count:
            return self._own
        return None if self._images is None else self._images[self.nearest]

    def _in_caption(self, image):
        if self.distance > 1e-6 * (1 + np.abs(self.code).max()):
            return f"{checks.short(self.distance)} away"
        if image is None or self.error:
            return "this very code"
        return f"mean squared error {np.mean((self._picture - image) ** 2):.4f}"

    def _in_words(self):
        place = ", ".join(map(checks.short, self.position))
        numbers = self.codes.shape[1]
        code = f"Code ({place})" if numbers == 2 else f"Code of {numbers} numbers, at ({place})"
        if self.amount:
            code += f" plus {checks.short(self.amount)} × {self.facts['direction_name']}"
        return f"{code}. Nearest: {self.name_of(self.nearest)}, {self.caption}."

    def name_of(self, patient):
        """Return a patient in words, for example "patient 3 (lesion)"."""
        if patient == self._count:
            return "your image"
        label = "" if self._labels is None else f" ({self.names[self._labels[patient]]})"
        return f"patient {patient}{label}"

    def feed(self, image):
        """Encode an image of your own, mark it in the plane and go there, with amount 0.

        It becomes one more patient, the last one; feeding another one replaces it.

        Args:
            image: (height, width), (height, width, 1) or (height, width, 3), any size and range.

        Returns:
            What the explorer says of it, one line.

        Raises:
            ValueError: there is no encode, or it fails, or the image is none.
        """
        if self._encode is None:
            raise ValueError(
                "Expected an explorer with an encoder. Received an image to feed, and encode=None. "
                "Make it as LatentExplorer(decode, codes, encode=encode)."
            )
        own = checks.as_grey(image, self._size)
        code = checks.encoded(self._encode, own, self.codes.shape[1])
        with self._lock, self.hold_sync():
            self._own, self.codes = own, np.vstack([self.codes[: self._count], code])
            self._tell_places()
            self._seen["patient"] = None  # it may have been chosen before, with another code
            self.patient, self.amount = self._count, 0.0
            self._follow()
            return self.message or self.words

    def figure(self):
        """Return plane, decoded and real picture as a Figure, for a page without kernel."""
        pictures = {"Decoded": self.picture}
        if self._real is not None:
            pictures[f"Real: {self.name_of(self.nearest)}\n{self.caption}"] = self._real
        return checks.draw(self, self._plane.place(self.codes), self._labels, pictures)

    def __repr__(self):
        x, y = map(checks.short, self.position)
        where = f"{self._count} codes of {self.codes.shape[1]} numbers, position ({x}, {y})"
        if self.along is not None:
            where += f", {checks.short(self.along)} from patient {self.start} to {self.end}"
        if self.amount:
            where += f", {checks.short(self.amount)} × {self.facts['direction_name']}"
        return f"LatentExplorer({where})"
