"""Where the progress of a training is shown: one output of a notebook's cell, or a terminal."""

from base64 import b64encode
from html import escape
from io import BytesIO


def in_notebook():
    """Return whether this runs in the kernel of a notebook."""
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


class Notebook:
    """One output of a cell that is replaced again and again, at the end by a PNG."""

    def __init__(self):
        self._handle, self._picture, self._waiting = None, "", False

    def when_the_cell_ends(self, function):
        """Call a function when the running cell ends: whole, with an error or by ■."""
        from IPython import get_ipython

        def once(result):
            self._waiting = False
            events.unregister("post_run_cell", once)
            function()

        if not self._waiting:
            events, self._waiting = get_ipython().events, True
            events.register("post_run_cell", once)

    def update(self, part, words, figure):
        """Show the bar, and the last picture there is."""
        if figure is not None:
            encoded = b64encode(_png(figure)).decode()
            self._picture = f'<br><img alt="curves so far" src="data:image/png;base64,{encoded}">'
        bar = f'<progress max="1" value="{part:.3f}" style="width:16em"></progress>'
        self._send({"text/html": f"{bar} {escape(words)}{self._picture}", "text/plain": words})

    def finish(self, figure, text):
        """Leave the picture alone."""
        self._send({"image/png": b64encode(_png(figure)).decode(), "text/plain": text})

    def _send(self, data):
        from IPython.display import display

        if self._handle is None:
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)


class Terminal:
    """A bar of tqdm."""

    def __init__(self, title):
        from tqdm import tqdm

        self._bar = tqdm(total=1.0, desc=title, leave=False, bar_format="{desc} {bar}")

    def when_the_cell_ends(self, function):
        """Do nothing: there are no cells."""

    def update(self, part, words, figure):
        """Move the bar."""
        self._bar.set_description_str(words, refresh=False)
        self._bar.update(part - self._bar.n)

    def finish(self, figure, text):
        """Take the bar away."""
        self._bar.close()


def _png(figure):
    """Return a figure as a PNG file."""
    stream = BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()
