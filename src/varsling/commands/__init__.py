"""The commands of `varsling`, grouped by subject. `cli` imports a group when one of its commands runs."""
