"""Statements of other domains, signed with the key of the ledger.

A statement begins with a line that names its kind and is never the name of a key, so that no signature of a statement
can be taken for that of a checkpoint, which begins with the name of the key that signs it.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from burgrave.custody.commands.keys import ensure_log_key, private_key
from burgrave.custody.errors import StatementRefused
from burgrave.custody.terms import SignedStatement

_KIND = re.compile(r"burgrave-[a-z]+(?:-[a-z]+)*/\d+\n")


def sign_statement(text: str) -> SignedStatement:
    """The statement with its Ed25519 signature (RFC 8032). Raises StatementRefused, and CustodyError for the key.

    ``text`` begins with a line such as ``burgrave-policy-statement/1`` and ends with a line feed.
    """
    home = Path(settings.BURGRAVE_HOME)
    key = ensure_log_key(home=home, passphrase=settings.BURGRAVE_KEY_PASSPHRASE)
    if not _KIND.match(text) or not text.endswith("\n") or text.startswith(key.name):
        raise StatementRefused(
            "a statement is signed only if its first line names its kind, such as burgrave-policy-statement/1"
        )
    private = private_key(home=home, passphrase=settings.BURGRAVE_KEY_PASSPHRASE)
    return SignedStatement(text=text, signature=private.sign(text.encode()), fingerprint=key.fingerprint)
