# Usage requirements of dancelift's own targets; none of them reaches third-party sources.
#   dancelift_compile_options      warnings and floating-point rules
#   dancelift_hide_static_symbols  keeps what a static library exports (Ceres) out of a shared module's dynamic table

add_library(dancelift_compile_options INTERFACE)
add_library(dancelift_hide_static_symbols INTERFACE)

if(MSVC)
  target_compile_options(dancelift_compile_options INTERFACE /W4 /bigobj /fp:precise $<$<BOOL:${DANCELIFT_WERROR}>:/WX>)
  target_compile_definitions(dancelift_compile_options INTERFACE NOMINMAX _USE_MATH_DEFINES)
else()
  # A multiply and an add that the compiler is free to fuse make results depend on where it chose to.
  target_compile_options(
    dancelift_compile_options INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow
                                        $<$<BOOL:${DANCELIFT_WERROR}>:-Werror>)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC's flow analysis reports these falsely inside inlined Eigen code.
  target_compile_options(dancelift_compile_options INTERFACE -Wno-error=maybe-uninitialized -Wno-error=array-bounds
                                                             -Wno-error=stringop-overflow)
endif()

if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  target_link_options(dancelift_hide_static_symbols INTERFACE -Wl,--exclude-libs,ALL)
endif()

# Memory errors, undefined behaviour, races and failed assertions, Eigen's too, end the program that has one. An
# installed Ceres is not instrumented.
if(DANCELIFT_SANITIZE)
  set(sanitize -fsanitize=${DANCELIFT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1 -UNDEBUG)
  add_compile_options(${sanitize})
  # Or Eigen would allocate otherwise than it does in Ceres, which frees what is allocated here.
  add_compile_definitions(EIGEN_MALLOC_ALREADY_ALIGNED=1)
  add_link_options(${sanitize})
endif()
