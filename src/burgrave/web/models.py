"""The one table of the face: answers that are given again when the same request comes twice."""

from __future__ import annotations

from django.db import models


class GivenAnswer(models.Model):
    """The answer to a request that named itself with an Idempotency-Key."""

    caller = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=100, default="")
    etag = models.CharField(max_length=120, default="")
    body = models.BinaryField(default=b"")
    given_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["caller", "key"], name="web_answer_once"),)

    def __str__(self) -> str:
        return f"{self.status} to {self.caller}"
