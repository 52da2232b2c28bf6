"""A file that somebody sends to be taken in at once: its rows, or what is wrong with it as messages on the page."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from chot.charges.forms_prices import FileForm
from chot.core.errors import InputError
from chot.people.kept_files import KeptFiles
from chot.people.models import User

Row = TypeVar("Row")


def uploaded(request: HttpRequest, files: KeptFiles, read: Callable[[Path], list[Row]]) -> tuple[list[Row], str] | None:
    """The rows of the file that was sent, and its name; None when there is none or it cannot be read, which was said."""
    assert isinstance(request.user, User)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a file first."))
        return None
    try:
        path, about = files.opened(files.keep(form.cleaned_data["file"], request.user), request.user)
        try:
            return read(path), about["name"]
        finally:
            shutil.rmtree(path.parent, ignore_errors=True)
    except InputError as error:
        for problem in error.problems:
            messages.error(request, str(problem))
        return None
