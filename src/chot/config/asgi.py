"""What the server runs."""

from __future__ import annotations

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chot.config.settings")
application = get_asgi_application()

gc.collect()
gc.freeze()  # what every process holds for good (Django, the fact engines) is not searched for garbage in the middle of a page
gc.set_threshold(20_000, 20, 20)
