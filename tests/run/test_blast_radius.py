from components.run.blast_radius import blast_radius
from components.run.catalog import load_pipeline
from components.store.store import Store


def test_a_column_of_the_flights_touches_features_and_functions_by_their_code(store: Store) -> None:
    touches = blast_radius(store, load_pipeline("flights"), ["dest"], [])
    assert touches.features == ("dest", "flight_record", "route_record")
    assert touches.functions == ("route_record",)
    assert list(touches.lines())[0::3] == ["columns: dest", "models: none"]


def test_a_new_column_touches_nothing_else(store: Store) -> None:
    touches = blast_radius(store, load_pipeline("flights"), ["gate"], [])
    assert (touches.columns, touches.features, touches.functions, touches.models) == (("gate",), (), (), ())
