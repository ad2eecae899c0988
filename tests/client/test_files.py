"""Reading notices from CSV and JSON files, and explaining files that cannot be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from varsling.client.columns import Language, all_columns, path_of, template
from varsling.client.files import FileRefused, Row, read
from varsling.notices.schemas.notice import NoticeInput


def write(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_csv_names_members_by_their_path(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "notices.csv",
        "reference,lease.reference,lease.eviction_clause,tenants.0.name,tenants.1.name,breach.claims.0.outstanding_amount\n"
        "R-1,K-1,TRUE,Kari Testperson,,9000.00\n"
        "\n"
        "R-2,K-2,false,Ola Prøve,Anne Prøve,\n",
    )
    assert read(file) == [
        Row(
            2,
            {
                "reference": "R-1",
                "lease": {"reference": "K-1", "eviction_clause": True},
                "tenants": [{"name": "Kari Testperson"}],
                "breach": {"claims": [{"outstanding_amount": "9000.00"}]},
            },
        ),
        Row(
            4,
            {
                "reference": "R-2",
                "lease": {"reference": "K-2", "eviction_clause": False},
                "tenants": [{"name": "Ola Prøve"}, {"name": "Anne Prøve"}],
            },
        ),
    ]


@pytest.mark.parametrize("first", ["", "sep=;\r\n", "SEP=;;\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_excels_first_line_and_encodings_are_read(tmp_path: Path, first: str, encoding: str) -> None:
    text = f"{first}reference;tenants.0.name\r\nR-1;Åse, Prøve\r\n"
    (row,) = read(write(tmp_path, "excel.csv", text.encode(encoding)))
    assert row == Row(2, {"reference": "R-1", "tenants": [{"name": "Åse, Prøve"}]})


def test_excels_unicode_text_has_tabs(tmp_path: Path) -> None:
    text = "reference\ttenants.0.name\r\nR-1\tÅse; Prøve, født Å\r\n"
    (row,) = read(write(tmp_path, "excel.csv", text.encode("utf-16")))
    assert row.notice == {"reference": "R-1", "tenants": [{"name": "Åse; Prøve, født Å"}]}


def test_a_list_of_texts_has_a_column_a_text(tmp_path: Path) -> None:
    names = [f"tenants.0.postal_address.lines.{place}" for place in range(3)]
    (row,) = read(write(tmp_path, "lines.csv", f"reference;{';'.join(names)}\nR-1;c/o Prøve;;Storgata 1\n"))
    assert row.notice["tenants"] == [{"postal_address": {"lines": ["c/o Prøve", "Storgata 1"]}}]


def test_excels_csv_is_read(tmp_path: Path) -> None:
    file = write(tmp_path, "excel.csv", "\ufeffreference;tenants.0.name\r\nR-1;Åse Prøve\r\n")
    assert read(file) == [Row(2, {"reference": "R-1", "tenants": [{"name": "Åse Prøve"}]})]


def test_a_workbook_is_told_from_a_text(tmp_path: Path) -> None:
    for name in ("varsler.csv", "varsler.xlsx"):
        with pytest.raises(FileRefused, match="an Excel workbook") as refusal:
            read(write(tmp_path, name, b"PK\x03\x04 and more"))
        assert "Excel-bok" in refusal.value.told(Language.NB)


def test_a_norwegian_excels_cells_are_what_they_mean(tmp_path: Path) -> None:
    columns = {
        "reference": ("R-1", "R-1"),
        "lease.eviction_clause": ("SANN", True),
        "attestations.power_of_attorney": ("USANN", False),
        "dwelling.postal_code": ("557", "0557"),
        "dwelling.city": ("Bodø", "Bodø"),
        "tenants.0.national_id": ("1819010001", "01819010001"),
        "tenants.0.birth_date": ("1.2.1990", "1990-02-01"),
        "tenants.1.birth_date": ("01.01.1900", "01.01.1900"),
        "breach.claims.0.due_date": ("01.10.2026", "2026-10-01"),
        "breach.claims.0.original_amount": ("12 500", "12500.00"),
        "breach.claims.0.outstanding_amount": ("9\u00a0000,5", "9000.50"),
        "breach.claims.1.outstanding_amount": ("12.500,00", "12500.00"),
        "breach.claims.2.outstanding_amount": ("1.012.500,5", "1012500.50"),
        "breach.deposited_amount": ("0,00", "0.00"),
        "attestations.reason_to_notify": ("Ja", True),
        "attestations.no_reservation_received": ("NEI", False),
        "lease.use": ("Bolig", "dwelling"),
        "ground.code": ("Leie ikke betalt", "rent_unpaid"),
    }
    text = f"{';'.join(columns)}\r\n{';'.join(cell for cell, _ in columns.values())}\r\n"
    (row,) = read(write(tmp_path, "norsk.csv", text.encode("cp1252")))
    for path, (_, meant) in columns.items():
        found: object = row.notice
        for step in path.split("."):
            found = found[int(step)] if isinstance(found, list) else found[step]  # type: ignore[index]  # JSON of any depth
        assert found == meant, path


@pytest.mark.parametrize(
    "column_and_cell",
    [
        "breach.claims.0.outstanding_amount;12.500",
        "breach.claims.0.outstanding_amount;1.2500,00",
        "breach.claims.0.outstanding_amount;1,8E+09",
        "breach.claims.0.outstanding_amount;-100,00",
        "breach.claims.0.due_date;10/01/2026",
        "dwelling.postal_code;57",
        "tenants.0.national_id;1,81901E+09",
        "reference;557",
    ],
)
def test_what_could_mean_two_things_stays_as_it_is(tmp_path: Path, column_and_cell: str) -> None:
    column, cell = column_and_cell.split(";")
    (row,) = read(write(tmp_path, "norsk.csv", f"{column};lease.reference\n{cell};K-1\n"))
    assert cell in str(row.notice)


@pytest.mark.parametrize(
    "text",
    ['{"reference": "R-1"}', '[{"reference": "R-1"}]', '{"items": [{"reference": "R-1"}]}', '{"reference": "R-1"}\n\n'],
)
def test_json_may_be_one_or_a_list(tmp_path: Path, text: str) -> None:
    assert read(write(tmp_path, "notices.json", text)) == [Row(1, {"reference": "R-1"})]


def test_json_may_be_a_notice_a_line(tmp_path: Path) -> None:
    file = write(tmp_path, "notices.jsonl", '{"reference": "R-1"}\n{"reference": "R-2"}\n')
    assert [row.reference for row in read(file)] == ["R-1", "R-2"]


@pytest.mark.parametrize("rare", ["\u2028", "\u0085", "\f"])
def test_only_a_line_feed_ends_a_line(tmp_path: Path, rare: str) -> None:
    csv = write(tmp_path, "a.csv", f"reference,lease.reference\nR{rare}1,K-1\n")
    assert [row.reference for row in read(csv)] == [f"R{rare}1"]
    if rare != "\f":  # JSON wants it escaped
        lines = write(tmp_path, "a.jsonl", f'{{"reference": "R{rare}1"}}\n\n{{"reference": "R-2"}}\n')
        assert read(lines) == [Row(1, {"reference": f"R{rare}1"}), Row(3, {"reference": "R-2"})]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "reference,reference\nR-1,R-2\n", "more than once: reference"),
        ("a.csv", "reference\nR-1,hemmelig\n", "line 2 has 2 cells"),
        ("a.csv", "dwelling,dwelling.street\nhemmelig,x\n", "column dwelling.street conflicts"),
        ("a.csv", "tenants.0.name,tenants.x.name\nhemmelig,hemmelig\n", "column tenants.x.name conflicts"),
        ("a.csv", "tenants.0.name,tenants.999999999.name\nhemmelig,hemmelig\n", "what stands in column B"),
        ("a.csv", "tenants.0.name,tenants.-1.name\nhemmelig,hemmelig\n", "what stands in column B"),
        ("a.csv", "R-1,Hemmelig Leier,hemmelig@mail.example\nR-2,Hemmelig,x\n", "what stands in column A, B, C"),
        ("a.csv", "dwelling.street,dwelling\nx,hemmelig\n", "column dwelling conflicts"),
        ("a.csv", "landlord,landlord.contact.email\nhemmelig,hemmelig\n", "column landlord.contact.email conflicts"),
        ("a.csv", "tenants.0,tenants.0.name\nhemmelig,hemmelig\n", "column tenants.0.name conflicts"),
        ("a.csv", "reference\n", "no notice in it"),
        ("a.csv", 'reference;lease\nR-1;"hemmelig\nR-2;x\n', "from line 2 on a quotation mark"),
        ("a.csv", b"reference\nK\x81benhavn\n", "line 2 is not UTF-8"),
        ("a.csv", "reference\nhemmelig på Å\n".encode("mac-roman"), "line 2 is not UTF-8"),
        ("a.csv", "reference\nhemmelig Bodø\n".encode("mac-roman"), "line 2 is not UTF-8"),
        ("a.csv", "reference\nhemmelig gård\n".encode("cp865"), "line 2 is not UTF-8"),
        ("a.json", b'{"reference":\n"K\xf8benhavn"}', "line 2 is not UTF-8"),
        ("a.json", '{"reference": hemmelig', "not JSON, at line 1"),
        ("a.json", '{"reference": "R-1"}\n{"reference": hemmelig\n', "not JSON, at line 2"),
        ("a.json", '["hemmelig"]', "entry 1 is not a JSON object"),
        ("a.json", '{"reference": "R-1", "reference": "hemmelig"}', "a member is given twice"),
        ("a.json", '{"reference": "R-1"}\n\n{"lease": {"a": "hemmelig", "a": 1}}\n', "line 3 has a member twice"),
        ("a.json", "[]", "no notice in it"),
        ("a.json", "7", "expected a notice, a list"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_without_its_values(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(FileRefused, match=said) as refused:
        read(write(tmp_path, name, content))
    assert "hemmelig" not in str(refused.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="there is no such file"):
        read(tmp_path / "none.csv")


def test_columns_have_names_in_both_languages_and_may_be_paths(tmp_path: Path) -> None:
    heads = "Referanse;Tenant 2 name;leier 1  NAVN;tenants.2.name;Krav 1 ubetalt;Leier 1 adresse"
    text = f"{heads}\nR-1;B;A;C;9.000,00;c/o X | Gata 1\n"
    (row,) = read(write(tmp_path, "a.csv", text))
    assert row.notice == {
        "reference": "R-1",
        "tenants": [{"name": "A", "postal_address": {"lines": ["c/o X", "Gata 1"]}}, {"name": "B"}, {"name": "C"}],
        "breach": {"claims": [{"outstanding_amount": "9000.00"}]},
    }
    assert row.column("/tenants/1/name", Language.NB) == "Tenant 2 name"
    assert row.column("/tenants/0/birth_date", Language.NB) == "Leier 1 fødselsdato"
    assert row.column("/tenants/0/birth_date", Language.EN) == "Tenant 1 birth date"
    assert row.column("/tenants/0", Language.NB) == "Leier 1"


@pytest.mark.parametrize("name", ["Leier 0 navn", "Leier navn", "Referanse 1", "Leier 1 navn 2", "Leier x navn"])
def test_what_is_not_quite_a_columns_name_is_none(name: str) -> None:
    assert path_of(name) is None


@pytest.mark.parametrize("language", Language)
def test_the_template_is_read_as_a_notice_without_a_fault(tmp_path: Path, language: Language) -> None:
    rows = list(template(language))
    text = ";".join(name for name, _ in rows) + "\r\n" + ";".join(cell for _, cell in rows) + "\r\n"
    (row,) = read(write(tmp_path, "a.csv", text))
    assert NoticeInput.model_validate(row.notice).tenants[0].name == "Kari Testperson"


def test_every_member_of_a_notice_has_a_column() -> None:
    """By the contract's own schema, so that a new member gets its names too."""
    schemas = NoticeInput.model_json_schema()["$defs"] | {"NoticeInput": NoticeInput.model_json_schema()}

    def leaves(schema: dict[str, Any], path: str) -> Iterator[str]:
        for choice in schema.get("anyOf", [schema]):
            if "$ref" in choice and "properties" in (named := schemas[choice["$ref"].rpartition("/")[2]]):
                for name, member in named["properties"].items():
                    yield from leaves(member, f"{path}.{name}".strip("."))
            elif choice.get("type") == "array" and not path.endswith("lines"):
                yield from leaves(choice["items"], f"{path}.0")
            elif choice.get("type") != "null":
                yield path

    members = {leaf for name, one in schemas["NoticeInput"]["properties"].items() for leaf in leaves(one, name)}
    assert members == {path for path, _, _ in all_columns()}
    for path, nb, en in all_columns():
        assert (path_of(nb.replace("{n}", "1")), path_of(en.replace("{n}", "1"))) == (path, path)


def test_cells_beyond_the_columns_pass_if_they_are_empty(tmp_path: Path) -> None:
    """Excel writes them where somebody once touched a cell."""
    (row,) = read(write(tmp_path, "a.csv", "reference;lease\nR-1;K-1;; ;\n"))
    assert row.notice == {"reference": "R-1", "lease": {"reference": "K-1"}}


def test_a_refusal_is_told_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        read(write(tmp_path, "a.csv", f"{';' * 26}Hemmelig\nx\n"))
    assert "det som står i kolonne AA." in refused.value.told(Language.NB)
    assert "what stands in column AA." in refused.value.told(Language.EN)
