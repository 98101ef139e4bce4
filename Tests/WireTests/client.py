"""A stranger's client, written from Docs/wire.md alone; "section" below means a section of that page.

    client.py URL CODE                                joins, reads everything, prints each space's digest
    client.py URL CODE --add KIND SPACE FIELD TEXT    also makes a record with one field, and sends it
    client.py URL CODE --copy FILE                    joins, unless FILE has a copy already, and keeps its copy there

It is a check of the page, not a place to work in. Needs Python 3.9, cbor2 and cryptography.
"""

import argparse
import base64
import hashlib
import json
import os
import pickle
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

RECORDED = 0
ASSIGN, ADD, REMOVE, COUNT, APPEND, EXIST, ERASE = range(7)
HELLO, OFFER, HEAD, SEGMENT = 1, 2, 3, 4
ROWS_MAX, BYTES_MAX = 256, 1 << 20
WELCOME, VERDICT, NOTICE, PAGE, CURSOR_UNKNOWN, END, TICKET = 16, 17, 18, 19, 20, 21, 24


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


class Dots:
    """Section 4.2: runs of dots."""

    def __init__(self, runs):
        self.runs = [(run[0], run[1], run[-1]) for run in runs or []]

    def __contains__(self, dot):
        return any(replica == dot[0] and first <= dot[1] <= last for replica, first, last in self.runs)


class Headers:
    """Section 4.1: short headers, of one list."""

    def __init__(self):
        self.ends = {}  # (space, replica) → (sequence, header digest)

    def known(self, header, body):
        sequence, name = self.ends.get((header[1], header[2]), (0, None))
        follows = {8: name} if name and sequence == header[3] - 1 else {}
        return {**follows, **({9: digest("board.body", body)} if body is not None else {})}

    def note(self, header, data):
        self.ends[(header[1], header[2])] = (header[3], digest("board.header", data))
        return data

    def short(self, data, body):
        header = cbor2.loads(data)
        known = self.known(header, body)
        self.note(header, data)
        return encode({key: value for key, value in header.items() if known.get(key) != value})

    def whole(self, data, body):
        short = cbor2.loads(data)
        known = self.known(short, body)
        if any(short.get(key) == value for key, value in known.items()):
            sys.exit("A header has a digest too many.")
        return self.note(short, encode({**known, **short}))


# Section 5: the state of a record, its merge and its encoding. A stamp is (replica, sequence, Lamport, author, time).


class Field:
    def __init__(self):
        self.siblings, self.elements, self.counts, self.entries = {}, {}, {}, {}

    def is_empty(self):
        return not (self.siblings or self.elements or self.counts or self.entries)

    def stamps(self):
        stamps = {dot: stamp for part in self.elements.values() for dot, stamp in part.items()}
        for part in (self.siblings, self.counts, self.entries):
            stamps.update({dot: stamp for dot, (stamp, _) in part.items()})
        return stamps

    def encoded(self, places):
        stamped = lambda values: array([array([encode(places[d]), value]) for d, (_, value) in sorted(values.items())])
        elements = [
            array([value, array([encode(places[d]) for d in sorted(stamps)])])
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
        dot, superseded, operation = tuple(stamp[:2]), Dots(edit.get(6)), edit[3]
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
            self.standings[dot] = [stamp, deleted, edit.get(7) or []]
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
        stamps = dict(self.erasures)
        stamps.update({dot: standing[0] for dot, standing in self.standings.items()})
        for field in self.fields.values():
            stamps.update(field.stamps())
        places = {dot: place for place, dot in enumerate(sorted(stamps))}
        standings = [encode([places[dot], *standing[1:]]) for dot, standing in sorted(self.standings.items())]
        fields = [(encode(name), field.encoded(places)) for name, field in self.fields.items()]
        erased = [(b"\5", array([encode(places[dot]) for dot in sorted(self.erasures)]))] if self.erasures else []
        return mapping([
            (b"\1", encode(self.kind)), (b"\2", array([encode(stamp) for _, stamp in sorted(stamps.items())])),
            (b"\3", array(standings)), (b"\4", mapping(fields)),
        ] + erased)


# Section 8.1: what a client keeps of a space.


class Row:
    """A row of the hub's log as it came, without its position, and what the running digest needs of it."""

    def __init__(self, time, *content):
        self.time, self.content = time, content
        self.header = cbor2.loads(content[0])
        self.dot = (self.header[2], self.header[3])
        self.name = digest("board.header", content[0])
        last = content[-1] if len(content) > 2 else None
        self.reason = last if isinstance(last, str) else None
        self.remainder = last if isinstance(last, bytes) else None

    def left_out(self):
        return [self.time, None, self.name] + ([self.reason] if self.reason else [])


class Space:
    def __init__(self, id, name):
        self.id, self.name = id, name
        self.records, self.voids = {}, {}
        self.log = {}  # dot → header digest
        self.chains = {}  # replica → (sequence, header digest)
        self.lamport, self.is_read = 0, False
        self.outbox = []  # (dot, offer)
        # The places: of each position of the hub's log its row and running digest, and the checkpoints among them.
        self.rows, self.running = {}, {0: digest("board.log", encode([id]))}
        self.checkpoints = {}  # position → (epoch, signature)
        self.position = None
        # Section 8.5: where a hub's log ends that lacks what follows here, and the segments of a log that it has left.
        self.end, self.late, self.brought = None, [], set()
        self.erased = set()
        self.is_withheld = False  # section 7.5, restoring

    def apply(self, row):
        """Takes in the next row of some chain (sections 4.1, 4.2, 4.5, 8.5)."""
        header, (header_bytes, body, *_) = row.header, row.content
        if row.dot in self.log:
            if self.log[row.dot] != row.name:
                sys.exit("A fork: another change stands under this dot.")
            if row.reason and row.dot not in self.voids:
                sys.exit(f"The hub refused the change: {row.reason}")
            return
        sequence, previous = self.chains.get(header[2], (0, None))
        if header[1] != self.id or header[3] != sequence + 1 or header.get(8) != previous:
            sys.exit("A row does not follow its chain.")
        if row.reason is None:
            if row.remainder is None and digest("board.body", body) != header[9]:
                sys.exit("A body is not the one its header names.")
            stamp = [header[2], header[3], header[4], header[5], header[6]]
            for item in parts(body if row.remainder is None else row.remainder):
                pairs = parts(item)
                edit = {cbor2.loads(k): v if k == b"\5" else cbor2.loads(v) for k, v in zip(pairs[::2], pairs[1::2])}
                if row.remainder is not None and edit[3] == ERASE:
                    sys.exit("A remainder erases.")
                self.records.setdefault(edit[1], Record()).merge(edit, stamp)
                if edit[3] == ERASE:
                    self.erased.add(edit[1])
                    for kept in [*self.rows.values(), *(kept for segment in self.late for kept in segment["rows"])]:
                        self.redact(kept)
        else:
            self.voids[row.dot] = (row.name, row.reason)
        self.log[row.dot], self.chains[header[2]] = row.name, (header[3], row.name)
        self.lamport = max(self.lamport, header[4])

    def redact(self, row):
        """Sections 4.5 and 8.8: keeps nothing of erased records but what erased them."""
        if row.reason:
            return
        edits = parts(row.content[1] if row.remainder is None else row.remainder)
        decoded = [cbor2.loads(edit) for edit in edits]
        left = [edit for edit, item in zip(edits, decoded) if item[1] not in self.erased or item[3] == ERASE]
        if len(left) < len(edits):
            row.remainder = array(left)
            row.content = (row.content[0], None, row.remainder)

    def take(self, page, hub):
        """Section 8.5: proves a page, then takes in its rows. `hub` is its id and signing key."""
        headers, rows = Headers(), {}
        for position, time, header, body, *rest in page[7]:
            rows[position] = Row(time, headers.whole(header, body), body, *rest)
        offers = dict(self.outbox)
        for position, time, count, replica, sequence in page.get(9, []):
            for number in range(count):
                offer = offers[(replica, sequence + number)]
                rows[position + number] = Row(time, offer[1], offer[2])
        if page[3] != (self.position or 0) or sorted(rows) != list(range(page[3] + 1, page[4] + 1)):
            sys.exit("A page has a gap.")
        for position, row in sorted(rows.items()):
            item = [self.running[position - 1], position, row.name, row.time, row.reason]
            self.running[position] = digest("board.log", encode(item))
        if self.running[page[4]] != page[6]:
            sys.exit("A page does not lead to its checkpoint.")
        last = page[3]
        for position, signature in page.get(8, []):
            statement = encode([hub[0], page[2], self.id, position, self.running[position]])
            try:
                hub[1].verify(signature, b"board.checkpoint\0" + statement)
            except InvalidSignature:
                sys.exit("A page is not signed by the hub.")
            if position - last > ROWS_MAX:
                sys.exit("A page has too few checkpoints.")
            last, self.checkpoints[position] = position, (page[2], signature)
        if last != page[4]:
            sys.exit("A page is not signed to its end.")
        for position, row in sorted(rows.items()):
            self.apply(row)
            self.rows[position] = row
            if self.erased:
                self.redact(row)
            self.outbox = [entry for entry in self.outbox if entry[0] != row.dot]
        self.position, self.end, self.is_read = page[4], None, page[4] == page[5]
        if self.is_read:
            waits = self.waiting()
            self.late = [segment for segment in self.late if any(map(waits, segment["rows"]))]

    def realign(self, positions):
        """Section 8.5: finds out how far the hub's log is this copy's, and what it lacks."""
        common = max(position for position, name in positions if self.running.get(position) == name)
        if common == positions[-1][0]:
            if self.end is not None and self.end >= common:
                sys.exit("The hub does not take back what it lacks.")
            self.end = common
            return
        # Every page ends with a checkpoint, so nothing is behind the last segment.
        self.late += self.segments(common)
        for position in [position for position in self.rows if position > common]:
            del self.rows[position], self.running[position]
            self.checkpoints.pop(position, None)
        self.position, self.end, self.is_read = common, None, False

    def segments(self, start):
        """What follows a position of the hub's log, cut at the checkpoints."""
        segments = []
        for end in sorted(position for position in self.checkpoints if position > start):
            epoch, signature = self.checkpoints[end]
            rows = [self.rows[position] for position in range(start + 1, end + 1)]
            segments.append(
                {"from": start, "start": self.running[start], "rows": rows, "epoch": epoch, "signature": signature})
            start = end
        return segments

    def waiting(self):
        """Tells of late rows whether the hub, as far as this copy has read, does not have them."""
        placed = {(row.dot, row.name) for row in self.rows.values()}
        return lambda row: (row.dot, row.name) not in placed

    def is_settled(self, is_forgotten):
        brought = all(segment["signature"] in self.brought for segment in self.late)
        if self.is_withheld:
            return self.end is None and brought
        return self.is_read and self.end is None and brought and (is_forgotten or not self.outbox)

    def to_bring(self):
        """Section 7.11: the segments of the next request."""
        if self.end is not None:
            lacking, is_sent = self.segments(self.end), lambda row: True
        elif self.is_read or self.is_withheld:
            lacking, is_sent = [late for late in self.late if late["signature"] not in self.brought], self.waiting()
        else:
            return []
        messages, size = [], 0
        while lacking and size < BYTES_MAX:
            segment = lacking.pop(0)
            self.brought.add(segment["signature"])
            messages.append(self.segment(segment, is_sent))
            size += len(encode(messages[-1]))
        return messages

    def segment(self, segment, is_sent):
        headers, rows = Headers(), []
        for row in segment["rows"]:
            header, body, *rest = row.content
            rows.append([row.time, headers.short(header, body), body, *rest] if is_sent(row) else row.left_out())
        return {
            1: self.id, 2: segment["epoch"], 3: segment["from"], 4: segment["start"], 5: rows,
            6: segment["signature"],
        }

    def ask(self):
        """Section 7.1."""
        return {1: self.id} if self.position is None else {1: self.id, 2: [self.position, self.running[self.position]]}

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
        self.seed, self.salt, self.model = os.urandom(32), os.urandom(16), 0
        # Section 3: the replica id proves this device's key.
        self.replica = digest("board.replica-name", self.public + self.salt)[:16]
        self.ticket, self.is_forgotten = None, False

    @property
    def key(self):
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def public(self):
        return self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def post(self, route, body, type, nonce=None):
        request = urllib.request.Request(urljoin(self.url, route), body, method="POST")
        request.add_header("Content-Type", type)
        if self.ticket and route == "v1/sync":
            request.add_header("Board-Ticket", ":" + base64.b64encode(self.ticket).decode() + ":")
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

    def join(self, code, **more):
        """Section 1.1."""
        body = json.dumps({"code": code, **more}).encode()
        answer = json.loads(self.post("v1/join", body, "application/json"))
        self.member, self.hub = uuid.UUID(answer["member"]).bytes, uuid.UUID(answer["hub"]).bytes
        self.hub_key, self.model_file = bytes.fromhex(answer["signingKey"]), answer["model"]
        spaces = [Space(uuid.UUID(space["id"]).bytes, space["name"]) for space in answer["spaces"]]
        self.spaces = {space.id: space for space in spaces}

    def begin(self):
        """A new session: what a hub did not take back in the last one is brought again."""
        for space in self.spaces.values():
            space.end, space.brought = None, set()

    def sync(self):
        """Rounds, until every space is read to its end, the hub lacks nothing, and every change has its row."""
        self.round()
        while not all(space.is_settled(self.is_forgotten) for space in self.spaces.values()):
            self.round()

    def round(self):
        """Section 8.3."""
        spaces = list(self.spaces.values())
        segments = {space.id: space.to_bring() for space in spaces}
        fresh = [s for s in spaces if s.is_read and s.end is None and not segments[s.id] and s.outbox]
        hello = {1: 1, 2: self.replica, 3: self.model, 4: self.hub, 5: [space.ask() for space in spaces]}
        hello[11] = os.urandom(16)
        messages = [[HELLO, hello]] + [[SEGMENT, segment] for space in spaces for segment in segments[space.id]]
        headers = Headers()
        for _, offer in [entry for space in fresh for entry in space.outbox]:
            messages.append([OFFER, {1: headers.short(offer[1], offer[2]), 2: offer[2]}])
        messages += [[HEAD, self.head(space)] for space in fresh]
        request = b"".join(encode(message) for message in messages)
        answer = self.post("v1/sync", request, "application/cbor-seq")
        messages = [cbor2.loads(item) for item in split(answer)]
        (type, welcome), (last, end) = messages[0], messages[-1]
        if type != WELCOME or welcome[1] != 1 or welcome[2] != self.hub or last != END:
            sys.exit("This is no whole answer of the hub joined.")
        # Section 7.8.
        digests = [hashlib.sha256(part).digest() for part in (request, answer[:-70])]
        try:
            hub_key = Ed25519PublicKey.from_public_bytes(self.hub_key)
            hub_key.verify(end[1], b"board.answer\0" + encode([self.hub, self.public, *digests]))
        except InvalidSignature:
            sys.exit("The hub did not sign this answer.")
        self.model, self.is_forgotten = welcome[5], False
        for space in spaces:
            space.is_withheld = [NOTICE, {1: "restoring"}] in messages
        for type, message in messages[1:-1]:
            self.take(type, message)

    def head(self, space):
        """Section 7.9: this device stands for its own chain."""
        sequence, name = space.chains[self.replica]
        statement = b"board.head\0" + encode([self.hub, space.id, self.replica, sequence, name])
        signature = self.key.sign(statement)
        return {1: space.id, 2: self.replica, 3: sequence, 4: name, 5: self.public, 6: signature, 7: self.salt}

    def take(self, type, message):
        if type == NOTICE and message[1] == "enter":
            self.spaces.setdefault(message[2], Space(message[2], message[3]))
        elif type == NOTICE and message[1] == "forgotten":
            self.is_forgotten = True
        elif type == TICKET:
            self.keep(message)
        elif type == NOTICE and message[1] == "leave":
            self.spaces.pop(message[2])
        elif type == VERDICT and message[4] != RECORDED:
            # Section 8.4. This client makes one change, so anything else ends it; its row tells whether it was refused.
            sys.exit(f"The hub did not record the change: verdict {message[4]}")
        elif type == PAGE:
            hub_key = Ed25519PublicKey.from_public_bytes(self.hub_key)
            self.spaces[message[1]].take(message, (self.hub, hub_key))
        elif type == CURSOR_UNKNOWN:
            self.spaces[message[1]].realign(message[2])

    def keep(self, ticket):
        """Section 7.13."""
        statement = b"board.ticket\0" + encode([ticket[key] for key in range(1, 8)])
        Ed25519PublicKey.from_public_bytes(self.hub_key).verify(ticket[8], statement)
        if ticket[7] != self.public:
            sys.exit("This is the ticket of another device.")
        self.ticket = encode(ticket)

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
        space.apply(Row(now, header_bytes, body))
        space.outbox.append(((self.replica, sequence + 1), {1: header_bytes, 2: body}))
        return record


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("url")
    arguments.add_argument("code")
    arguments.add_argument("--add", nargs=4, metavar=("KIND", "SPACE", "FIELD", "TEXT"))
    arguments.add_argument("--copy", metavar="FILE")
    given, answer = arguments.parse_args(), {}
    if given.copy and os.path.exists(given.copy):
        with open(given.copy, "rb") as file:
            client = pickle.load(file)
        client.begin()
    else:
        client = Client(given.url)
        client.join(given.code)
    client.sync()
    if given.add:
        answer["record"] = str(uuid.UUID(bytes=client.add(*given.add)))
        client.sync()
    if given.copy:
        with open(given.copy, "wb") as file:
            pickle.dump(client, file)
    answer["forgotten"] = client.is_forgotten
    answer["spaces"] = {space.name: space.digest().hex() for space in client.spaces.values()}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
