"""The choices of the controller where doctrines differ, and the DPO's word that allows to loosen them."""

from dataclasses import dataclass
from datetime import date

from appliance.domain.audit import Event
from appliance.domain.permissions import STRICT, Policy, Signatures
from appliance.hub import audit
from appliance.hub.box import Box
from appliance.hub.retention import recounting
from appliance.hub.rights import answers, permits
from appliance.store import settings

_INSTRUCTION = "policy_instruction"


class NeedsInstruction(Exception):
    """It asks families for less than before: the DPO has to have written so (law.md §1.2)."""


@dataclass(frozen=True)
class Instruction:
    """The written instruction of the data-protection officer."""

    author: str
    on: date
    reference: str


def instruction(box: Box) -> Instruction | None:
    """Return the instruction in force, or None under the strict reading; Locked when the class is."""
    sealed = settings.get_sealed(box.database, _INSTRUCTION)
    words = box.opener.open_json(sealed) if sealed else None
    return (
        Instruction(words["author"], date.fromisoformat(words["on"]), words["reference"]) if words else None
    )


def choose(box: Box, policy: Policy, instruction: Instruction | None = None) -> None:
    """Set the policy, and take back what it no longer allows. NeedsInstruction; works while locked."""
    before = permits.policy(box)
    if policy == before:
        return
    if policy.loosens(before) and instruction is None:
        raise NeedsInstruction
    with box.database.transaction():
        settings.put(box.database, settings.PRIOR_PERMISSION, "yes" if policy.prior_permission else "no")
        settings.put(box.database, settings.SIGNATURES, policy.signatures)
        if instruction is not None:
            words = {**instruction.__dict__, "on": instruction.on.isoformat()}
            settings.put_sealed(box.database, _INSTRUCTION, box.sealer.seal_json(words))
        elif not policy.loosens(STRICT):
            settings.put_sealed(box.database, _INSTRUCTION, box.sealer.seal_json(None))
        recounting.owe(box)
        _note(box, before, policy)
    recounting.begin(box)
    answers.recall_expired(box, box.today())
    box.announce_change()


def _note(box: Box, before: Policy, after: Policy) -> None:
    if before.prior_permission != after.prior_permission:
        chosen = "prior_permission" if after.prior_permission else "public_mission"
        audit.note(box, Event.POLICY_SET, detail=chosen)
    if before.signatures is not after.signatures:
        audit.note(box, Event.POLICY_SET, detail=Signatures(after.signatures).value)
