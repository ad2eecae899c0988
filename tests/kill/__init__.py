import pytest

# Whoever reads a failure wants to know what was compared.
pytest.register_assert_rewrite("tests.kill.account", "tests.kill.ways")
