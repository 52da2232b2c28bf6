"""A person at the pages without a browser: keeps cookies, sends forms with their token."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from uuid import uuid4

PASSWORD = "chot-demo-2026"


class Visitor:
    """Signed in as ``username``. A connection that breaks raises ``OSError``, as a browser would say."""

    def __init__(self, address: str, username: str) -> None:
        self.address = address
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        status, _ = self.post("/sign-in", {"username": username, "password": PASSWORD}, form="/sign-in")
        assert status == 200 and "chot_session" in {each.name for each in self.cookies}, username

    def get(self, path: str) -> tuple[int, str]:
        """The status and the text, after redirects."""
        return self._send(urllib.request.Request(self.address + path))

    def post(self, path: str, fields: dict[str, str], *, form: str = "/account", file: tuple[str, bytes] | None = None) -> tuple[int, str]:
        """Send a form with the token of the page ``form``; ``file`` is its name and content."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(form)[1])
        assert token, form
        fields = {"csrfmiddlewaretoken": token[1], **fields}
        if file is None:
            return self._send(urllib.request.Request(self.address + path, urllib.parse.urlencode(fields).encode()))
        mark = uuid4().hex
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{file[0]}"\r\nContent-Type: text/csv\r\n\r\n'
        body = b"".join([*parts, head.encode(), file[1], f"\r\n--{mark}--\r\n".encode()])
        return self._send(
            urllib.request.Request(self.address + path, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})
        )

    def _send(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self.opener.open(request, timeout=90) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
