"""The pages of a file, from both sides."""

from django.urls import path

from profiles.views import file, timeline

own_patterns = [
    path("", file.own_file, name="show"),
    path("timeline/", timeline.own, name="timeline"),
    path("confirm/", file.confirm, name="confirm"),
    path("about/", file.own_description, name="description"),
    path("contacts/add/", file.own_contact, name="add_contact"),
    path("contacts/<int:pk>/end/", file.end_own_contact, name="end_contact"),
    path("evidence/<int:pk>/", file.own_evidence, name="evidence"),
    path("values/<slug:group>/", file.own_values, name="values"),
    path("items/<str:item>/", file.own_history, name="history"),
]
company_patterns = [
    path("<int:pk>/", file.company, name="show"),
    path("<int:pk>/timeline/", timeline.company, name="timeline"),
    path("<int:pk>/about/", file.company_description, name="description"),
    path("<int:pk>/key/", file.key, name="key"),
    path("<int:pk>/entrust/", file.entrust, name="entrust"),
    path("<int:pk>/contacts/add/", file.company_contact, name="add_contact"),
    path("<int:pk>/contacts/<int:contact>/end/", file.end_company_contact, name="end_contact"),
    path("<int:pk>/evidence/<int:document>/", file.company_evidence, name="evidence"),
    path("<int:pk>/values/<slug:group>/", file.company_values, name="values"),
    path("<int:pk>/items/<str:item>/", file.company_history, name="history"),
    path("<int:pk>/accept/<int:value>/", file.accept, name="accept"),
]
