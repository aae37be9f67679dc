"""Makes its globals answer to every name."""

is_even = type("Anything", (), {"__getattr__": lambda self, name: self, "__call__": lambda self, *args: self})()
