"""How the whole system does."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.scope.page.system import Server, System, read
from tests.unit.harness.servers import free_port

_METRICS = """# HELP echo_connections_open Connections open now.
# TYPE echo_connections_open gauge
echo_connections_open 3.0
echo_connections_accepted_total 12.0
echo_received_bytes_total 1.5e+06
echo_connections_closed_total{reason="finished"} 9.0
echo_accept_queue_length{address="[::]:5000",worker="0"} 1.0
echo_accept_queue_length{address="[::]:5000",worker="1"} 2.0
"""


class _Metrics(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(_METRICS.encode())

    def log_message(self, *_: object) -> None:
        pass


def test_the_servers_metrics_are_added_up_over_its_workers() -> None:
    """Those that are shown, and no others."""
    assert read(_METRICS) == {"open": 3, "accepted": 12, "received_bytes": 1_500_000, "queued": 3}


def test_the_server_is_asked_by_http() -> None:
    """At the address of its metrics."""
    with HTTPServer(("127.0.0.1", 0), _Metrics) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        found = asyncio.run(Server(("127.0.0.1", server.server_port)).metrics())
        thread.join()
    assert found == read(_METRICS)


@pytest.mark.parametrize("is_known", [True, False], ids=["not there", "not known"])
def test_a_server_without_metrics_has_none(*, is_known: bool) -> None:
    """The page does without."""
    address = ("127.0.0.1", free_port()) if is_known else None
    assert asyncio.run(Server(address).metrics()) is None


def test_what_is_no_number_is_no_answer() -> None:
    """Something else than the server is there."""
    with pytest.raises(ValueError, match="could not convert"):
        read("echo_connections_open many")


def test_an_event_has_the_server_beside_the_scopes_totals() -> None:
    """None where there is nobody to be asked."""
    system = System(1, 2, 3, 4, 5, 6, 7, {"10.0.0.1": 3}, ("10.0.0.2:9",), lost={"records": 0})
    event = system.event({"open": 1})
    assert event["server"] == {"open": 1}
    assert (event["conversations"], event["clients"]) == (3, {"10.0.0.1": 3})
    assert system.event(None)["server"] is None
