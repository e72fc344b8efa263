"""Operations that answer with a file."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Field, Schema

from burgrave.web.reports import MEDIA_TYPES

REPORT_ANSWERS: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The file.",
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES.values()},
        }
    }
}
"""What an operation that hands out a report says of its success."""


class ReportIn(Schema):
    """Printed formats take 5,000 rows at most, tables 100,000."""

    format: Literal["pdf", "docx", "xlsx", "csv"] = Field("pdf", description="How the report is handed out.")
