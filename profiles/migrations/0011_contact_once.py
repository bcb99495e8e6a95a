from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_merged_into"),
        ("profiles", "0010_contacts_in_one_place"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="enterpriseprofile",
            name="contact_name",
        ),
        migrations.RemoveField(
            model_name="enterpriseprofile",
            name="contact_phone",
        ),
        migrations.AlterField(
            model_name="contact",
            name="name",
            field=models.CharField(blank=True, max_length=60, verbose_name="name"),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("enterprise", "name", "phone", "email"),
                name="contact_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(("email", ""), ("name", ""), ("phone", ""), _negated=True),
                name="contact_says_something",
            ),
        ),
    ]
