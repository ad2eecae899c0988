"""ID-porten: a person proves who she is (OpenID Connect)."""
