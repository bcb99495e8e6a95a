import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_fill_notice_of_message")]

    operations = [
        *(
            migrations.RemoveField(model_name="outboxmessage", name=name)
            for name in ("dedupe_key", "recipient", "kind", "path", "data")
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="notice",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="notices.notice",
                verbose_name="notice",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmessage",
            constraint=models.UniqueConstraint(fields=("notice", "channel"), name="message_once_a_channel"),
        ),
    ]
