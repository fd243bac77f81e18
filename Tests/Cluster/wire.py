# SPDX-License-Identifier: Apache-2.0
"""RESP2 over a socket, nothing hidden: no retries, no reconnects, requests and replies apart."""

import socket


class ReplyError(Exception):
    """An error reply, as it was sent."""


class Disconnected(Exception):
    """The connection could not be made, ended, or gave no reply in time."""


def encode(*arguments):
    """One request as the bytes of an array of bulk strings."""
    parts = [b"*%d\r\n" % len(arguments)]
    for argument in arguments:
        data = argument if isinstance(argument, bytes) else str(argument).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


class Wire:
    """A connection. Not for several threads at once, except that one may send while one receives."""

    def __init__(self, port, timeout=5.0):
        try:
            self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        except OSError as error:
            raise Disconnected(f"cannot connect to port {port}: {error}") from error
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.reader.close()
        self.socket.close()

    @property
    def local_port(self):
        return self.socket.getsockname()[1]

    def send(self, *arguments):
        """Sends a request and does not wait for its reply."""
        self.send_bytes(encode(*arguments))

    def send_bytes(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Disconnected(f"cannot send: {error}") from error

    def receive(self):
        """The next reply; an error reply is returned, not raised."""
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return ReplyError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            length = int(rest)
            return None if length < 0 else self._exactly(length + 2)[:-2]
        if kind == b"*":
            count = int(rest)
            return None if count < 0 else [self.receive() for _ in range(count)]
        raise Disconnected(f"not RESP2: {line!r}")

    def call(self, *arguments):
        """Sends a request and returns its reply; raises ReplyError for an error reply."""
        self.send(*arguments)
        reply = self.receive()
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def _line(self):
        try:
            line = self.reader.readline()
        except OSError as error:
            raise Disconnected(f"no reply: {error or 'timed out'}") from error
        if not line.endswith(b"\r\n"):
            raise Disconnected("the connection was closed")
        return line[:-2]

    def _exactly(self, count):
        try:
            data = self.reader.read(count)
        except OSError as error:
            raise Disconnected(f"no reply: {error or 'timed out'}") from error
        if len(data) < count:
            raise Disconnected("the connection was closed")
        return data


def info(port, section="raft", timeout=1.0):
    """A section of INFO as a dictionary of strings."""
    with Wire(port, timeout) as wire:
        text = wire.call("INFO", section).decode()
    fields = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name: value for name, value in fields}
