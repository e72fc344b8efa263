"""Tables of the domain."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from burgrave.notifications.terms import Channel, DeliveryState, DigestEvery, MailState, Urgency, WebhookState


class News(models.Model):
    """Something happened; told once, however often it is reported under one key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.CharField(max_length=50)
    about = models.CharField(max_length=160, blank=True, default="")
    urgency = models.CharField(max_length=6, default=Urgency.NORMAL)
    sentence = models.CharField(max_length=300)
    params = models.JSONField(default=dict)
    link = models.CharField(max_length=300)
    dedupe_key = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField()
    permission = models.CharField(max_length=60, blank=True, default="")
    unit_id = models.UUIDField(null=True, blank=True)
    escalate_after_seconds = models.PositiveIntegerField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=~Q(dedupe_key=""), name="notifications_news_once_per_key"
            ),
        )
        indexes = (models.Index(fields=["at"], name="notifications_news_by_time"),)

    def __str__(self) -> str:
        return f"{self.topic} at {self.at:%Y-%m-%d %H:%M}"


class Mail(models.Model):
    """One message to one person, with notices in it. Its Message-ID stays the same however often it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120, unique=True)
    is_digest = models.BooleanField(default=False)
    state = models.CharField(max_length=8, default=MailState.WAITING)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        indexes = (models.Index(fields=["person", "created_at"], name="notifications_mail_of_person"),)

    def __str__(self) -> str:
        return f"mail {self.id} ({self.state})"


class Notice(models.Model):
    """News in one person's inbox."""

    news = models.ForeignKey(News, on_delete=models.CASCADE, related_name="notices")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    step = models.PositiveSmallIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)
    wants_digest = models.BooleanField(default=False)
    mail = models.ForeignKey(Mail, null=True, blank=True, on_delete=models.SET_NULL, related_name="notices")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["news", "person"], name="notifications_notice_once"),)
        indexes = (
            models.Index(fields=["person", "-id"], name="notifications_inbox"),
            models.Index(fields=["person"], condition=Q(read_at__isnull=True), name="notifications_unread"),
            models.Index(
                fields=["person"], condition=Q(wants_digest=True, mail__isnull=True), name="notifications_for_digest"
            ),
        )

    def __str__(self) -> str:
        return f"notice {self.pk}"


class Preference(models.Model):
    """The channel that a person chose for a topic."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=50)
    channel = models.CharField(max_length=8, default=Channel.MAIL)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "topic"], name="notifications_preference_once"),)

    def __str__(self) -> str:
        return f"{self.topic}: {self.channel}"


class Rhythm(models.Model):
    """When a person gets digests, and when they want quiet. The day of the last digest is kept here too."""

    person = models.OneToOneField("people.Person", on_delete=models.CASCADE, primary_key=True, related_name="+")
    digest = models.CharField(max_length=4, default=DigestEvery.DAY)
    hour = models.PositiveSmallIntegerField(default=8)
    weekday = models.PositiveSmallIntegerField(default=0)
    quiet_start = models.PositiveSmallIntegerField(null=True, blank=True)
    quiet_end = models.PositiveSmallIntegerField(null=True, blank=True)
    last_digest_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"rhythm of {self.person_id}"


class Webhook(models.Model):
    """A server that is told news. The secret is sealed with the installation's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True)
    url = models.CharField(max_length=500)
    topics = models.JSONField(default=list)
    key_id = models.CharField(max_length=20)
    sealed_secret = models.BinaryField()
    state = models.CharField(max_length=8, default=WebhookState.ACTIVE)
    failures = models.PositiveIntegerField(default=0)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One piece of news to one webhook. The body stays the same however often it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    news = models.ForeignKey(News, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries")
    topic = models.CharField(max_length=50)
    body = models.TextField()
    state = models.CharField(max_length=9, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    status = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["webhook", "news"], name="notifications_delivery_once"),)
        indexes = (models.Index(fields=["webhook", "-created_at"], name="notifications_deliveries"),)

    def __str__(self) -> str:
        return f"delivery {self.id} ({self.state})"
