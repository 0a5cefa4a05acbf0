"""Turn an order (JSON on standard input) into the text of an invoice. A program of its own, as invoicing tools are."""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import sys


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--order", type=int, required=True)
    parser.add_argument("--token", required=True, help="signs the invoice")
    options = parser.parse_args()
    order = json.load(sys.stdin)
    lines = [f"Invoice {options.order} for {order['customer']}", ""]
    lines += [f"{name:<20}{cents / 100:>10.2f}" for name, cents in order["items"]]
    lines += ["", f"{'Total':<20}{sum(cents for _, cents in order['items']) / 100:>10.2f}"]
    text = "\n".join(lines)
    signature = hmac.new(options.token.encode(), text.encode(), hashlib.sha256).hexdigest()
    print(f"{text}\n\nsigned {signature[:16]}")


if __name__ == "__main__":
    main()
