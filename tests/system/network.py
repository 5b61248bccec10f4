"""Two hosts on one wire, as network namespaces: the wire can be cut, slowed to a trickle and put back."""

import json
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

HUB_ADDRESS = "10.77.0.1"
STATION_ADDRESS = "10.77.0.2"


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    tick = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            return False
        tick.wait(0.05)
    return True


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


def why_not() -> str:
    """Say why no two hosts and no slow wire can be made here; nothing when they can."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    try:
        with two_hosts() as wire:
            wire.slow(64)
            wire.speed_up()
    except FileNotFoundError as error:
        return f"iproute2 is not installed: {error.filename}"
    except subprocess.CalledProcessError as error:
        return f"no network of one's own can be made here: {error.stderr.strip()}"
    return ""


class Wire:
    """What joins the two hosts."""

    def __init__(self, hub: str, station: str) -> None:
        self.hub = hub
        self.station = station

    def inside(self, host: str, *command: str) -> list[str]:
        """Return a command that runs on one of the hosts."""
        return ["ip", "netns", "exec", host, *command]

    def cut(self) -> None:
        run("ip", "-n", self.station, "link", "set", "eth", "down")

    def mend(self) -> None:
        run("ip", "-n", self.station, "link", "set", "eth", "up")

    def slow(self, kbit: int) -> None:
        """Let so much through, in each direction."""
        for host in (self.hub, self.station):
            shaped = ("rate", f"{kbit}kbit", "burst", "4kb", "latency", "2s")
            run("tc", "-n", host, "qdisc", "replace", "dev", "eth", "root", "tbf", *shaped)

    def speed_up(self) -> None:
        for host in (self.hub, self.station):
            run("tc", "-n", host, "qdisc", "del", "dev", "eth", "root")

    def sent(self) -> int:
        """Bytes that the station has put on the wire."""
        shown = run("ip", "-n", self.station, "-s", "-j", "link", "show", "eth")
        return int(json.loads(shown)[0]["stats64"]["tx"]["bytes"])

    def move_hub(self, old: str, new: str) -> None:
        """Give the hub another address, as a school's router does over the holidays."""
        run("ip", "-n", self.hub, "addr", "del", f"{old}/24", "dev", "eth")
        run("ip", "-n", self.hub, "addr", "add", f"{new}/24", "dev", "eth")


@contextmanager
def two_hosts() -> Iterator[Wire]:
    """Make both hosts and the wire, and take them away again."""
    mark = secrets.token_hex(3)
    wire = Wire(f"hub-{mark}", f"sta-{mark}")
    try:
        for host in (wire.hub, wire.station):
            run("ip", "netns", "add", host)
            run("ip", "-n", host, "link", "set", "lo", "up")
        ends = ("type", "veth", "peer", "name", "eth", "netns", wire.station)
        run("ip", "link", "add", "eth", "netns", wire.hub, *ends)
        for host, address in ((wire.hub, HUB_ADDRESS), (wire.station, STATION_ADDRESS)):
            run("ip", "-n", host, "addr", "add", f"{address}/24", "dev", "eth")
            run("ip", "-n", host, "link", "set", "eth", "up")
        yield wire
    finally:
        for host in (wire.hub, wire.station):
            with suppress(OSError, subprocess.SubprocessError):
                run("ip", "netns", "del", host)
