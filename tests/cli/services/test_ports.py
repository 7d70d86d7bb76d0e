import socket

import pytest

from components.cli.services import ports
from components.cli.services.errors import ServiceError


def test_the_environment_wins_over_the_last_start_and_that_over_the_default():
    assert ports.choose({}, {}) == ports.Ports(8080, 5000)
    assert ports.choose({}, {"airflow": 9001, "mlflow": 9002}) == ports.Ports(9001, 9002)
    assert ports.choose({"ALMANAC_AIRFLOW_PORT": "9003"}, {"airflow": 9001, "mlflow": 9002}) == ports.Ports(9003, 9002)


@pytest.mark.parametrize("text", ["x", "0", "65536", "-1", "80.5", "٣"])
def test_a_variable_that_is_no_port_is_refused_by_name(text):
    with pytest.raises(ServiceError, match=r"ALMANAC_MLFLOW_PORT is .* from 1 to 65535"):
        ports.choose({"ALMANAC_MLFLOW_PORT": text}, {})


def test_the_same_port_twice_is_refused():
    with pytest.raises(ServiceError, match="cannot both listen on port 5000"):
        ports.choose({"ALMANAC_AIRFLOW_PORT": "5000"}, {})


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - the other program binds all
def test_a_taken_port_is_one_sentence_with_the_way_out(address):
    with socket.socket() as other:
        other.bind((address, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"^Port {port}, meant for Airflow, is taken .*ALMANAC_AIRFLOW_PORT=\d+ make up`\.$"):
            ports.require_free("Airflow", port)
    ports.require_free("Airflow", port)
