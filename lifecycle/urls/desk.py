from django.urls import path

from lifecycle.views.desk import batch, case, handing, keeping, needs, queue, review, task, texts, time
from park.accounts.views import approvals

app_name = "desk"
urlpatterns = [
    path("", queue.show, name="queue"),
    path("version/", queue.version, name="version"),
    path("batch/", batch.act, name="batch"),
    path("tasks/<int:pk>/", task.show, name="task"),
    path("tasks/<int:pk>/preview/", queue.preview, name="preview"),
    path("tasks/<int:pk>/why/", task.why_assigned, name="why"),
    path("tasks/<int:pk>/claim/", task.claim, name="claim"),
    path("tasks/<int:pk>/verdicts/", review.verdicts, name="verdicts"),
    path("tasks/<int:pk>/correct/", review.correct, name="correct"),
    path("tasks/<int:pk>/pass/", review.accept, name="pass"),
    path("tasks/<int:pk>/confirm/", task.confirm, name="confirm_task"),
    path("tasks/<int:pk>/hand-over/", task.hand_over, name="hand_over"),
    path("tasks/<int:pk>/result/", task.result, name="result"),
    path("tasks/<int:pk>/sign/", task.sign, name="sign"),
    path("tasks/<int:pk>/reject/", handing.reject, name="reject"),
    path("tasks/<int:pk>/transfer/", handing.transfer, name="transfer"),
    path("tasks/<int:pk>/more-time/", time.ask, name="more_time"),
    path("tasks/<int:pk>/pause/", time.pause, name="pause"),
    path("tasks/<int:pk>/resume/", time.resume, name="resume"),
    path("tasks/<int:pk>/keep-paused/", time.keep_paused, name="keep_paused"),
    path("tasks/<int:pk>/reopen/", time.reopen, name="reopen"),
    path("extensions/<int:pk>/", time.decide, name="extension"),
    path("cases/<uuid:uid>/", case.show, name="case"),
    path("cases/<uuid:uid>/message/", case.message, name="message"),
    path("cases/<uuid:uid>/watch/", keeping.watch, name="watch"),
    path("cases/<uuid:uid>/note/", keeping.note, name="note"),
    path("filters/", keeping.save_filter, name="save_filter"),
    path("filters/<int:pk>/drop/", keeping.drop_filter, name="drop_filter"),
    path("texts/", texts.listing, name="texts"),
    path("texts/<int:pk>/", texts.change, name="text"),
    path("needs/<int:pk>/cases/", needs.tie, name="tie_need"),
    path("enterprises/", approvals.waiting, name="enterprises"),
    path("enterprises/<int:pk>/approve/", approvals.approve, name="approve"),
    path("enterprises/<int:pk>/refuse/", approvals.refuse, name="refuse"),
]
