"""What all words of the domain share: permissions, and how long texts may be."""

from __future__ import annotations

READ = "assurance.read"
EXPORT = "assurance.export"
MANAGE = "assurance.manage"
ASSERT = "assurance.assert"
CHECK = "assurance.check"

TITLE_MAX = 300
IDENTIFIER_MAX = 80
TEXT_MAX = 20_000
NOTE_MAX = 4_000
