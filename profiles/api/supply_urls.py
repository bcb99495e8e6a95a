"""Products, purchases, introductions and referrals."""

from django.urls import path

from profiles.api import referral, supply

urlpatterns = [
    path("supply-items/", supply.SupplyItems.as_view(), name="supply_items"),
    path("supply-items/<int:pk>/", supply.OneItem.as_view(), name="supply_item"),
    path("supply-items/<int:pk>/end/", supply.EndItem.as_view(), name="supply_item_end"),
    path("introductions/", supply.Introductions.as_view(), name="introductions"),
    path("introductions/<int:pk>/", supply.OneIntroduction.as_view(), name="introduction"),
    path("introductions/<int:pk>/agree/", supply.Agree.as_view(), name="introduction_agree"),
    path("introductions/<int:pk>/decline/", supply.Decline.as_view(), name="introduction_decline"),
    path("introductions/<int:pk>/ask-again/", supply.AskAgain.as_view(), name="introduction_ask_again"),
    path("introductions/<int:pk>/conclude/", supply.Conclude.as_view(), name="introduction_conclude"),
    path("referrals/", referral.Referrals.as_view(), name="referrals"),
    path("referrals/rates/", referral.Rates.as_view(), name="referral_rates"),
]
