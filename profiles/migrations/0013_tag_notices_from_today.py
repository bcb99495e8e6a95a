from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def begin_now(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Nobody is told of tags that were given before the portal told of tags."""
    event, consumer = apps.get_model("events", "Event"), apps.get_model("events", "Consumer")
    last = event.objects.aggregate(last=models.Max("position"))["last"] or 0
    consumer.objects.get_or_create(name="tag-notices", defaults={"position": last})


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0012_introductions"),
        ("events", "0005_of_enterprise"),
    ]

    operations = [migrations.RunPython(begin_now, migrations.RunPython.noop)]
