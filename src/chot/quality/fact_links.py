"""The pages of rows that figures are made of, by the id that the facts know them under."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from chot.quality.models import Exam, Review


def fact_links(table: str, ids: Iterable[str]) -> dict[str, str]:
    """The pages of those of the rows that the database has."""
    if table == "exams":
        exams = Exam.objects.filter(exam_id__in=list(ids)).values_list("exam_id", "pk")
        return {exam_id: reverse("quality:exam", args=[pk]) for exam_id, pk in exams}
    if table == "reviews":
        reviews = Review.objects.filter(review_id__in=list(ids)).values_list("review_id", "pk")
        return {review_id: reverse("quality:review", args=[pk]) for review_id, pk in reviews}
    return {}
