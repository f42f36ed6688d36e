# For those who look for a Makefile: everything is done by ./run, which says how.
.PHONY: test test-deploy

test:
	./run test

test-deploy:
	./run test-deploy
