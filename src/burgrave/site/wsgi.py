"""The WSGI application that the web server loads."""

from __future__ import annotations

import os
import signal

from django.core.wsgi import get_wsgi_application

from burgrave.site.orphans import leave_with_parent, started_by

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "burgrave.site.settings")

application = get_wsgi_application()

parent = started_by()
if parent is not None:
    leave_with_parent(lambda: os.kill(os.getpid(), signal.SIGKILL), parent=parent)
