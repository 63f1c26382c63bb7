"""What is not documented of uvicorn: a connection, a request or a WebSocket on it, and what reads headers of proxies.

`api/edge/connection.py` overrides methods of the first two, some of them without calling uvicorn's;
`api/edge/sending.py` sets the state of the second, as its test holds against uvicorn's own; `server.py` drops
the WebSockets that do not close, and `api/edge/websocket.py` overrides methods of theirs; `api/edge/forwarded.py` asks
which addresses are those of trusted proxies.
"""

from uvicorn._types import ASGI3Application, ASGIReceiveEvent, ASGISendCallable, ASGISendEvent
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = [
    "STATUS_LINE",
    "ASGI3Application",
    "ASGIReceiveEvent",
    "ASGISendCallable",
    "ASGISendEvent",
    "HttpToolsProtocol",
    "ProxyHeadersMiddleware",
    "RequestResponseCycle",
    "WebSocketsSansIOProtocol",
]
