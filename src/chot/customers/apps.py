"""The app ``customers``."""

from __future__ import annotations

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Registered as ``customers``."""

    name = "chot.customers"
    label = "customers"
