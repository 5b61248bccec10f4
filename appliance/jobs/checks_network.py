"""The doctor's checks of who answers: the hub, the school's network, the ENT."""

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

from appliance import unix_http
from appliance.announce import lan_addresses, who_answers
from appliance.config import Config
from appliance.i18n import _
from appliance.jobs.findings import Finding, amber, green, red
from appliance.systemd import credential

_HUB_SECONDS = 5.0
_PAGE_SECONDS = 3.0
_ENT_SECONDS = 5.0


def hub(config: Config) -> list[Finding]:
    """Ask the hub how it is, by the stations' door."""
    door = config.socket("station")
    try:
        locked = bool(unix_http.request(door, "GET", "/health", timeout=_HUB_SECONDS).json()["locked"])
    except unix_http.HubUnavailable as error:
        if isinstance(error.__cause__, PermissionError):
            return [
                amber(
                    "hub",
                    _("Ce compte n’a pas le droit d’interroger la boîte."),
                    _("Relancez la vérification par « sudo boite doctor »."),
                )
            ]
        locked = None
    except (ValueError, KeyError, TypeError):
        locked = None
    if locked is None:
        return [
            red(
                "hub",
                _("Le programme de la boîte ne répond pas. Les stations gardent les enregistrements."),
                _("Redémarrez-le par « sudo systemctl restart boite-hub », sinon débranchez et rebranchez."),
            )
        ]
    state = _("la classe est fermée") if locked else _("la classe est ouverte")
    return [green("hub", _("La boîte répond ; {state}.").format(state=state))]


def network(config: Config) -> list[Finding]:
    """Say whether the teacher's page can be reached from the network, and under which name."""
    if ipaddress.ip_address(config.hub.bind).is_loopback:
        page = _page(config, [config.hub.bind])
        return [page or green("network", _("La page répond, sur cet ordinateur seulement."))]
    addresses = lan_addresses()
    if not addresses:
        return [
            amber(
                "network",
                _("La boîte n’est sur aucun réseau. Les stations enregistrent quand même."),
                _("Branchez le câble du réseau de l’école, ou vérifiez le Wi-Fi."),
            )
        ]
    page = _page(config, addresses)
    reachable = page or green(
        "network",
        _("La page répond sur le réseau : {urls}.").format(
            urls=", ".join(_url(config, address) for address in addresses)
        ),
    )
    return [reachable, *_name(config, addresses)]


def _page(config: Config, addresses: list[str]) -> Finding | None:
    silent = [address for address in addresses if not _serves_https(address, config.hub.https_port)]
    if len(silent) < len(addresses):
        return None
    return red(
        "network",
        _("La page ne répond pas à {urls}.").format(urls=", ".join(_url(config, a) for a in silent)),
        _("Redémarrez la boîte ; si cela continue, appelez l’ERUN."),
    )


def _url(config: Config, address: str) -> str:
    port = config.hub.https_port
    return f"https://{address}" if port == http.client.HTTPS_PORT else f"https://{address}:{port}"


def _serves_https(address: str, port: int) -> bool:
    # The certificate was made on the box: who it names is the browser's business, not a health check's.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address, port), timeout=_PAGE_SECONDS) as plain,
            context.wrap_socket(plain),
        ):
            return True
    except OSError:
        return False


def _name(config: Config, addresses: list[str]) -> list[Finding]:
    if not config.hub.announce:
        return []
    name = f"{config.host}.local"
    answering = who_answers(config.host, addresses)
    if not answering:
        return [
            amber(
                "name",
                _("Personne ne répond au nom {name} sur le réseau.").format(name=name),
                _("Utilisez l’adresse {url}. Les filtres de l’école arrêtent peut-être ce nom.").format(
                    url=_url(config, addresses[0])
                ),
            )
        ]
    if not set(answering) <= set(addresses):
        return [
            red(
                "name",
                _("Une autre machine répond au nom {name} ({others}).").format(
                    name=name, others=", ".join(sorted(set(answering) - set(addresses)))
                ),
                _("Donnez à cette boîte un autre nom (host) dans {file}, puis redémarrez.").format(
                    file=config.path
                ),
            )
        ]
    return [green("name", _("La boîte répond au nom {name}.").format(name=name))]


def ent(config: Config) -> Finding:
    """Say whether the ENT is configured and answers; sends neither a name nor the password."""
    if config.ent.kind == "none":
        return green("ent", _("Aucun ENT n’est configuré : tout reste dans la boîte."))
    url = urlsplit(config.ent.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        return red(
            "ent",
            _("L’adresse de l’ENT n’est pas une adresse web."),
            _("Corrigez « url » dans la partie [ent] de {file}.").format(file=config.path),
        )
    if url.scheme == "http" and not _is_this_machine(url.hostname):
        return red(
            "ent",
            _("L’adresse de l’ENT commence par http : le mot de passe voyagerait en clair."),
            _("Demandez à l’ENT son adresse en https, et mettez-la dans {file}.").format(file=config.path),
        )
    if (missing := _password(config)) is not None:
        return missing
    return _answer(url.scheme, url.hostname, url.port, url.path or "/")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _password(config: Config) -> Finding | None:
    path = config.ent.password_file
    try:
        present = path is not None and credential(path).stat().st_size > 0
    except OSError:
        present = False
    if present:
        return None
    return red(
        "ent",
        _("Le mot de passe de l’ENT manque. Rien n’est perdu : la boîte garde tout."),
        _("Écrivez-le dans {file}, avec « sudo nano ».").format(file=path or config.path),
    )


def _answer(scheme: str, host: str, port: int | None, path: str) -> Finding:
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=_ENT_SECONDS)
    patience = _("Rien n’est perdu : la boîte garde tout et réessaiera.")
    try:
        connection.request("OPTIONS", path)
        status = connection.getresponse().status
    except ssl.SSLCertVerificationError:
        return red(
            "ent",
            _("{host} ne prouve pas son identité. Rien ne lui est envoyé.").format(host=host),
            _("Vérifiez l’adresse de l’ENT et l’heure de la boîte ; prévenez l’ERUN."),
        )
    except (OSError, http.client.HTTPException):
        return amber("ent", _("L’ENT ({host}) ne répond pas.").format(host=host), patience)
    finally:
        connection.close()
    if status >= http.client.INTERNAL_SERVER_ERROR:
        return amber("ent", _("L’ENT ({host}) répond qu’il est en panne.").format(host=host), patience)
    if status == http.client.NOT_FOUND:
        return red(
            "ent",
            _("L’ENT ({host}) répond, mais l’espace configuré n’y est pas.").format(host=host),
            _("Vérifiez « url » dans la partie [ent] de la configuration."),
        )
    return green("ent", _("L’ENT ({host}) répond.").format(host=host))
