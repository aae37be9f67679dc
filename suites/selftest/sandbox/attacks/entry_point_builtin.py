"""Makes the function a built-in that takes any argument."""

is_even = print
