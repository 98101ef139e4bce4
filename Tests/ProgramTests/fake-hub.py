"""Something that answers in a hub's place, and is none: a captive portal, a broken proxy, a hub in trouble.

    fake-hub.py PORT ANSWER

ANSWER is a status number, or one of the names in ANSWERS. It prints one line when it listens, and runs until it is
ended. Needs nothing but Python's own library.
"""

import http.server
import sys

PAGE = b"<html><body>Welcome to the library's wireless. Please sign in.</body></html>"
CBOR = "application/cbor-seq"
PROBLEM = "application/problem+json"


class FakeHub(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = sys.argv[2]
        if answer.isdigit():
            return self.answer(int(answer), "text/plain", b"no")
        ANSWERS[answer](self)

    def answer(self, status, kind, body, headers=(), length=None):
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def silence(self):
        self.close_connection = True

    def log_message(self, *_):
        pass


ANSWERS = {
    "html": lambda hub: hub.answer(200, "text/html", PAGE),
    "html-as-cbor": lambda hub: hub.answer(200, CBOR, PAGE),
    "json": lambda hub: hub.answer(200, "application/json", b"{}"),
    "no-type": lambda hub: hub.answer(200, None, b"\x82\x15\xa0"),
    "redirect": lambda hub: hub.answer(302, "text/html", PAGE, [("Location", "http://127.0.0.1:9/v1/sync")]),
    "empty": lambda hub: hub.answer(200, CBOR, b""),
    # The whole of an answer that says nothing, and the half of one.
    "end-only": lambda hub: hub.answer(200, CBOR, b"\x82\x15\xa0"),
    "cut": lambda hub: hub.answer(200, CBOR, b"\x82\x10\xa5", length=4096),
    "short": lambda hub: hub.answer(200, CBOR, b"\x82\x10\xa5\x01\x01"),
    "stranger": lambda hub: hub.answer(401, PROBLEM, b'{"code": "notKnown", "detail": "A stranger."}'),
    # However often it is signed anew.
    "clock": lambda hub: hub.answer(401, PROBLEM, b'{"code": "clock", "time": 0, "nonce": "once", "detail": "No."}'),
    "odd-clock": lambda hub: hub.answer(
        401, PROBLEM, '{"code": "clock", "time": 0, "nonce": "\u00e4\\n", "detail": "No."}'.encode()),
    "silence": FakeHub.silence,
    # Ten bytes of zstd that stand for 128 KiB, and a coding that nobody asked for.
    "bomb": lambda hub: hub.answer(
        200, CBOR, bytes.fromhex("28b52ffd005003001000"), [("Content-Encoding", "zstd")]),
    "gzip": lambda hub: hub.answer(200, CBOR, b"\x1f\x8b\x08", [("Content-Encoding", "gzip")]),
    "too-much": lambda hub: hub.answer(200, CBOR, b"\x00" * (10 * 1024 * 1024)),
}


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), FakeHub)
    print("listening", flush=True)
    server.serve_forever()
