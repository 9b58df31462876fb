"""How large a request may be: refused as soon as it is known, by an error the app answers in its own way."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Pure ASGI. Whoever reads the body of a larger request gets an HTTPException 413 in place of it.

    FastAPI's own limit answers in plain text, past the app's error handlers.
    """

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        """``largest`` is in bytes."""
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        too_large = HTTPException(413, f"At most {self._largest:,} bytes; send less.")
        read = 0

        async def limited_receive() -> Message:
            nonlocal read
            if declared.isdecimal() and int(declared) > self._largest:
                raise too_large
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._largest:
                raise too_large
            return message

        await self._app(scope, limited_receive, send)
