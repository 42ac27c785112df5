"""How gunicorn runs the application; the command line overrides what is set here."""

import os
import sys

from piano.connection import DatabaseUnreachable, check_database
from piano.settings import Settings, SettingsError

try:
    environment = Settings.from_environment(os.environ)
except SettingsError as error:
    sys.exit(f"piano: {error}")

bind = environment.address
workers = 4
control_socket_disable = True
loglevel = "warning"


def on_starting(_server):
    """In the master, before anything listens: workers that cannot boot would be started again and again."""
    try:
        check_database(environment.database_url)
    except DatabaseUnreachable as error:
        sys.exit(f"piano: {error}")


def post_worker_init(worker):
    """Each worker has its own connections, an equal part of the total."""
    worker.wsgi.extensions["database"].share_among(worker.cfg.workers)
