# Two commands: `make run` shows the product, `make test` runs what CI runs.
# MIX=path make run takes a mix of one's own.
.PHONY: run build test bench clean-var

run:
	@image/run-demo

build:
	image/install-packages build && cargo build --release --locked -p lacquer

test:
	image/install-packages build run && image/install-test-tools && cargo xtask ci

bench:
	image/install-packages build run tests && cargo run --release --locked -q -p xtask -- bench

clean-var:
	rm -rf var
