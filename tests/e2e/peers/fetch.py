"""An HTTP GET, whose status and body are printed as JSON: HOST PATH."""

import http.client
import json
import sys


def main(host: str, path: str) -> None:
    """Ask port 8000."""
    connection = http.client.HTTPConnection(host, 8000, timeout=60)
    connection.request("GET", path)
    response = connection.getresponse()
    sys.stdout.write(json.dumps({"status": response.status, "body": response.read().decode()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
