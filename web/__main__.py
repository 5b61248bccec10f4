"""`python -m web --config FILE`: the hub's process."""

import argparse
import logging
import sys
from pathlib import Path

from appliance.config import ConfigError, find_config, load_config
from appliance.stopping import asked_to_stop
from web.doors import PortTaken
from web.server import HubServer


def main() -> int:
    """Serve until SIGTERM; 78 (EX_CONFIG) when the configuration or a port does not allow it."""
    parser = argparse.ArgumentParser(prog="python -m web")
    parser.add_argument("--config", type=Path)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    stop = asked_to_stop()
    try:
        server = HubServer(load_config(find_config(arguments.config)))
        server.start()
    except (ConfigError, PortTaken) as error:
        sys.stderr.write(f"{error}\n")
        return 78
    server.wait(stop)
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
