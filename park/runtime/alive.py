"""Whether a web server answers. As a program, the health check of a container: python -m park.runtime.alive URL"""

import sys
import urllib.error
import urllib.request


def answers(url: str) -> bool:
    """Any answer counts: the server is there, and what it says is for monitoring."""
    return status(url) is not None


def status(url: str) -> int | None:
    """The HTTP status of a GET, or None without an answer; as if it came through the proxy, by HTTPS."""
    request = urllib.request.Request(url, headers={"X-Forwarded-Proto": "https"})  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


if __name__ == "__main__":
    sys.exit(status(sys.argv[1]) != 200)
