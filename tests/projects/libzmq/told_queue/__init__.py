"""What came through a queue of ZeroMQ, and an exception that came through C++."""

from told_queue._core import caught, through

if through("hello") != "hello" or caught("no such thing") != "no such thing: 3":
    raise ImportError(f"{through('hello')!r}, {caught('no such thing')!r}")
