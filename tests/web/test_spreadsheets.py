"""Files for spreadsheets."""

import pytest

from portal.web.spreadsheets import csv_answer


def test_a_file_is_told_apart_from_a_page_and_keeps_every_script() -> None:
    answer = csv_answer([("Name", "Score"), ("さきがけ酒販", 84.1)], name="accounts")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="accounts.csv"'
    assert answer.mimetype == "text/csv"
    assert answer.get_data() == "\ufeffName,Score\r\nさきがけ酒販,84.1\r\n".encode()


@pytest.mark.parametrize("text", ["=1+1", "+81", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_is_read_as_a_formula(text: str) -> None:
    content = csv_answer([(text,)], name="x").get_data().decode("utf-8-sig")

    assert content.strip('"').startswith(f"'{text[0]}")


def test_negative_numbers_stay_numbers() -> None:
    assert csv_answer([(-5.3,)], name="x").get_data().decode("utf-8-sig") == "-5.3\r\n"
