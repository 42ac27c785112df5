"""The three variables of the environment."""

import pytest

from piano.settings import Settings, SettingsError

URL = "postgresql://piano@localhost/piano"


def test_defaults():
    settings = Settings.from_environment({"DATABASE_URL": URL})
    assert (settings.database_url, settings.host, settings.port) == (URL, "127.0.0.1", 5000)


def test_all_set():
    settings = Settings.from_environment({"DATABASE_URL": URL.replace("ql", ""), "HOST": "::1", "PORT": "8081"})
    assert (settings.host, settings.port, settings.address) == ("::1", 8081, "[::1]:8081")


@pytest.mark.parametrize("url", ["", "mysql://localhost/piano", "piano", "postgresql:"])
def test_wrong_urls(url):
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        Settings.from_environment({"DATABASE_URL": url})


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "80 ", "٨٠", "8" * 5000])
def test_wrong_ports(port):
    with pytest.raises(SettingsError, match="PORT"):
        Settings.from_environment({"DATABASE_URL": URL, "PORT": port})
