"""What the libraries do not document and this service uses all the same: one module for each library (adr/0087).

No other module imports it from the libraries, so what an upgrade may break is in one place. The tests in
`tests/unit/library_internals/` hold what is assumed of each of these, and name what is different after an upgrade.
"""
