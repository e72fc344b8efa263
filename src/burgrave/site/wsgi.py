"""The WSGI application that the web server loads."""

from __future__ import annotations

import os
import signal

from django.core.wsgi import get_wsgi_application

from burgrave.site.orphans import leave_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "burgrave.site.settings")

application = get_wsgi_application()

if os.environ.get("BURGRAVE_SUPERVISED"):
    leave_with_parent(lambda: os.kill(os.getpid(), signal.SIGKILL))
