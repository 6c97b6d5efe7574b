# Every target makes what it needs in .venv; nothing but Python ≥ 3.11 with venv is expected.
.RECIPEPREFIX = >
.DELETE_ON_ERROR:
PYTHON ?= python3
BIN := .venv/bin
SITE := .venv/site.stamp
TOOLS := .venv/tools.stamp
TESTS := $(BIN)/python -m pytest -n auto --dist worksteal
export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/pycache
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-fast test-whole check bench bench-backtest bench-import bench-mail bench-onboarding bench-search bench-signals storm chaos lock messages clean

$(SITE): requirements.lock pyproject.toml hatch_build.py
> test -x $(BIN)/python || $(PYTHON) -m venv .venv
> $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
> $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
> touch $@

$(TOOLS): $(SITE) constraints.txt
> $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev,postgres,redis,semantic,fit]"
> touch $@

demo: $(SITE)  ## Make the demo site on the first run, and serve it.
> $(BIN)/python hatch_build.py
> $(BIN)/portal serve --demo

test: $(TOOLS)  ## The whole suite, on SQLite; PostgreSQL and the browser too where they are found.
> $(BIN)/python hatch_build.py
> $(TESTS) -m "not whole"
> @if $(BIN)/python -m tests.postgres; then \
>   PORTAL_DATABASE_URL="$$($(BIN)/python -m tests.postgres --url)" $(TESTS) -m "not browser and not real"; \
> fi

test-whole: $(TOOLS)  ## What takes all of the real data beside the project; a quarter of an hour.
> $(TESTS) -m whole

test-fast: $(TOOLS)  ## What to run while working.
> $(BIN)/python hatch_build.py
> $(TESTS) -m "not slow and not browser" --hypothesis-profile quick

check: $(TOOLS)  ## Every gate but the tests.
> $(BIN)/python hatch_build.py
> $(BIN)/ruff format --check .
> $(BIN)/ruff check .
> $(BIN)/mypy
> $(BIN)/djlint --check --lint --quiet portal/templates
> $(BIN)/lint-imports
> $(BIN)/python -m tests.migrations
> $(BIN)/python -m tests.messages

bench: $(TOOLS)  ## Speed beside a floor, as a table and in bench/results.json.
> $(BIN)/python hatch_build.py
> $(BIN)/python -m bench

bench-import: $(TOOLS)  ## A thousand real articles: seconds, articles a second, memory.
> $(BIN)/python -m bench.imports

bench-mail: $(TOOLS)  ## The digests of ten thousand people: seconds, memory.
> $(BIN)/python -m bench.mail

bench-search: $(TOOLS)  ## How well and how fast search answers, on real test sets; half an hour.
> $(BIN)/python -m bench.search

bench-onboarding: $(TOOLS)  ## Twenty thousand checklists and their completions: seconds, memory.
> $(BIN)/python -m bench.onboarding

bench-backtest: $(TOOLS)  ## Do scores foretell who leaves? Two real histories; a quarter of an hour.
> $(BIN)/python -m bench.backtest

bench-signals: $(TOOLS)  ## A million signals of two thousand accounts: in, counted, scored; `python -m bench.signals --large` for ten.
> $(BIN)/python -m bench.signals
> $(BIN)/python -m bench.api

storm: $(TOOLS)  ## Twenty write and eight search for a minute; the worker is killed fifty times.
> ENGAWA_STORM_SECONDS=60 ENGAWA_WORKER_KILLS=50 $(BIN)/python -m pytest -p no:randomly tests/search/test_storm.py

chaos: $(TOOLS)  ## Kill the server while it works; what it acknowledged must be there.
> ENGAWA_CHAOS_REPLIES=200 $(BIN)/python -m pytest -p no:randomly tests/journeys/test_kill.py
> ENGAWA_API_KILLS=100 $(BIN)/python -m pytest -p no:randomly tests/api/test_kill.py

messages: $(TOOLS)  ## Collect new texts into the catalogues; then translate what is empty.
> $(BIN)/pybabel -q extract -F babel.cfg -k "_l N_ lazy_gettext" -c Translators: --no-location --sort-output --project Engawa -o .venv/messages.pot .
> for language in en ja; do \
>   $(BIN)/pybabel -q update -i .venv/messages.pot -d portal/translations -l $$language --init-missing --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap || exit 1; \
> done

lock:  ## Resolve the dependencies again; the files hold no address.
> uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-header --quiet --all-extras pyproject.toml -o constraints.txt
> uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-header --quiet --generate-hashes --extra postgres --extra redis -c constraints.txt pyproject.toml -o requirements.lock

clean:
> rm -rf .venv instance bench/results.json
