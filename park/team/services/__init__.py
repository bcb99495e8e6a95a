"""What is done to the team, one module for each noun."""

from park.team.services.absences import set_absent
from park.team.services.departments import load_departments

__all__ = ["load_departments", "set_absent"]
