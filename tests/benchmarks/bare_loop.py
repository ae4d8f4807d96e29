"""Walk pages of orders and do nothing with them but parse: httpx and json alone, one page after the other. The measure for `against_bare_loop`.

Takes the base URL and the first query of each walk; prints how many orders went by.
"""

from __future__ import annotations

import json
import sys

import httpx


def main() -> None:
    """Walk."""
    base_url, *starts = sys.argv[1:]
    orders = 0
    with httpx.Client(base_url=base_url) as client:
        form = {"grant_type": "client_credentials", "client_id": "demo", "client_secret": "demo", "scope": "orders"}
        token = client.post("/oauth2/token", data=form).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        for start in starts:
            url: str | None = f"/v4/orders?{start}"
            while url:
                page = json.loads(client.get(url, headers=headers).content)
                orders += len(page["resources"])
                url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    sys.stdout.write(f"{orders}\n")


if __name__ == "__main__":
    main()
