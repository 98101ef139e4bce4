"""The rigs' controls: a member's program and a hub in small, wrong in one way, which a rig must see or it is blind.

    wrong-programs.py FAULT board --home FOLDER --json ACT...
    wrong-programs.py FAULT board-hub ACT --data FOLDER --json ...

They take the words the rigs use and no others, and answer them as the programs do; between them they speak JSON. FAULT:

    receipt-first  a member's receipt is printed before the entry is written; that writing may fail is not looked at
    answer-first   the hub answers before it writes
    takes-twice    the hub takes whatever it is sent, even what it has
    clock-decides  of rival values the one written at the latest time of day stands, and nobody is asked
    none           nothing

Needs nothing but Python's own library.
"""

import hashlib
import http.client
import http.server
import json
import os
import signal
import sqlite3
import sys
import time
import uuid

FAULT = sys.argv[1]
# How long something wrong is on its way: kills must be able to meet it.
WINDOW = 0.05


class Entries:
    """Everything one folder holds: each entry is a value that somebody wrote, over the values they saw."""

    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.database = sqlite3.connect(os.path.join(folder, "entries.db"), timeout=60, isolation_level="IMMEDIATE")
        self.database.execute("CREATE TABLE IF NOT EXISTS entry (id TEXT, body TEXT, sent INTEGER)")

    def put(self, entries, sent=0, twice=False):
        with self.database:
            known = set() if twice else {entry["id"] for entry in self.all()}
            for entry in entries:
                if entry["id"] not in known:
                    self.database.execute("INSERT INTO entry VALUES (?, ?, ?)", (entry["id"], json.dumps(entry), sent))

    def all(self, where=""):
        return [json.loads(body) for (body,) in self.database.execute("SELECT body FROM entry " + where)]

    def write(self, author, value, record=None, over=(), receipt_first=lambda entry: None):
        entry = {"id": uuid.uuid4().hex, "value": value, "over": list(over), "author": author, "time": time.time()}
        entry["record"] = record or entry["id"]
        receipt_first(entry)
        self.put([entry])
        return entry

    def standing(self, record):
        """The values of a record that no other replaces, as entries."""
        entries = {entry["id"]: entry for entry in self.all() if entry["record"] == record}
        replaced = {other for entry in entries.values() for other in entry["over"]}
        if FAULT == "clock-decides":
            return [max(entries.values(), key=lambda entry: entry["time"])]
        return sorted((entry for entry in entries.values() if entry["id"] not in replaced), key=lambda entry: entry["id"])

    def records(self):
        return sorted({entry["record"] for entry in self.all()})

    def settle(self, author, record, value):
        self.write(author, value, record, [entry["id"] for entry in self.standing(record)])

    def digests(self):
        digest = hashlib.sha256("".join(sorted({entry["id"] for entry in self.all()})).encode()).hexdigest()
        return {"spaces": {"public": digest}}


def board(folder, act, *words):
    entries = Entries(folder)
    author = os.path.basename(folder)
    values = [word.partition("=")[2] for word in words if word.startswith("title=")]

    def show(record):
        rivals = [entry["value"] for entry in entries.standing(record)]
        return {"id": record, "fields": {"title": rivals[0]}, "conflicts": {"title": rivals} if len(rivals) > 1 else {}}

    match (act, *words):
        case "join", url, _:
            with open(os.path.join(folder, "url"), "w") as file:
                file.write(url)
            return {}
        case "send",:
            return send(folder, entries)
        case "status",:
            return {"unsent": len(entries.all("WHERE sent = 0"))}
        case "digest",:
            return entries.digests()
        case "record", "add", *_ if FAULT == "receipt-first":
            try:
                entries.write(author, values[0], receipt_first=print_receipt)
            except sqlite3.Error:
                pass
            return None
        case "record", "add", *_:
            return {"id": entries.write(author, values[0])["record"]}
        case "record", "set", record, _:
            entries.settle(author, record, values[0])
            return {}
        case "record", "settle", record, _, value:
            entries.settle(author, record, value)
            return {}
        case "record", "list", _:
            return {"records": [show(record) for record in entries.records()]}
        case "record", "show", record:
            return show(record)
        case "record", "conflicts":
            rivals = [(record, show(record)["conflicts"]) for record in entries.records()]
            return {"conflicts": [{"id": record, "values": asked["title"]} for record, asked in rivals if asked]}
        case "record", "history", record:
            written = [entry for entry in entries.all() if entry["record"] == record]
            return {"history": [{"author": entry["author"], "time": moment(entry["time"])} for entry in written]}
    sys.exit(64)


def print_receipt(entry):
    print(json.dumps({"id": entry["record"]}), flush=True)
    time.sleep(WINDOW)


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def send(folder, entries):
    unsent = entries.all("WHERE sent = 0")
    with open(os.path.join(folder, "url")) as file:
        address = file.read().removeprefix("http://")
    # Whoever hears nothing tries again, once: the hub may have stood still.
    for patience in 0.4, 30:
        try:
            line = http.client.HTTPConnection(address, timeout=patience)
            line.request("POST", "/", json.dumps(unsent))
            answer = json.loads(line.getresponse().read())
            break
        except TimeoutError:
            continue
        except (OSError, ValueError, http.client.HTTPException):
            print("cut off", file=sys.stderr)
            sys.exit(69)
    entries.put(answer, sent=1)
    with entries.database:
        entries.database.executemany("UPDATE entry SET sent = 1 WHERE id = ?", [(entry["id"],) for entry in unsent])
    return {"unsent": 0}


class Hub(http.server.BaseHTTPRequestHandler):
    folder = ""

    def do_POST(self):
        offered = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        entries = Entries(Hub.folder)
        if FAULT == "answer-first":
            self.answer(entries.all())
            time.sleep(WINDOW)
            entries.put(offered)
        else:
            entries.put(offered, twice=FAULT == "takes-twice")
            self.answer(entries.all())

    def answer(self, entries):
        body = json.dumps(entries).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def board_hub(act, folder, *words):
    entries = Entries(folder)
    match (act, *words):
        case "serve", _, port:
            Hub.folder = folder
            # One request after the other. Whoever has gone away meanwhile is no trouble of the hub's.
            http.server.HTTPServer.handle_error = lambda *_: None
            server = http.server.HTTPServer(("127.0.0.1", int(port)), Hub)
            print("Serving at http://127.0.0.1:%d" % server.server_address[1], flush=True)
            server.serve_forever()
        case "invite", *_:
            return {"code": "any"}
        case "init",:
            return {}
        case "status",:
            return {"spaces": [{"name": "public", "head": len(entries.all())}]}
        case "digest",:
            return entries.digests()
        case "review settle", question, value:
            entries.settle("the Centre", question.split("/")[0], value)
            return {}
    sys.exit(64)


if __name__ == "__main__":
    # A test's threads block signals, and those they start inherit it.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if sys.argv[2] == "board":
        # --home FOLDER --json ACT...
        answer = board(sys.argv[4], *sys.argv[6:])
    else:
        # ACT --data FOLDER --json ...
        place = sys.argv.index("--data")
        rest = [word for word in sys.argv[place + 2 :] if word != "--json"]
        answer = board_hub(" ".join(sys.argv[3:place]), sys.argv[place + 1], *rest)
    if answer is not None:
        print(json.dumps(answer), flush=True)
