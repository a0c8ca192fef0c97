"""The one admin API: every verb, who may use it, and a record of each use.

The PB perspective and the CLI are faces of it. A verb is a method marked with the role
it needs; its arguments are checked like those of a player's call. Every use is in the
audit trail, refused or done, and never holds a secret.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

from twisted.internet.defer import DeferredList
from twisted.logger import Logger

from gameserver.admin.trail import Trail
from gameserver.errors import Forbidden, GameError, NoSuchCall, NotSaved, StoreError
from gameserver.model.account import name_key
from gameserver.model.arguments import Limits, Signature
from gameserver.model.audit import AuditEntry
from gameserver.model.avatar import Avatar
from gameserver.model.roles import Role
from gameserver.server.awaiting import ended, started

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IReactorTime

    from gameserver.interfaces import Store
    from gameserver.model.account import Account
    from gameserver.server.accounts import Accounts

_log = Logger("gameserver.admin")
_VERB = "__admin_verb__"
_LIMITS = Limits()
_SHOWN = 40  # characters of a verb or target that are recorded
_NAMES = 8  # names of a list that are looked at for the record
V = TypeVar("V", bound="Callable[..., Any]")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an account or ``uid:N``, its role, and where it connects from."""

    name: str
    role: Role
    origin: str


def needs(role: Role, *recorded: str, limits: Limits = _LIMITS) -> Callable[[V], V]:
    """Mark a method as a verb that this role and those above it may use.

    ``recorded``: the arguments that the audit trail keeps, in this order; never a
    secret. ``limits``: how large the arguments may be.
    """

    def mark(method: V) -> V:
        setattr(method, _VERB, Verb(role, Signature(method), recorded, limits))
        return method

    return mark


@dataclass(frozen=True, slots=True)
class Verb:
    """What one verb declares: who may use it, its arguments, what is recorded."""

    role: Role
    signature: Signature
    recorded: tuple[str, ...]
    limits: Limits = _LIMITS

    def target(self, args: Sequence[Any], kw: Mapping[str, Any]) -> str:
        """Give what is recorded of a use, checked or not: short and printable."""
        names = (one.name for one in self.signature.parameters)
        sent = {**dict(zip(names, args, strict=False)), **kw}
        found = [(name, _named(sent[name])) for name in self.recorded if name in sent]
        shown = [
            name if value is True else _printable(str(value))
            for name, value in found
            if isinstance(value, str | int) and value is not False
        ]
        return " ".join(shown)


class Verbs:
    """A group of verbs, looked up by name."""

    def asked_by(self, actor: Actor) -> Self:  # noqa: ARG002 - for groups that want it
        """Give the group as this actor meets it: itself, if it is all the same."""
        return self

    def needed(self, verb: Verb) -> Role:
        """Give the least role that may use one of its verbs; settings may move it."""
        return verb.role

    def verb(self, name: str) -> Callable[..., Any] | None:
        """Give the method marked as that verb, or None."""
        method = getattr(self, name, None)
        return method if hasattr(method, _VERB) else None


class Admin:
    """Authorises, checks, carries out and records every admin action."""

    def __init__(
        self,
        groups: list[Verbs],
        store: Store,
        now: Callable[[], float],
        clock: IReactorTime | None = None,
    ) -> None:
        """``clock``: for entries of the trail that are owed; see ``Trail``."""
        self._groups = groups
        self._trail = Trail(store.audit, clock)
        self._now = now
        self._at_work: set[Deferred[Any]] = set()

    def perform(
        self, actor: Actor, name: str, args: Sequence[Any], kw: Mapping[str, Any]
    ) -> Deferred[Any]:
        """Carry out one verb; fails with ``GameError`` when it is refused.

        And with ``StoreError`` when it needs the store and that refuses. What was done
        is done, whether the trail could be written or not.
        """
        working = started(self._recorded(actor, name, args, kw))
        self._at_work.add(working)
        return working.addBoth(self._end, working)

    async def finish(self) -> None:
        """Wait until the verbs at work have ended, and are recorded."""
        await DeferredList([ended(one) for one in self._at_work])
        await self._trail.finish()

    def _end(self, result: object, working: Deferred[Any]) -> object:
        self._at_work.discard(working)
        return result

    async def _recorded(
        self, actor: Actor, name: str, args: Sequence[Any], kw: Mapping[str, Any]
    ) -> Any:  # noqa: ANN401 - any verb's answer
        group, method = self._found(actor, name)
        verb: Verb | None = getattr(method, _VERB, None)
        target = "" if verb is None else verb.target(args, kw)
        try:
            self._authorise(actor, name, group, verb)
            answer = await self._carried_out(method, args, kw)
        except GameError as error:
            await self._record(actor, name, target, f"refused: {error.code}")
            raise
        except StoreError:
            await self._record(actor, name, target, f"refused: {NotSaved.wire_code}")
            raise
        except BaseException:
            await self._record(actor, name, target, "failed")
            raise
        await self._record(actor, name, target, "done")
        return answer

    def _authorise(
        self, actor: Actor, name: str, group: Verbs | None, verb: Verb | None
    ) -> None:
        if group is None or verb is None:
            raise NoSuchCall(f"there is no admin verb {name[:_SHOWN]!r}")
        role = group.needed(verb)
        if not actor.role.includes(role):
            raise Forbidden(f"{name} needs the role {role}; yours is {actor.role}")

    async def _carried_out(
        self,
        method: Callable[..., Any] | None,
        args: Sequence[Any],
        kw: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - any verb's answer
        assert method is not None  # ``_authorise`` raises otherwise
        verb: Verb = getattr(method, _VERB)
        positional, named = verb.signature.bind(args, kw, verb.limits)
        return await started(method(*positional, **named))

    def _found(
        self, actor: Actor, name: str
    ) -> tuple[Verbs | None, Callable[..., Any] | None]:
        """Give the group that has the verb, as the actor meets it, and the verb."""
        for group in self._groups:
            met = group.asked_by(actor)
            method = met.verb(name)
            if method is not None:
                return met, method
        return None, None

    async def _record(self, actor: Actor, name: str, target: str, outcome: str) -> None:
        _log.info(
            "{who} from {origin}: {call}: {outcome}",
            who=actor.name,
            origin=actor.origin,
            call=f"{_printable(name)} {target}".rstrip(),
            outcome=outcome,
        )
        entry = AuditEntry(
            self._now(), actor.name, actor.origin, _printable(name), target, outcome
        )
        await self._trail.record(entry)


class AccountVerbs(Verbs):
    """Accounts and the audit trail: what works with the server running or stopped."""

    def __init__(self, accounts: Accounts, store: Store) -> None:
        self._accounts = accounts
        self._store = store

    @needs(Role.ADMIN)
    async def accounts(self) -> list[dict[str, Any]]:
        """List all accounts, without their secrets."""
        return [_shown(account) for account in await self._accounts.all()]

    @needs(Role.ADMIN, "name", "role")
    async def account_add(
        self, name: str, password: str | None = None, role: str = "player"
    ) -> None:
        """Make an account."""
        await self._accounts.add(name, password, role)

    @needs(Role.ADMIN, "name")
    async def account_passwd(self, name: str, password: str) -> None:
        """Replace a password."""
        await self._accounts.set_password(name, password)

    @needs(Role.ADMIN, "name", "revoke")
    async def account_token(self, name: str, revoke: bool = False) -> str | None:  # noqa: FBT001, FBT002 - a wire argument
        """Give a new app token for stock clients, or revoke the one there is."""
        if revoke:
            await self._accounts.revoke_token(name)
            return None
        return await self._accounts.issue_token(name)

    @needs(Role.ADMIN, "name", "role")
    async def account_role(self, name: str, role: str) -> None:
        """Replace a role."""
        await self._accounts.set_role(name, role)

    @needs(Role.ADMIN, "name")
    async def account_remove(self, name: str) -> None:
        """Forget an account and its avatar, so that the name begins anew.

        Also one whose row is damaged, whatever the spelling of its avatar's name.
        """
        spelt = await self._accounts.remove(name)
        names = [spelt] if spelt is not None else await self._spellings(name)
        for each in names:
            await self._forget_avatar(each)

    @needs(Role.ADMIN)
    async def audit(self, limit: int = 50) -> list[dict[str, Any]]:
        """Give the newest entries of the audit trail, newest first."""
        newest = await self._store.audit.newest(max(1, min(limit, 1000)))
        return [asdict(entry) for entry in newest]

    async def _spellings(self, name: str) -> list[str]:
        stored = await self._store.snapshots.ids(Avatar.kind)
        return [one for one in stored if name_key(one) == name_key(name)] or [name]

    async def _forget_avatar(self, name: str) -> None:
        await self._store.snapshots.delete(Avatar.kind, name)


def _named(value: object) -> object:
    """Give a list of names as one text for the record; anything else as it is."""
    if not isinstance(value, list | tuple):
        return value
    names = [one[:_SHOWN] for one in value[:_NAMES] if isinstance(one, str)]
    return ",".join(names) or None


def _printable(text: str) -> str:
    """Give the beginning of a stranger's text, safe for logs and terminals."""
    return "".join(one if one.isprintable() else "?" for one in text[:_SHOWN])


def _shown(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "role": str(account.role),
        "password": account.password is not None,
        "token": account.sealed_token is not None,
        "created": account.created,
    }
