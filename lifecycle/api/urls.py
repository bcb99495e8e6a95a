from django.urls import path

from lifecycle.api import agreements, cases, materials, procedures, tasks

urlpatterns = [
    path("procedures/", procedures.Procedures.as_view(), name="procedures"),
    path("procedures/<slug:code>/", procedures.OneProcedure.as_view(), name="procedure"),
    path("cases/", cases.Cases.as_view(), name="cases"),
    path("cases/<uuid:uid>/", cases.OneCase.as_view(), name="case"),
    path("cases/<uuid:uid>/agreement/", agreements.OneAgreement.as_view(), name="agreement"),
    path("cases/<uuid:uid>/agreement/sign/", agreements.Sign.as_view(), name="agreement_sign"),
    path("cases/<uuid:uid>/submit/", cases.Submit.as_view(), name="submit"),
    path("cases/<uuid:uid>/withdraw/", cases.Withdraw.as_view(), name="withdraw"),
    path("cases/<uuid:uid>/timeline/", cases.Timeline.as_view(), name="timeline"),
    path("cases/<uuid:uid>/clocks/", cases.Clocks.as_view(), name="clocks"),
    path("cases/<uuid:uid>/messages/", cases.Messages.as_view(), name="messages"),
    path("cases/<uuid:uid>/materials/", materials.Materials.as_view(), name="materials"),
    path("cases/<uuid:uid>/materials/<int:pk>/versions/", materials.Versions.as_view(), name="versions"),
    path("cases/<uuid:uid>/versions/<int:pk>/file/", materials.VersionFile.as_view(), name="version_file"),
    path("cases/<uuid:uid>/documents/<int:pk>/file/", materials.DocumentFile.as_view(), name="document_file"),
    path("cases/<uuid:uid>/correction/", materials.Correction.as_view(), name="correction"),
    path("cases/<uuid:uid>/correction/answer/", materials.CorrectionAnswer.as_view(), name="correction_answer"),
    path("tasks/", tasks.Queue.as_view(), name="tasks"),
    path("tasks/<int:pk>/", tasks.OneTask.as_view(), name="task"),
    path("tasks/<int:pk>/claim/", tasks.Claim.as_view(), name="claim"),
    path("tasks/<int:pk>/sign/", tasks.Sign.as_view(), name="task_sign"),
    path("tasks/<int:pk>/verdicts/", tasks.Verdicts.as_view(), name="verdicts"),
    path("tasks/<int:pk>/correct/", tasks.Correct.as_view(), name="correct"),
    path("tasks/<int:pk>/pass/", tasks.Pass.as_view(), name="pass"),
    path("tasks/<int:pk>/confirm/", tasks.Confirm.as_view(), name="confirm"),
    path("tasks/<int:pk>/result/", tasks.Result.as_view(), name="result"),
    path("tasks/<int:pk>/transfer/", tasks.Transfer.as_view(), name="transfer"),
    path("tasks/<int:pk>/reject/", tasks.Reject.as_view(), name="reject"),
]
