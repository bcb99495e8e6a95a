from django.urls import URLPattern, URLResolver, path

from profiles.api import tags

urlpatterns: list[URLPattern | URLResolver] = [
    path("enterprises/<int:pk>/tags/", tags.TagsOfEnterprise.as_view(), name="enterprise_tags"),
    path("tag-rules/", tags.TagRules.as_view(), name="tag_rules"),
    path("criteria/check/", tags.CheckCriterion.as_view(), name="criteria_check"),
]
