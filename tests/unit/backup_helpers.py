"""A classroom with a stick, and a blank box beside it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.config import BackupConfig, Config
from appliance.hub.box import Box
from appliance.jobs import backup, restore
from appliance.jobs.backup import BackupReport
from appliance.jobs.backup_folder import BackupFolder
from appliance.jobs.backup_names import content_of
from appliance.jobs.restore import RestoreReport
from appliance.jobs.restore_source import find
from appliance.vault.opening import Opener
from tests.conftest import HandClock, MadeKeys


@dataclass
class Rig:
    """A box with a class, its stick, and the configuration of a box that was never used."""

    box: Box
    clock: HandClock
    keys: MadeKeys
    config: Config
    stick: Path
    blank: Config

    def backup(self) -> BackupReport:
        return backup.run(self.config, self.clock)

    def restore(self, **options: object) -> RestoreReport:
        return restore.run(self.blank, self.stick, self.recovery, clock=self.clock, **options)  # type: ignore[arg-type]

    def recovery(self, _keys: object) -> Opener:
        return Opener(self.keys.secrets.recovery_identity)

    def folder(self) -> BackupFolder:
        return find(self.stick)[0]

    def folder_is_empty(self) -> bool:
        """Whether there is no snapshot to restore, and no file that counts."""
        [root] = self.stick.iterdir()
        folder = BackupFolder(root)
        return not folder.snapshots() and not folder.files

    def kept(self, kind: str) -> set[str]:
        """The ids whose file of that kind lies on the stick."""
        found = [content_of(name) for name in self.folder().names()]
        return {content.id for content in found if content is not None and content.kind == kind}

    def on_stick(self, capture: str) -> list[Path]:
        return [path for path in self.stick.rglob("*") if capture in path.name]


def make_rig(box: Box, clock: HandClock, keys: MadeKeys, folder: Path) -> Rig:
    stick = folder / "stick"
    stick.mkdir()
    config = replace(box.config, backup=BackupConfig(stick, same_disk=True))
    config.path.write_text('[box]\nhost = "boite"\n')
    blank = replace(config, data=folder / "new" / "data", run=folder / "new" / "run")
    blank.data.mkdir(parents=True)
    return Rig(box, clock, keys, config, stick, blank)


DURABLE = ("fsync", "replace", "unlink", "mkdir")
"""What a run does to a disk, in order; a power cut falls between two of these."""


def cut_before(step: int, action: Callable[[], object]) -> bool:
    """Run an action in a process that dies like a power cut before its durable step `step`.

    True when it died, False when it ended before getting there.
    """
    child = os.fork()
    if child == 0:
        _die_at(step)
        try:
            action()
        except BaseException:  # noqa: BLE001  the parent is told by the exit status
            os._exit(99)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9), "it failed by itself"
    return code == 9


def _die_at(step: int) -> None:
    left = [step]

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            if left[0] == 0:
                os._exit(9)
            left[0] -= 1
            return real(*arguments, **named)

        return call

    for name in DURABLE:
        setattr(os, name, counted(getattr(os, name)))


def tree_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder and what they hold."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
