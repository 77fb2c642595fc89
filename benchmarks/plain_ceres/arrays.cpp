#include "arrays.hpp"

#include <fstream>
#include <stdexcept>

Arrays ReadArrays(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Arrays arrays;
  std::string name;
  std::size_t size = 0;
  while (file >> name >> size) {
    file.get();
    std::vector<double>& values = arrays[name];
    values.resize(size);
    file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(size * sizeof(double)));
  }
  if (!file.eof() || arrays.empty()) throw std::runtime_error(path + " is no file of arrays");
  return arrays;
}

void WriteArrays(const std::string& path, const Arrays& arrays) {
  std::ofstream file(path, std::ios::binary);
  for (const auto& [name, values] : arrays) {
    file << name << ' ' << values.size() << '\n';
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(double)));
  }
  if (!file) throw std::runtime_error(path + " cannot be written");
}
