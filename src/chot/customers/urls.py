"""Customers and what is under way for them."""

from __future__ import annotations

from django.urls import path

from chot.customers import views, views_edit

app_name = "customers"
urlpatterns = [
    path("customers", views.customers, name="customers"),
    path("customers/new", views_edit.new, name="customer_new"),
    path("customers/id/<path:customer_id>", views.by_id, name="customer_by_id"),
    path("customers/<int:pk>", views.customer, name="customer"),
    path("customers/<int:pk>/course", views.course, name="customer_course"),
    path("customers/<int:pk>/edit", views_edit.edit, name="customer_edit"),
    path("customers/<int:pk>/phones", views_edit.add_phone, name="customer_phone_add"),
    path("customers/<int:pk>/notes", views_edit.note, name="customer_note"),
    path("customers/phones/<int:pk>/main", views_edit.main_phone, name="customer_phone_main"),
    path("customers/phones/<int:pk>/remove", views_edit.remove_phone, name="customer_phone_remove"),
]
