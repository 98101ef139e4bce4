"""A stranger's client, written from Docs/wire.md alone; "section" below means a section of that page.

    client.py URL CODE                                joins, reads everything, prints each space's digest
    client.py URL CODE --add KIND SPACE FIELD TEXT    also makes a record with one field, and sends it

It keeps nothing between runs, so it is a check of the page, not a place to work in. Needs Python 3.9, cbor2 and
cryptography.
"""

import argparse
import base64
import hashlib
import json
import os
import sys
import time
import unicodedata
import urllib.error
import urllib.request
import uuid
from urllib.parse import urljoin

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ACCEPTED, ALREADY_HAD = 0, 1
ASSIGN, ADD, REMOVE, COUNT, APPEND, EXIST, ERASE = range(7)
HELLO, OFFER, HEAD = 1, 2, 3
WELCOME, VERDICT, NOTICE, PAGE, CURSOR_UNKNOWN, END = 16, 17, 18, 19, 20, 21


# Section 2: encoding. What this program makes, cbor2 encodes; what it was sent, it keeps as the bytes it came in.


def encode(item):
    return cbor2.dumps(item, canonical=True)


def head(major, argument):
    first = encode(argument)  # an unsigned integer has the same head as any other major type
    return bytes([first[0] | major << 5]) + first[1:]


def array(items):
    return head(4, len(items)) + b"".join(items)


def mapping(pairs):
    return head(5, len(pairs)) + b"".join(key + value for key, value in sorted(pairs))


def argument_of(data, at):
    """The argument of the head that begins at `at`, and where the head ends."""
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(data[at] & 31, 0)
    end = at + 1 + width
    return int.from_bytes(data[at + 1:end], "big") if width else data[at] & 31, end


def end_of(data, at):
    """Where the item that begins at `at` ends."""
    argument, end = argument_of(data, at)
    major = data[at] >> 5
    if major in (2, 3):
        return end + argument
    for _ in range({4: argument, 5: 2 * argument, 6: 1}.get(major, 0)):
        end = end_of(data, end)
    return end


def split(data, at=0):
    """The items of a sequence, as bytes."""
    items = []
    while at < len(data):
        end = end_of(data, at)
        items.append(data[at:end])
        at = end
    return items


def parts(item):
    """The items of an array, or the keys and values of a map by turns, as bytes."""
    return split(item, argument_of(item, 0)[1])


# Section 3: names and digests.


def digest(tag, message):
    return hashlib.sha256(tag.encode() + b"\0" + message).digest()


def new_record(milliseconds):
    name = bytearray(milliseconds.to_bytes(6, "big") + os.urandom(10))
    name[6] = 0x70 | name[6] & 0x0F
    name[8] = 0x80 | name[8] & 0x3F
    return bytes(name)


def dots(items):
    return {(replica, sequence) for replica, sequence in items or []}


# Section 5: the state of a record, its merge and its encoding. A stamp is (replica, sequence, Lamport, author, time).


class Field:
    def __init__(self):
        self.siblings, self.elements, self.counts, self.entries = {}, {}, {}, {}

    def is_empty(self):
        return not (self.siblings or self.elements or self.counts or self.entries)

    def encoded(self):
        stamped = lambda values: array([array([encode(stamp), value]) for _, (stamp, value) in sorted(values.items())])
        elements = [
            array([value, array([encode(stamp) for _, stamp in sorted(stamps.items())])])
            for value, stamps in sorted(self.elements.items())
        ]
        every = [
            (1, self.siblings, stamped(self.siblings)), (2, self.elements, array(elements)),
            (3, self.counts, stamped(self.counts)), (4, self.entries, stamped(self.entries)),
        ]
        return mapping([(encode(key), item) for key, values, item in every if values])


class Record:
    def __init__(self):
        self.kind, self.standings, self.fields, self.erasures = None, {}, {}, {}

    def merge(self, edit, stamp):
        """Section 5.2. `edit` maps keys to values; key 5 is kept as bytes."""
        dot, superseded, operation = tuple(stamp[:2]), dots(edit.get(6)), edit[3]
        if operation == ERASE:
            self.kind = min(self.kind, edit[2]) if self.erasures else edit[2]
            self.standings, self.fields, self.erasures[dot] = {}, {}, stamp
            return
        if self.erasures:
            return
        self.kind = min(self.kind, edit[2]) if self.standings else edit[2]
        if operation == EXIST:
            self.standings = {d: s for d, s in self.standings.items() if d not in superseded}
            deleted = not cbor2.loads(edit[5])
            self.standings[dot] = [stamp, deleted, [list(d) for d in sorted(dots(edit.get(7)))]]
            return
        field, value = self.fields.setdefault(edit[4], Field()), edit[5]
        if operation == ASSIGN:
            field.siblings = {d: s for d, s in field.siblings.items() if d not in superseded}
            field.siblings[dot] = (stamp, value)
        elif operation in (ADD, REMOVE):
            stamps = {d: s for d, s in field.elements.pop(value, {}).items() if d not in superseded}
            if operation == ADD:
                stamps[dot] = stamp
            if stamps:
                field.elements[value] = stamps
        elif operation == COUNT:
            field.counts[dot] = (stamp, value)
        elif operation == APPEND:
            field.entries[dot] = (stamp, value)
        else:
            sys.exit("This program is too old for what the hub sends.")
        if field.is_empty():
            del self.fields[edit[4]]

    def encoded(self):
        """Section 5.1."""
        standings = [encode(standing) for _, standing in sorted(self.standings.items())]
        fields = [(encode(name), field.encoded()) for name, field in self.fields.items()]
        erased = [(b"\4", array([encode(stamp) for _, stamp in sorted(self.erasures.items())]))] if self.erasures else []
        return mapping([(b"\1", encode(self.kind)), (b"\2", array(standings)), (b"\3", mapping(fields))] + erased)


# Section 8.1: what a client keeps of a space.


class Space:
    def __init__(self, id, name):
        self.id, self.name = id, name
        self.records, self.voids = {}, {}
        self.log = {}  # dot → header digest
        self.chains = {}  # replica → (sequence, header digest)
        self.lamport, self.cursor, self.is_read = 0, None, False
        self.position, self.running = 0, digest("board.log", encode([id]))
        self.outbox = []  # (dot, offer)

    def apply(self, header_bytes, body, reason=None, signature=None):
        """Takes in the next row of some chain: a change, or a void with its reason, or no body and what is left of a
        change in the place of the reason (sections 4.1, 4.2, 4.5, 8.5)."""
        header, name = cbor2.loads(header_bytes), digest("board.header", header_bytes)
        dot = (header[2], header[3])
        if dot in self.log:
            if self.log[dot] != name:
                sys.exit("A fork: another change stands under this dot.")
            return
        sequence, previous = self.chains.get(header[2], (0, None))
        if header[1] != self.id or header[3] != sequence + 1 or header.get(8) != previous:
            sys.exit("A row does not follow its chain.")
        rest, reason = (reason, None) if isinstance(reason, bytes) else (None, reason)
        if reason is None:
            if rest is None and digest("board.body", body) != header[9]:
                sys.exit("A body is not the one its header names.")
            stamp = [header[2], header[3], header[4], header[5], header[6]]
            for item in parts(body if rest is None else rest):
                pairs = parts(item)
                edit = {cbor2.loads(k): v if k == b"\5" else cbor2.loads(v) for k, v in zip(pairs[::2], pairs[1::2])}
                self.records.setdefault(edit[1], Record()).merge(edit, stamp)
        else:
            self.voids[dot] = (name, reason)
        self.log[dot], self.chains[header[2]] = name, (header[3], name)
        self.lamport = max(self.lamport, header[4])

    def prove(self, page, hub):
        """Section 8.5: the rows lead from here to what the hub has signed. `hub` is its id and signing key."""
        held = {
            run[0] + number: (run[1], self.log[(run[3], run[4] + number)], None)
            for run in page.get(10, []) for number in range(run[2])
        }
        sent = {
            row[0]: (row[1], digest("board.header", row[2]), row[4] if len(row) > 4 and isinstance(row[4], str) else None)
            for row in page[7]
        }
        rows = {**held, **sent}
        if page[3] != self.position or sorted(rows) != list(range(page[3] + 1, page[4] + 1)):
            sys.exit("A page has a gap.")
        for position, (time, name, reason) in sorted(rows.items()):
            self.running = digest("board.log", encode([self.running, position, name, time, reason]))
        self.position = page[4]
        if self.running != page[6]:
            sys.exit("A page does not lead to its checkpoint.")
        statement = b"board.checkpoint\0" + encode([hub[0], page[2], self.id, page[4], page[6]])
        if page[4] > page[3]:
            try:
                hub[1].verify(page[9], statement)
            except InvalidSignature:
                sys.exit("A page is not signed by the hub.")

    def ask(self):
        """Section 7.1."""
        if self.cursor:
            return {1: self.id, 2: self.cursor}
        return {1: self.id, 3: [[replica, *end] for replica, end in sorted(self.chains.items())]}

    def digest(self):
        """Section 6."""
        message = b""
        for id, record in sorted(self.records.items()):
            state = record.encoded()
            message += b"\1" + id + len(state).to_bytes(8, "big") + state
        for _, (name, reason) in sorted(self.voids.items()):
            message += b"\2" + name + len(reason.encode()).to_bytes(8, "big") + reason.encode()
        return digest("board.space", message)


# Sections 1 and 8.3: the client.


def error_code(problem):
    """Section 1.4; what is no problem document has none."""
    try:
        return json.loads(problem)["code"]
    except (ValueError, KeyError, TypeError):
        return None


class Client:
    def __init__(self, url):
        self.url = url.rstrip("/") + "/"
        self.replica, self.model = os.urandom(16), 0
        self.key = Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def post(self, route, body, type, nonce=None):
        request = urllib.request.Request(urljoin(self.url, route), body, method="POST")
        request.add_header("Content-Type", type)
        for name, value in self.signature("/" + route, body, nonce or os.urandom(16).hex()).items():
            request.add_header(name, value)
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=60) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            problem = error.read().decode(errors="replace").strip()
        if nonce is None and error_code(problem) == "clock":
            return self.post(route, body, type, json.loads(problem)["nonce"])
        sys.exit(f"The hub answered: {problem}")

    def signature(self, path, body, nonce, query=""):
        """Section 1.3."""
        digest = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
        input = (
            '("@method" "@path" "@query" "content-digest")'
            f';created={int(time.time())};nonce="{nonce}";keyid="{self.public.hex()}";alg="ed25519"'
        )
        base = (
            f'"@method": POST\n"@path": {path}\n"@query": ?{query}\n"content-digest": {digest}\n'
            f'"@signature-params": {input}'
        )
        signature = base64.b64encode(self.key.sign(base.encode())).decode()
        return {"Content-Digest": digest, "Signature-Input": "me=" + input, "Signature": f"me=:{signature}:"}

    def join(self, code):
        """Section 1.1."""
        body = json.dumps({"code": code, "replica": str(uuid.UUID(bytes=self.replica))}).encode()
        answer = json.loads(self.post("v1/join", body, "application/json"))
        self.member, self.hub = uuid.UUID(answer["member"]).bytes, uuid.UUID(answer["hub"]).bytes
        self.hub_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(answer["signingKey"]))
        spaces = [Space(uuid.UUID(space["id"]).bytes, space["name"]) for space in answer["spaces"]]
        self.spaces = {space.id: space for space in spaces}

    def sync(self):
        """Rounds, until every space is read to its head and every offer has its verdict."""
        while not all(space.is_read and not space.outbox for space in self.spaces.values()):
            self.round()

    def round(self):
        asks = [space.ask() for space in self.spaces.values()]
        offers = [offer for space in self.spaces.values() for _, offer in space.outbox]
        hello = {1: 1, 2: self.replica, 3: self.model, 4: self.hub, 5: asks}
        heads = [self.head(space) for space in self.spaces.values() if space.outbox]
        messages = [[HELLO, hello]] + [[OFFER, offer] for offer in offers] + [[HEAD, head] for head in heads]
        request = b"".join(encode(message) for message in messages)
        answer = self.post("v1/sync", request, "application/cbor-seq")
        messages = [cbor2.loads(item) for item in split(answer)]
        type, welcome = messages[0]
        if type != WELCOME or welcome[1] != 1 or welcome[2] != self.hub or messages[-1] != [END, {}]:
            sys.exit("This is no whole answer of the hub joined.")
        self.model = welcome[5]
        for type, message in messages[1:-1]:
            self.take(type, message)

    def head(self, space):
        """Section 7.9: this device stands for its own chain."""
        sequence, name = space.chains[self.replica]
        statement = b"board.head\0" + encode([self.hub, space.id, self.replica, sequence, name])
        return {1: space.id, 2: self.replica, 3: sequence, 4: name, 5: self.public, 6: self.key.sign(statement)}

    def take(self, type, message):
        if type == NOTICE and message[1] == "enter":
            self.spaces.setdefault(message[2], Space(message[2], message[3]))
        elif type == NOTICE and message[1] == "leave":
            self.spaces.pop(message[2])
        elif type == VERDICT:
            self.settle(self.spaces[message[1]], (message[2], message[3]), message)
        elif type == PAGE:
            space = self.spaces[message[1]]
            space.prove(message, (self.hub, self.hub_key))
            for position, time, *row in message[7]:
                space.apply(*row)
            space.cursor = {1: message[2], 2: message[4], 3: message[6]}
            space.is_read = message[4] == message[5]
        elif type == CURSOR_UNKNOWN:
            space = self.spaces[message[1]]
            space.cursor, space.position, space.running = None, 0, digest("board.log", encode([space.id]))

    def settle(self, space, dot, verdict):
        """Section 8.4. This client makes one change, so anything but a yes ends it."""
        if verdict[4] not in (ACCEPTED, ALREADY_HAD):
            sys.exit(f"The hub did not take the change: verdict {verdict[4]} {verdict.get(5, '')}")
        space.outbox = [entry for entry in space.outbox if entry[0] != dot]

    def add(self, kind, name, field, text):
        """Section 8.2: a record and its first field, in one change."""
        space = next((space for space in self.spaces.values() if space.name == name), None)
        if space is None:
            sys.exit("There is no such space.")
        now = int(time.time() * 1000)
        record, value = new_record(now), unicodedata.normalize("NFC", text)
        body = encode([
            {1: record, 2: kind, 3: EXIST, 5: True},
            {1: record, 2: kind, 3: ASSIGN, 4: field, 5: value},
        ])
        sequence, previous = space.chains.get(self.replica, (0, None))
        header = {
            1: space.id, 2: self.replica, 3: sequence + 1, 4: space.lamport + 1, 5: self.member, 6: now,
            7: self.model, 9: digest("board.body", body),
        }
        if previous:
            header[8] = previous
        header_bytes = encode(header)
        space.apply(header_bytes, body)
        space.outbox.append(((self.replica, sequence + 1), {1: header_bytes, 2: body}))
        return record


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("url")
    arguments.add_argument("code")
    arguments.add_argument("--add", nargs=4, metavar=("KIND", "SPACE", "FIELD", "TEXT"))
    given = arguments.parse_args()
    client, answer = Client(given.url), {}
    client.join(given.code)
    client.sync()
    if given.add:
        answer["record"] = str(uuid.UUID(bytes=client.add(*given.add)))
        client.sync()
    answer["spaces"] = {space.name: space.digest().hex() for space in client.spaces.values()}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
