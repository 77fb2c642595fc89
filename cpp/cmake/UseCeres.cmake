# Gives the target dancelift_ceres: Ceres >= 2.1 and the definitions that dancelift needs to use it quietly.
# An installed Ceres is taken (conda-forge, Debian, Homebrew, CMAKE_PREFIX_PATH); where there is none, or the options
# ask for it, cpp/ceres builds one into the build tree.

if(NOT DANCELIFT_FETCH_CERES AND NOT DANCELIFT_CERES_SOURCE_DIR)
  find_package(Ceres 2.1 CONFIG QUIET)
endif()

if(NOT Ceres_FOUND)
  set(ceres_prefix "${PROJECT_BINARY_DIR}/ceres")
  set(ceres_arguments
      "-DCMAKE_INSTALL_PREFIX=${ceres_prefix}" "-DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}"
      "-DDANCELIFT_CERES_SOURCE_DIR=${DANCELIFT_CERES_SOURCE_DIR}")
  foreach(name CMAKE_MAKE_PROGRAM CMAKE_TOOLCHAIN_FILE CMAKE_OSX_ARCHITECTURES CMAKE_OSX_DEPLOYMENT_TARGET)
    if(${name})
      list(APPEND ceres_arguments "-D${name}=${${name}}")
    endif()
  endforeach()
  message(STATUS "Building Ceres into ${ceres_prefix}: some minutes, once")
  execute_process(
    COMMAND "${CMAKE_COMMAND}" -G "${CMAKE_GENERATOR}" -S "${PROJECT_SOURCE_DIR}/cpp/ceres" -B "${ceres_prefix}-build"
            ${ceres_arguments} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND "${CMAKE_COMMAND}" --build "${ceres_prefix}-build" --config Release RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "Ceres could not be built here, see above. Install Ceres 2.1 or later instead (libceres-dev of "
                        "Debian and Ubuntu, ceres-solver of conda-forge and Homebrew), or give its source tree as "
                        "DANCELIFT_CERES_SOURCE_DIR.")
  endif()
  # Not the directory that an earlier configuration may have cached.
  unset(Ceres_DIR CACHE)
  list(PREPEND CMAKE_PREFIX_PATH "${ceres_prefix}")
  find_package(Ceres 2.1 CONFIG REQUIRED PATHS "${ceres_prefix}" NO_DEFAULT_PATH)
endif()
message(STATUS "Ceres ${Ceres_VERSION}: ${Ceres_DIR}")

add_library(dancelift_ceres INTERFACE)
target_link_libraries(dancelift_ceres INTERFACE Ceres::ceres)
get_target_property(ceres_dependencies Ceres::ceres INTERFACE_LINK_LIBRARIES)
if(CERES_USES_MINIGLOG)
  # miniglog decides at compile time what it prints, in the Ceres headers too: FATAL (-3) alone.
  target_compile_definitions(dancelift_ceres INTERFACE MAX_LOG_LEVEL=-3)
elseif(ceres_dependencies MATCHES "glog")
  # glog::glog is among Ceres' own link dependencies; it decides at run time, so the core has to tell it.
  target_compile_definitions(dancelift_ceres INTERFACE DANCELIFT_HAS_GLOG)
endif()
