"""What is not documented of asyncpg: the address and the socket of a connection.

`infrastructure/database/engine/connecting.py` opens such connections: TCP has to find out in time that the other end
is gone, and a connection that has fallen silent is asked about on a second one to the same server.
"""

import socket
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    _Connection = asyncpg.Connection[Any]
else:
    _Connection = asyncpg.Connection


class WatchedConnection(_Connection):
    """A connection that tells where it leads, and whose socket can be set."""

    @property
    def server(self) -> object:
        """The address of the server, of which there may be several."""
        return self._addr

    def set_sockopt(self, level: int, option: int, value: int) -> None:
        """Sets an option of its socket, if that is one of TCP."""
        found = self._transport.get_extra_info("socket")
        if found is not None and found.family in (socket.AF_INET, socket.AF_INET6):
            found.setsockopt(level, option, value)
