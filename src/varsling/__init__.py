"""varsling: notices of unpaid rent to the NAV office under husleieloven § 9-11."""
