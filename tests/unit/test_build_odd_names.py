"""Properties with names that mean something to whoever is careless: each stays what it is."""

import pytest
from building import ID, TEXT, crud, entity, record, service


@pytest.mark.parametrize("name", ["None", "", "null", "key", "undefined", "True", "0"])
def test_no_name_makes_a_property_the_key_by_itself(name: str) -> None:
    found = entity(service(crud("/things", record("id", id=ID, **{name: TEXT}))), "things")
    assert found.by_name[found.key].wire == "id"


def test_what_is_declared_of_a_property_is_said_of_no_column_that_is_called_alike() -> None:
    thing = record("id", id=ID, a_b=TEXT, A_B=TEXT) | {
        "x-fountaingen-table": {"unique": ["a_b"], "indexes": [["A_B", "id"]]}
    }
    found = entity(service(crud("/things", thing)), "things")
    assert [[found.by_name[name].wire for name in names] for names in found.unique] == [["a_b"]]
    assert [[found.by_name[name].wire for name in names] for names in found.indexes] == [["A_B", "id"]]
