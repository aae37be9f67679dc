"""The recorded fingerprint, held to the server idle and under load; what follows from it is the gate's."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.fingerprint


def test_fingerprint(fingerprint_pass):
    assert fingerprint_pass.unread == []
