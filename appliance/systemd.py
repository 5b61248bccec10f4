"""What a process says to systemd and receives from it: readiness, watchdog, sockets, credentials.

The protocols are sd_notify(3), sd_listen_fds(3) and systemd.exec(5) "Credentials". Away from systemd
every function does nothing or returns nothing, so that a PC runs the same code.
"""

import os
import socket
from pathlib import Path

_FIRST_DESCRIPTOR = 3


def notify(state: str) -> bool:
    """Send one state (`READY=1`, `STATUS=…`) to the service manager; return whether one was listening.

    Never raises: a manager that went away must not stop a process that works.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(1)
            channel.sendto(state.encode(), address)
    except OSError:
        return False
    return True


def ready() -> bool:
    """Say that the process serves now."""
    return notify("READY=1")


def alive() -> bool:
    """Feed the watchdog. Call it only from where a freeze would show, never from an idle thread."""
    return notify("WATCHDOG=1")


def listen_sockets() -> dict[str, socket.socket]:
    """Return the sockets that systemd opened for this process, by their FileDescriptorName.

    Takes them once: the variables are cleared, so that no child believes they are its own.
    """
    count = os.environ.pop("LISTEN_FDS", "")
    names = os.environ.pop("LISTEN_FDNAMES", "")
    owner = os.environ.pop("LISTEN_PID", "")
    if owner != str(os.getpid()) or not count.isdecimal():
        return {}
    sockets = {}
    for descriptor, name in zip(
        range(_FIRST_DESCRIPTOR, _FIRST_DESCRIPTOR + int(count)), names.split(":"), strict=True
    ):
        os.set_inheritable(descriptor, False)
        sockets[name] = socket.socket(fileno=descriptor)
    return sockets


def credential(path: Path) -> Path:
    """Return where to read a secret file: systemd's copy for this unit when there is one, else `path`.

    `LoadCredential=<name>:<path>` puts it in $CREDENTIALS_DIRECTORY under the file's own name.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and (Path(folder) / path.name).is_file():
        return Path(folder) / path.name
    return path
