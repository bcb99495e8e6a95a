"""The other end of the webhooks: it writes down what it takes, and can be told to take nothing.

It checks the signature itself, after Standard Webhooks, without the code that made it.
"""

import base64
import hashlib
import hmac
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from faults.history import History
from park.runtime.ports import LOOPBACK, free_port

KEY = b"the key of the receiver of a trial"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
# Longer than the portal waits for an answer.
SILENT_SECONDS = 6.0
MODES = ("closes", "silent", "refuses")


class Receiver:
    def __init__(self, history: History) -> None:
        self.history, self.port, self.mode = history, free_port(), ""
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/told"

    def start(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            receiver = self

            def do_POST(self) -> None:
                self.receiver.take(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, self.port), Handler)
        threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True).start()

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def take(self, call: BaseHTTPRequestHandler) -> None:
        """Write a message down and answer; what is broken off or refused was not taken."""
        body = call.rfile.read(int(call.headers["Content-Length"]))
        match self.mode:
            case "closes":
                call.close_connection = True
                return
            case "silent":
                time.sleep(SILENT_SECONDS)
                return
            case "refuses":
                call.send_response(503)
                call.end_headers()
                return
        name = call.headers["webhook-id"]
        signed = f"{name}.{call.headers['webhook-timestamp']}.".encode() + body
        signature = f"v1,{base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()}"
        self.history.write("received", id=name, is_signed=signature == call.headers["webhook-signature"])
        call.send_response(204)
        call.end_headers()
