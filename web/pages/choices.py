"""*Choix du responsable de traitement*: the strict reading, unless the DPO wrote otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from appliance.domain.permissions import Policy, Signatures
from appliance.domain.roles import Act
from appliance.hub.box import Locked
from appliance.hub.rights import permits, policies
from appliance.hub.rights.policies import Instruction, NeedsInstruction
from appliance.i18n import _
from web.context import box
from web.security import require

bp = Blueprint("choices", __name__, url_prefix="/choix")
bp.before_request(require(Act.SEE_POLICY, save=Act.SET_POLICY))

Page = str | tuple[str, int] | Response
LONGEST = 120
CAPTURE = {"prior": True, "mission": False}
"""Field value to whether a written permission comes before any capture."""


@dataclass(frozen=True)
class Typed:
    """The instruction as typed."""

    author: str = ""
    on: str = ""
    reference: str = ""

    @classmethod
    def read(cls, said: Mapping[str, str]) -> "Typed":
        """Return what was typed."""
        words = (" ".join(said.get(name, "").split())[:LONGEST] for name in ("auteur", "date", "reference"))
        return cls(*words)

    def instruction(self) -> Instruction | None:
        """Return it when it is whole."""
        try:
            on = date.fromisoformat(self.on)
        except ValueError:
            return None
        return Instruction(self.author, on, self.reference) if self.author and self.reference else None


@bp.get("")
def page() -> str:
    """Show the choices, and the DPO's instruction when the class is open."""
    return _page(permits.policy(box()), Typed())


@bp.post("")
def save() -> Page:
    """Set the choices; to ask families for less, the DPO's instruction is needed."""
    chosen = Policy(
        CAPTURE.get(request.form.get("captation", ""), True),
        next((s for s in Signatures if s == request.form.get("signatures")), Signatures.AS_TABLE),
    )
    typed = Typed.read(request.form)
    try:
        policies.choose(box(), chosen, typed.instruction())
    except NeedsInstruction:
        said = _(
            "Ce choix demande moins aux familles : écrivez qui, au service du délégué à la protection des "
            "données, l’a décidé, à quelle date et sous quelle référence."
        )
        return _page(chosen, typed, said), 400
    flash(_("C’est enregistré. Les stations le savent dans quelques secondes."))
    return redirect(url_for("choices.page"), 303)


def _page(policy: Policy, typed: Typed, fault: str = "") -> str:
    known, sealed = None, False
    try:
        known = policies.instruction(box())
    except Locked:
        sealed = True
    return render_template(
        "choices.html",
        policy=policy,
        signatures=Signatures,
        typed=typed,
        instruction=known,
        sealed=sealed,
        fault=fault,
    )
