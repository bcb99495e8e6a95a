"""The main job as three people do it in three browsers. Finds its way by names of fields and actions, not by words,
so that the same story runs in both languages, on a phone, and without JavaScript."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from lifecycle.models import Case, Task
from park.accounts.models import User
from park.deadlines.models import Clock
from tests.browser.conftest import Person
from tests.cast import ANSWERS, PASSWORD, PDF, USCC
from tests.second_factor import code, give_second_factor

COMPANY = "上海瀛洲智造科技有限公司"


def sign_in(person: Person, user: User, lands_on: str = "**/desk/**") -> None:
    """Sign in as staff: password, then the code of the day's half minute."""
    secret = give_second_factor(user)
    person.go("/accounts/login/")
    page = person.page
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", PASSWORD)
    press(page, "/accounts/login/")
    page.fill("[name=code]", code(secret))
    press(page, "/accounts/2fa/authenticate/")
    page.wait_for_url(lands_on)


def press(page: Page, action: str, nth: int = 0) -> None:
    """Press the button that sends the form with this action (its end is enough)."""
    page.locator(f"form[action$='{action}'] button[type=submit], form[action$='{action}'] button:not([type])").nth(
        nth
    ).click()


@dataclass
class Story:
    enterprise: Person
    specialist: Person
    partner: Person
    counter: Person
    manager: Person
    papers: Path

    def sign_up(self) -> None:
        """A founder who has never seen the portal opens an account and a second factor."""
        page = self.enterprise.page
        self.enterprise.go("/")
        self.enterprise.look("home")
        self.enterprise.go("/accounts/signup/")
        page.fill("[name=username]", "gu")
        page.fill("[name=email]", "gu@example.invalid")
        page.fill("[name=password1]", PASSWORD)
        page.fill("[name=password2]", PASSWORD)
        page.fill("[name=name]", "顾长禾")
        page.fill("[name=phone]", "13800004126")
        page.check("[name=is_forming][value=yes]")
        page.fill("[name=enterprise_name]", COMPANY)
        self.enterprise.look("signup")
        press(page, "/accounts/signup/")
        page.wait_for_url("**/2fa/totp/activate/**")
        secret = page.input_value("#authenticator_secret")
        self.enterprise.look("second-factor")
        page.fill("[name=code]", code(secret))
        press(page, "/totp/activate/")
        self.enterprise.go("/cases/")
        self.enterprise.look("waiting-for-approval")

    def approve(self, user: User) -> None:
        sign_in(self.specialist, user)
        self.specialist.go("/desk/enterprises/")
        self.specialist.look("approvals")
        press(self.specialist.page, "/approve/")
        self.specialist.page.wait_for_load_state()

    def sign_agreement(self) -> None:
        page = self.enterprise.page
        self.enterprise.go("/procedures/")
        self.enterprise.look("procedures")
        self.enterprise.go("/procedures/REG-01/")
        self.enterprise.look("procedure")
        press(page, "/begin/")
        page.wait_for_url("**/cases/**")
        self.enterprise.go(f"/cases/{self.case.uid}/agreement/")
        press(page, "/agreement/")  # without the tick: nothing is signed
        assert not self.case.agreement.signatures.exists()
        page.check("[name=has_read]")
        self.enterprise.look("agreement")
        press(page, "/agreement/")
        page.wait_for_load_state()
        self.work_on("SIGN", "sign-for-park")
        page_of_park = self.specialist.page
        page_of_park.check("[name=read]")
        press(page_of_park, "/sign/")
        page_of_park.wait_for_load_state()

    def apply(self) -> None:
        """Fill in the steps; a wrong answer is told beside its field and costs nothing."""
        page = self.enterprise.page
        self.enterprise.go(f"/cases/{self.case.uid}/apply/company/")
        self.answer("company_name", "registered_capital", "industry", "business_scope")
        page.fill("[name=registered_capital]", "-5")
        self.yes_no("has_pre_approval_items")
        self.save_step("company")
        assert page.locator("[name=registered_capital][aria-invalid=true]").count() == 1
        assert page.input_value("[name=business_scope]") == ANSWERS["business_scope"]
        self.enterprise.look("apply-error")
        self.answer("registered_capital")
        self.save_step("company")
        page.wait_for_url("**/apply/people/")
        self.answer("legal_representative", "shareholders", "beneficial_owner", "contact_name", "contact_phone")
        self.yes_no("submitted_by_agent")
        self.save_step("people")
        page.wait_for_url("**/apply/premises/")
        page.check("[name=premises_kind][value=leased]")
        self.answer("address", "floor_area")
        self.save_step("premises")
        page.wait_for_url("**/apply/materials/")
        self.upload_all()
        self.enterprise.go(f"/cases/{self.case.uid}/apply/check/")
        self.enterprise.look("apply-check")
        press(page, "/submit/")
        page.wait_for_url(f"**/cases/{self.case.uid}/")
        self.enterprise.see(self.case.reference or "")
        self.enterprise.look("track-submitted")

    def upload_all(self) -> None:
        page = self.enterprise.page
        requirements = list(self.case.procedure.requirements.filter(condition__isnull=True).order_by("order"))
        self.upload(requirements[0].pk, self.file("notes.txt", b"not a document"))
        assert not self.case.materials.exists()
        self.enterprise.look("apply-refused-file")
        for requirement in requirements:
            self.upload(requirement.pk, self.file(f"{requirement.code}.pdf", PDF))
            page.locator(f"#material-{requirement.pk} .chip.ok").first.wait_for()
        self.enterprise.look("apply-materials")

    def correct(self) -> None:
        """The specialist sends two materials back in one notice; the enterprise ticks them off."""
        page = self.specialist.page
        self.work_on("N2", "task-review")
        materials = list(self.case.materials.order_by("requirement__order"))
        for index, material in enumerate(materials):
            wrong = index < 2
            self.verdict(page, material.pk, "correction" if wrong else "accepted")
        for material in materials[:2]:
            page.fill(f"[name=text-{material.pk}]", "第 12 条缺董事任期，请写明每届不超过三年。")
        self.specialist.look("task-verdicts")
        page.click("button[name=aim][value=correct]")
        page.wait_for_url("**/correct/")  # what the enterprise will read, asked once
        self.specialist.look("task-correct-ask")
        press(page, "/correct/")
        page.wait_for_url("**/desk/")
        assert self.case.state == "correction"

        mine = self.enterprise.page
        self.enterprise.go(f"/cases/{self.case.uid}/")
        self.enterprise.look("track-correction")
        for material in materials[:2]:
            self.upload(material.requirement_id, self.file("corrected.pdf", PDF + b"%corrected\n"))
            mine.wait_for_load_state()
        self.enterprise.go(f"/cases/{self.case.uid}/")
        press(mine, "/corrections/answer/")
        mine.wait_for_load_state()
        assert self.case.state == "submitted"
        self.enterprise.look("track-answered")

    def accept(self) -> None:
        page = self.specialist.page
        self.specialist.go(f"/desk/tasks/{self.task('N2').pk}/")
        self.specialist.look("task-answered")
        for material in self.case.materials.all():
            self.verdict(page, material.pk, "accepted")
        page.click("button[name=aim][value=pass]")
        page.wait_for_url("**/pass/")
        self.specialist.look("task-pass-ask")
        press(page, "/pass/")
        page.wait_for_url("**/desk/")
        assert self.case.state == "accepted"

    def register(self, user: User) -> None:
        sign_in(self.partner, user)
        self.partner.look("partner-queue")
        self.work_on("N8", "task-confirm", self.partner)
        self.partner.page.fill("[name=note]", "准予登记，登记号 2026-1123")
        press(self.partner.page, "/confirm/")
        self.partner.page.wait_for_load_state()

    def hand_over(self, user: User) -> None:
        sign_in(self.counter, user)
        page = self.counter.page
        self.work_on("N9", "task-result", self.counter)
        page.fill("[name=number]", "91310230MA1K0ABC3X")  # a slip of the finger
        page.set_input_files("[name=file]", self.file("licence.pdf", PDF))
        press(page, "/result/")
        assert page.locator("[name=number][aria-invalid=true]").count() == 1
        page.fill("[name=number]", USCC)  # the file need not be chosen again
        press(page, "/result/")
        page.wait_for_load_state()
        assert self.case.state == "completed"
        self.enterprise.go(f"/cases/{self.case.uid}/")
        self.enterprise.see(USCC)
        self.enterprise.look("track-completed")

    def watch(self, user: User) -> None:
        """The manager signs in and finds the running case, from the number down to it."""
        sign_in(self.manager, user, "**/cockpit/**")
        self.manager.look("cockpit")
        assert self.figures() == {"open": 2, "kept": 1}  # pre-review and licence run; the signing was done in time
        page = self.manager.page
        page.click("#tile-open")
        page.wait_for_url("**/cockpit/clocks/**")
        self.manager.see(self.case.reference or "")
        self.manager.look("cockpit-clocks")
        page.locator(f"a[href*='/desk/cases/{self.case.uid}/']").first.click()
        page.wait_for_load_state()
        self.manager.look("case-of-manager")

    def watch_the_end(self) -> None:
        self.manager.go("/cockpit/")
        assert self.figures() == {"open": 0, "kept": Clock.objects.count()}
        self.manager.look("cockpit-end")

    def figures(self) -> dict[str, int]:
        """What the dashboard says is open and was kept."""
        number = re.compile(r"\d+")
        texts = {name: self.manager.page.inner_text(f"#tile-{name} .num") for name in ("open", "kept")}
        return {name: int(number.search(text)[0]) for name, text in texts.items()}  # type: ignore[index]

    # -- steps of the steps ------------------------------------------------------------------------------------------

    @property
    def case(self) -> Case:
        return Case.objects.select_related("agreement", "procedure").get(enterprise__name_zh=COMPANY)

    def task(self, node: str) -> Task:
        return Task.objects.get(case=self.case, node__code=node)

    def work_on(self, node: str, shot: str, person: Person | None = None) -> None:
        """Open a task from the queue and take it in hand."""
        person = person or self.specialist
        task = self.task(node)
        person.go("/desk/")
        person.look(f"queue-{node}")
        person.page.locator(f"main a[href*='/desk/tasks/{task.pk}/']").first.click()
        person.page.wait_for_url(f"**/desk/tasks/{task.pk}/**")
        press(person.page, "/claim/")
        person.page.wait_for_load_state()
        assert self.task(node).state == "claimed"
        person.look(shot)

    def answer(self, *names: str) -> None:
        for name in names:
            self.enterprise.page.fill(f"[name={name}]", str(ANSWERS[name]))

    def yes_no(self, name: str) -> None:
        self.enterprise.page.check(f"[name={name}][value={'yes' if ANSWERS[name] else 'no'}]")

    def save_step(self, step: str) -> None:
        page = self.enterprise.page
        page.locator("main form:has([name=csrfmiddlewaretoken]) button.btn-primary[type=submit]").last.click()
        page.wait_for_load_state()

    def verdict(self, page: Page, pk: int, verdict: str) -> None:
        page.locator(f"label:has(input[name=verdict-{pk}][value={verdict}])").click()

    def upload(self, requirement: int, path: str) -> None:
        """Choose a file and wait for the portal's answer; without JavaScript the button sends it."""
        page = self.enterprise.page
        form = page.locator(f"form[action$='/materials/{requirement}/']").first
        fold = page.locator(f"details:has(form[action$='/materials/{requirement}/'])").first
        if fold.count() and not form.locator("input[type=file]").is_visible():
            fold.locator("summary").first.click()
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            form.locator("input[type=file]").set_input_files(path)
            button = form.locator("button[type=submit]")
            if button.count() and button.first.is_visible():
                button.first.click()
        page.wait_for_load_state("networkidle")

    def file(self, name: str, content: bytes) -> str:
        path = self.papers / name
        path.write_bytes(content)
        return str(path)
