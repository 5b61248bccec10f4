"""The hub's pages: what the teacher sees every day, and what a sticker opens in class.

Thin views over `appliance.hub`; one blueprint per page family in `pages/`. No rule, no SQL and no key
lives here, and nothing a person typed is kept outside the hub. Every action works without a script.
"""

from collections.abc import Callable

from flask import Flask

from appliance.hub.box import Box
from web import assets, context, errors, fresh, leaving_words, paper_words, security, wording
from web.context import Shared
from web.desk import Desk
from web.guesses import GuessGuard
from web.pages import (
    about,
    access,
    adults,
    again,
    anonymity,
    aside,
    badges,
    carnet,
    choices,
    day,
    day_code,
    device,
    family_requests,
    groups,
    health,
    home,
    import_list,
    incidents,
    journal,
    keys,
    leaving,
    lost,
    office,
    papers,
    permissions,
    projects,
    pupils,
    rights,
    satellites,
    school,
    setup,
    statement,
    stations,
    stickers,
    traces,
    trial,
    voices,
    year_end,
)
from web.showing import Showing

__all__ = ["create_app", "desk_of"]


def create_app(box: Box, *, static_version: str = "", hosts: Callable[[str], bool] | None = None) -> Flask:
    """Return the application that shows a box.

    `static_version` names the edition of style and scripts (default: a digest of them); `hosts` says of
    a Host header whether it is ours (default: any). Its cookie is `Secure`: it has to be served by HTTPS.
    The caller calls `desk_of(app).lock_if_idle()` now and then, for when nobody asks for a page.
    """
    app = Flask(__name__, static_folder=None)
    showing = Showing()
    app.extensions[context.KEY] = Shared(box, Desk(box, showing.drop), showing, GuessGuard())
    app.url_map.strict_slashes = False
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    wording.speak_french(app)
    leaving_words.speak(app)
    paper_words.speak(app)
    security.protect(app, hosts)
    fresh.speak(app)
    errors.handle_faults(app)
    assets.serve(app, static_version)
    for family in (
        home,
        setup,
        access,
        device,
        lost,
        keys,
        again,
        adults,
        day_code,
        day,
        traces,
        carnet,
        aside,
        import_list,
        pupils,
        permissions,
        projects,
        choices,
        anonymity,
        rights,
        statement,
        family_requests,
        groups,
        badges,
        stations,
        satellites,
        trial,
        health,
        leaving,
        journal,
        office,
        papers,
        school,
        incidents,
        stickers,
        voices,
        about,
        year_end,
    ):
        app.register_blueprint(family.bp)
    home.describe_pages(app)
    return app


def desk_of(app: Flask) -> Desk:
    """Return who is at the teacher's pages of an application; its `lock_if_idle` locks an idle class."""
    shared: Shared = app.extensions[context.KEY]
    return shared.desk
