"""The maps of states, as data. The services and the database's own triggers both read them."""

from lifecycle.enums import CaseState, TaskState

CASE_MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        (CaseState.DRAFT, CaseState.SUBMITTED),
        (CaseState.DRAFT, CaseState.WITHDRAWN),
        (CaseState.SUBMITTED, CaseState.CORRECTION),
        (CaseState.SUBMITTED, CaseState.ACCEPTED),
        (CaseState.SUBMITTED, CaseState.REJECTED),
        (CaseState.SUBMITTED, CaseState.WITHDRAWN),
        (CaseState.CORRECTION, CaseState.SUBMITTED),
        (CaseState.CORRECTION, CaseState.WITHDRAWN),
        (CaseState.CORRECTION, CaseState.REJECTED),
        (CaseState.ACCEPTED, CaseState.IN_PROGRESS),
        (CaseState.ACCEPTED, CaseState.REJECTED),
        (CaseState.ACCEPTED, CaseState.WITHDRAWN),
        (CaseState.IN_PROGRESS, CaseState.COMPLETED),
        (CaseState.IN_PROGRESS, CaseState.REJECTED),
        (CaseState.IN_PROGRESS, CaseState.WITHDRAWN),
    }
)

TASK_MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        (TaskState.WAITING, TaskState.READY),
        (TaskState.WAITING, TaskState.CANCELLED),
        (TaskState.WAITING, TaskState.SKIPPED),
        (TaskState.READY, TaskState.CLAIMED),
        (TaskState.READY, TaskState.DONE),  # the enterprise's own step
        (TaskState.READY, TaskState.CANCELLED),
        (TaskState.CLAIMED, TaskState.READY),
        (TaskState.CLAIMED, TaskState.RETURNED),
        (TaskState.CLAIMED, TaskState.DONE),
        (TaskState.CLAIMED, TaskState.CANCELLED),
        (TaskState.RETURNED, TaskState.CLAIMED),
        (TaskState.RETURNED, TaskState.CANCELLED),
        # taken back: what was done, and what it had opened
        (TaskState.DONE, TaskState.CLAIMED),
        (TaskState.READY, TaskState.WAITING),
        (TaskState.SKIPPED, TaskState.WAITING),
    }
)

OPEN_CASE = (CaseState.SUBMITTED, CaseState.CORRECTION, CaseState.ACCEPTED, CaseState.IN_PROGRESS)
CLOSED_CASE = (CaseState.COMPLETED, CaseState.REJECTED, CaseState.WITHDRAWN)
PASSED_TASK = (TaskState.DONE, TaskState.SKIPPED)
OPEN_TASK = (TaskState.READY, TaskState.CLAIMED, TaskState.RETURNED)
# A case in one of these can still meet a need of the enterprise, or has met it.
SERVES_A_NEED = (CaseState.DRAFT, *OPEN_CASE, CaseState.COMPLETED)
