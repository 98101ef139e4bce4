"""A crowd that holds connections to a hub and sends next to nothing, and an honest visitor among it.

    slow-crowd.py PORT COUNT SECONDS

A third says nothing, a third drips a head, a third drips a body. Prints one JSON object: how many connections were opened, how
many of them the other end closed and after how many seconds the last, and how long the honest visitor waited at most.
Needs nothing but Python's own library.
"""

import asyncio
import json
import resource
import socket
import sys
import time
from concurrent.futures import ProcessPoolExecutor

HEAD = b"POST /v1/join HTTP/1.1\r\nHost: hub\r\n"
STARTS = [b"", HEAD, HEAD + b"Content-Length: 50000\r\n\r\n"]
DRIP_SECONDS = 2


async def hold(port, kind, found, end):
    try:
        # Another address than the honest visitor's: one that asks so often is told to wait.
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
    except OSError:
        return
    found["opened"] += 1
    began = time.monotonic()
    writer.write(STARTS[kind])

    async def drip():
        while kind:
            await asyncio.sleep(DRIP_SECONDS)
            writer.write(b"x")
            await writer.drain()

    dripping = asyncio.create_task(drip())
    try:
        while await asyncio.wait_for(reader.read(4096), max(0.1, end - time.monotonic())):
            pass
        closed = True
    except asyncio.TimeoutError:
        closed = False
    except OSError:
        closed = True
    if closed:
        found["closed"] += 1
        found["lastClosed"] = max(found["lastClosed"], time.monotonic() - began)
    dripping.cancel()
    try:
        await dripping
    except (asyncio.CancelledError, OSError):
        pass
    writer.close()


def probe(port, seconds):
    """Asks for the hub's health until time is up. In a process of its own: it must measure the hub, not the crowd."""
    found = {"probes": 0, "failedProbes": 0, "slowestProbe": 0.0}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as line:
                line.sendall(b"GET /v1/health HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
                good = line.makefile("rb").read().startswith(b"HTTP/1.1 200 ")
        except OSError:
            good = False
        found["probes"] += 1
        found["failedProbes"] += not good
        found["slowestProbe"] = max(found["slowestProbe"], time.monotonic() - began)
        time.sleep(0.5)
    return found


async def main(port, count, seconds):
    found = {"opened": 0, "closed": 0, "lastClosed": 0.0}
    end = time.monotonic() + seconds
    visitor = asyncio.get_running_loop().run_in_executor(ProcessPoolExecutor(1), probe, port, seconds)
    tasks = []
    for number in range(count):
        tasks.append(asyncio.create_task(hold(port, number % 3, found, end)))
        if number % 50 == 49:
            await asyncio.sleep(0.01)
    await asyncio.gather(*tasks)
    print(json.dumps(found | await visitor))


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
