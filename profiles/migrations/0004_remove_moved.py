from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("profiles", "0003_values_of_profiles")]
    operations = [
        migrations.RemoveField(
            model_name="enterpriseprofile",
            name="founded_on",
        ),
        migrations.RemoveField(
            model_name="enterpriseprofile",
            name="registered_capital",
        ),
    ]
