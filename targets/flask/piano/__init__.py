"""The Piano application: exercises, attempts, progress and a leaderboard over HTTP.

Requests pass through the floors from top to bottom, and imports only go down:

    app, server                          the Flask application, the entry point, Flask's own server
    routes                               one function per endpoint, which checks in the contract's order
    auth, services, representation       who asks; what happens, in which transaction; what the answer says
    repository                           the queries
    body, parameters, validation         what a request may hold
    database, models, connection         PostgreSQL
    errors, settings                     the ground
"""
