"""Files as banks really send them: broken lines, open quotes, other encodings, torn archives."""

from __future__ import annotations

import gzip
import random
import re
import zlib

import pytest

from features.errors import Refusal


def test_a_broken_line_is_set_aside_with_file_and_line_and_the_rest_goes_on(small_bank):
    small_bank.pay(small_bank.payment(0), "T1,too,few", small_bank.payment(2))
    report = small_bank.take()
    assert report.first == ["transactions.csv:3: 3 fields instead of 7"]
    assert (report.tables["transactions"].accepted, report.tables["transactions"].quarantined) == (2, 1)


def test_a_quote_that_is_never_closed_costs_its_own_line_only(small_bank):
    others = [small_bank.payment(number) for number in range(2, 60)]
    small_bank.pay(small_bank.payment(0), 'T1,A1,"C1,2026-02-02 10:00:00,12.34,card,x', *others)
    report = small_bank.take()
    assert report.first == ["transactions.csv:3: a quote is not closed"]
    assert report.tables["transactions"].accepted == 59


def test_a_text_over_two_lines_is_one_record_and_the_next_lines_keep_their_numbers(small_bank):
    small_bank.pay(small_bank.payment(0), small_bank.payment(1, id='"T\n1"'), "T2,too,few")
    report = small_bank.take()
    assert report.first == ["transactions.csv:5: 3 fields instead of 7"]
    assert small_bank.ask("SELECT count(*) FROM transactions WHERE transaction_id = 'T' || chr(10) || '1'") == [(1,)]


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read_by_its_first_column(small_bank):
    rows = b"".join(b"C%d,2025-01-01\r\n" % number for number in range(5))
    small_bank.put("customers.csv", b"\xef\xbb\xbfid,opened\r\n" + rows)
    small_bank.take()
    assert small_bank.ask("SELECT customer_id FROM customers ORDER BY 1") == [(f"C{number}",) for number in range(5)]


def test_a_chinese_file_in_gbk_is_read_when_the_select_says_so(small_bank):
    rows = "".join(f"C{number},2025-01-01,支行{number}\n" for number in range(5))
    small_bank.put("customers.csv", f"id,opened,支行\n{rows}".encode("gbk"))
    small_bank.say("customers", "('customers.csv')", "('customers.csv', encoding = 'gbk')")
    small_bank.say("customers", "_file,", '"支行" AS branch_id, _file,')
    small_bank.take()
    assert small_bank.ask("SELECT branch_id FROM customers WHERE customer_id = 'C3'") == [("支行3",)]


def test_a_line_that_is_no_text_is_set_aside(small_bank):
    small_bank.put("customers.csv", (small_bank.data / "customers.csv").read_bytes() + b"C\xff,2025-01-01\n")
    report = small_bank.take()
    assert report.first == ["customers.csv:7: is not utf-8 text"]
    assert report.tables["customers"].accepted == 5


def test_tabs_separate_columns_when_the_select_says_so(small_bank):
    small_bank.put("customers.csv", (small_bank.data / "customers.csv").read_text().replace(",", "\t"))
    small_bank.say("customers", "('customers.csv')", r"('customers.csv', delim = '\t')")
    assert small_bank.take().tables["customers"].accepted == 5


@pytest.mark.parametrize(
    ("options", "remedy"),
    [("delimiter = ','", "delim"), ("encoding = 'utf-16'", "utf-8"), ("delim = '||'", "one char")],
)
def test_an_option_the_reader_does_not_know_is_refused_with_the_nearest(small_bank, options, remedy):
    small_bank.say("customers", "('customers.csv')", f"('customers.csv', {options})")
    with pytest.raises(Refusal, match=rf"customers\.sql: .*{re.escape(remedy)}"):
        small_bank.take()


def test_a_torn_archive_gives_all_lines_before_the_tear_and_names_it(small_bank):
    dice = random.Random(1)
    rows = "".join(f"C{number},2025-01-01\n" for number in range(5))
    rows += "".join(f"X{dice.random()},2025-01-01\n" for _ in range(40_000))
    whole = gzip.compress(f"id,opened\n{rows}".encode())
    torn = whole[: len(whole) // 2]
    lines_before = zlib.decompressobj(31).decompress(torn).count(b"\n")
    small_bank.put("customers.csv.gz", torn)
    small_bank.say("customers", "customers.csv", "customers.csv.gz")
    report = small_bank.take()
    assert report.first[0].startswith(f"customers.csv.gz:{lines_before + 1}: the file breaks off here")
    assert report.tables["customers"].accepted == lines_before - 1


def test_the_half_line_at_the_tear_is_not_taken_for_a_row(small_bank):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    rows = "".join(f"C{number},2025-01-01\n" for number in range(5))
    torn = packer.compress(f"id,opened\n{rows}C77777,2025-01-01".encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
    small_bank.put("customers.csv.gz", torn)
    small_bank.say("customers", "customers.csv", "customers.csv.gz")
    small_bank.take()
    assert small_bank.ask("SELECT count(*) FROM customers") == [(5,)]


def test_a_missing_file_is_refused_with_its_path(small_bank):
    (small_bank.data / "customers.csv").unlink()
    with pytest.raises(Refusal, match=r"source/customers\.sql: file .*data/customers\.csv is not there"):
        small_bank.take()


def test_a_path_out_of_the_data_folder_is_refused(small_bank):
    small_bank.say("customers", "'customers.csv'", "'../source/customers.sql'")
    with pytest.raises(Refusal, match="leaves the data folder"):
        small_bank.take()


@pytest.mark.parametrize(("named", "alias"), [("openned", ""), ("k.openned", " AS k")])
def test_a_missing_column_is_refused_with_the_nearest_of_the_file(small_bank, named, alias):
    small_bank.say("customers", "TRY_CAST(opened", f"TRY_CAST({named}")
    small_bank.say("customers", "('customers.csv')", f"('customers.csv'){alias}")
    with pytest.raises(Refusal, match=r"'openned' is missing in customers\.csv; did you mean 'opened'\?"):
        small_bank.take()


def test_a_cast_that_fails_is_refused_with_the_way_out(small_bank):
    small_bank.say("customers", "TRY_CAST", "CAST")
    small_bank.put("customers.csv", "id,opened\nC0,soon\n")
    with pytest.raises(Refusal, match=r"customers\.sql: .*use TRY_CAST"):
        small_bank.take()
