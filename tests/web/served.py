"""A small application behind the real server, in a process of its own: ``python served.py KEY=VALUE...``.

Prints the port when it listens. ``certificate`` and ``key`` give TLS; what else is named sets that
bound of the server, so that a test need not wait as long as a person may.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from reftel.web import serving


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body's length; ``/wait`` takes a while, ``/long`` is long, ``/events`` has no end."""
    if scope["type"] != "http":
        return
    length, more = 0, scope["path"] != "/unread"
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    if scope["path"] == "/wait":
        await asyncio.sleep(1)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/events":
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    for _ in range(2000 if scope["path"] == "/long" else 0):
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    await send({"type": "http.response.body", "body": b"%d" % length})


def main() -> None:
    """Serve until told to end."""
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    certificate, key = given.pop("certificate", ""), given.pop("key", "")
    for name, value in given.items():
        kind = type(getattr(serving, name))
        setattr(serving, name, kind(value))
    context = serving.tls(Path(certificate), Path(key)) if certificate else None
    opened = serving.listen("127.0.0.1", 0)
    serving.run(app, opened, context, ready=lambda: print(opened.getsockname()[1], flush=True))
    print("ended")


if __name__ == "__main__":
    main()
