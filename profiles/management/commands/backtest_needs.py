"""`manage.py backtest_needs`: how good the foresight of needs would have been, against guessing what is common."""

from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from profiles.selectors.prediction import Score, replays, together

YEARS_BACK = 2


class Command(BaseCommand):
    help = "Replay past days with what was known then, and compare the needs foreseen with those that were raised"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=date.fromisoformat, help="first day to replay; two years ago if left out")
        parser.add_argument("--horizon", type=int, default=90, help="within how many days a need must come (90)")

    def handle(self, *args: Any, **options: Any) -> None:
        now, horizon = timezone.now(), options["horizon"]
        if horizon < 1:
            raise CommandError("--horizon is at least 1 day")
        since = options["since"] or timezone.localdate(now) - timedelta(days=365 * YEARS_BACK)
        first = timezone.make_aware(datetime.combine(since, time(9)))
        found = list(replays(first, now, horizon))
        if not found:
            raise CommandError("no horizon is over yet; choose an earlier --since or a shorter --horizon")
        self.stdout.write(f"{'day':<11}{'enterprises':>12}{'came':>7}   {'ours':^24}   {'by frequency':^24}")
        self.stdout.write(f"{'':<30}   {_heads()}   {_heads()}")
        for one in found:
            day = timezone.localdate(one.at).isoformat()
            self.stdout.write(
                f"{day:<11}{one.enterprises:>12}{one.ours.came:>7}   {_cells(one.ours)}   {_cells(one.baseline)}"
            )
        ours, baseline = together(one.ours for one in found), together(one.baseline for one in found)
        self.stdout.write(f"{'all':<11}{'':>12}{ours.came:>7}   {_cells(ours)}   {_cells(baseline)}")


def _heads() -> str:
    return f"{'guesses':>8}{'hit rate':>8}{'cover':>8}"


def _cells(score: Score) -> str:
    return f"{score.guesses:>8}{_percent(score.hit_rate):>8}{_percent(score.coverage):>8}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"
