"""`python -m datastore_service.workers FD FD`: a worker, with the numbers of the sockets that it was given."""

import gc
import sys

if __name__ == "__main__":
    # As `datastore serve` does.
    gc.disable()

    from datastore_service.workers.worker import work

    sys.exit(work(int(sys.argv[1]), int(sys.argv[2])))
