"""Django, started from the command line, and loaded only then: a command that prints its help needs none."""

from __future__ import annotations

import gc
import os

NEW_OBJECTS_BEFORE_COLLECTING = 20_000
"""Rows make many objects and hardly a cycle; with Python's 700 an import spends a quarter of its time on looking."""


def boot() -> None:
    """Django is set up with Burgrave's settings. Calling it twice changes nothing.

    What was loaded stays until the end, so that the collector of cycles need not look at it while it is loaded, a
    fifth of the time that takes, nor again.
    """
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "burgrave.site.settings")
    gc.disable()
    try:
        django.setup()
    finally:
        gc.enable()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_BEFORE_COLLECTING)


def migrate() -> None:
    """The database has every table that this version needs, and every schedule."""
    from django.core.management import call_command
    from django.utils import timezone

    from burgrave.jobs import commands as jobs
    from burgrave.site.wiring import SCHEDULES

    call_command("migrate", interactive=False, verbosity=0)
    jobs.write_schedules(SCHEDULES, now=timezone.now())


def ready_to_serve() -> str | None:
    """The signing key exists. Returns the path of the one-time set-up link while no organisation is set up.

    Call it after `boot` and `migrate`; models can be imported only then.
    """
    from django.conf import settings
    from django.utils import timezone

    from burgrave.custody import commands as custody
    from burgrave.people import commands as people

    custody.ensure_log_key(home=settings.BURGRAVE_HOME, passphrase=settings.BURGRAVE_KEY_PASSPHRASE)
    return people.issue_set_up_link(now=timezone.now())
