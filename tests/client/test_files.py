"""Files of notices: what is read from CSV and JSON, and what is said of a file that cannot be read."""

from pathlib import Path

import pytest

from varsling.client.files import FileRefused, Row, read


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


def test_excels_csv_is_read(tmp_path: Path) -> None:
    file = write(tmp_path, "excel.csv", "\ufeffreference;tenants.0.name\r\nR-1;Åse Prøve\r\n")
    assert read(file) == [Row(2, {"reference": "R-1", "tenants": [{"name": "Åse Prøve"}]})]


@pytest.mark.parametrize(
    "text",
    ['{"reference": "R-1"}', '[{"reference": "R-1"}]', '{"items": [{"reference": "R-1"}]}', '{"reference": "R-1"}\n\n'],
)
def test_json_may_be_one_or_a_list(tmp_path: Path, text: str) -> None:
    assert read(write(tmp_path, "notices.json", text)) == [Row(1, {"reference": "R-1"})]


def test_json_may_be_a_notice_a_line(tmp_path: Path) -> None:
    file = write(tmp_path, "notices.jsonl", '{"reference": "R-1"}\n{"reference": "R-2"}\n')
    assert [row.reference for row in read(file)] == ["R-1", "R-2"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "reference,reference\nR-1,R-2\n", "reference stand there twice"),
        ("a.csv", "reference\nR-1,hemmelig\n", "line 2 has 2 cells"),
        ("a.csv", "lease,lease.reference\nhemmelig,K-1\n", "column lease.reference does not fit"),
        ("a.csv", "tenants.0.name,tenants.x.name\nhemmelig,hemmelig\n", "column tenants.x.name does not fit"),
        ("a.csv", "tenants.0.name,tenants.999999999.name\nhemmelig,hemmelig\n", "does not fit"),
        ("a.csv", "reference\n", "no notice in it"),
        ("a.csv", b"reference\nK\xf8benhavn\n", "line 2 is not UTF-8"),
        ("a.json", '{"reference": hemmelig', "not JSON, at line 1"),
        ("a.json", '{"reference": "R-1"}\n{"reference": hemmelig\n', "line 2 is not JSON"),
        ("a.json", '["hemmelig"]', "number 1 is no JSON object"),
        ("a.json", "[]", "no notice in it"),
        ("a.json", "7", "what is read"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_without_its_values(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(FileRefused, match=said) as refused:
        read(write(tmp_path, name, content))
    assert "hemmelig" not in str(refused.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="No such file"):
        read(tmp_path / "none.csv")
