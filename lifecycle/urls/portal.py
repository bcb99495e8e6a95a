"""Pages of visitors and enterprises."""

from django.urls import include, path

from lifecycle.views import agreement, apply, cases, corrections, documents, home, own_steps, procedures

procedure_patterns = [
    path("", procedures.catalogue, name="list"),
    path("booklet.pdf", procedures.booklet, name="booklet"),
    path("templates/<slug:key>/", procedures.template, name="template"),
    path("<slug:code>/", procedures.show, name="show"),
]
case_patterns = [
    path("procedures/<slug:code>/begin/", cases.begin, name="begin"),
    path("cases/", cases.overview, name="list"),
    path("cases/<uuid:uid>/", cases.track, name="track"),
    path("cases/<uuid:uid>/version/", cases.version, name="version"),
    path("cases/<uuid:uid>/message/", cases.message, name="message"),
    path("cases/<uuid:uid>/withdraw/", cases.withdraw, name="withdraw"),
    path("cases/<uuid:uid>/agreement/", agreement.agreement, name="agreement"),
    path("cases/<uuid:uid>/apply/<slug:step>/", apply.step, name="step"),
    path("cases/<uuid:uid>/apply/<slug:step>/draft/", apply.autosave, name="autosave"),
    path("cases/<uuid:uid>/materials/<int:pk>/", apply.upload, name="upload"),
    path("cases/<uuid:uid>/materials/<int:pk>/take/", apply.take, name="take"),
    path("cases/<uuid:uid>/steps/<int:pk>/", own_steps.confirm, name="own_step"),
    path("cases/<uuid:uid>/submit/", apply.submit, name="submit"),
    path("cases/<uuid:uid>/corrections/<int:pk>/tick/", corrections.tick, name="tick"),
    path("cases/<uuid:uid>/corrections/answer/", corrections.answer, name="answer"),
    path("cases/<uuid:uid>/files/<int:pk>/", documents.version_file, name="version_file"),
    path("cases/<uuid:uid>/documents/<int:pk>/", documents.document, name="document"),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("procedures/", include((procedure_patterns, "procedures"))),
    path("", include((case_patterns, "cases"))),
]
