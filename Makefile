# For those who look for a Makefile: everything is done by ./run, which says how.
.PHONY: test test-deploy audit audit-online

test:
	./run test

test-deploy:
	./run test-deploy

# Every version that is pinned, held against the advisories in tests/support/advisories.toml by pip-audit.
audit:
	./run test -n 0 tests/run/test_audit.py

# The same against the Python Packaging Advisory Database as it is now, where there is an internet connection.
audit-online:
	./run --version
	.venv/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.lock -r templates/service/requirements.lock \
		-r templates/service/tests/requirements.lock
