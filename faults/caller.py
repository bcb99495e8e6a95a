"""A client of the API, as a program of an enterprise would be: it repeats what was not answered."""

import http.client
import json
import threading
import time
import uuid
from typing import Any

TIMEOUT = 10.0
PAUSE = 0.4
ROOT = "/api/v1"


class GivenUp(Exception):
    """The campaign is over, or the answer is none that repeating could mend."""


class Caller:
    def __init__(self, port: int, token: str, stop: threading.Event) -> None:
        self.port, self.stop = port, stop
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    def get(self, path: str) -> Any:
        return self.insist("GET", path)[1]

    def insist(
        self, method: str, path: str, body: Any = None, file: tuple[str, bytes] | None = None
    ) -> tuple[int, Any]:
        """Repeat the call until it is answered by something else than a fault of the portal; status and body."""
        while not self.stop.is_set():
            try:
                status, answer = self._once(method, path, body, file)
            except (OSError, http.client.HTTPException, ValueError):
                status, answer = 0, None
            # A full disk refuses a file with 400 and says that it may be tried again.
            refused_file = status == 400 and file is not None
            if status and status < 500 and not refused_file:
                return status, answer
            time.sleep(PAUSE)
        raise GivenUp(path)

    def _once(self, method: str, path: str, body: Any, file: tuple[str, bytes] | None) -> tuple[int, Any]:
        headers, data = dict(self._headers), b""
        if file is not None:
            boundary = uuid.uuid4().hex
            headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
            data = _multipart(boundary, body, file)
        elif body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request(method, ROOT + path, data, headers)
            response = connection.getresponse()
            content = response.read()
            is_json = "json" in (response.getheader("Content-Type") or "")
            return response.status, json.loads(content) if is_json else content
        finally:
            connection.close()


def _multipart(boundary: str, fields: dict[str, str], file: tuple[str, bytes]) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    name, content = file
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    parts += [f"{head}Content-Type: application/pdf\r\n\r\n".encode(), content, b"\r\n"]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()
