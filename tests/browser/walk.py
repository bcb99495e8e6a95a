"""Any procedure as the people concerned do it in their browsers, from what the standard itself says of it.

Finds its way by names of fields and actions, not by words.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page

from lifecycle.enums import AnswerKind, TaskState, Work
from lifecycle.models import Case, Procedure, Question, Task
from lifecycle.selectors.situation import Situation
from park.accounts.models import User
from park.deadlines.workdays import local_day
from tests.browser.conftest import Person
from tests.browser.story import press
from tests.cast import PDF

AT_MOST = 40  # steps of a procedure


@dataclass
class Walk:
    """`answers` are those that matter for the way; every other question is answered somehow, yes-or-no by no."""

    procedure: Procedure
    founder: User
    arrive: Callable[..., Person]
    papers: Path
    answers: Mapping[str, Any] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        return Case.objects.select_related("procedure", "enterprise").get(procedure=self.procedure)

    def browser_of(self, user: User) -> Person:
        if user.username not in self.people:
            self.people[user.username] = self.arrive(user)
        return self.people[user.username]

    # -- the enterprise ----------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """From the page of the procedure to the reference number."""
        person = self.browser_of(self.founder)
        page = person.page
        person.go(f"/procedures/{self.procedure.code}/")
        person.look(f"procedure-{self.procedure.code}")
        press(page, "/begin/")
        page.wait_for_url("**/cases/**")
        uid = self.case.uid
        for section in self.procedure.sections.order_by("order"):
            person.go(f"/cases/{uid}/apply/{section.code}/")
            for question in section.questions.order_by("order"):
                self.fill(page, question)
            person.look(f"apply-{self.procedure.code}-{section.code}")
            page.locator("form[data-autosave] button[type=submit]").click()
            page.wait_for_url(lambda url, here=f"/apply/{section.code}/": here not in url)
        wanted = Situation(self.case).wanted(local_day(timezone.now()))
        if wanted:
            person.go(f"/cases/{uid}/apply/materials/")
        for requirement in wanted:
            form = page.locator(f"form[action$='/materials/{requirement.pk}/']").first
            with page.expect_response(lambda answer: answer.request.method == "POST"):
                form.locator("input[type=file]").set_input_files(self.file(f"{requirement.code}.pdf"))
            page.wait_for_load_state("networkidle")
        person.go(f"/cases/{uid}/apply/check/")
        press(page, "/submit/")
        page.wait_for_url(f"**/cases/{uid}/")
        person.see(self.case.reference or "?")

    def confirm_own(self, task: Task) -> None:
        person = self.browser_of(self.founder)
        person.go(f"/cases/{task.case.uid}/")
        person.page.locator(f"main a[href$='/steps/{task.pk}/']").first.click()
        person.look(f"own-step-{self.procedure.code}-{task.node.code}")
        person.page.check("[name=is_confirmed]")
        person.page.locator("main form:has([name=is_confirmed]) button[type=submit]").click()
        person.page.wait_for_url(f"**/cases/{task.case.uid}/")

    # -- the park ----------------------------------------------------------------------------------------------------

    def finish(self) -> list[Task]:
        """Whoever has an open step does it, until there is none; the steps in the order in which they were done."""
        return [self.do(task) for task in self._open()]

    def do(self, task: Task) -> Task:
        if task.node.work == Work.ENTERPRISE:
            self.confirm_own(task)
        else:
            self.claim(task)
            getattr(self, f"_do_{task.node.work}")(self.browser_of(self._holder(task)).page, task)
        task.refresh_from_db()
        assert task.state == TaskState.DONE, f"{task.node.code} is {task.state}"
        return task

    def claim(self, task: Task) -> Page:
        """Open the task from the queue of whoever was given it, and take it in hand."""
        person = self.browser_of(self._holder(task))
        person.go("/desk/")
        person.page.locator(f"main a[href*='/desk/tasks/{task.pk}/']").first.click()
        person.page.wait_for_url(f"**/desk/tasks/{task.pk}/**")
        press(person.page, "/claim/")
        person.page.wait_for_load_state()
        person.look(f"task-{self.procedure.code}-{task.node.code}")
        return person.page

    def _do_confirm(self, page: Page, task: Task) -> None:
        self._fill_findings(page, task)
        page.fill("[name=note]", "已办理")
        press(page, f"/desk/tasks/{task.pk}/confirm/")
        page.wait_for_url("**/desk/")

    def _do_document(self, page: Page, task: Task) -> None:
        self._fill_findings(page, task)
        page.fill("[name=title]", f"{task.node.name_zh}文件")
        page.fill("[name=note]", "已出具")
        page.set_input_files("[name=file]", self.file(f"{task.node.code}.pdf"))
        press(page, f"/desk/tasks/{task.pk}/hand-over/")
        page.wait_for_url("**/desk/")

    def _do_review(self, page: Page, task: Task) -> None:
        for material in task.case.materials.all():
            page.locator(f"label:has(input[name=verdict-{material.pk}][value=accepted])").click()
        page.click("button[name=aim][value=pass]")
        page.wait_for_url("**/pass/")
        press(page, "/pass/")
        page.wait_for_url("**/desk/")

    # -- steps of the steps ------------------------------------------------------------------------------------------

    def fill(self, page: Page, question: Question) -> None:
        name, told = f"[name={question.code}]", self.answers.get(question.code)
        match AnswerKind(question.kind):
            case AnswerKind.YES_NO:
                page.check(f"{name}[value={'yes' if told else 'no'}]")
            case AnswerKind.CHOICE:
                page.check(f"{name}[value={told or question.options[0][0]}]")
            case AnswerKind.CHOICES:
                page.check(f"{name}[value={told or question.options[0][0]}]")
            case AnswerKind.NUMBER:
                page.fill(name, "1200")
            case AnswerKind.DAY:
                page.fill(name, "2026-11-23")
            case AnswerKind.PHONE:
                page.fill(name, "13800004126")
            case _:
                page.fill(name, "瀛洲智造的说明")

    def file(self, name: str) -> str:
        path = self.papers / name
        path.write_bytes(PDF)
        return str(path)

    def _fill_findings(self, page: Page, task: Task) -> None:
        for question in task.node.questions.order_by("order"):
            self.fill(page, question)

    def _open(self) -> Iterator[Task]:
        """The open steps, one after the other, until there are none."""
        for _step in range(AT_MOST):
            task = self.case.tasks.open().select_related("node", "case").order_by("node__order").first()
            if task is None:
                return
            yield task
        raise AssertionError("it does not end")

    @staticmethod
    def _holder(task: Task) -> User:
        task.refresh_from_db()
        assert task.assignee, f"nobody has {task.node.code}"
        return task.assignee.user
