"""The text that the tests of zope.interface begin with."""

from __future__ import annotations

HEAD = """
from zope.interface import *
from zope.interface import Invalid
from zope.interface.interface import InterfaceClass
"""

PLAIN = (
    HEAD
    + """
class IBase(Interface): pass
class IOther(Interface): pass
class IFoo(IBase):
    "one"
    here = Attribute("where")
    def go(n): "go there"
@implementer(IFoo)
class C:
    here = 1
    def go(self, n): return n
class Plain: pass
"""
)
