"""What is assumed of uvicorn: how it drives a connection, a request, and the start and the end of a server."""

# pyright: reportPrivateUsage=false

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from datastore_service.library_internals.uvicorn import (
    STATUS_LINE,
    HttpToolsProtocol,
    ProxyHeadersMiddleware,
    RequestResponseCycle,
    WebSocketsSansIOProtocol,
)
from tests.unit.library_internals.assumptions import broken, calls, digest, parameters

CONNECTION = "api/edge/connection.py"
WEBSOCKET = "api/edge/websocket.py"


async def application(_scope: object, _receive: object, _send: object) -> None:
    raise AssertionError


def new_protocol(kind: Callable[..., Any]) -> Any:  # noqa: ANN401 - one or the other
    config = uvicorn.Config(application, ws="websockets-sansio", log_config=None)
    return kind(config=config, server_state=ServerState(), app_state={}, _loop=asyncio.get_running_loop())


@pytest.mark.parametrize(
    ("method", "by"),
    [
        ("_start_asgi_task", HttpToolsProtocol.on_headers_complete),
        ("_unset_keepalive_if_required", HttpToolsProtocol.data_received),
        ("on_response_complete", HttpToolsProtocol.on_headers_complete),
        ("send_400_response", HttpToolsProtocol.data_received),
        ("handle_websocket_upgrade", HttpToolsProtocol.data_received),
        ("on_response", RequestResponseCycle.send),
    ],
)
def test_calls_what_a_connection_overrides(method: str, by: Callable[..., Any]) -> None:
    assert calls(by, method), broken("uvicorn", f"{by.__qualname__} does not call {method}", CONNECTION)


@pytest.mark.parametrize(
    ("function", "known"),
    [
        (HttpToolsProtocol._start_asgi_task, "bc55a6f44876"),
        (HttpToolsProtocol._unset_keepalive_if_required, "c8a2b3d2c654"),
        (HttpToolsProtocol.on_response_complete, "3b835da51ff0"),
        (HttpToolsProtocol.timeout_keep_alive_handler, "a2da797910db"),
        (HttpToolsProtocol.send_400_response, "659826341373"),
        (RequestResponseCycle.run_asgi, "0295583c4f12"),
        (RequestResponseCycle.send, "e4355b337add"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_does_no_more_than_what_a_connection_does_in_its_place(function: Callable[..., Any], known: str) -> None:
    what = f"{function.__qualname__} has changed (digest {digest(function)}); see what of it is to be done here, too"
    assert digest(function) == known, broken("uvicorn", what, CONNECTION)


async def test_a_connection_has_what_is_read_and_set_from_outside() -> None:
    protocol = new_protocol(HttpToolsProtocol)

    wanted = "config server_state tasks loop transport flow pipeline cycle scope headers timeout_keep_alive_handler"
    for name in wanted.split():
        assert hasattr(protocol, name), broken("uvicorn", f"HttpToolsProtocol has no {name}", CONNECTION)
    assert protocol.pipeline.maxlen is None
    assert not protocol.pipeline
    assert protocol.tasks == set()
    assert hasattr(protocol.config, "reset_contextvars")
    protocol.on_message_begin()
    protocol.on_url(b"/a")
    protocol.on_header(b"Host", b"b")
    assert (protocol.url, protocol.headers) == (b"/a", [(b"host", b"b")])
    assert protocol.scope["headers"] is protocol.headers


def test_a_request_has_what_is_read_and_set_from_outside() -> None:
    cycle: Any = RequestResponseCycle(**cast("Any", dict.fromkeys(parameters(RequestResponseCycle), None)))

    wanted = "scope receive send run_asgi on_response response_started response_complete disconnected keep_alive"
    for name in [*wanted.split(), "more_body"]:
        assert hasattr(cycle, name), broken("uvicorn", f"RequestResponseCycle has no {name}", CONNECTION)


def test_status_lines_are_whole() -> None:
    assert STATUS_LINE[431] == b"HTTP/1.1 431 Request Header Fields Too Large\r\n"


@pytest.mark.parametrize(
    ("method", "by"),
    [
        ("capture_signals", uvicorn.Server.serve),
        ("_serve", uvicorn.Server.serve),
        ("startup", uvicorn.Server._serve),
        ("main_loop", uvicorn.Server._serve),
        ("shutdown", uvicorn.Server._serve),
        ("should_exit", uvicorn.Server.on_tick),
        ("handle_exit", uvicorn.Server.capture_signals),
        ("timeout_graceful_shutdown", uvicorn.Server.shutdown),
        ("servers", uvicorn.Server.shutdown),
        ("connections", uvicorn.Server.shutdown),
    ],
)
def test_a_server_goes_through_what_is_overridden_or_set(method: str, by: Callable[..., Any]) -> None:
    assert calls(by, method), broken("uvicorn", f"{by.__qualname__} does not use {method}", "server.py")


def test_a_server_makes_its_connections_as_the_last_ones_are_made() -> None:
    create, *_ = (each for each in uvicorn.Server.startup.__code__.co_consts if hasattr(each, "co_names"))

    assert "http_protocol_class" in create.co_names
    known = ["self", "config", "server_state", "app_state", "_loop"]
    assert parameters(HttpToolsProtocol.__init__) == known, broken("uvicorn", "connections are made anew", "server.py")


async def test_a_websocket_that_is_open_is_among_the_connections() -> None:
    protocol = new_protocol(WebSocketsSansIOProtocol)

    assert hasattr(protocol, "transport")
    assert calls(WebSocketsSansIOProtocol.connection_made, "connections"), broken(
        "uvicorn", "open WebSockets are not among server_state.connections", "server.py"
    )


@pytest.mark.parametrize(
    ("method", "by"),
    [
        ("run_asgi", WebSocketsSansIOProtocol.handle_connect),
        ("handle_text", WebSocketsSansIOProtocol.handle_events),
        ("handle_bytes", WebSocketsSansIOProtocol.handle_events),
        ("handle_cont", WebSocketsSansIOProtocol.handle_events),
        ("handle_ping", WebSocketsSansIOProtocol.handle_events),
        ("send_receive_event_to_app", WebSocketsSansIOProtocol.handle_text),
        ("receive", WebSocketsSansIOProtocol.run_asgi),
        ("send", WebSocketsSansIOProtocol.run_asgi),
        ("ws_protocol_class", HttpToolsProtocol.handle_websocket_upgrade),
        ("close_sent", WebSocketsSansIOProtocol.handle_parser_exception),
    ],
)
def test_a_websocket_calls_what_is_overridden(method: str, by: Callable[..., Any]) -> None:
    assert calls(by, method), broken("uvicorn", f"{by.__qualname__} does not use {method}", WEBSOCKET)


@pytest.mark.parametrize(
    ("function", "known"),
    [
        (WebSocketsSansIOProtocol.handle_cont, "e822c6d377ab"),
        (WebSocketsSansIOProtocol.send_receive_event_to_app, "bebf05067d56"),
        (WebSocketsSansIOProtocol.receive, "5cbbc370ced6"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_websocket_does_no_more_than_what_is_done_in_its_place(function: Callable[..., Any], known: str) -> None:
    what = f"{function.__qualname__} has changed (digest {digest(function)}); see what of it is to be done here, too"
    assert digest(function) == known, broken("uvicorn", what, WEBSOCKET)


async def test_a_websocket_has_what_is_read_and_set_from_outside() -> None:
    protocol = new_protocol(WebSocketsSansIOProtocol)

    for name in ["queue", "loop", "conn", "transport", "writable"]:
        assert hasattr(protocol, name), broken("uvicorn", f"WebSocketsSansIOProtocol has no {name}", WEBSOCKET)
    assert (protocol.frames, protocol.read_paused, protocol.close_sent) == ([], False, False)
    protocol.conn.reader.feed_data(b"abc")
    assert len(protocol.conn.reader.buffer) == 3, broken("websockets", "what is not parsed is elsewhere", WEBSOCKET)
    protocol.conn.reader.discard()
    assert not protocol.conn.reader.buffer


def test_the_data_of_a_frame_can_be_dropped() -> None:
    frame = Frame(Opcode.TEXT, b"abc")

    frame.data = b""

    assert frame.data == b""


def test_tells_the_addresses_of_trusted_proxies() -> None:
    trusted = ProxyHeadersMiddleware(cast("Any", application), ["10.0.0.0/8"]).trusted_hosts

    assert "10.1.2.3" in trusted, broken("uvicorn", "trusted_hosts is another thing", "api/edge/forwarded.py")
    assert "11.1.2.3" not in trusted
