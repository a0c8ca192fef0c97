"""What the tests of ``gameserver account`` share."""

from __future__ import annotations

import json

from tests.end_to_end.processes import Place
from tests.end_to_end.stock import ClientCase

FIRST = "a first horse battery"
SECOND = "a second staple"
REFUSED = "name and secret do not belong together"


class AccountCase(ClientCase):
    """One place for all tests of a class; each has accounts of its own."""

    place: Place

    @classmethod
    def setUpClass(cls):
        cls.place = Place(cls.addClassCleanup)
        cls.place.people()

    def account(self, verb: str, name: str, *args: str, password: str = "") -> str:
        """Run a verb that must succeed."""
        args = (*args, "--password-stdin") if password else args
        return self.place.did("account", verb, name, *args, stdin=f"{password}\n")

    def listed(self, name: str) -> dict:
        """Give the account as ``account list --json`` shows it."""
        accounts = json.loads(self.place.did("account", "list", "--json"))
        return next((one for one in accounts if one["name"] == name), {})

    async def newcomer(self, name: str, password: str | None = None) -> str:
        """Make an account by the admin socket, faster than a command; gives a token."""
        admin = await self.connect(self.place, "unix")
        root = await admin.factory.getRootObject()
        await root.callRemote("account_add", name, password)
        return await root.callRemote("account_token", name)

    async def assert_password(self, name: str, password: str) -> None:
        client = await self.connect(self.place, "tls")
        await client.login_password(name, password)
        await client.call("starts")
        await client.close()

    async def assert_no_password(self, name: str, password: str) -> None:
        client = await self.connect(self.place, "tls")
        refusal = await self.refusal(client.login_password(name, password))
        self.assertEqual(refusal, ("login-refused", REFUSED))

    async def assert_token(self, name: str, token: str) -> None:
        client = await self.connect(self.place, "tcp")
        await client.login(name, token)
        await client.call("starts")
        await client.close()

    async def assert_no_token(self, name: str, token: str) -> None:
        client = await self.connect(self.place, "tcp")
        refusal = await self.refusal(client.login(name, token))
        self.assertEqual(refusal, ("login-refused", REFUSED))
