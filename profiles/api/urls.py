from django.urls import URLPattern, URLResolver, include, path

from profiles.api import file, needs, search, tags, visits
from profiles.urls import imports, own_data

urlpatterns: list[URLPattern | URLResolver] = [
    path("enterprises/", search.Enterprises.as_view(), name="enterprises"),
    path("enterprises/<int:pk>/", file.OneFile.as_view(), name="file"),
    path("enterprises/<int:pk>/values/", file.Say.as_view(), name="say"),
    path("enterprises/<int:pk>/values/<int:value>/accept/", file.Accept.as_view(), name="accept_value"),
    path("enterprises/<int:pk>/items/<str:item>/", file.Values.as_view(), name="file_item"),
    path("enterprises/<int:pk>/tags/", tags.TagsOfEnterprise.as_view(), name="enterprise_tags"),
    path("tag-rules/", tags.TagRules.as_view(), name="tag_rules"),
    path("criteria/check/", tags.CheckCriterion.as_view(), name="criteria_check"),
    path("", include("profiles.api.supply_urls")),
    *imports.api_urls,
    *own_data.api_urls,
    path("visits/", visits.Visits.as_view(), name="visits"),
    path("visits/<int:pk>/", visits.OneVisit.as_view(), name="visit"),
    path("visits/<int:pk>/reschedule/", visits.Reschedule.as_view(), name="visit_reschedule"),
    path("visits/<int:pk>/report/", visits.ReportOne.as_view(), name="visit_report"),
    path("needs/", needs.Needs.as_view(), name="needs"),
    path("needs/<int:pk>/", needs.OneNeed.as_view(), name="need"),
    path("needs/<int:pk>/answer/", needs.Answer.as_view(), name="need_answer"),
    path("needs/<int:pk>/satisfy/", needs.Satisfy.as_view(), name="need_satisfy"),
    path("needs/<int:pk>/drop/", needs.Drop.as_view(), name="need_drop"),
]
