"""`python retention_child.py <folder> <now>`: one run of the retention on a clock told by hand."""

import sys
from datetime import datetime
from pathlib import Path

from appliance.config import Config
from appliance.domain.retention import ClockReading
from appliance.jobs import retention


class Told:
    """A believed clock that says one thing."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def read(self) -> ClockReading:
        return ClockReading(self._now, trusted=True)


def config_of(folder: Path) -> Config:
    return Config(path=folder / "boite.toml", data=folder / "data", run=folder / "run")


if __name__ == "__main__":
    folder, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
    sys.stdout.write(str(retention.run(config_of(folder), Told(now)).erased))
