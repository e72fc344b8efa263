"""What the domain refuses, named by the promise that would be broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from burgrave.web.errors import BadInput, Refusal


def marked(text: str) -> str:
    """The text itself; imported as ``_``, it marks a sentence for the catalogue where Django must not be known."""
    return text


class PeopleError(Refusal):
    """Something about persons, units, grants or sign-in is not done as things stand.

    ``words`` fill the ``%(name)s`` places of the sentence after it was translated; the application hands down the
    translation when it starts.
    """

    translate: ClassVar[Callable[[str], str]] = staticmethod(marked)

    def __init__(self, sentence: str, *, mend: str = "", **words: str) -> None:
        said = PeopleError.translate(sentence)
        super().__init__(said % words if words else said, mend=PeopleError.translate(mend) if mend else "")


class AlreadySetUp(PeopleError):
    """The organisation has its first administrator; the set-up is over."""


class NotSetUp(PeopleError):
    """There is no organisation yet."""


class LinkIsDead(PeopleError):
    """A one-time link was used, has expired, was replaced, or never was."""

    status = 404


class EmailTaken(PeopleError):
    """An e-mail address belongs to one person only."""


class UnitNameTaken(PeopleError):
    """Two units of one parent have different names."""


class SampleStaysApart(PeopleError):
    """What is made up and what is real are never mixed: they would be taken for each other."""


class SampleStands(PeopleError):
    """There is one sample at most."""


class WeakPassword(PeopleError, BadInput):
    """A password is long, uncommon, and unlike its owner."""

    status = 422


class WrongPassword(PeopleError, BadInput):
    """Whoever changes a password knows the old one."""

    status = 422


class SelfGrant(PeopleError):
    """Nobody gives a role to themselves (ISO/IEC 27001:2022, A.5.3)."""


class PermissionNotHeld(PeopleError):
    """Nobody passes on a permission that they do not hold themselves (least privilege, NIST SP 800-53, AC-6)."""

    status = 403


class RoleIsFixed(PeopleError):
    """The roles that ship with Burgrave follow the program and are changed by nobody."""


class RoleInUse(PeopleError):
    """A role that somebody was given is retired, not deleted."""


class RoleIsRetired(PeopleError):
    """A retired role is given to nobody any more."""


class RoleNameTaken(PeopleError):
    """Two roles have different names."""


class UnitCycle(PeopleError):
    """A unit stands below no unit that stands below it."""


class SelfDelegation(PeopleError, BadInput):
    """Nobody delegates to themselves."""

    status = 422


class NotDelegable(PeopleError):
    """Some roles are held in person or not at all."""


class DelegationTooWide(PeopleError, BadInput):
    """A delegation gives less than the grant that it comes from, for a bounded time."""

    status = 422


class TokenTooLong(PeopleError, BadInput):
    """A token ends at most a year after it was made."""

    status = 422


class TooManyTokens(PeopleError):
    """One person has a bounded number of tokens that work."""


class TokenForbidden(PeopleError):
    """What outlives a token is done by somebody who is signed in, never by the token."""

    status = 403


class GrantStands(PeopleError):
    """The person already holds this role in this unit."""


class EndMissing(PeopleError, BadInput):
    """A role of people from outside is given until a day, at most a year away."""

    status = 422


class ExpiryHasPassed(PeopleError, BadInput):
    """A grant ends in the future."""

    status = 422


class LastAdministrator(PeopleError):
    """There is always somebody who can sign in and give roles."""


class Deactivated(PeopleError):
    """A deactivated person gets no role and no link."""


class NothingToUnlock(PeopleError):
    """No lockout stands against this person."""


class SignInNeeded(PeopleError):
    """Only somebody who is signed in gets an answer here."""

    status = 401


class WrongFactor(PeopleError, BadInput):
    """A code is right, in time, and good once; a passkey answers the question of this very page."""

    status = 422


class FactorsAreLocked(PeopleError):
    """After five refusals in a row nobody may guess on for a quarter of an hour."""

    status = 429


class FactorStands(PeopleError):
    """There is one app and one name for each factor of a person."""


class NoFactor(PeopleError):
    """Recovery codes stand in for a factor; without one there is nothing to recover."""


class VaultIsClosed(PeopleError):
    """Secrets of factors open only with the key that they were kept under."""


class IdentityUnconfirmed(PeopleError):
    """Before a dangerous act somebody proved within the last minutes who they are."""

    status = 403


class FactorNeeded(PeopleError):
    """Whoever must have a second factor has one."""

    status = 403


class OwnFactors(PeopleError):
    """Somebody else looks at a person before that person's factors are taken away."""


class SignInOver(PeopleError):
    """A second factor completes a sign-in that is under way in this browser."""


class ForeignAnswerRefused(PeopleError):
    """An identity provider's answer is believed only when it is whole, fresh, signed, and meant for this question."""

    status = 403


class ProviderAway(PeopleError):
    """An identity provider answers, and answers in time."""

    status = 503


class NobodyMeant(PeopleError):
    """A provider vouches for somebody whom this installation knows, or may make known."""

    status = 403


class PasswordsAreOff(PeopleError):
    """Where passwords are switched off, nobody signs in with one."""

    status = 403
