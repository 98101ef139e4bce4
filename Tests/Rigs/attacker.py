"""One enrolled member and one stranger who do what they can to keep a hub from everybody else.

    attacker.py CLIENT URL CODE SECONDS

CLIENT is the path of the stranger's client, whose bytes this program borrows. It joins with CODE, reads, and then sends
for so many seconds, by turns:

    A1  refused changes under ever new replica ids
    A2  edits of a record that is not there, entries one a change, elements by the thousand, and large entries
    A3  large records
    A4  records under ids that the Centre will need: an invitation of "Joan", and an import
    A5  connections that say nothing, from another address, opened anew when they are closed

It does not wait as it is told. Prints one JSON object: what of each was sent and answered, in which statuses.
"""

import importlib.util
import json
import os
import resource
import socket
import sys
import threading
import time
import urllib.error
import urllib.request

CONNECTIONS = 1_500
CREATE = {3: 5, 5: True}


def load(path):
    spec = importlib.util.spec_from_file_location("client", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


client = load(sys.argv[1])


class Attacker(client.Client):
    """A member whose program keeps to the bytes of the page and to nothing else."""

    def __init__(self, url):
        super().__init__(url)
        self.found = {"requests": 0, "bytes": 0, "changes": 0, "statuses": {}}

    def space(self, name):
        return next(space for space in self.spaces.values() if space.name == name)

    def send(self, messages):
        """Sends offers, and passes over whatever the hub says."""
        hello = {1: 1, 2: self.replica, 3: self.model, 4: self.hub, 5: [], 11: os.urandom(16)}
        request = b"".join(client.encode(message) for message in [[client.HELLO, hello]] + messages)
        headers = self.signature("/v1/sync", request, os.urandom(16).hex())
        post = urllib.request.Request(self.url + "v1/sync", request, {**headers, "Content-Type": "application/cbor-seq"})
        status = 0
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(post, timeout=60) as response:
                response.read()
                status = response.status
        except urllib.error.HTTPError as error:
            error.read()
            status = error.code
        except OSError:
            pass  # No answer at all, which counts as status 0.
        self.found["requests"] += 1
        self.found["bytes"] += len(request)
        self.found["changes"] += sum(message[0] == client.OFFER for message in messages)
        self.found["statuses"][status] = self.found["statuses"].get(status, 0) + 1
        if status != 200:
            time.sleep(0.1)

    def chain(self, space, bodies):
        """A chain of changes under a new replica id, with the head that proves it."""
        salt, messages, headers, previous = os.urandom(16), [], client.Headers(), None
        replica = client.digest("board.replica-name", self.public + salt)[:16]
        for number, edits in enumerate(bodies, 1):
            body = client.encode(edits)
            header = {
                1: space.id, 2: replica, 3: number, 4: number, 5: self.member, 6: int(time.time() * 1_000),
                7: self.model, 9: client.digest("board.body", body), **({8: previous} if previous else {}),
            }
            data = client.encode(header)
            previous = client.digest("board.header", data)
            messages.append([client.OFFER, {1: headers.short(data, body), 2: body}])
        statement = b"board.head\0" + client.encode([self.hub, space.id, replica, number, previous])
        head = {1: space.id, 2: replica, 3: number, 4: previous, 5: self.public, 6: self.key.sign(statement), 7: salt}
        return messages, [client.HEAD, head]

    def send_chains(self, space, chains):
        made = [self.chain(space, bodies) for bodies in chains]
        self.send([message for messages, _ in made for message in messages] + [head for _, head in made])


def new_record():
    return client.new_record(int(time.time() * 1_000))


def action(record, *parts):
    return {1: record, 2: "action", **{key: value for part in parts for key, value in part.items()}}


def append(words):
    return {3: client.APPEND, 4: "progress", 5: words}


def many_names(attacker):
    attacker.send_chains(attacker.space("public"), [[[{1: new_record(), 2: "a", **CREATE}]] for _ in range(500)])


def absent_record(attacker):
    record = new_record()
    assign = action(record, {3: client.ASSIGN, 4: "status", 5: "open"})
    attacker.send_chains(attacker.space("cab"), [[[assign]] * 2_000])


def many_entries(attacker):
    record = new_record()
    entries = [[action(record, append(f"entry {number}"))] for number in range(2_000)]
    attacker.send_chains(attacker.space("cab"), [[[action(record, CREATE)]] + entries])


def many_elements(attacker):
    record = new_record()
    helpers = [
        [action(record, {3: client.ADD, 4: "helpers", 5: f"helper {first + number}"}) for number in range(1_000)]
        for first in range(0, 10_000, 1_000)
    ]
    attacker.send_chains(attacker.space("cab"), [[[action(record, CREATE)]] + helpers])


def large_entries(attacker):
    record = new_record()
    entries = [[action(record, append("a" * 100_000))] for _ in range(40)]
    attacker.send_chains(attacker.space("cab"), [[[action(record, CREATE)]] + entries])


def large_records(attacker):
    bodies = []
    for _ in range(62):
        record = new_record()
        bodies.append([action(record, CREATE), action(record, {3: client.ASSIGN, 4: "what", 5: "a" * 124_000})])
    attacker.send_chains(attacker.space("cab"), [bodies])


def fixed_record(kind, key):
    name = bytearray(6) + bytearray(client.digest("board.record-key", kind.encode() + b"\0" + key.encode())[:10])
    name[6] = 0x70 | name[6] & 0x0F
    name[8] = 0x80 | name[8] & 0x3F
    return bytes(name)


def taken_ids(attacker):
    hub = str(client.uuid.UUID(bytes=attacker.hub))
    member, place = fixed_record("member", f"{hub}/1/Joan"), fixed_record("institution", "inst/birmingham")
    attacker.send_chains(attacker.space("cab"), [[[action(member, CREATE)]]])
    attacker.send_chains(attacker.space("public"), [[[action(place, CREATE)]]])


ATTACKS = {
    "A1": [many_names], "A2": [absent_record, many_entries, many_elements, large_entries], "A3": [large_records],
    "A4": [taken_ids],
}


def hold_connections(port, end, found):
    """A5: a stranger's connections, which never say anything."""
    held = []
    while time.monotonic() < end:
        while len(held) < CONNECTIONS and time.monotonic() < end:
            connection = socket.socket()
            connection.bind(("127.0.0.2", 0))
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", port))
            held.append(connection)
            found["connections"] += 1
        kept = []
        for connection in held:
            try:
                if connection.recv(1) == b"":
                    connection.close()
                    continue
            except BlockingIOError:
                kept.append(connection)
            except OSError:
                connection.close()
        held = kept
        time.sleep(0.05)
    for connection in held:
        connection.close()


def main(url, code, seconds):
    attacker = Attacker(url)
    attacker.join(code)
    attacker.sync()
    end = time.monotonic() + seconds
    stranger = {"connections": 0}
    port = int(url.rsplit(":", 1)[1])
    holding = threading.Thread(target=hold_connections, args=(port, end, stranger))
    holding.start()
    turns = {name: 0 for name in ATTACKS}
    rounds = 0
    while time.monotonic() < end:
        for name, attacks in ATTACKS.items():
            attacks[rounds % len(attacks)](attacker)
            turns[name] += 1
        rounds += 1
    holding.join()
    print(json.dumps({**attacker.found, **stranger, "turns": turns}))


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    main(sys.argv[2], sys.argv[3], float(sys.argv[4]))
