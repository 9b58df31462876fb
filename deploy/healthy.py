"""Whether the process of this container can do what it is asked: exits with 0 or 1, and says why on standard error.

For HEALTHCHECK: Python is all the image has to ask with.
"""

import os
import sys
import urllib.error
import urllib.request

DEADLINE = 5.0
"""Seconds the process may take to say how it is."""


def main() -> int:
    """Ask this machine's /readyz."""
    url = f"http://127.0.0.1:{os.environ.get('DEMAIN_PORT', '8000')}/readyz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=DEADLINE):
            return 0
    except urllib.error.HTTPError as error:
        print(f"{url}: {error.code}: {error.read(2000).decode(errors='replace')}", file=sys.stderr)
    except OSError as error:
        print(f"{url}: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
