"""A ledger, empty or filled."""

from __future__ import annotations

from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from burgrave.engines.note import VerifierKey
from burgrave.ledger import commands
from burgrave.ledger.tests.house import NOON, ORIGIN, Log, bulk, doors
from burgrave.web.terms import Actor, PersonId


@pytest.fixture
def alice_of_the_house() -> Actor:
    person_id = PersonId(uuid4())
    return Actor(person_id=person_id, label=f"people.person:{person_id}", name="Alice Amsel")


@pytest.fixture
def log(db: None, alice_of_the_house: Actor) -> Log:
    private = Ed25519PrivateKey.generate()
    return Log(private, VerifierKey(ORIGIN, private.public_key().public_bytes_raw()), alice_of_the_house)


@pytest.fixture
def filled(log: Log) -> Log:
    """600 records under three checkpoints: two full tiles, a partial one, and a second level."""
    for count in (1, 299, 300):
        log.add(count)
        log.seal()
    return log


@pytest.fixture
def mixed(log: Log) -> Log:
    """Single records and sheaves in turn, 408 in all, under three checkpoints."""
    log.add(3)
    bulk(log, doors(100))
    log.seal()
    log.add(4)
    bulk(log, doors(1))
    log.seal()
    fresh = commands.bind_all(doors(300), actor=log.alice, at=NOON)
    log.seal(fresh=fresh)
    assert [len(each.leaves) for each in fresh] == [256, 44]
    return log
