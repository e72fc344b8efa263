"""The settings of the tests: a state directory of their own, and a password hasher that does not wait.

``DATABASE_URL`` is honoured, so that the same suite runs on PostgreSQL.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="burgrave-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["BURGRAVE_HOME"] = _home
os.environ.pop("BURGRAVE_KEY_PASSPHRASE_FILE", None)

from burgrave.site.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True
