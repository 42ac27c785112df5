"""The Flask application: `create_app` for whoever has settings, `app` for gunicorn, and a server of its own.

Importing this connects to nothing.
"""

import os
import sys

from flask import Flask

from piano import body, database, errors, routes
from piano.connection import DatabaseUnreachable, check_database
from piano.server import serve
from piano.settings import Settings, SettingsError


def create_app(settings: Settings) -> Flask:
    app = Flask("piano", static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.json.sort_keys = False
    app.json.ensure_ascii = False
    database.attach(app, settings.database_url)
    errors.attach(app)
    body.attach(app)
    routes.attach(app)
    return app


def main() -> None:
    try:
        settings = Settings.from_environment(os.environ)
        check_database(settings.database_url)
    except (SettingsError, DatabaseUnreachable) as error:
        sys.exit(f"piano: {error}")
    serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
else:
    app = create_app(Settings.from_environment(os.environ))
