"""Every write of the domain. Each command checks its permission, decides, writes, and appends to the ledger."""

from burgrave.people.commands.access import grant, revoke
from burgrave.people.commands.delegations import delegate, take_back
from burgrave.people.commands.factor_policy import lift_factor_requirement, require_factor, reset_factors
from burgrave.people.commands.factors import add_app, add_passkey, make_recovery_codes, remove_factor, rename_factor
from burgrave.people.commands.foreign import meet, refuse_foreign
from burgrave.people.commands.importing import InvitedPerson, PeopleSaved, import_people, invite_many
from burgrave.people.commands.links import accept_invitation, invite_again, issue_set_up_link
from burgrave.people.commands.listing import LIST
from burgrave.people.commands.own import change_own_profile, change_password
from burgrave.people.commands.persons import add_person, deactivate, edit_person, move_people, reactivate
from burgrave.people.commands.proofs import prove_with_code, prove_with_passkey
from burgrave.people.commands.reporting import record_report
from burgrave.people.commands.roles import (
    delete_role,
    edit_role,
    make_role,
    must_manage_roles,
    retire_role,
    write_roles,
)
from burgrave.people.commands.sample import add_sample_people, add_sample_root, drop_sample
from burgrave.people.commands.sessions import (
    begin_session,
    confirm_identity,
    end_other_sessions,
    end_session,
    end_sessions_of,
    note_visit,
)
from burgrave.people.commands.setup import set_up
from burgrave.people.commands.sign_in import fail_sign_in, sign_in, sign_out, unlock
from burgrave.people.commands.tokens import make_token, revoke_token, use_token
from burgrave.people.commands.units import add_unit, move_unit, rename_unit

__all__ = [
    "LIST",
    "InvitedPerson",
    "PeopleSaved",
    "accept_invitation",
    "add_app",
    "add_passkey",
    "add_person",
    "add_sample_people",
    "add_sample_root",
    "add_unit",
    "begin_session",
    "change_own_profile",
    "change_password",
    "confirm_identity",
    "deactivate",
    "delegate",
    "delete_role",
    "drop_sample",
    "edit_person",
    "edit_role",
    "end_other_sessions",
    "end_session",
    "end_sessions_of",
    "fail_sign_in",
    "grant",
    "import_people",
    "invite_again",
    "invite_many",
    "issue_set_up_link",
    "lift_factor_requirement",
    "make_recovery_codes",
    "make_role",
    "make_token",
    "meet",
    "move_people",
    "move_unit",
    "must_manage_roles",
    "note_visit",
    "prove_with_code",
    "prove_with_passkey",
    "reactivate",
    "record_report",
    "refuse_foreign",
    "remove_factor",
    "rename_factor",
    "rename_unit",
    "require_factor",
    "reset_factors",
    "retire_role",
    "revoke",
    "revoke_token",
    "set_up",
    "sign_in",
    "sign_out",
    "take_back",
    "unlock",
    "use_token",
    "write_roles",
]
