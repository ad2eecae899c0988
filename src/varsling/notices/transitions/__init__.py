"""What can happen to a locked notice: a transition takes the notice and gives events; it locks and commits nothing."""
