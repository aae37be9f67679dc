import socket

import pytest
from servecheck.engines.ports import LOOPBACK, HeldPort


def test_a_server_that_reuses_addresses_can_bind_and_serve_on_a_held_port() -> None:
    with (
        HeldPort() as port,
        socket.create_server((LOOPBACK, port.number)) as server,  # it sets SO_REUSEADDR
        socket.create_connection((LOOPBACK, port.number)),
        server.accept()[0] as accepted,
    ):
        assert accepted.getsockname()[1] == port.number


def test_a_held_port_is_given_to_no_other_holder() -> None:
    with HeldPort() as first:
        others = [HeldPort() for _ in range(50)]

    for other in others:
        other.close()
    assert first.number not in {other.number for other in others}


@pytest.mark.parametrize("held", [True, False])
def test_a_port_is_free_for_all_once_it_is_let_go_of(held: bool) -> None:
    with HeldPort(held=held) as port:
        if held:
            port.close()

        with socket.socket() as strict:  # without SO_REUSEADDR
            strict.bind((LOOPBACK, port.number))
