"""The routes of the tenant's page: by a letter's code, and by a login of her own."""
