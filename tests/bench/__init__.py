"""What the service is measured by: `make bench`. Not a test: a slow machine breaks no build."""
