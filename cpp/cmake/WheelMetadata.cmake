# What a wheel says of the software that it carries: its licences, and a bill of materials (PEP 770, CycloneDX).
# Libraries that are added when the wheel is made for other machines are described by auditwheel itself on Linux; delocate
# and delvewheel add the OpenMP runtime alone.

# sbom_component(<variable> <name> <version> <licence as in SPDX> <purl>): appends one to the list in the variable
function(sbom_component variable name version licence purl)
  string(JOIN "\n" component
         "    {"
         "      \"type\": \"library\","
         "      \"bom-ref\": \"${purl}\","
         "      \"name\": \"${name}\","
         "      \"version\": \"${version}\","
         "      \"licenses\": [{\"expression\": \"${licence}\"}],"
         "      \"purl\": \"${purl}\""
         "    }")
  list(APPEND ${variable} "${component}")
  set(${variable} "${${variable}}" PARENT_SCOPE)
endfunction()

set(sbom_components)
sbom_component(sbom_components pybind11 "${pybind11_VERSION}" BSD-3-Clause "pkg:pypi/pybind11@${pybind11_VERSION}")
sbom_component(sbom_components eigen "${Eigen3_VERSION}" MPL-2.0
               "pkg:generic/eigen@${Eigen3_VERSION}?vcs_url=https://gitlab.com/libeigen/eigen")
get_target_property(ceres_type Ceres::ceres TYPE)
if(ceres_type STREQUAL "STATIC_LIBRARY")
  sbom_component(sbom_components ceres-solver "${Ceres_VERSION}" "BSD-3-Clause AND Apache-2.0"
                 "pkg:github/ceres-solver/ceres-solver@${Ceres_VERSION}")
  install(FILES "${Ceres_DIR}/../../../share/licenses/ceres/LICENSE" COMPONENT python OPTIONAL
          DESTINATION "${SKBUILD_METADATA_DIR}/licenses/ceres")
endif()
if(APPLE)
  sbom_component(sbom_components libomp "${OpenMP_CXX_VERSION}" "Apache-2.0 WITH LLVM-exception"
                 "pkg:github/llvm/llvm-project#openmp")
elseif(WIN32)
  sbom_component(sbom_components vcomp140 "${CMAKE_CXX_COMPILER_VERSION}" LicenseRef-Microsoft-Visual-Cpp-Runtime
                 "pkg:generic/vcomp140@${CMAKE_CXX_COMPILER_VERSION}")
  sbom_component(sbom_components msvcp140 "${CMAKE_CXX_COMPILER_VERSION}" LicenseRef-Microsoft-Visual-Cpp-Runtime
                 "pkg:generic/msvcp140@${CMAKE_CXX_COMPILER_VERSION}")
endif()

list(JOIN sbom_components ",\n" sbom_components)
configure_file("${CMAKE_CURRENT_LIST_DIR}/sbom.cdx.json.in" "${PROJECT_BINARY_DIR}/dancelift.cdx.json" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/dancelift.cdx.json" COMPONENT python DESTINATION "${SKBUILD_METADATA_DIR}/sboms")
