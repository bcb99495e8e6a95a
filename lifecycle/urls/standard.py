"""The service standard for those who look after it."""

from django.urls import path

from lifecycle.views.desk import standard, standard_draft, standard_files

app_name = "standard"
PROCEDURE = "<int:version>/procedures/<slug:code>/"
PART = PROCEDURE + "<slug:shelf>/"
urlpatterns = [
    path("", standard.overview, name="list"),
    path("begin/", standard.begin, name="begin"),
    path("import/", standard_files.take_in, name="import"),
    path("<int:version>/", standard.show, name="show"),
    path("<int:version>/discard/", standard.discard, name="discard"),
    path("<int:version>/note/", standard.note, name="note"),
    path("<int:version>/publish/", standard.publish, name="publish"),
    path("<int:version>/take-back/", standard.take_back, name="take_back"),
    path("<int:version>/compare/", standard.compare, name="compare"),
    path("<int:version>/standard.yaml", standard_files.as_yaml, name="yaml"),
    path("<int:version>/standard.xlsx", standard_files.as_workbook, name="workbook"),
    path("<int:version>/standard.pdf", standard_files.as_booklet, name="booklet"),
    path("<int:version>/add/", standard_draft.add_procedure, name="add_procedure"),
    path(PROCEDURE, standard_draft.procedure, name="procedure"),
    path(PROCEDURE + "change/", standard_draft.change_procedure, name="change_procedure"),
    path(PROCEDURE + "remove/", standard_draft.remove_procedure, name="remove_procedure"),
    path(PROCEDURE + "materials/<slug:part>/template/", standard_files.template, name="template"),
    path(PART + "add/", standard_draft.add, name="add"),
    path(PART + "<slug:part>/", standard_draft.change, name="change"),
    path(PART + "<slug:part>/remove/", standard_draft.remove, name="remove"),
    path(PART + "<slug:part>/move/", standard_draft.move, name="move"),
]
