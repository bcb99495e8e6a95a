from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from park.notices import channels
from park.notices.channels import outgoing, webhook
from park.notices.models import ADDRESSED, Channel

REASONS = {
    "spelling": _("This is not a web address. Please copy it whole, without blanks."),
    "scheme": _("The address has to begin with https://."),
    "user": _("An address with a login name in it is not taken."),
    "host": _("Please give a name of the public internet: no number, and no name of your own network."),
    "port": _("Please leave the port out: only the usual one of https is used."),
    "platform": _("A robot of this platform has its address at %(hosts)s."),
    "inside": _("This name leads into a private network. The portal does not send there."),
}


class AddressForm(forms.Form):
    """A robot or webhook; `host` is known once the form is valid. Nothing is sent, but the name is looked up."""

    channel = forms.ChoiceField(label=_("Where to"), choices=[(code.value, code.label) for code in ADDRESSED])
    url = forms.CharField(
        label=_("Address"),
        max_length=1000,
        help_text=_("As the platform shows it, beginning with https://. It is not shown again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        required=False,
        help_text=_(
            "DingTalk and Feishu: the key of signing, where it is switched on. Webhook: whsec_ and 24 to 64 bytes in base64. "
            "It is not shown again."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    host = ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        channel = data.get("channel", "")
        if channel and "url" in data:
            self._check_url(data["url"], channel)
        if channel and "secret" in data:
            self._check_secret(data["secret"], channel)
        return data

    def _check_url(self, url: str, channel: str) -> None:
        hosts = channels.HOSTS[channel]
        try:
            self.host = outgoing.check(url, only=hosts).host
        except outgoing.NotAllowed as refusal:
            words = REASONS[refusal.reason] % {"hosts": ", ".join(hosts)}
            self.add_error("url", forms.ValidationError(words, code=refusal.reason))

    def _check_secret(self, secret: str, channel: str) -> None:
        if channel == Channel.WECOM and secret:
            self.add_error("secret", _("A robot of WeCom has no secret. Please leave this empty."))
        if channel != Channel.WEBHOOK:
            return
        try:
            webhook.key_of(secret)
        except ValueError:
            self.add_error("secret", _("Please give the key of signing: whsec_ and 24 to 64 bytes in base64."))
