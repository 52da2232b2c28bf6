"""Django's settings, from the environment: what a one-person IT department has to say is in docs/settings.md."""

from __future__ import annotations

import os
from pathlib import Path

import structlog
from django.urls import reverse_lazy

from chot.config.caching import program
from chot.config.database import parsed
from chot.core import logs

VAR = Path(os.environ.get("CHOT_VAR", "var")).absolute()
DATA = VAR / "data"
"""The data folder of facts, plans and closed runs; the command line works on the same."""

COMPANY = os.environ.get("CHOT_COMPANY", "").strip() or "Chốt"
"""Whose documents these are: the name in signatures."""
SIGNING_KEY = os.environ.get("CHOT_SIGNING_KEY", "")
SIGNING_PASSPHRASE = os.environ.get("CHOT_SIGNING_PASSPHRASE", "")

DEMO = os.environ.get("CHOT_DEMO", "") == "1"
DEBUG = os.environ.get("CHOT_DEBUG", "") == "1"
HTTPS = os.environ.get("CHOT_HTTPS", "") == "1"
SECRET_KEY = os.environ.get("CHOT_SECRET_KEY", "")
ALLOWED_HOSTS = os.environ.get("CHOT_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [each for each in os.environ.get("CHOT_ORIGINS", "").split(",") if each]
DATABASES = {"default": parsed(os.environ.get("DATABASE_URL", ""))}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "django_vite",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "procrastinate.contrib.django",
    "chot.people",
    "chot.customers",
    "chot.switchboard",
    "chot.campaigns",
    "chot.charges",
    "chot.calls",
    "chot.recordings",
    "chot.quality",
    "chot.feed",
    "chot.performance",
    "chot.pay",
    "chot.api",
    "chot.web",
    "chot.jobs",
]
MIDDLEWARE = [
    "chot.web.measured.Measured",
    "chot.web.incidents.Incidents",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chot.web.headers.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "chot.people.asked_once.AskedOnce",
    "chot.people.middleware.Language",
    "chot.people.middleware.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "chot.config.urls"
ASGI_APPLICATION = "chot.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "chot.web.navigation.navigation",
            ],
            "builtins": ["django.templatetags.i18n", "django_vite.templatetags.django_vite", "chot.people.templatetags.figures"],
        },
    }
]
STATIC_URL = "static/"
STATICFILES_DIRS = [Path(__file__).parents[1] / "web" / "static"]
_CACHE = {
    "BACKEND": "chot.config.caching.NearCache",  # one for all processes: what one has measured, others read
    "KEY_PREFIX": program(Path(__file__).parents[1]),  # values that another version of the program wrote may have another shape
}
CACHES = {
    "default": {**_CACHE, "LOCATION": VAR / "cache", "OPTIONS": {"MAX_ENTRIES": 3000}},
    "runs": {**_CACHE, "LOCATION": VAR / "cache-runs", "OPTIONS": {"MAX_ENTRIES": 200}},  # dear: figures of pages must not crowd them out
}
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+/built/.+-[\w-]{8}\..+$"
BUILT = Path(__file__).parents[1] / "web" / "static" / "built"
DJANGO_VITE = {"default": {"manifest_path": BUILT / "manifest.json", "static_url_prefix": "built"}}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
WEBHOOKS_INSIDE = os.environ.get("CHOT_WEBHOOKS_INSIDE", "") == "1"
LOGIN_URL = reverse_lazy("people:sign_in")
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_NAME = "chot_session"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "chot.people.views.locked_out"
AXES_VERBOSE = False
AXES_RESET_ON_SUCCESS = True
OTP_TOTP_ISSUER = "Chốt"

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = sorted(Path(__file__).parents[1].glob("*/locale"))  # else a word that Django's own apps know too is said their way
TIME_ZONE = os.environ.get("CHOT_TIMEZONE", "Asia/Ho_Chi_Minh")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "chot.web.form_rendering.LongLists"

SECOND_FACTOR_ROLES = [each.strip() for each in os.environ.get("CHOT_SECOND_FACTOR_ROLES", "").split(",") if each.strip()]
"""Roles that get nowhere with the password alone."""
FIRST_PASSWORD_DAYS = max(int(os.environ.get("CHOT_FIRST_PASSWORD_DAYS", "7")), 1)
"""Days for which a password that somebody else has given opens a sign-in."""
BACKUPS = os.environ.get("CHOT_BACKUPS", "")
EXCHANGE_WS = os.environ.get("CHOT_EXCHANGE_WS", "").strip()
"""Where browsers' phones find the exchange, ``wss://…`` behind a proxy; empty: its port on this machine."""
METRICS_TOKEN = os.environ.get("CHOT_METRICS_TOKEN", "")
JOURNAL_DAYS = int(os.environ.get("CHOT_JOURNAL_DAYS", "90"))
STAFF_RETENTION_DAYS = int(os.environ.get("CHOT_STAFF_RETENTION_DAYS", "365"))
"""Days after the last day of work until names, telephone numbers and notes of a person are deleted."""

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "chot.web.errors.stale_form"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

logs.configure()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.stdlib.add_log_level,
                *logs.processors(),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django.request": {"level": "CRITICAL"}},  # chot.web.incidents notes the same with the number that people see
}
