"""A connection to a hub that loses replies: the hub has done its part, and the caller never learns.

    cutting-proxy.py PORT HUB_PORT MODE

MODE is `never`, `every-other` (the first reply is lost, the next comes, and so on), or `always`. A reply is lost before
its first byte and in its middle by turns. It prints `listening PORT`, then a line `lost` for each reply that the hub had
given in full and the caller did not get; it runs until it is ended. PORT 0 takes a free one. Loopback only, and nothing
but Python's own library.
"""

import http.client
import http.server
import sys
import threading

LOOPBACK = "127.0.0.1"
lock = threading.Lock()
seen = 0
lost = 0


def is_to_be_lost():
    """Whether this reply is lost, and how many were before it."""
    global seen, lost
    with lock:
        seen += 1
        if sys.argv[3] == "always" or (sys.argv[3] == "every-other" and seen % 2 == 1):
            lost += 1
            return True, lost
        return False, lost


class Line(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        hub = http.client.HTTPConnection(LOOPBACK, int(sys.argv[2]), timeout=30)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        hub.request("POST", self.path, body, kept)
        reply = hub.getresponse()
        # Read to its end: the hub has committed, and has said so.
        answer = reply.read()
        hub.close()
        self.close_connection = True
        is_lost, number = is_to_be_lost()
        if is_lost:
            print("lost", flush=True)
            if number % 2 == 1:
                return
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer[: len(answer) // 2] if is_lost else answer)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer((LOOPBACK, int(sys.argv[1])), Line)
    print("listening", server.server_address[1], flush=True)
    server.serve_forever()
