"""What is asked at each station."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.i18n import _
from web.context import box
from web.forms import save_station_titles, station_forms
from web.security import require_teacher

bp = Blueprint("stations", __name__, url_prefix="/stations")
bp.before_request(require_teacher)


@bp.route("", methods=["GET", "POST"])
def every() -> str | tuple[str, int] | Response:
    """Show and change what each station asks; earlier traces keep their title."""
    forms = station_forms(box(), request.form)
    if request.method == "POST" and save_station_titles(box(), forms):
        flash(_("C’est enregistré. Les prochaines étiquettes le porteront."))
        return redirect(url_for("stations.every"), 303)
    return render_template("stations.html", forms=forms), 400 if request.method == "POST" else 200
