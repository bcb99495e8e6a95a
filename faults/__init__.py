"""The fault campaign: real processes under load, broken on purpose, and a separate judge of what they left behind."""
