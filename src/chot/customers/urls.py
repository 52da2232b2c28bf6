"""Customers and what is under way for them."""

from __future__ import annotations

from django.urls import path

from chot.customers import views, views_edit, views_leads, views_many, views_orders, views_rules, views_tickets

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
    path("customers/<int:pk>/consent", views_rules.consent, name="customer_consent"),
    path("customers/<int:pk>/do-not-call", views_rules.spare, name="customer_spare"),
    path("customers/assign", views_many.assign, name="assign"),
    path("customers/export/<str:kind>", views_many.export, name="export"),
    path("customers/filters", views_many.filter_keep, name="filter_keep"),
    path("customers/filters/<int:pk>/drop", views_many.filter_drop, name="filter_drop"),
    path("customers/duplicates", views_many.duplicates, name="duplicates"),
    path("customers/<int:pk>/merge", views_many.merge, name="merge"),
    path("customers/merges/<int:pk>/undo", views_many.unmerge, name="unmerge"),
    path("customers/fields", views_rules.fields, name="fields"),
    path("customers/fields/<int:pk>", views_rules.field, name="field"),
    path("do-not-call", views_rules.list_do_not_call, name="do_not_call"),
    path("do-not-call/<int:pk>/lift", views_rules.lift, name="do_not_call_lift"),
    path("leads", views_leads.leads, name="leads"),
    path("leads/<int:pk>", views_leads.lead, name="lead"),
    path("leads/<int:pk>/move", views_leads.move, name="lead_move"),
    path("leads/<int:pk>/give", views_leads.give, name="lead_give"),
    path("customers/<int:pk>/leads/new", views_leads.new, name="lead_new"),
    path("orders", views_orders.orders, name="orders"),
    path("orders/<int:pk>", views_orders.order, name="order"),
    path("orders/<int:pk>/edit", views_orders.edit, name="order_edit"),
    path("orders/<int:pk>/step", views_orders.step, name="order_step"),
    path("customers/<int:pk>/orders/new", views_orders.new, name="order_new"),
    path("tickets", views_tickets.tickets, name="tickets"),
    path("tickets/<int:pk>", views_tickets.ticket, name="ticket"),
    path("tickets/<int:pk>/settle", views_tickets.settle, name="ticket_settle"),
    path("customers/<int:pk>/tickets/new", views_tickets.new_ticket, name="ticket_new"),
    path("tasks", views_tickets.tasks, name="tasks"),
    path("tasks/<int:pk>/tick", views_tickets.tick, name="task_tick"),
]
