"""Protected addresses of tenants: they decide which office gets a notice, and nothing reveals them (guarantee 10)."""
