"""The checks that run by themselves, handed down by the domains that know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from burgrave.assurance.errors import UnknownCheck
from burgrave.assurance.terms import AutomaticCheck


def automatic_checks() -> Mapping[str, AutomaticCheck]:
    """Every automatic check by its name: the table that the setting ``BURGRAVE_CHECKS`` names."""
    return cast("Mapping[str, AutomaticCheck]", import_string(settings.BURGRAVE_CHECKS))


def automatic_check(name: str) -> AutomaticCheck:
    """Raises UnknownCheck."""
    found = automatic_checks().get(name)
    if found is None:
        raise UnknownCheck(
            "there is no automatic check %(name)s", words={"name": name[:80]}, mend="Choose one from the list."
        )
    return found
