"""What `make bench` writes down: each group in place of what it was, and a page that hides nothing."""

import importlib

from bench.run import figure, groups, limit, merge, report, versions


def line(name: str, theirs: float = 100):
    return figure(name=name, ours=10, unit="ms", peer="another", theirs=theirs, goal=5)


def test_a_ratio_says_how_many_times_better_ours_is():
    assert (line("quick")["ratio"], line("quick")["holds"]) == (10, True)
    faster = figure(name="more", ours=30, unit="/s", peer="another", theirs=10, goal=5, more_is_better=True)
    assert (faster["ratio"], faster["holds"]) == (3, False)


def test_measuring_one_group_keeps_the_others():
    results = merge(merge({}, "due", [line("old")], 1), "sweep", [line("kept")], 1)
    names = [(f["group"], f["name"]) for f in merge(results, "due", [line("new")], 1)["figures"]]
    assert names == [("due", "new"), ("sweep", "kept")]


def test_the_page_says_where_a_goal_is_missed_and_which_command_measured():
    page = report(merge({}, "due", [line("slow", theirs=20)], 1))
    assert "| slow | 10 ms | another | 20 ms | 2× | ≥ 5× | **no** |" in page
    assert "make bench ONLY=due" in page


def test_limit_reads_as_the_most_that_was_promised():
    kept, missed = (limit(name=f"wait {ms}", ours=ms, unit="ms", most=5) for ms in (2, 10))
    page = report(merge({}, "sweep", [kept, missed], 1))
    assert "| wait 2 | 2 ms | the limit | ≤ 5 ms | 2.5× | ≥ 1× | yes |" in page
    assert "| wait 10 | 10 ms | the limit | ≤ 5 ms | 0.5× | ≥ 1× | **no** |" in page


def test_the_page_names_the_versions_of_both_sides():
    assert {"Django", "celery", "procrastinate", "psycopg", "workalendar"} <= versions().keys()
    page = report(merge({}, "due", [line("quick")], 7))
    assert f"workalendar {versions()['workalendar']}" in page
    assert "Seed 7." in page
    assert "$" not in page


def test_every_module_that_measures_is_a_group():
    assert {"drain", "due", "idle", "jobs", "lateness", "snapshot", "sweep", "timers"} <= set(groups())
    for group in groups():
        assert callable(importlib.import_module(f"bench.{group}").figures)
