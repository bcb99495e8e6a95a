"""What is said about files and cells that cannot be taken, with what to do about it. Words only; stored are the names."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from park.accounts.bilingual import reads_chinese
from profiles.tables import MOST_COLUMNS, MOST_ROWS, columns

REFUSALS = {
    "empty": _("The file is empty. Choose the file that you have filled in."),
    "type": _(
        "Only Excel workbooks (.xlsx) and tables as .csv can be read. Save the table in one of these and choose it again."
    ),
    "content": _(
        "The content is not what the name says: this is no .xlsx workbook without macros. In Excel, choose Save as"
        " and there “Excel workbook (.xlsx)”."
    ),
    "damaged": _("The file is damaged and cannot be opened. Open it in Excel, save it anew and choose it again."),
    "bomb": _("The file would unpack to far more than its size. Copy the table into a new workbook and choose that."),
    "too_large": _("The file is too large. Delete pictures and sheets that are not needed, or split the table."),
    "encoding": _("The letters of the file cannot be read. Save it as “CSV UTF-8” or as an Excel workbook."),
    "no_header": _(
        "No row of headings was found: one of the first ten rows has to name the unified social credit code. Take the"
        " headings from the template."
    ),
    "doubled": _("Two columns have the same heading. Delete or rename one of them."),
    "no_rows": _("There are no rows below the headings. Fill in at least one row; the example does not count."),
    "too_many_rows": _("The table has more than %(most)s rows. Split it into several files."),
    "too_many_columns": _("The table has more than %(most)s columns. Delete those that are not needed."),
}
PROBLEMS = {
    "formula": _("This is a formula. Copy the column and paste it as values."),
    "excel_error": _("This is an error of a formula. Write the value itself."),
    "code_missing": _("The code is missing. Every row needs the unified social credit code of its enterprise."),
    "code_is_number": _(
        "Excel has taken the code for a number and cut it. Format the column as text and type it again."
    ),
    "code_length": _("A unified social credit code has 18 characters. Compare it with the licence."),
    "code_characters": _("This code has a character that none has. The letters I, O, S, V and Z do not occur in it."),
    "code_region": _("Places 3 and 4 of the code name no province. Compare it with the licence."),
    "code_check": _(
        "The check character at the end does not fit: one character is mistyped. Compare it with the licence."
    ),
    "year": _("Write the year with four digits, such as 2025."),
    "year_missing": _("There are figures of a year in this row. Say which year."),
    "too_long": _("At most %(most)s characters fit here. Shorten the text."),
    "number": _(
        "This is no number that is clear. Understood are for example 1200000, 1,200,000 and 1.2 million, and the Chinese units."
    ),
    "unit": _(
        "“%(unit)s” does not fit here. Write the number alone, or with its unit; sums in yuan, or with the currency."
    ),
    "currency": _("This is asked for in one currency only. Write the number without another currency."),
    "percent": _("Here a number is asked for, not a percentage."),
    "ratio": _("Is this %(percent)s? Then write %(percent)s or %(share)s."),
    "places": _("No more than %(most)s decimals can be kept. Round the number."),
    "whole": _("Only whole numbers make sense here."),
    "negative": _("This cannot be less than nothing. Check the sign."),
    "too_large": _("This number is too large. Check the unit: money is in yuan."),
    "day": _("Write the day as 2019-03-05 or 2019/3/5."),
    "no_such_day": _("There is no such day. Check month and day."),
    "flag": _("Write yes or no."),
    "choice": _("This is not one of the choices. Choose from: %(known)s."),
    "industry": _(
        "There is no such industry in GB/T 4754-2017. Write its code, such as 27 or 2710, or the name of the division."
    ),
    "row_doubled": _("Row %(row)s is about the same enterprise and year already. Delete one of the two."),
    "row_differs": _("Row %(row)s says something else about the same enterprise. Make the two agree."),
    "name_missing": _("This enterprise is not on file yet. Write its name in Chinese to enter it."),
    "name_differs": _(
        "On file this code belongs to “%(name)s”. Correct the code or the name; new names are entered in the file itself."
    ),
    "name_en_differs": _("On file its English name is “%(name)s”. Correct it, or leave the cell empty."),
    "name_known": _("“%(name)s” is on file with the code %(code)s. Correct the code, or the name."),
    "name_forming": _("“%(name)s” is being set up here and gets its code with its licence. Leave it out until then."),
    "not_approved": _(
        "This enterprise has signed up and waits for approval. Decide that first, then import the row again."
    ),
    "refused": _("The park has refused this enterprise: leave the row out, or let the enterprise sign up again."),
    "merged": _("This enterprise was merged into “%(name)s”, %(code)s. Use that code."),
}


def refusal(reason: str) -> str:
    """Why a file cannot be read, for the reader; empty for no reason."""
    most = {"too_many_rows": f"{MOST_ROWS:,}", "too_many_columns": str(MOST_COLUMNS)}
    return str(REFUSALS[reason]) % {"most": most.get(reason, "")} if reason else ""


def problem(stored: Mapping[str, Any]) -> str:
    """What is wrong with a cell, for the reader, of what the row keeps about it."""
    known = stored.get("known_zh" if reads_chinese() else "known_en", "")
    return str(PROBLEMS[stored["reason"]]) % {**stored, "known": known}


def label(key: str) -> str:
    """The name of a column for the reader."""
    known = columns().get(key)
    return str(known.label) if known else key
