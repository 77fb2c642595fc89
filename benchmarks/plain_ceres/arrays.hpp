#pragma once

#include <map>
#include <string>
#include <vector>

/// @brief Arrays of numbers by name, as files hold them: a line "name size", then the numbers as they are in memory.
using Arrays = std::map<std::string, std::vector<double>>;

/// Throws std::runtime_error where the file cannot be read.
Arrays ReadArrays(const std::string& path);

/// Throws std::runtime_error where the file cannot be written.
void WriteArrays(const std::string& path, const Arrays& arrays);
