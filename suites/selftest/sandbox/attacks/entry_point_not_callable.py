"""Makes the function a value."""

is_even = True
