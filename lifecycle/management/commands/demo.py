import secrets
import unicodedata
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lifecycle.demo.play import SignIn, perform
from lifecycle.demo.scene import read_facts
from park.accounts.models import User
from park.runtime.addresses import keep_private

FILE = "demo-sign-ins.txt"
HEADING = """\
演示登录 · Sign-ins of the demonstration (invented people and companies)
所有账号的密码 · Password of every login: {password}
动态验证码 · One-time code: make code NAME={example}   (.venv/bin/python manage.py code {example})
"""


class Command(BaseCommand):
    help = "Fill an empty portal with an invented month: enterprises, staff, and cases in every state, up to now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="another seed makes another month (1)")
        parser.add_argument("--force", action="store_true", help="also where people exist, but never a second time")

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(is_demo=True).exists():
            raise CommandError("The demonstration is loaded already; it is for an empty database.")
        if User.objects.exists() and not options["force"]:
            raise CommandError("The database has users already; the demonstration is for an empty one.")
        facts = read_facts()
        password = _password(facts["password_words"])
        sign_ins = perform(facts=facts, now=timezone.now(), seed=options["seed"], password=password)
        path = Path(settings.VAR_DIR) / FILE
        keep_private(path, _table(sign_ins, password))
        self.stdout.write(f"demonstration loaded; the sign-ins are in {path}")


def _password(words: list[str]) -> str:
    """Random, because a demonstration may be reachable by others; of words, because people type it."""
    return "-".join([*(secrets.choice(words) for _ in range(3)), f"{secrets.randbelow(10_000):04d}"])


def _table(sign_ins: list[SignIn], password: str) -> str:
    lines = [HEADING.format(password=password, example=sign_ins[0].login)]
    for row in sign_ins:
        lines.append(f"  {_pad(row.login, 12)}{_pad(row.name, 10)}{_pad(row.note_zh, 32)}{row.note_en}")
    return "\n".join(lines) + "\n"


def _pad(text: str, width: int) -> str:
    """Text filled to a width in columns of a terminal, where Chinese characters take two."""
    taken = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(1, width - taken)
