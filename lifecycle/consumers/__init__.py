"""What cases, the standard and teams make of the log."""

from lifecycle.consumers import cases, teams

__all__ = ["cases", "teams"]
