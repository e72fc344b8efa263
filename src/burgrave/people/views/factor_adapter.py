"""What allauth asks about second factors, answered from the vault."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter

from burgrave.people.commands import vault


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    """Secrets of factors lie encrypted in the database."""

    def encrypt(self, text: str) -> str:
        return vault.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.decrypt(encrypted_text)
