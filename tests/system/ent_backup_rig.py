"""A classroom whose backup goes to a real WebDAV server, and a blank box beside it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from appliance.config import BackupConfig, Config, EntConfig
from appliance.hub.box import Box
from appliance.jobs import backup, restore_ent
from appliance.jobs.backup import BackupReport
from appliance.jobs.restore import RestoreReport
from tests.conftest import HandClock, MadeKeys
from tests.contract.ent_servers import PASSWORD, USER, Server
from tests.unit.backup_helpers import Rig, make_rig

FOLDER = "Sauvegarde/boîte"


@dataclass
class EntRig:
    """The box, what it is copied to, and what was waited for."""

    rig: Rig
    server: Server
    config: Config

    def backup(self, **changes: object) -> BackupReport:
        return backup.run_ent(replace(self.config, **changes), self.rig.clock, lambda _seconds: None)  # type: ignore[arg-type]

    def restore(self, **options: object) -> RestoreReport:
        blank = replace(self.rig.blank, ent=self.config.ent, backup=self.config.backup)
        with restore_ent.opened(blank) as locker:
            return restore_ent.run(blank, locker, self.rig.recovery, clock=self.rig.clock, **options)  # type: ignore[arg-type]

    @property
    def box(self) -> Box:
        return self.rig.box

    @property
    def root(self) -> Path:
        """The box's own folder on the server's disk."""
        [root] = (self.server.root / FOLDER).iterdir()
        return root

    def snapshots(self) -> list[str]:
        return sorted(path.name for path in self.root.glob("0*Z"))

    def there(self) -> dict[str, bytes]:
        """Every file of the backup, and what it holds."""
        paths = [path for path in self.root.rglob("*") if path.is_file()]
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths}


def at(config: Config, server: Server, folder: Path, port: int = 0) -> Config:
    """Set a box's backup to a server, as its configuration does."""
    secret = folder / "ent-password"
    secret.write_text(f"{PASSWORD}\n", encoding="utf-8")
    url = f"http://127.0.0.1:{port or server.port}{server.base}"
    ent = EntConfig("webdav", url, USER, secret, timeout_seconds=30.0)
    return replace(config, ent=ent, backup=BackupConfig(ent_folder=FOLDER))


@pytest.fixture(name="make")
def make_fixture(
    box: Box, clock: HandClock, made_keys: MadeKeys, tmp_path: Path
) -> Callable[[Server], EntRig]:
    def make(server: Server) -> EntRig:
        rig = make_rig(box, clock, made_keys, tmp_path)
        return EntRig(rig, server, at(rig.config, server, tmp_path))

    return make
