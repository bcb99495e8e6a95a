"""Celery only wakes what the database already knows is due; losing every message in it loses nothing."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "park.settings")

app = Celery("park")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
