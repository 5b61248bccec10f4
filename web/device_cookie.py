"""The trusted device's own half of the key: a cookie that no script reads and no other site receives."""

from datetime import date, timedelta

from flask import request
from werkzeug.wrappers import Response

from appliance.domain.retention import school_year_end
from appliance.hub.keys import devices
from appliance.hub.keys.devices import Trusted
from web.context import box

COOKIE = "__Host-boite-appareil"


def trusted() -> Trusted | None:
    """Return what this browser holds, when the box still trusts it; works while locked."""
    device, _dot, secret = request.cookies.get(COOKIE, "").partition(".")
    if not device or not secret or not devices.is_trusted(box(), device):
        return None
    return Trusted(device, secret)


def give(answer: Response, held: Trusted) -> None:
    """Give a browser its half, until the school year ends; a month more, for the first days of the next."""
    answer.set_cookie(
        COOKIE,
        f"{held.device}.{held.secret}",
        max_age=_until_the_end(box().today()),
        path="/",
        secure=True,
        httponly=True,
        samesite="Strict",
    )


def take_back(answer: Response) -> None:
    """Make a browser forget its half."""
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")


def _until_the_end(today: date) -> timedelta:
    return school_year_end(today) - today + timedelta(days=30)
