"""Any history with a lost or doubled change is reported, and no other."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from tests.soak.comparing import compare
from tests.soak.market_books import Bank, Change, Holding, Traffic, World, genesis
from tests.soak.market_books import world_read as read

NAMES = ("ada", "bob", "cleo")
LONGEST = 12  # changes of one caller


def changes_of(name: str, first: int = 1) -> st.SearchStrategy[list[Change]]:
    """Draw what one caller sends."""
    partners = st.sampled_from([other for other in NAMES if other != name])
    drawn = st.one_of(
        st.just(("deposit", "", 0)),
        st.tuples(st.just("trade"), partners, st.integers(1, 9)),
        st.tuples(st.just("give"), partners, st.just(0)),
    )
    return st.lists(drawn, max_size=LONGEST).map(
        lambda several: [Change(first + n, *one) for n, one in enumerate(several)]
    )


@st.composite
def histories(draw) -> tuple[World, World, dict[str, Traffic]]:
    """Draw two readings of a server that keeps its word, and what was said between."""
    before = genesis(NAMES)
    for name in NAMES:
        for change in draw(changes_of(name)):
            before = applied(before, name, change)
    after, traffic = before, {}
    for name in NAMES:
        first = before.traders[name].highest(name) + 1
        sent = draw(changes_of(name, first))
        kept = draw(st.integers(0, len(sent)))
        answered = draw(st.integers(0, kept))
        for change in sent[:kept]:
            after = applied(after, name, change)
        traffic[name] = Traffic(
            {one.number: one for one in sent}, {one.number for one in sent[:answered]}
        )
    return before, after, traffic


def applied(world: World, name: str, change: Change) -> World:
    """Do what the plugin does."""
    traders = dict(world.traders)
    coins = 0
    if change.verb == "deposit":
        coins = 1 if change.number % 2 else -1
        traders[name] = replace(traders[name], gold=traders[name].gold - coins)
    else:
        traders = handed(traders, name, change)
    traders[name] = noted(traders[name], name, change.number)
    bank = Bank(world.bank.gold + coins, world.bank.changes + 1)
    return World(traders, bank)


def handed(
    traders: dict[str, Holding], name: str, change: Change
) -> dict[str, Holding]:
    own, other = traders[name], traders[change.partner]
    thing = list(own.items[:1]) if change.verb == "give" else []
    number = max(other.highest(name), change.number)
    return traders | {
        name: replace(
            own, gold=own.gold - change.amount, items=own.items[len(thing) :]
        ),
        change.partner: replace(
            other,
            gold=other.gold + change.amount,
            items=[*other.items, *thing],
            seen={**other.seen, name: number},
        ),
    }


def noted(own: Holding, name: str, number: int) -> Holding:
    highest = own.highest(name)
    own = replace(own, done=own.done + 1)
    if number > highest:
        gaps = [*own.missing, *range(highest + 1, number)]
        return replace(own, seen={**own.seen, name: number}, missing=gaps)
    if number in own.missing:
        return replace(own, missing=[one for one in own.missing if one != number])
    return replace(own, twice=[*own.twice, number])


def changed(world: World, name: str, **fields) -> World:
    """Give the world with one trader tampered with."""
    tampered = replace(world.traders[name], **fields)
    return replace(world, traders={**world.traders, name: tampered})


class Laws(SynchronousTestCase):
    """For every history."""

    def kinds(self, before, after, traffic) -> set[str]:
        return {finding.kind for finding in compare(before, after, traffic)}

    @given(histories())
    def test_kept(self, history):
        """A server that keeps what it answered, and maybe more, is not blamed."""
        self.assertEqual(compare(*history), [])

    @given(histories(), st.data())
    def test_lost(self, history, data):
        """A history with one acknowledged change left out is reported as lost."""
        before, _, traffic = history
        some = [(name, n) for name in NAMES for n in traffic[name].acknowledged]
        assume(some)
        left_out = data.draw(st.sampled_from(some))
        after = before
        for name in NAMES:
            for change in traffic[name].sent.values():
                if (name, change.number) != left_out:
                    after = applied(after, name, change)
        self.assertIn("lost", self.kinds(before, after, traffic))

    @given(histories(), st.data())
    def test_doubled(self, history, data):
        """A history in which one change was applied again is reported as doubled."""
        before, after, traffic = history
        some = [
            (name, change)
            for name in NAMES
            for change in traffic[name].sent.values()
            if after.has_applied(name, change.number)
        ]
        assume(some)
        again = applied(after, *data.draw(st.sampled_from(some)))
        self.assertIn("doubled", self.kinds(before, again, traffic))

    @given(histories())
    def test_rolled_back(self, history):
        """A server that goes back to what it was before the last reading loses."""
        before, _, _ = history
        nothing = {name: Traffic() for name in NAMES}
        assume(before != genesis(NAMES))
        kinds = self.kinds(before, genesis(NAMES), nothing)
        self.assertIn("lost", kinds)

    @given(histories(), st.randoms(use_true_random=False))
    def test_any_order(self, history, random: Random):
        """Changes that overtake one another are no fault."""
        before, _, traffic = history
        after = before
        every = [
            (name, change) for name in NAMES for change in traffic[name].sent.values()
        ]
        random.shuffle(every)
        for name, change in every:
            after = applied(after, name, change)
        self.assertEqual(compare(before, after, traffic), [])

    @given(histories(), st.sampled_from(NAMES), st.integers(-9, 9).filter(bool))
    def test_gold(self, history, name, amount):
        """Gold that comes from nowhere, or is gone, is reported."""
        before, after, traffic = history
        gold = after.traders[name].gold + amount
        after = changed(after, name, gold=gold)
        self.assertEqual(self.kinds(before, after, traffic), {"gold"})


class Faults(SynchronousTestCase):
    """What else can be wrong, each by itself."""

    before = genesis(NAMES)

    def kinds(self, after: World, *sent: Change, refused=()) -> list[str]:
        ada = Traffic({one.number: one for one in sent}, set(), list(refused))
        traffic = {"ada": ada, "bob": Traffic(), "cleo": Traffic()}
        return [one.kind for one in compare(self.before, after, traffic)]

    def test_half_a_trade(self):
        """A trade that only one side has is torn, and its gold is gone."""
        trade = Change(1, "trade", "bob", 5)
        whole = applied(self.before, "ada", trade)
        traders = {**whole.traders, "bob": self.before.traders["bob"]}
        self.assertEqual(
            self.kinds(replace(whole, traders=traders), trade), ["torn", "gold"]
        )

    def test_the_other_half(self):
        """So is one that only the partner has."""
        trade = Change(1, "trade", "bob", 5)
        whole = applied(self.before, "ada", trade)
        traders = {**whole.traders, "ada": self.before.traders["ada"]}
        kinds = self.kinds(replace(whole, traders=traders), trade)
        self.assertEqual(kinds, ["torn", "gold", "bank"])

    def test_things(self):
        """A thing that is there twice or nowhere is reported."""
        for items, kind in (
            ([*self.before.traders["ada"].items, "bob 0"], "items-doubled"),
            (self.before.traders["ada"].items[1:], "items-lost"),
        ):
            after = changed(self.before, "ada", items=items)
            self.assertEqual(self.kinds(after), [kind])

    def test_bank(self):
        """The bank counts what the traders count."""
        after = replace(self.before, bank=Bank(0, 3))
        self.assertEqual(self.kinds(after), ["bank"])

    def test_never_sent(self):
        """A change that nobody sent is reported."""
        after = applied(self.before, "ada", Change(1, "deposit"))
        self.assertEqual(self.kinds(after), ["unsent"])

    def test_miscounted(self):
        """A change that was counted and not noted was applied twice."""
        after = applied(self.before, "ada", Change(1, "deposit"))
        after = changed(after, "ada", done=2)
        kinds = self.kinds(after, Change(1, "deposit"))
        self.assertEqual(kinds, ["doubled", "bank"])

    def test_refused(self):
        """A refusal is reported: nothing here deserves one."""
        kinds = self.kinds(self.before, refused=["deposit 1: internal-error"])
        self.assertEqual(kinds, ["refused"])

    def test_reported_once(self):
        """What was lost before the last reading is not reported again."""
        lost = changed(self.before, "ada", missing=[1], seen={"ada": 2}, done=1)
        lost = replace(lost, bank=Bank(0, 1))
        nothing = {name: Traffic() for name in NAMES}
        self.assertEqual(compare(lost, lost, nothing), [])

    def test_reading(self):
        """What the server shows is read as the plugin writes it."""
        looks = {
            name: {
                "gold": 1000,
                "items": list(holding.items),
                "done": 0,
                "seen": {},
                "missing": [],
                "twice": [],
            }
            for name, holding in self.before.traders.items()
        }
        self.assertEqual(read(looks, {"gold": 0, "changes": 0}), self.before)
