"""A memory card that can lose its power: an ext4 file system of its own, cut off as the plug would.

Killing processes is not a power loss: what they wrote stays in the kernel's memory. Here the file system
stops in the middle of whatever it does, without writing its journal back (`EXT4_IOC_SHUTDOWN` with
`NOLOGFLUSH`, include/uapi/linux/ext4.h), and the next mount finds what a real card would have kept.
"""

import fcntl
import os
import struct
import subprocess
import time
from pathlib import Path

_SHUTDOWN = 0x8004587D
_NOLOGFLUSH = struct.pack("I", 2)
_MEGABYTES = 512
_LET_GO_SECONDS = 10.0
_UNREPAIRED = 4
"""What `e2fsck -p` says when a person would have to answer its questions."""


class Card:
    """A card in a slot (a folder). Needs the rights to mount."""

    def __init__(self, image: Path, slot: Path) -> None:
        self._image = image
        self._slot = slot
        with image.open("wb") as file:
            file.truncate(_MEGABYTES * 1024 * 1024)
        slot.mkdir(parents=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
        self.insert()
        (slot / "lost+found").rmdir()

    def insert(self) -> None:
        """Mount it; what a power loss left is replayed from its journal."""
        subprocess.run(["mount", "-o", "loop", str(self._image), str(self._slot)], check=True)

    def lose_power(self) -> None:
        """Cut it off now: nothing that is not on it yet will be."""
        slot = os.open(self._slot, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(slot, _SHUTDOWN, _NOLOGFLUSH)
        finally:
            os.close(slot)

    def take_out(self) -> None:
        """Unmount it, once nobody uses it any more."""
        deadline = time.monotonic() + _LET_GO_SECONDS
        while subprocess.run(["umount", str(self._slot)], check=False, capture_output=True).returncode:
            assert time.monotonic() < deadline, "somebody still uses the card"
            time.sleep(0.02)
        # Mounted again, the same file would be the same file system as long as anybody's name space has it.
        copy = self._image.with_suffix(f".{time.monotonic_ns()}")
        subprocess.run(["cp", "--sparse=always", str(self._image), str(copy)], check=True)
        self._image.unlink()
        self._image = copy

    def needs_repair(self) -> bool:
        """Whether a person would have to repair it; only while it is out."""
        checked = subprocess.run(["e2fsck", "-fp", str(self._image)], capture_output=True, check=False)
        return checked.returncode >= _UNREPAIRED


def can_mount() -> bool:
    """Whether this machine lets us mount."""
    return os.geteuid() == 0 and Path("/dev/loop-control").exists()
