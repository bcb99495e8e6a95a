"""Make the people of a campaign, and watch its clocks: python -m faults.setup"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "park.settings")

import django

django.setup()

from faults import witness
from faults.people import make_people

if __name__ == "__main__":
    make_people()
    witness.install()
