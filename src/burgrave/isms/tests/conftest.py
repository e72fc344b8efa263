from __future__ import annotations

import pytest

from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.web.terms import Actor


@pytest.fixture
def olga(organisation: CastOrganisation) -> Actor:
    """Security officer of the whole organisation: the second pair of eyes."""
    return hire("Olga Ohlsen", unit_id=organisation.root, roles=(("security_officer", organisation.root),))
