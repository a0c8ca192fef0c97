from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.client import Endpoint, parse_endpoint
from gameserver.errors import SettingError


class EndpointTests(SynchronousTestCase):
    def test_forms(self):
        """Each written form means one place; TLS and port 8787 are what is left out."""
        forms = {
            "tls:game.example:9000": Endpoint("tls", "game.example", 9000),
            "tls:game.example": Endpoint("tls", "game.example", 8787),
            "game.example": Endpoint("tls", "game.example", 8787),
            "game.example:9000": Endpoint("tls", "game.example", 9000),
            " 127.0.0.1 ": Endpoint("tls", "127.0.0.1", 8787),
            "tcp:localhost:1": Endpoint("tcp", "localhost", 1),
            "tcp:localhost": Endpoint("tcp", "localhost", 8787),
            "[::1]": Endpoint("tls", "::1", 8787),
            "tcp:[fe80::1%eth0]:9000": Endpoint("tcp", "fe80::1%eth0", 9000),
            "unix:/run/game socket:1": Endpoint("unix", "/run/game socket:1", 0),
            "tls": Endpoint("tls", "tls", 8787),
        }
        for text, endpoint in forms.items():
            self.assertEqual(parse_endpoint(text), endpoint, text)

    def test_written_back(self):
        """What an endpoint is written as means the same place."""
        for text in ("tls:a.example:1", "tcp:[::1]:2", "unix:/run/game"):
            self.assertEqual(str(parse_endpoint(text)), text)

    def test_refused(self):
        """What is no endpoint is refused with the value and what is expected."""
        for text in (
            "",
            "tls:",
            "unix:",
            "tls:8787",
            "game.example:0",
            "game.example:65536",
            "game.example:port",
            "::1",
            "ftp:game.example:21",
            "tls:a b:1",
            "tls:/etc/passwd",
            "tls:[127.0.0.1]:1",
            "[face]",
        ):
            error = self.assertRaises(SettingError, parse_endpoint, text)
            self.assertIn(repr(text), str(error))
