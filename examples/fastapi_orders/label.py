"""Prints the label of one parcel: `python label.py ORDER COUNTRY`."""

import sys

if __name__ == "__main__":
    order, country = sys.argv[1:]
    print(f"{country.upper()}-{int(order):06d}", end="")
