"""What Schemathesis needs to know to be let in by a hub: a device that signs, its code, and what a sync is made of.

Given to it as SCHEMATHESIS_HOOKS, with the hub's address in BOARD_HUB and one-time codes in BOARD_CODE and, for a
partner's hub, BOARD_PARTNER_CODE. The device is the stranger's of Tests/WireTests/client.py, which was written from Docs/wire.md alone.
"""

import os
import pathlib
import sys
from urllib.parse import urlsplit

import cbor2
import requests
import schemathesis
from hypothesis import strategies

sys.path.append(str(pathlib.Path(__file__).parents[1] / "WireTests"))
from client import END, HELLO, WELCOME, Client, encode, error_code, split  # noqa: E402

code = os.environ["BOARD_CODE"]
device = Client(os.environ["BOARD_HUB"])
device.join(code)
partner = Client(os.environ["BOARD_HUB"])
partner.join(os.environ["BOARD_PARTNER_CODE"], **{"as": "partner"})


class Signed(requests.auth.AuthBase):
    """Signs whatever is about to be sent, and signs it anew where the hub asks for that (section 1.3)."""

    def __call__(self, request):
        self.sign(request)
        request.register_hook("response", self.again)
        return request

    def sign(self, request, nonce=None):
        address = urlsplit(request.url)
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        signer = partner if address.path == "/v1/partner" else device
        fields = signer.signature(address.path, body, nonce or os.urandom(16).hex(), address.query)
        request.headers.update(fields)

    def again(self, response, **options):
        if response.status_code != 401 or error_code(response.content) != "clock":
            return response
        request = response.request.copy()
        self.sign(request, response.json()["nonce"])
        second = response.connection.send(request, **options)
        second.history.append(response)
        second.request = request
        return second


schemathesis.auth.set_from_requests(Signed())


@schemathesis.hook
def before_load_schema(context, schema):
    """A code that opens, for this device: no generator guesses one."""
    content = schema["paths"]["/v1/join"]["post"]["requestBody"]["content"]
    content["application/json"]["example"] = {"code": code}


ids = strategies.binary(min_size=16, max_size=16)
counters = strategies.integers(min_value=0, max_value=2**53)
own = strategies.sampled_from(sorted(device.spaces))
# A space request (section 7.1): the position and the news of bodies may be absent.
positions = strategies.tuples(counters, strategies.binary(min_size=32, max_size=32)).map(list)
news = strategies.tuples(ids, counters).map(list)
asks = strategies.lists(
    strategies.fixed_dictionaries({1: own | ids}, optional={2: positions, 3: news}),
    max_size=8, unique_by=lambda ask: ask[1],
).map(lambda asks: [dict(sorted(ask.items())) for ask in asks])
hellos = strategies.builds(
    lambda replica, model, asks: encode([HELLO, {1: 1, 2: replica, 3: model, 4: device.hub, 5: asks}]),
    ids, counters, asks,
)
schemathesis.openapi.media_type("application/cbor-seq", hellos)

# A turn (section 12.1), of a hub that stays the same, or does not.
hubs = strategies.just(bytes(16)) | ids
begins = strategies.builds(
    lambda hub, nonce: {1: {1: hub, 2: bytes(32), 3: partner.model_file}, 3: nonce, 4: partner.hub}, hubs, ids
)
answers = strategies.binary(max_size=200).map(lambda answer: {2: answer})
schemathesis.openapi.media_type("application/cbor", (begins | answers).map(encode))


@schemathesis.deserializer("application/cbor")
def whole_reply(context, response):
    """A reply has the hub's introduction and signature (section 12.1)."""
    reply = cbor2.loads(response.content)
    if not {2, 4} <= set(reply) <= {1, 2, 3, 4} or len(reply[4]) != 64:
        raise ValueError("This is no reply.")
    return response.content.hex()


@schemathesis.deserializer("application/cbor-seq")
def whole_answer(context, response):
    """As the description has it, a text of bytes; it must be a whole answer for that (section 7)."""
    messages = [cbor2.loads(item) for item in split(response.content)]
    if messages[0][0] != WELCOME or messages[-1][0] != END or len(messages[-1][1][1]) != 64:
        raise ValueError("This is no whole answer.")
    return response.content.hex()
