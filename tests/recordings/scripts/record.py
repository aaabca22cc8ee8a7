"""Record an incident from real software: `python -m tests.recordings.scripts.record NAME OUT`.

NAME is `deliveries` (what a real Alertmanager sends, one file per shape; a minute) or an incident
(about ten minutes; needs root and the Debian packages in the README).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.recordings.scripts import deliveries, world
from tests.recordings.scripts.bike_rides import incident as bike_rides
from tests.recordings.scripts.cinema_seats import incident as cinema_seats
from tests.recordings.scripts.ferry_bookings import incident as ferry_bookings
from tests.recordings.scripts.library_loans import incident as library_loans
from tests.recordings.scripts.meter_quotes import incident as meter_quotes
from tests.recordings.scripts.parcel_scans import incident as parcel_scans

INCIDENTS = {
    "bike-rides": bike_rides.record,
    "cinema-seats": cinema_seats.record,
    "ferry-bookings": ferry_bookings.record,
    "library-loans": library_loans.record,
    "meter-quotes": meter_quotes.record,
    "parcel-scans": parcel_scans.record,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["deliveries", *INCIDENTS])
    parser.add_argument("out", type=Path)
    parser.add_argument("--truth", type=Path, help="file for the verdict, apart from OUT")
    parser.add_argument("--environment", type=Path, help="Python environment of the services")
    asked = parser.parse_args()
    out = asked.out.resolve()
    if asked.name == "deliveries":
        deliveries.capture(out)
        return
    if asked.environment is None or asked.truth is None:
        parser.error("an incident needs --environment and --truth, see the README")
    world.enter(asked.environment.resolve())
    INCIDENTS[asked.name](out, asked.truth.resolve())


if __name__ == "__main__":
    main()
