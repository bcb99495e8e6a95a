# make run     the whole portal on http://127.0.0.1:8000 (PORT=..., ARGS="--no-demo", PYTHON=python3.12)
# make check   everything that must be right before a change lands
# make faults  break the running portal on purpose and judge what is left (SEED=..., MINUTES=...)
# make bench   measure beside what the portal is compared with (ONLY=group: docs/measurements.md has the groups)
.POSIX:
.PHONY: run code test check bench faults format messages

PORT = 8000
ARGS =
ONLY =
SEED =
MINUTES = 10

run:
	@scripts/setup && exec .venv/bin/python manage.py portal --port $(PORT) $(ARGS)

# the one-time code of a demo sign-in: make code NAME=wang
code:
	@.venv/bin/python manage.py code $(NAME)

test:
	@scripts/setup dev && scripts/browser && exec .venv/bin/python -m pytest -v -n 2 --dist worksteal $(ARGS)

check:
	@scripts/setup dev && scripts/browser && exec scripts/check

bench:
	@scripts/setup dev && exec .venv/bin/python scripts/with_servers.py --durable .venv/bin/python -m bench $(ONLY) $(ARGS)

faults:
	@scripts/setup dev && seed="$(SEED)" && exec .venv/bin/python -m faults $${seed:+--seed "$$seed"} --minutes $(MINUTES) $(ARGS)

format:
	@scripts/setup dev && .venv/bin/ruff format && .venv/bin/ruff check --fix

messages:
	@scripts/setup dev && .venv/bin/python manage.py messages $(ARGS)
