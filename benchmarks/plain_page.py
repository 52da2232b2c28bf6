"""What Django does at the least: a template of 20 rows with one query, on Chốt's database and server. `plain_page.py WORKERS PORT`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TEMPLATE = (
    "<!doctype html><title>plain</title><h1>People</h1><table>{% for each in people %}"
    "<tr><td>{{ each.username }}</td><td>{{ each.name }}</td></tr>{% endfor %}</table>"
)


def application() -> object:
    """The ASGI application of a server process."""
    import django
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.db import models
    from django.http import HttpRequest, HttpResponse
    from django.template import engines
    from django.urls import path

    from chot.config.database import parsed

    settings.configure(
        ROOT_URLCONF=__name__, DATABASES={"default": parsed(os.environ["DATABASE_URL"])}, ALLOWED_HOSTS=["*"], SECRET_KEY="plain",
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )  # fmt: skip
    django.setup()

    class Person(models.Model):
        username = models.TextField()
        name = models.TextField()

        class Meta:
            app_label, db_table, managed = "plain", "people_user", False

    template = engines["django"].from_string(TEMPLATE)

    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(template.render({"people": Person.objects.order_by("name")[:20]}, request))

    sys.modules[__name__].urlpatterns = [path("plain", page), path("health", lambda request: HttpResponse("ok"))]  # type: ignore[attr-defined]
    return get_asgi_application()


if __name__ == "__main__":
    import uvicorn

    from chot.config import database

    os.environ["DATABASE_URL"], _server = database.start(Path(os.environ["CHOT_VAR"]))
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    sys.path.insert(0, str(Path(__file__).parent))
    options = {"host": "127.0.0.1", "port": int(sys.argv[2]), "workers": int(sys.argv[1]), "log_level": "warning", "access_log": False}
    uvicorn.run("plain_page:application", factory=True, lifespan="off", **options)  # type: ignore[arg-type]
