"""`python -m datastore_service.workers FD FD`: a worker, with the numbers of the sockets that it was given."""

import sys

from datastore_service.workers.worker import work

if __name__ == "__main__":
    sys.exit(work(int(sys.argv[1]), int(sys.argv[2])))
