"""Django, started from the command line."""

from __future__ import annotations

import os

import django
from django.core.management import call_command


def boot() -> None:
    """Django is set up with Burgrave's settings. Calling it twice changes nothing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "burgrave.site.settings")
    django.setup()


def migrate() -> None:
    """The database has every table that this version needs, and every schedule."""
    call_command("migrate", interactive=False, verbosity=0)
    from django.utils import timezone

    from burgrave.jobs import commands as jobs
    from burgrave.site.wiring import SCHEDULES

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
