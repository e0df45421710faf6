"""A web server on this machine that misbehaves on order, for a while, and then stops by itself."""

import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LONGEST_WAIT_S = 20


@contextmanager
def faulty_server(content, *behaviours, together=1):
    """Serve `content` at every path of 127.0.0.1; yield an object with `url` and `requests`.

    The first request is treated as the first behaviour says, and so on; the last one stays:
    "good", "stall" (half, then silence), "cut" (half, then the line drops), "short" (half, and
    no length announced, so that it looks whole), "wrong" (another file), "redirect" (to a good
    answer), "gather" (good, but only once `together` requests wait), or a status such as 404.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.content, server.behaviours, server.requests = content, list(behaviours), []
    server.stopping, server.lock = threading.Event(), threading.Lock()
    server.barrier = threading.Barrier(together, timeout=LONGEST_WAIT_S)
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        with self.server.lock:
            self.server.requests.append(self.path)
            rest = self.server.behaviours
            behaviour = rest.pop(0) if len(rest) > 1 else rest[0]
        if self.path.startswith("/elsewhere"):
            behaviour = "good"
        content = self.server.content
        if isinstance(behaviour, int):
            return self.send_error(behaviour)
        if behaviour == "redirect":
            self.send_response(302)
            self.send_header("Location", f"{self.server.url}/elsewhere{self.path}")
            return self.end_headers()
        if behaviour == "wrong":
            content = b"<html>Please log in to this network</html>"
        if behaviour == "gather":
            self.server.barrier.wait()
        self.send_response(200)
        if behaviour != "short":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        half = behaviour in ("stall", "cut", "short")
        self.wfile.write(content[: len(content) // 2] if half else content)
        self.wfile.flush()
        if behaviour == "stall":
            self.server.stopping.wait(LONGEST_WAIT_S)
        return None

    def handle(self):
        with suppress(OSError):  # the client has gone: that is what some of the tests are about
            super().handle()
