# Gives the target OpenMP::OpenMP_CXX.

if(APPLE AND NOT DEFINED OpenMP_ROOT AND NOT DEFINED ENV{CONDA_PREFIX})
  # Homebrew keeps libomp out of the default search path.
  find_program(brew brew)
  if(brew)
    execute_process(COMMAND "${brew}" --prefix libomp OUTPUT_VARIABLE OpenMP_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE
                    ERROR_QUIET)
  endif()
endif()
# vcomp140.dll, which may be passed on; the LLVM runtime that Visual C++ comes with may not. It stops at OpenMP 2.0, which is
# all that dancelift uses. Read by CMake 3.30 and later.
set(OpenMP_RUNTIME_MSVC experimental)
find_package(OpenMP REQUIRED COMPONENTS CXX)
