"""One settings module for every place the portal runs; what differs comes from the environment (see .env.example)."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from jinja2 import StrictUndefined

from park.runtime import addresses

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

# -- Where things are ---------------------------------------------------------------------------------------------
VAR_DIR = addresses.var_dir()
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = addresses.secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=False)
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

# -- The house ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "park.runtime",
    "park.events",
    "park.accounts",
    "park.notices",
    "park.team",
    "park.deadlines",
    "profiles",
    "lifecycle",
    "park.cockpit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "csp",
    "pgtrigger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "park.accounts.middleware.LanguageMiddleware",
    "park.faults.ReadableMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "park.accounts.middleware.PolicyMiddleware",
    "park.faults.NotAllowedMiddleware",
]

ROOT_URLCONF = "park.urls"
WSGI_APPLICATION = "park.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "park.frame.frame",
            ],
        },
    },
    # Rows that are many. Everything else is a template of Django.
    {
        "NAME": "compiled",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "compiled"],
        "OPTIONS": {"undefined": StrictUndefined, "trim_blocks": True},
    },
]
FORM_RENDERER = "park.accounts.forms.FieldRenderer"

# -- Data ---------------------------------------------------------------------------------------------------------
DATABASES = {
    "default": {
        **env.db_url_config(addresses.database_url()),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "connect_timeout": 3,
        # random_page_cost: on solid-state disks an index is worth it much sooner than the server's default believes.
        # jit: statements here run for milliseconds; compiling one takes longer than it saves.
        # plan_cache_mode: what is prepared (park.runtime.statements) goes by one index or the other, whatever it is asked.
        "options": "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=60000"
        " -c random_page_cost=1.1 -c jit=off"
        " -c plan_cache_mode=force_generic_plan",
    }
)
REDIS_URL = addresses.redis_url()
# The cache holds rate limits of sign-in: in the database, so that a lost broker unlocks nobody.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entry"}}
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# -- People -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["park.sign_in.SignInBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "park.accounts.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "park.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "park.accounts.forms.SignupForm"
ACCOUNT_FORMS = {
    "signup": "park.accounts.entrance.EnterpriseSignupForm",
    "change_password": "park.accounts.entrance.NewPasswordForm",
    "reset_password_from_key": "park.accounts.entrance.ResetPasswordForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "5/15m/key,30/15m/ip", "signup": "20/m/ip"}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_ADAPTER = "park.accounts.adapter.CodeAdapter"
MFA_FORMS = {
    "authenticate": "park.accounts.entrance.CodeForm",
    "reauthenticate": "park.accounts.entrance.CodeAgainForm",
    "activate_totp": "park.accounts.entrance.FirstCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Park Portal"
MFA_TOTP_TOLERANCE = 1
# Addresses are not verified by mail; a second factor may be set up all the same.
MFA_ALLOW_UNVERIFIED_EMAIL = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# -- Language and time --------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# -- Static files and uploads -------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
_packages = BASE_DIR / "node_modules"
STATICFILES_DIRS = [BASE_DIR / "static"] + [
    (prefix, str(_packages / path))
    for prefix, path in [
        ("bootstrap", "bootstrap/dist"),
        ("bootstrap-icons", "bootstrap-icons/font"),
        ("echarts", "echarts/dist"),
    ]
    if (_packages / path).is_dir()
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
UPLOAD_MAX_BYTES_PER_CASE = 100 * 1024 * 1024

# -- Mail ---------------------------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail://")
vars().update(EMAIL_CONFIG)
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)  # seconds; a silent server must not hold up everybody's mail
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="portal@park.invalid")

# -- Other ways out: text messages, group robots, webhooks ----------------------------------------------------------
SMS_BACKEND = env.str("SMS_BACKEND", default="park.notices.channels.sms.ConsoleBackend")
SMS_FILE_PATH = str(VAR_DIR / "sms")
# Hosts to which robots and webhooks may be sent by http, to any port and to private numbers.
OUTGOING_ALLOWED_HOSTS = frozenset(env.list("OUTGOING_ALLOWED_HOSTS", default=[]))

# -- Celery: wakes the sweep, the consumers and the outbox; knows nothing of its own --------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "health_check_interval": 15,
}
CELERY_VISIBILITY_TIMEOUT = 120
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "deadlines"
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=10)
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "park.deadlines.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "deadlines", "expires": SWEEP_SECONDS},
    },
    "look_after": {
        "task": "park.deadlines.tasks.look_after",
        "schedule": 15,
        "options": {"queue": "deadlines", "expires": 15},
    },
    "mind_calendar": {
        "task": "park.deadlines.tasks.mind_calendar",
        "schedule": 15,
        "options": {"queue": "deadlines", "expires": 15},
    },
    "look_after_files": {
        "task": "profiles.tasks.look_after",
        "schedule": 15,
        "options": {"queue": "deadlines", "expires": 15},
    },
    "look_after_standard": {
        "task": "lifecycle.tasks.look_after",
        "schedule": 15,
        "options": {"queue": "deadlines", "expires": 15},
    },
    "react": {
        "task": "park.events.tasks.react",
        "schedule": 3,
        "options": {"queue": "deadlines", "expires": 3},
    },
    "deliver": {
        "task": "park.notices.tasks.deliver",
        "schedule": 5,
        "options": {"queue": "mail", "expires": 5},
    },
}

# -- API ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "park.accounts.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["park.accounts.api.permissions.DeclaredPolicy"],
    "DEFAULT_PARSER_CLASSES": [
        "park.accounts.api.parsers.JsonParser",
        "rest_framework.parsers.FormParser",
        "park.accounts.api.parsers.MultipartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "park.accounts.api.pagination.KeysetPagination",
    "EXCEPTION_HANDLER": "park.accounts.api.problems.problem_details",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": _("Park Portal API"),
    "DESCRIPTION": _("Procedures, cases, tasks, clocks and working days of the park's service portal."),
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CaseStateEnum": "lifecycle.enums.CaseState",
        "TaskStateEnum": "lifecycle.enums.TaskState",
        "ConsultationStateEnum": "lifecycle.enums.ConsultationState",
        "ClockStateEnum": "park.deadlines.enums.ClockState",
        "UnitEnum": "park.deadlines.enums.Unit",
        "PartyEnum": "lifecycle.enums.Party",
        "PauseReasonEnum": "park.deadlines.enums.PauseReason",
        "ExtensionStateEnum": "park.deadlines.enums.ExtensionState",
        "DirectionEnum": "profiles.enums.Direction",
        "IntroductionStateEnum": "profiles.enums.IntroductionState",
        "VisitStateEnum": "profiles.enums.VisitState",
        "VisitKindEnum": "profiles.enums.VisitKind",
    },
}

# -- Browser security ---------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if HTTPS_ONLY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz/"]  # asked from inside, over plain HTTP
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

# -- The park -----------------------------------------------------------------------------------------------------
OFFICE_CLOSES = env.str("OFFICE_CLOSES", default="17:00")
DEMO = env.bool("DEMO", default=False)
# Without a gateway text messages reach nobody, so that only the demonstration offers them.
SMS_IS_OFFERED = DEMO or SMS_BACKEND != "park.notices.channels.sms.ConsoleBackend"
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000")
MESSAGE_ID_DOMAIN = env.str("MESSAGE_ID_DOMAIN", default="portal.park.invalid")
HOTLINE = env.str("HOTLINE", default="021-5900 0000")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
