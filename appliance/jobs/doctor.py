"""`boite doctor`: looks at everything that can fail, and says for each what is so and what to do.

It opens no stream, prints nothing and changes nothing: a class may be at work. The whole takes some seconds;
each check has its own finite timeout.
"""

from appliance.clock import Clock
from appliance.config import Config
from appliance.jobs import checks, checks_backup, checks_board, checks_devices, checks_network
from appliance.jobs.findings import Finding, Level, as_json, as_text, worst

__all__ = ["Finding", "Level", "as_json", "as_text", "run_checks", "worst"]


def run_checks(config: Config, clock: Clock) -> list[Finding]:
    """Return one finding or more for each thing of the box, in the order in which a class needs them.

    A machine that only holds stations of another box has no printer, page, key, ENT or clock to look at.
    """
    if checks_devices.holds_no_hub(config):
        return [
            *checks_devices.stations(config),
            *checks_devices.links(config),
            checks.disk(config),
            checks.swap(),
            *checks_board.board(),
        ]
    return [
        *checks_devices.stations(config),
        checks_devices.printer(config),
        checks.disk(config),
        checks.clock(config, clock),
        checks.key(config),
        checks.swap(),
        checks_backup.backup(config, clock),
        *checks_network.hub(config),
        *checks_network.network(config),
        checks_network.ent(config),
        *checks_board.board(),
    ]
