"""Returns a decimal with the largest exponent there is."""

import decimal


def mean(values):
    return decimal.Decimal("1E+999999999999999999")
