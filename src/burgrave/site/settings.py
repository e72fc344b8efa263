"""The settings of Burgrave, read once from the environment and from the state directory.

Environment: ``BURGRAVE_HOME`` (all state), ``DATABASE_URL`` (PostgreSQL instead of SQLite), ``BURGRAVE_HOSTS``
(comma-separated host names), ``BURGRAVE_KEY_PASSPHRASE_FILE`` (passphrase of the ledger's signing key),
``BURGRAVE_WITNESSES``, ``BURGRAVE_TIMESTAMP_URL``, ``BURGRAVE_TIMESTAMP_ROOTS`` and ``BURGRAVE_CHECKPOINT_COPIES``
(what holds the ledger from outside), ``BURGRAVE_MAX_UPLOAD_BYTES``, ``BURGRAVE_SPOOL_BYTES``
and ``BURGRAVE_SPOOL_FREE_BYTES`` (what may wait of one log source, and what stays free),
``BURGRAVE_CORRELATION_LATENESS_SECONDS`` and ``BURGRAVE_CORRELATION_BYTES`` (how late events of streams may come,
and how much correlations remember of a unit),
``BURGRAVE_LISTENER_CERT``, ``…_KEY``, ``…_CLIENT_CA`` (files
with which the listener speaks TLS, and whom it believes),
``BURGRAVE_HTTPS`` (1 behind TLS),
``BURGRAVE_IDENTITY_PROVIDERS`` (file), ``BURGRAVE_PASSWORD_SIGN_IN``,
``BURGRAVE_CONFIRMATION_MINUTES`` (how long a proof of identity opens dangerous acts),
``BURGRAVE_DEBUG`` (1 for development only), ``BURGRAVE_URL`` (links in messages), ``BURGRAVE_MAIL_FROM`` and
``BURGRAVE_SMTP_HOST``, ``…_PORT``, ``…_SECURITY``, ``…_USER``, ``…_PASSWORD_FILE``, ``…_TIMEOUT`` (mail server),
``BURGRAVE_CA_FILE`` (authorities that are believed besides those of the system, for mail servers and webhooks),
``BURGRAVE_WEBHOOK_HTTP`` and ``BURGRAVE_WEBHOOK_NETWORKS`` (where webhooks may lead besides public servers over TLS).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from burgrave.lists.terms import SearchAct, SearchKind
from burgrave.site import environment, navigation
from burgrave.web import templating
from burgrave.web.shell import NavEntry, RecordLink, TabRow

BURGRAVE_HOME: Path = environment.home()
SECRET_KEY: str = environment.secret_key(BURGRAVE_HOME)
BURGRAVE_FACTOR_KEY: bytes = environment.factor_key(BURGRAVE_HOME)
BURGRAVE_CONFIRMATION_MINUTES: int = environment.confirmation_minutes()
BURGRAVE_PASSWORD_SIGN_IN: bool = environment.password_sign_in()
BURGRAVE_IDENTITY_PROVIDERS = environment.identity_providers()
DEBUG: bool = environment.flag("BURGRAVE_DEBUG")
BURGRAVE_HTTPS: bool = environment.flag("BURGRAVE_HTTPS")
ALLOWED_HOSTS: list[str] = environment.hosts()
CSRF_TRUSTED_ORIGINS: list[str] = environment.trusted_origins(ALLOWED_HOSTS, https=BURGRAVE_HTTPS)
BURGRAVE_KEY_PASSPHRASE: bytes | None = environment.key_passphrase()
BURGRAVE_MAX_UPLOAD_BYTES: int = environment.max_upload_bytes()
BURGRAVE_ANCHORS = environment.anchors()
BURGRAVE_URL: str = environment.base_url(ALLOWED_HOSTS, https=BURGRAVE_HTTPS)
BURGRAVE_MAIL = environment.mail_server()
BURGRAVE_CA_FILE = environment.ca_file()
BURGRAVE_WEBHOOK_TARGETS = environment.webhook_targets()
BURGRAVE_BLOBS: Path = BURGRAVE_HOME / "files"
BURGRAVE_EVENTS: Path = BURGRAVE_HOME / "events"
BURGRAVE_SAMPLE = True
BURGRAVE_IMPORTS = "burgrave.site.wiring.IMPORTS"
BURGRAVE_CHECKS = "burgrave.site.wiring.CHECKS"
BURGRAVE_LIBRARY = "burgrave.detection.queries.library"
BURGRAVE_CALENDAR = "burgrave.site.calendar.CALENDAR"
BURGRAVE_RULES: Path = BURGRAVE_HOME / "rules"
BURGRAVE_SPOOL: Path = BURGRAVE_HOME / "spool"
BURGRAVE_SPOOL_BYTES: int = environment.spool_bytes()
BURGRAVE_SPOOL_FREE_BYTES: int = environment.spool_free_bytes()
BURGRAVE_CORRELATION_BYTES: int = environment.correlation_bytes()
BURGRAVE_CORRELATION_LATENESS: timedelta = environment.correlation_lateness()
BURGRAVE_LISTENER_CERT: Path | None = environment.listener_file("CERT")
BURGRAVE_LISTENER_KEY: Path | None = environment.listener_file("KEY")
BURGRAVE_LISTENER_CLIENT_CA: Path | None = environment.listener_file("CLIENT_CA")
BURGRAVE_KAFKA: Path | None = environment.kafka_file()
BURGRAVE_LOG_SOURCES = "burgrave.intake.queries.upload_sources"
BURGRAVE_EVENT_MAPPINGS = "burgrave.intake.queries.tables_for"

INSTALLED_APPS = [
    "burgrave.web",
    "burgrave.jobs",
    "burgrave.ledger",
    "burgrave.lists",
    "burgrave.people",
    "burgrave.imports",
    "burgrave.notifications",
    "burgrave.operations",
    "burgrave.custody",
    "burgrave.assets",
    "burgrave.assurance",
    "burgrave.policies",
    "burgrave.events",
    "burgrave.incidents",
    "burgrave.intake",
    "burgrave.detection",
    "burgrave.isms",
    "burgrave.sample",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "lucide",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "burgrave.people.middleware.PeopleMiddleware",
    "axes.middleware.AxesMiddleware",
    "burgrave.web.middleware.RefusalMiddleware",
]

TEMPLATES = templating.TEMPLATES
WEB_NAV: tuple[NavEntry, ...] = navigation.WEB_NAV
WEB_TABS: tuple[TabRow, ...] = navigation.TABS
WEB_RECORD_LINKS: tuple[RecordLink, ...] = navigation.RECORD_LINKS
LISTS_SEARCH_KINDS: tuple[SearchKind, ...] = navigation.SEARCH_KINDS
LISTS_SPECS = "burgrave.site.wiring.LISTS"
LISTS_ACTS: tuple[SearchAct, ...] = navigation.SEARCH_ACTS
ROOT_URLCONF = "burgrave.site.urls"
WSGI_APPLICATION = "burgrave.site.wsgi.application"

DATABASES = {"default": environment.database(BURGRAVE_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "burgrave.web.forms.HouseRenderer"
CSRF_FAILURE_VIEW = "burgrave.web.views.csrf_failure"
WEB_SEARCH = "lists:search"
WEB_PALETTE = "lists:palette"
WEB_PROFILE = "people:me"
LEDGER_CHECKPOINTS = "custody:checkpoints"
LEDGER_VERIFICATION = "custody:verification"  # the page that verifies one record, by a key that lies above the ledger
WEB_BELL = ("notifications:inbox", "burgrave.notifications.queries.unread")

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
WEB_PROFILE = "people:me"
# Every other view asks for somebody who is signed in.
BURGRAVE_PUBLIC_VIEWS = ("web:appearance", "isms:feed", "intake:receive")
# Views of other domains that first ask for a fresh proof of identity, by their names.
BURGRAVE_CONFIRMED_VIEWS: tuple[str, ...] = ("sample:remove",)
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "burgrave.people.views.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "burgrave.people.forms.SignInForm"}
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "burgrave.people.views.factor_adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# Guessing is stopped by the lockout of axes, which all processes share; this only slows a flood from one address.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": ""}

# Five failures of one e-mail address from one network address lock the pair for a quarter of an hour;
# attempts in that time are refused unread and do not prolong it.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "burgrave.people.views.adapter.username_of"
AXES_LOCKOUT_CALLABLE = "burgrave.people.views.adapter.locked_out"
AXES_SENSITIVE_PARAMETERS = ["login", "username", "ip_address"]
# The ledger keeps who signed in.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False

SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = BURGRAVE_HTTPS
# Under TLS a browser takes these two from this host alone, not from a neighbour below the same domain (RFC 6265bis).
SESSION_COOKIE_NAME = "__Host-sessionid" if BURGRAVE_HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if BURGRAVE_HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = BURGRAVE_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BURGRAVE_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if BURGRAVE_HTTPS else 0

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_TEMP_DIR = str(environment.scratch(BURGRAVE_HOME))
# Only the views that ask for files get any; a form that anybody can reach takes none.
FILE_UPLOAD_HANDLERS = ["burgrave.web.uploads.NoFilesHandler"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "web" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = None  # served from the packages themselves; nothing is collected
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "burgrave.web.bundle.BundleFinder",
]
MEDIA_ROOT = ""

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        # One entry a caller and minute of the API; the default of 300 would throw counts out in use.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"no_tokens": {"()": "burgrave.site.logs.NoTokens"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["no_tokens"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"burgrave": {"level": "INFO"}, "axes": {"level": "ERROR"}},
}
