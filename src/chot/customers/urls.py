"""Customers and what is under way for them."""

from __future__ import annotations

from django.urls import path

from chot.customers import views, views_edit, views_leads, views_orders, views_tickets

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
