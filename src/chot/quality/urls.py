"""Exam results."""

from __future__ import annotations

from django.urls import path

from chot.quality import views

app_name = "quality"
urlpatterns = [
    path("exams", views.exams, name="knowledge_exams"),
    path("exams/export.<str:kind>", views.export, name="knowledge_exams_export"),
    path("exams/new", views.new, name="exam_new"),
    path("exams/<int:pk>", views.exam, name="exam"),
    path("exams/<int:pk>/remove", views.remove, name="exam_remove"),
]
