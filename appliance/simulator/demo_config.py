"""The configuration of a demo's box: the same file as `/etc/boite/boite.toml`, for the loopback."""

import json

from appliance.simulator.places import ENT_USER, Places, Ports

WATERMARK = "DÉMO"


def demo_config(places: Places, ports: Ports) -> str:
    """Return the configuration as TOML."""
    # A JSON string is a TOML basic string as long as nothing above U+FFFF is escaped.
    return _TEMPLATE.format(
        data=_quoted(places.data),
        run=_quoted(places.run),
        clock=_quoted(places.clock),
        watermark=_quoted(WATERMARK),
        https_port=ports.https,
        http_port=ports.http,
        paper=_quoted(f"127.0.0.1:{ports.paper}"),
        link_base=_quoted(f"https://127.0.0.1:{ports.https}"),
        ent_url=_quoted(f"http://127.0.0.1:{ports.ent}/"),
        ent_user=_quoted(ENT_USER),
        ent_password=_quoted(places.ent_password),
    )


def _quoted(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)


_TEMPLATE = """\
[box]
data = {data}
run = {run}
host = "boite-demo"
watermark = {watermark}
simulated_clock = {clock}

[hub]
bind = "127.0.0.1"
https_port = {https_port}
http_port = {http_port}
announce = false
link_base = {link_base}

[[stations]]
id = "A"
nature = "voice"
microphone = "twin"
loudspeaker = "twin"
badge_camera = 0

[[stations]]
id = "B"
nature = "production"
microphone = "twin"
loudspeaker = "twin"
badge_reader = "twin"
badge_camera = 0
tray_camera = 1

[printer]
connection = "network"
address = {paper}

[ent]
kind = "webdav"
url = {ent_url}
user = {ent_user}
password_file = {ent_password}
timeout_seconds = 10.0
"""
