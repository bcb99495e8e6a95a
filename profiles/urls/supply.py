"""Products, purchases and introductions; and who recommended the park."""

from django.urls import path

from profiles.views import referral, referral_desk, supply, supply_desk

supply_patterns = [
    path("supply/", supply.overview, name="list"),
    path("supply/add/", supply.add, name="add"),
    path("supply/items/<int:pk>/", supply.change, name="change"),
    path("supply/items/<int:pk>/end/", supply.end, name="end"),
    path("supply/introductions/", supply.introductions, name="introductions"),
    path("supply/introductions/<int:pk>/", supply.introduction, name="introduction"),
    path("supply/introductions/<int:pk>/agree/", supply.agree, name="agree"),
    path("supply/introductions/<int:pk>/decline/", supply.decline, name="decline"),
]
referral_patterns = [path("referral/", referral.mine, name="mine")]

introduction_patterns = [
    path("introductions/", supply_desk.overview, name="list"),
    path("introductions/wants/", supply_desk.wants, name="wants"),
    path("introductions/propose/", supply_desk.propose, name="propose"),
    path("introductions/<int:pk>/", supply_desk.show, name="show"),
    path("introductions/<int:pk>/ask-again/", supply_desk.ask_again, name="ask_again"),
    path("introductions/items/<int:pk>/", supply_desk.change, name="change"),
    path("introductions/items/<int:pk>/end/", supply_desk.end, name="end"),
    path("companies/<int:pk>/supply/", supply_desk.company, name="company"),
    path("companies/<int:pk>/supply/add/", supply_desk.add, name="add"),
]
referral_desk_patterns = [
    path("referrals/", referral_desk.overview, name="list"),
    path("companies/<int:pk>/referral/", referral_desk.company, name="company"),
]
