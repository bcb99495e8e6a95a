"""Files of enterprises as the park's people work on them, below desk/."""

from django.urls import URLPattern, URLResolver, include, path

from profiles.urls.supply import introduction_patterns, referral_desk_patterns

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((introduction_patterns, "introductions"))),
    path("", include((referral_desk_patterns, "referrals"))),
]
