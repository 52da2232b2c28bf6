"""Reviews, exam results, and the forms that calls are scored by."""

from __future__ import annotations

from django.urls import path

from chot.quality import views, views_forms, views_reviews

app_name = "quality"
urlpatterns = [
    path("exams", views.exams, name="knowledge_exams"),
    path("exams/export.<str:kind>", views.export, name="knowledge_exams_export"),
    path("exams/new", views.new, name="exam_new"),
    path("exams/<int:pk>", views.exam, name="exam"),
    path("exams/<int:pk>/remove", views.remove, name="exam_remove"),
    path("reviews", views_reviews.reviews, name="reviews"),
    path("reviews/export.<str:kind>", views_reviews.export, name="reviews_export"),
    path("reviews/new", views_reviews.new, name="review_new"),
    path("reviews/<int:pk>", views_reviews.review, name="review"),
    path("reviews/<int:pk>/remove", views_reviews.remove, name="review_remove"),
    path("score-forms", views_forms.forms, name="score_forms"),
    path("score-forms/new", views_forms.new, name="score_form_new"),
    path("score-forms/<slug:code>", views_forms.form, name="form"),
    path("score-forms/<slug:code>/change", views_forms.change, name="form_change"),
    path("score-forms/<slug:code>/put-away", views_forms.put_away, name="form_put_away"),
]
