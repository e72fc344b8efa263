"""Addresses of the domain."""

from __future__ import annotations

from django.urls import path

from burgrave.notifications.views import inbox, webhooks

app_name = "notifications"
urlpatterns = [
    path("notifications/", inbox.inbox, name="inbox"),
    path("notifications/read/", inbox.read_all, name="read_all"),
    path("notifications/<int:notice_id>/", inbox.open_notice, name="notice"),
    path("notifications/<int:notice_id>/acknowledge/", inbox.acknowledge, name="acknowledge"),
    path("me/notifications/", inbox.preferences, name="preferences"),
    path("notifications/webhooks/", webhooks.webhooks, name="webhooks"),
    path("notifications/webhooks/add/", webhooks.add, name="add_webhook"),
    path("notifications/webhooks/<uuid:webhook_id>/", webhooks.webhook, name="webhook"),
    path("notifications/webhooks/<uuid:webhook_id>/edit/", webhooks.edit, name="edit_webhook"),
    path("notifications/webhooks/<uuid:webhook_id>/secret/", webhooks.renew_secret, name="renew_secret"),
    path("notifications/webhooks/<uuid:webhook_id>/test/", webhooks.send_test, name="send_test"),
    path("notifications/webhooks/<uuid:webhook_id>/pause/", webhooks.pause, name="pause_webhook"),
    path("notifications/webhooks/<uuid:webhook_id>/resume/", webhooks.resume, name="resume_webhook"),
    path("notifications/webhooks/<uuid:webhook_id>/remove/", webhooks.remove, name="remove_webhook"),
]
